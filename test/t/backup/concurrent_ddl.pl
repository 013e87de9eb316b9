
# Copyright (c) 2026, backup_pool contributors

# Other sessions change tables, databases and roles while tasks run, and
# between the enqueuing of a task and its start.  Every wait has an end, there
# is no deadlock, and a backup shows the state at one moment.

use strict;
use warnings;

use BackupPool;
use BackupPool::Faults qw(signature);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "backup_pool.max_connections = 4\ndeadlock_timeout = 200ms\nlog_lock_waits = off");
my @tables = ('a' .. 'h');
$node->safe_psql('postgres', 'CREATE DATABASE db');
$node->safe_psql('db', 'CREATE SCHEMA s; CREATE SEQUENCE s.seq;');
# "hold" comes last: a backup locks tables in the order they were made
foreach my $t (@tables, 'hold')
{
	$node->safe_psql('db', qq{
		CREATE TABLE s.$t AS SELECT g AS id, repeat(md5(g::text), 6) AS v, g % 10 AS n FROM generate_series(1, 10000) g;
		ALTER TABLE s.$t ADD PRIMARY KEY (id); CREATE INDEX ON s.$t (n);});
}
# a backup waits for its lock: what it has locked by then is what comes before
my $want = signature($node, 'db');

sub waits_for_hold
{
	my ($id) = @_;
	ok($node->poll_query_until('db', "SELECT count(*) > 0 FROM pg_locks l JOIN backup_pool_connections() c USING (pid) WHERE NOT granted AND relation = 's.hold'::regclass"), "task $id waits for the last table");
	return;
}

# view connections, seen from the database with the locks
$node->safe_psql('db', 'CREATE EXTENSION backup_pool');
$node->safe_psql('db', 'CREATE FUNCTION public.backup_pool_connections() RETURNS TABLE (pid int) LANGUAGE sql AS $$SELECT pid FROM backup_pool.connections$$');

# ----------------------------------------------------------------
# during a backup: those who want more than it leaves them wait behind it,
# before its pg_dump and its helpers have come
# ----------------------------------------------------------------

my %ddl = (
	a => 'DROP TABLE s.a',
	b => 'TRUNCATE s.b',
	c => 'ALTER TABLE s.c ALTER COLUMN n TYPE text',
	d => 'VACUUM FULL s.d',
	e => 'REINDEX TABLE s.e',
	f => 'CREATE INDEX CONCURRENTLY f_v ON s.f (md5(v))',
	g => 'LOCK TABLE s.g IN ACCESS EXCLUSIVE MODE',
	h => 'ALTER TABLE s.h RENAME COLUMN v TO w');
my %waits = map { $_ => 1 } qw(a b c d g h);

foreach my $how ("backup_database('db', parallel => 3)", "backup_schema('s', 'db', content => 'data', parallel => 3)")
{
	my $holder = $node->background_psql('db');
	$holder->query_safe('BEGIN; LOCK TABLE s.hold');
	my $id = $node->safe_psql('postgres', "SELECT backup_pool.$how");
	waits_for_hold($id);
	my %session = map { $_ => $node->background_psql('db') } sort keys %ddl;
	my %said;
	foreach my $t (sort keys %ddl)
	{
		# what can be undone is: the next round finds the same
		my $sql = $t =~ /[def]/ ? "$ddl{$t};" : "BEGIN; $ddl{$t}; ROLLBACK;";
		$said{$t} = $session{$t}->query_until(qr/asked/, "\\echo asked\n$sql\n\\echo done\n");
	}
	my $list = join(', ', map { "'s.$_'::regclass" } sort keys %waits);
	ok($node->poll_query_until('db', "SELECT count(DISTINCT relation) = " . keys(%waits) . " FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND relation IN ($list)"), "$how: DDL waits behind it");
	$holder->query_safe('COMMIT');
	$holder->quit;
	ok(wait_state($node, $id, 'succeeded'), "$how: it goes on all the same") or diag(explain(task_row($node, $id)));
	foreach my $t (sort keys %ddl)
	{
		# dies after the time that tests have; psql ends at an error
		$said{$t} .= eval { $session{$t}->query_until(qr/done/, '') } // $@ unless $said{$t} =~ /done/;
		like($said{$t}, qr/done/, "$how: then $ddl{$t} is done");
		$session{$t}->quit;
	}
	$node->safe_psql('db', 'DROP INDEX s.f_v');
	my $task = task_row($node, $id);
	is($task->{attempt}, 1, "$how: at the first attempt");
	is($task->{rows_done}, 90000, "$how: with all rows");
	if ($how =~ /database/)
	{
		restore_ok($node, "SELECT backup_pool.restore('$task->{archive}', 'copy', true)", "$how: is restored");
		is(signature($node, 'copy'), $want, "$how: to what there was");
		$node->safe_psql('postgres', 'DROP DATABASE copy');
	}
}
no_leftovers($node, 'DDL during backups');

# What is committed before a backup has all its locks is in it as it is then;
# what is altered between two of its lists of tables makes it look again.
my $holder = $node->background_psql('db');
$holder->query_safe('BEGIN; LOCK TABLE s.hold');
my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
waits_for_hold($id);
$holder->query_safe("CREATE TABLE s.late AS SELECT 1 AS id; TRUNCATE s.hold; ALTER TABLE s.hold DROP COLUMN v; COMMIT");
$holder->quit;
ok(wait_state($node, $id, 'succeeded'), 'a table that comes and one that is altered while a backup waits') or diag(explain(task_row($node, $id)));
restore_ok($node, "SELECT backup_pool.restore('" . task_row($node, $id)->{archive} . "', 'copy', true)", 'its restore');
same_dump($node, 'db', 'copy', 'has the new one, and the other as it is now');
$node->safe_psql('postgres', 'DROP DATABASE copy');

# one that is dropped while a backup waits for it
$holder = $node->background_psql('db');
$holder->query_safe('BEGIN; LOCK TABLE s.hold');
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
waits_for_hold($id);
$holder->query_safe('DROP TABLE s.hold; COMMIT');
$holder->quit;
ok(wait_state($node, $id, 'succeeded'), 'a table that goes while a backup waits for it') or diag(explain(task_row($node, $id)));
is(task_row($node, $id)->{rows_done}, 80001, 'the others are there');
# one that is dropped when it is in the list, but before it is looked at
$node->safe_psql('db', 'CREATE TABLE s.brief AS SELECT 1 AS id');
$holder = $node->background_psql('db');
$holder->query_safe('BEGIN; LOCK TABLE pg_catalog.pg_extension');
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_schema('s', 'db', content => 'data')");
ok($node->poll_query_until('db', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'pg_catalog.pg_extension'::regclass"), 'a backup reads its list of tables');
$holder->query_safe('DROP TABLE s.brief; COMMIT');
$holder->quit;
ok(wait_state($node, $id, 'succeeded'), 'a table that goes before a backup looks at it') or diag(explain(task_row($node, $id)));
is(task_row($node, $id)->{rows_done}, 80001, 'the others are there');
# the same, if the table is selected by its name
$node->safe_psql('db', 'CREATE TABLE s.hold AS SELECT 1 AS id');
$holder = $node->background_psql('db');
$holder->query_safe('BEGIN; LOCK TABLE s.hold');
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_table('s.hold', 'db')");
waits_for_hold($id);
$holder->query_safe('DROP TABLE s.hold; COMMIT');
$holder->quit;
ok(wait_state($node, $id, 'failed'), 'the one table of a backup goes') or diag(explain(task_row($node, $id)));
like(task_row($node, $id)->{error}, qr/no matching tables.*s\.hold/, 'says so');
$node->safe_psql('db', 'CREATE TABLE s.hold AS SELECT 1 AS id');

# constraints that are altered after the snapshot, for which nobody waits: the
# server prints them as they are, or not at all
my %alter = (
	'a domain\'s constraint is dropped' => 'ALTER DOMAIN k.dom DROP CONSTRAINT goes',
	'a check is validated' => 'DELETE FROM k.t WHERE id < 0; ALTER TABLE k.t VALIDATE CONSTRAINT later',
	'a foreign key is validated' => 'INSERT INTO k.other VALUES (1), (-1); ALTER TABLE k.t VALIDATE CONSTRAINT key');
my $constraints = q{SELECT string_agg(conname || ': ' || pg_get_constraintdef(oid), E'\n' ORDER BY conname) FROM pg_constraint WHERE connamespace = 'k'::regnamespace};
foreach my $what (sort keys %alter)
{
	$node->safe_psql('db', q{
		DROP SCHEMA IF EXISTS k CASCADE;
		CREATE SCHEMA k;
		CREATE DOMAIN k.dom AS int CONSTRAINT goes CHECK (VALUE > 0) CONSTRAINT stays CHECK (VALUE < 100);
		CREATE TABLE k.other (id int PRIMARY KEY);
		CREATE TABLE k.t (id int, v k.dom);
		INSERT INTO k.t VALUES (1, 1), (-1, 2);
		ALTER TABLE k.t ADD CONSTRAINT later CHECK (id > 0) NOT VALID, ADD CONSTRAINT key FOREIGN KEY (id) REFERENCES k.other NOT VALID;});
	my $were = $node->safe_psql('db', $constraints);
	$holder = $node->background_psql('db');
	$holder->query_safe('BEGIN; LOCK TABLE pg_catalog.pg_constraint');
	$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_schema('k', 'db')");
	ok($node->poll_query_until('db', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'pg_catalog.pg_constraint'::regclass"), "$what: a backup is about to read it");
	$holder->query_safe("$alter{$what}; COMMIT");
	$holder->quit;
	ok(wait_state($node, $id, 'succeeded'), "$what: it succeeds") or diag(explain(task_row($node, $id)));
	like(task_row($node, $id)->{detail}, qr/^definitions by pg_dump: a constraint has been altered concurrently$/m, "$what: it is seen");
	restore_ok($node, "SELECT backup_pool.restore('" . task_row($node, $id)->{archive} . "', 'copy', true)", "$what: its restore");
	is($node->safe_psql('copy', $constraints), $were, "$what: all is as it was at the snapshot");
	$node->safe_psql('postgres', 'DROP DATABASE copy');
}

# ----------------------------------------------------------------
# databases
# ----------------------------------------------------------------

# a backup under way keeps its database
$holder = $node->background_psql('db');
$holder->query_safe('BEGIN; LOCK TABLE s.hold');
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
waits_for_hold($id);
$node->safe_psql('postgres', "SET allow_in_place_tablespaces = on; CREATE TABLESPACE other LOCATION ''");
foreach my $sql ('DROP DATABASE db', 'ALTER DATABASE db RENAME TO db2', 'ALTER DATABASE db SET TABLESPACE other', 'CREATE DATABASE db3 TEMPLATE db')
{
	fails_like($node, $sql, '55006', qr/being accessed by other users/, $sql);
}
is(task_row($node, $id)->{state}, 'running', 'the backup does not mind');
# unless somebody insists; then it is gone, and says why
$node->safe_psql('postgres', 'CREATE DATABASE doomed TEMPLATE template0');
$node->safe_psql('doomed', 'CREATE TABLE t AS SELECT 1 AS id');
my $doomed_holder = $node->background_psql('doomed');
$doomed_holder->query_safe('BEGIN; LOCK TABLE t');
my $doomed = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('doomed')");
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_locks l JOIN backup_pool.connections c USING (pid) WHERE NOT granted AND c.database = 'doomed'") or fail('it waits');
$node->safe_psql('postgres', 'DROP DATABASE doomed WITH (FORCE)');
eval { $doomed_holder->quit };
ok(wait_state($node, $doomed, 'failed'), 'a backup whose database is dropped by force') or diag(explain(task_row($node, $doomed)));
like(task_row($node, $doomed)->{error}, qr/terminating connection due to administrator command|does not exist/, 'says why');
$holder->query_safe('COMMIT');
$holder->quit;
ok(wait_state($node, $id, 'succeeded'), 'the other goes on');
no_leftovers($node, 'databases');

# between being enqueued and run
my $busy = new_node('busy', conf => 'backup_pool.max_connections = 1');
$busy->safe_psql('postgres', 'CREATE DATABASE db; CREATE DATABASE gone; CREATE DATABASE renamed; CREATE DATABASE source; CREATE ROLE owner LOGIN CREATEDB; CREATE ROLE reader LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO owner, reader');
$busy->safe_psql($_, 'CREATE TABLE t AS SELECT generate_series(1, 10) AS id; GRANT SELECT ON t TO reader') foreach ('db', 'gone', 'renamed', 'source');
my $archive = backup_ok($busy, "SELECT backup_pool.backup_database('db')", 'an archive');
my $blocker = $busy->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my $first = $busy->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
wait_state($busy, $first, 'running');
my %queued = (
	'gone' => "SELECT backup_pool.backup_database('gone')",
	'renamed' => "SELECT backup_pool.backup_database('renamed')",
	'closed' => "SELECT backup_pool.backup_database('source')",
	'target' => "SELECT backup_pool.restore('$archive', 'target', true)",
	'role' => "SET ROLE owner; SELECT backup_pool.backup_table('t', 'postgres')",
	'right' => "SET ROLE reader; SELECT backup_pool.backup_table('public.t', 'db', content => 'data')",
	'archive' => "SELECT backup_pool.restore('$archive', 'fine', true)",
	'last' => "SELECT backup_pool.backup_database('db')");
$queued{$_} = $busy->safe_psql('postgres', $queued{$_}) =~ s/\D//gr foreach sort keys %queued;
# the archive that a queued restore wants cannot be dropped
fails_like($busy, "SELECT backup_pool.drop_archive('$archive')", '55006', qr/being used by task/, 'an archive that is wanted');
$busy->safe_psql('postgres', "DROP DATABASE gone; ALTER DATABASE renamed RENAME TO other; ALTER DATABASE source ALLOW_CONNECTIONS false; CREATE DATABASE target; DROP OWNED BY owner; DROP ROLE owner");
$blocker->query_safe('REVOKE SELECT ON t FROM reader; COMMIT');
$blocker->quit;
my %fails = (
	gone => qr/database "gone" does not exist/,
	renamed => qr/database "renamed" does not exist/,
	closed => qr/database "source" is not currently accepting connections/,
	target => qr/database "target" already exists/,
	role => qr/role that enqueued the task does not exist any more/,
	right => qr/permission denied for table.*t\b/);
foreach my $what (sort keys %queued)
{
	my $state = $fails{$what} ? 'failed' : 'succeeded';
	ok(wait_state($busy, $queued{$what}, $state), "queued meanwhile, $what: $state") or diag(explain(task_row($busy, $queued{$what})));
	like(task_row($busy, $queued{$what})->{error}, $fails{$what}, "queued meanwhile, $what: says why") if $fails{$what};
}
is($busy->safe_psql('fine', 'SELECT count(*) FROM t'), '10', 'what was restored after them is whole');

# ----------------------------------------------------------------
# the role and the extension go while a task runs
# ----------------------------------------------------------------

$busy->safe_psql('postgres', 'CREATE ROLE leaver LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO leaver; GRANT pg_read_all_data TO leaver');
$blocker = $busy->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
$id = $busy->safe_psql('postgres', "SET ROLE leaver; SELECT backup_pool.backup_database('db')");
$busy->poll_query_until('db', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted") or fail('it waits');
$busy->safe_psql('postgres', 'DROP OWNED BY leaver; DROP ROLE leaver');
$blocker->query_safe('COMMIT');
$blocker->quit;
ok(wait_state($busy, $id, 'failed'), 'the role of a running backup is dropped') or diag(explain(task_row($busy, $id)));
like(task_row($busy, $id)->{error} . task_row($busy, $id)->{detail}, qr/role.*does not exist|invalid role|permission denied/, 'says why');
is(join(' ', glob(repository($busy) . '/*/*.partial')), '', 'keeps nothing');

$blocker = $busy->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
$id = $busy->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
$busy->poll_query_until('db', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted") or fail('it waits');
$busy->safe_psql('postgres', 'DROP EXTENSION backup_pool');
$blocker->query_safe('COMMIT');
$blocker->quit;
ok($busy->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'backup_pool' AND state <> 'idle'"), 'a backup whose log is dropped ends');
$busy->safe_psql('postgres', 'CREATE EXTENSION backup_pool');
my $next = run_task($busy, "SELECT backup_pool.backup_database('db')");
is($next->{state}, 'succeeded', 'with the extension back there are backups again') or diag($next->{err});
cmp_ok($next->{id}, '>', $id, 'ids go on');
is($busy->safe_psql('postgres', "SELECT count(*) FROM backup_pool.archives WHERE task_id IN ($id, $next->{id})"), '2', 'the archive of the one before is there');
no_leftovers($busy, 'role and extension');
unlike(slurp_file($_->logfile), qr/deadlock detected|PANIC|by signal|cannot go from/, 'no deadlock, no crash') foreach ($node, $busy);
$busy->stop;
$node->stop;
done_testing();
