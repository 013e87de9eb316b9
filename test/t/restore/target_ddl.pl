
# Copyright (c) 2026, backup_pool contributors

# Other sessions change the target of a restore at known points: before a
# table is dropped or emptied to make room, before its definition is made,
# before its rows are loaded, and between its rows and its foreign keys.  The
# restore ends, says what was in its way and holds nothing after that, and a
# later restore works.

use strict;
use warnings;

use BackupPool;
use BackupPool::Faults qw(signature);
use PostgreSQL::Test::Utils;
use Test::More;

# a restore that waits looks for deadlocks late enough for others to join one
my $node = new_node('main', conf => "backup_pool.max_connections = 4\ndeadlock_timeout = 1500ms\nautovacuum = off");
$node->safe_psql('postgres', 'CREATE ROLE alice LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO alice; CREATE DATABASE src OWNER alice TEMPLATE template0');
# s.wait() holds the rows of s.held up, as long as somebody has lock 4711;
# the foreign keys of the others come after that.  One is of a table so large
# that it is added first and checked later.
$node->safe_psql('src', q{
	SET ROLE alice;
	CREATE SCHEMA s;
	CREATE SEQUENCE s.seq;
	CREATE FUNCTION s.wait(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock_shared(4711); RETURN true; END';
	CREATE TABLE s.held (id int PRIMARY KEY, CHECK (s.wait(id)));
	INSERT INTO s.held SELECT generate_series(0, 9);
	CREATE TABLE s.a (id int PRIMARY KEY, held int REFERENCES s.held, n int, v text);
	INSERT INTO s.a SELECT g, g % 10, g % 7, repeat(md5(g::text), 10) FROM generate_series(1, 4000) g;
	CREATE INDEX ON s.a (n);
	CREATE TABLE s.b (LIKE s.a INCLUDING INDEXES, FOREIGN KEY (held) REFERENCES s.held);
	INSERT INTO s.b SELECT * FROM s.a WHERE id % 2 = 0;
});
my $want = signature($node, 'src');
my $archive = backup_ok($node, "SET ROLE alice; SELECT backup_pool.backup_database('src')", 'an archive');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'made_full', create_database => true)", 'a database with everything');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'made_empty', create_database => true, content => 'schema')", 'one without rows');
$node->safe_psql('postgres', 'CREATE DATABASE made_schema OWNER alice TEMPLATE template0; GRANT CREATE ON DATABASE made_schema TO alice');
$node->safe_psql('made_schema', 'CREATE SCHEMA s AUTHORIZATION alice');

my $n = 0;

# A database of its own for each case, and a session in it
sub target
{
	my ($template) = @_;
	my $db = 'target' . ++$n;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER alice TEMPLATE made_$template");
	my $session = $node->background_psql($db);
	$session->query_safe('SET client_min_messages = warning');
	return ($db, $session);
}

sub restore_into
{
	my ($db, $options, $user) = @_;
	return $node->safe_psql('postgres', ($user ? "SET ROLE $user; " : '') . "SELECT backup_pool.restore('$archive', '$db', parallel => 1$options)");
}

# All that a restore still does is to wait for somebody's lock.
sub waits
{
	my ($db, $name, $done) = @_;
	return if $node->poll_query_until('postgres', "SELECT count(*) = 1 AND bool_and(a.wait_event_type = 'Lock') AND bool_and(t.tables_done >= $done) FROM pg_stat_activity a JOIN backup_pool.connections c USING (pid) JOIN backup_pool.tasks t USING (task_id) WHERE a.datname = '$db' AND a.state = 'active'");
	fail("$name: it waits");
	return;
}

sub explain_task
{
	my ($id) = @_;
	my $task = task_row($node, $id);
	return join("\n", map { "$_: " . ($task->{$_} // '') } sort keys %$task);
}

# The task ends as it should; then nothing of it is left, and the next works.
sub ends
{
	my ($name, $db, $id, $sqlstate, $re, %opt) = @_;
	my $state = $sqlstate ? 'failed' : 'succeeded';
	ok(wait_state($node, $id, $state), "$name: $state") or diag(explain_task($id));
	my $task = task_row($node, $id);
	if ($sqlstate)
	{
		like($task->{sqlstate}, qr/^$sqlstate$/, "$name: SQLSTATE");
		like("$task->{error}\n$task->{detail}", $re, "$name: says why");
	}
	ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.connections WHERE task_id = $id"), "$name: no connection is held");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_locks l JOIN backup_pool.connections c USING (pid) WHERE l.locktype <> 'virtualxid'"), '0', "$name: no lock");
	return if $opt{gone};
	is($node->safe_psql($db, $_->[0]), $_->[1], "$name: $_->[2]") foreach (@{ $opt{then} // [] });
	is(signature($node, $db), $want, "$name: all is there") if $opt{same};
	$node->safe_psql($db, $opt{repair}) if $opt{repair};
	return unless $sqlstate;
	$node->safe_psql($db, 'DROP SCHEMA IF EXISTS s CASCADE') if $opt{clear};
	restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', if_exists => 'replace')", "$name: a later restore");
	is(signature($node, $db), $want, "$name: brings all");
	return;
}

my $none = "SELECT (SELECT count(*) FROM s.b) || ' ' || (SELECT count(*) FROM s.held)";

# ----------------------------------------------------------------
# rows into tables that are there: somebody has the table, and alters it
# ----------------------------------------------------------------

my @rows = (
	[ 'DROP TABLE s.a', '42P01', qr/relation "s\.a" does not exist/ ],
	[ 'DROP SCHEMA s CASCADE', '3F000', qr/schema "s" does not exist/ ],
	[ 'ALTER TABLE s.a RENAME TO z', '42P01', qr/relation "s\.a" does not exist/, repair => 'ALTER TABLE s.z RENAME TO a' ],
	[ 'ALTER TABLE s.a DROP COLUMN n', '42703', qr/column "n" of relation "a" does not exist/ ],
	[ 'ALTER TABLE s.a ADD COLUMN more int NOT NULL', '23502', qr/null value in column "more"/ ],
	[ 'ALTER TABLE s.a ALTER COLUMN v TYPE int USING 0', '22P02', qr/invalid input syntax for type integer.*Archive entry \d+/s ],
	[ 'ALTER TABLE s.a ADD CHECK (n > 100)', '23514', qr/violates check constraint/ ],
	[ 'INSERT INTO s.a (id) VALUES (17)', '23505', qr/duplicate key value.*a_pkey/ ],
	[ 'ALTER TABLE s.a ADD COLUMN more int', '', undef, then => [ [ 'SELECT count(*) FROM s.a WHERE more IS NULL', 4000, 'all rows' ] ] ],
	[ 'TRUNCATE s.a', '', undef, then => [ [ 'SELECT count(*) FROM s.a', 4000, 'all rows' ] ] ],
	[ 'CREATE INDEX a_md5 ON s.a (md5(v))', '', undef, then => [ [ "SET enable_seqscan = off; SELECT count(*) FROM s.a WHERE md5(v) > ''", 4000, 'all rows in the new index' ] ] ],
	[ 'REVOKE INSERT ON s.a FROM alice', '42501', qr/permission denied for table a/, user => 'alice' ],
	[ 'ALTER TABLE s.a OWNER TO CURRENT_USER', '42501', qr/permission denied for table a/, user => 'alice' ],
	[ 'ALTER TABLE s.a OWNER TO CURRENT_USER; GRANT INSERT, SELECT ON s.a TO alice; ALTER TABLE s.a ENABLE ROW LEVEL SECURITY', '0A000|42501', qr/row-level security/, user => 'alice' ],
	[ 'ALTER ROLE alice NOLOGIN', '', undef, same => 1, user => 'alice', repair => 'ALTER ROLE alice LOGIN' ]);
foreach my $case (@rows)
{
	my ($ddl, $sqlstate, $re, %opt) = @$case;
	my ($db, $session) = target('empty');
	# the plan may look at it
	$session->query_safe('BEGIN; LOCK TABLE s.a IN SHARE MODE');
	my $id = restore_into($db, ", content => 'data', if_exists => 'append'", $opt{user});
	waits($db, $ddl, 1);
	$session->query_safe("$ddl; COMMIT");
	$session->quit;
	ends("rows: $ddl", $db, $id, $sqlstate, $re, %opt);
}

# ----------------------------------------------------------------
# tables that are emptied or replaced
# ----------------------------------------------------------------

my $kept = [ [ $none, '2000 10', 'nothing was changed' ] ];
my @prepare = (
	[ 'truncate', 'DROP TABLE s.a', '42P01', qr/relation "s\.a" does not exist/, then => $kept ],
	[ 'truncate', 'CREATE TABLE s.r (id int REFERENCES s.a)', '0A000', qr/cannot truncate a table referenced in a foreign key/, then => $kept, clear => 1 ],
	[ 'replace', 'CREATE VIEW s.v AS SELECT v FROM s.a', '2BP01', qr/other objects depend on them.*view s\.v/s, then => $kept, clear => 1 ],
	# it is gone, or has another name: that is no longer to be dropped
	[ 'replace', 'DROP TABLE s.a', '', undef, same => 1 ],
	[ 'replace', 'ALTER TABLE s.a RENAME TO z', '2BP01', qr/constraint a_held_fkey on table s\.z depends/, then => [ [ 'SELECT count(*) FROM s.z', 4000, 'the renamed table is kept' ] ], clear => 1 ]);
foreach my $case (@prepare)
{
	my ($how, $ddl, $sqlstate, $re, %opt) = @$case;
	my ($db, $session) = target('full');
	$session->query_safe('BEGIN; LOCK TABLE s.a IN SHARE MODE');
	my $id = restore_into($db, ", if_exists => '$how'" . ($how eq 'truncate' ? ", content => 'data'" : ''));
	waits($db, "$how: $ddl", 0);
	$session->query_safe("$ddl; COMMIT");
	$session->quit;
	ends("$how: $ddl", $db, $id, $sqlstate, $re, %opt);
}

# a deadlock: who looks for it first is its victim
foreach my $victim ('the restore', 'somebody else')
{
	my ($db, $session) = target('full');
	$session->query_safe("SET deadlock_timeout = '" . ($victim eq 'the restore' ? '1h' : '1ms') . "'; BEGIN; LOCK TABLE s.b IN SHARE MODE");
	my $id = restore_into($db, ", if_exists => 'truncate', content => 'data'");
	waits($db, 'deadlock', 0);
	if ($victim eq 'the restore')
	{
		$session->query_safe('LOCK TABLE s.a; COMMIT');
		$session->quit;
		ends('deadlock', $db, $id, '40P01', qr/deadlock detected/, then => $kept);
	}
	else
	{
		# psql ends with it
		eval { $session->query('LOCK TABLE s.a; ROLLBACK'); $session->quit };
		ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '$db' AND application_name !~ 'backup_pool'"), 'it has lost');
		ends('deadlock of somebody else', $db, $id, '', undef, same => 1);
	}
}

# ----------------------------------------------------------------
# definitions: somebody makes a table of the same name
# ----------------------------------------------------------------

foreach my $end ('COMMIT', 'ROLLBACK')
{
	my ($db, $session) = target('schema');
	$session->query_safe('BEGIN; CREATE TABLE s.b (id int)');
	my $id = restore_into($db, '');
	waits($db, "CREATE TABLE, $end", 0);
	$session->query_safe($end);
	$session->quit;
	ends("definitions: CREATE TABLE, $end", $db, $id, $end eq 'COMMIT' ? ('42P07|23505', qr/already exists|duplicate key.*pg_(type|class)/) : ('', undef, same => 1));
}

# ----------------------------------------------------------------
# what it has made is altered, before its foreign keys are
# ----------------------------------------------------------------

my @between = (
	[ 'DROP TABLE s.a', '42P01', qr/relation "s\.a" does not exist.*Archive entry \d+, ((FK )?CONSTRAINT|INDEX)/s ],
	[ 'DROP TABLE s.b', '42P01', qr/relation "s\.b" does not exist.*Archive entry \d+, ((FK )?CONSTRAINT|INDEX)/s ],
	[ 'ALTER TABLE s.b RENAME TO z', '42P01', qr/relation "s\.b" does not exist/, repair => 'ALTER TABLE s.z RENAME TO b' ],
	[ 'ALTER TABLE s.a DROP COLUMN held', '42703', qr/column "held".* does not exist/ ],
	[ 'ALTER TABLE s.b ALTER COLUMN held TYPE text', '42804', qr/cannot be implemented/ ],
	[ 'INSERT INTO s.a VALUES (0, 999)', '23503', qr/violates foreign key constraint/ ],
	[ 'INSERT INTO s.b VALUES (0, 999)', '23503', qr/violates foreign key constraint/ ],
	[ 'ALTER TABLE s.b OWNER TO CURRENT_USER', '42501', qr/must be owner of table b/, user => 'alice' ],
	[ 'TRUNCATE s.a', '', undef, then => [ [ 'SELECT count(*) FROM s.a', 0, 'what was truncated stays so' ] ] ],
	[ 'CREATE INDEX a_md5 ON s.a (md5(v)); ALTER TABLE s.a ADD COLUMN more int', '', undef, then => [ [ "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated", 2, 'all foreign keys' ] ] ],
	[ 'ALTER DATABASE %s ALLOW_CONNECTIONS false', '', undef, home => 1, reopen => 1, same => 1 ],
	[ "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'", '57014', qr/canceling statement due to user request/ ],
	[ "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'", '57P01', qr/terminating connection due to administrator command/ ],
	[ 'DROP DATABASE %s WITH (FORCE)', '57P01|3D000|08006', qr/terminating connection due to administrator command|does not exist|was lost/, home => 1, gone => 1 ]);
foreach my $case (@between)
{
	my ($ddl, $sqlstate, $re, %opt) = @$case;
	my ($db, $session) = target('schema');
	$ddl = sprintf($ddl, $db);
	$session->query_safe('SELECT pg_advisory_lock(4711)');
	my $id = restore_into($db, '', $opt{user});
	waits($db, $ddl, 2);
	if ($opt{home})
	{
		$node->safe_psql('postgres', $ddl);
	}
	else
	{
		$node->safe_psql($db, $ddl);
	}
	eval { $session->query_safe('SELECT pg_advisory_unlock_all()') unless $opt{gone}; $session->quit };
	wait_state($node, $id, 'succeeded') && $node->safe_psql('postgres', "ALTER DATABASE $db ALLOW_CONNECTIONS true") if $opt{reopen};
	ends("between: $ddl", $db, $id, $sqlstate, $re, %opt);
}

# one that wants all of the schema waits, and comes before the foreign keys
{
	my ($db, $session) = target('schema');
	$session->query_safe('SELECT pg_advisory_lock(4711)');
	my $id = restore_into($db, '');
	waits($db, 'DROP SCHEMA', 2);
	my $drop = $node->background_psql($db);
	$drop->query_until(qr/asked/, "SET client_min_messages = warning;\n\\echo asked\nDROP SCHEMA s CASCADE;\n\\echo done\n");
	ok($node->poll_query_until($db, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND relation = 's.held'::regclass"), 'DROP SCHEMA waits for the rows');
	$session->query_safe('SELECT pg_advisory_unlock_all()');
	$session->quit;
	like(eval { $drop->query_until(qr/done/, '') } // $@, qr/done/, 'not for ever');
	$drop->quit;
	ends('between: DROP SCHEMA', $db, $id, '3F000|42P01|40P01', qr/does not exist|deadlock detected/);
}

# one that waits for a table that is locked can be cancelled
{
	my ($db, $session) = target('schema');
	$session->query_safe('SELECT pg_advisory_lock(4711)');
	my $id = restore_into($db, '');
	waits($db, 'LOCK TABLE', 2);
	my $locker = $node->background_psql($db);
	$locker->query_safe('BEGIN; LOCK TABLE s.a');
	$session->query_safe('SELECT pg_advisory_unlock_all()');
	$session->quit;
	ok($node->poll_query_until($db, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 's.a'::regclass"), 'it waits for the table');
	is($node->safe_psql('postgres', "SELECT backup_pool.cancel($id)"), 't', 'cancel()');
	ok(wait_state($node, $id, 'cancelled'), 'it ends while the lock is there') or diag(explain_task($id));
	$locker->query_safe('COMMIT');
	$locker->quit;
	restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', if_exists => 'replace')", 'a later restore');
	is(signature($node, $db), $want, 'brings all');
}

no_leftovers($node, 'DDL during restores');
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE state IN ('queued', 'running')"), '0', 'all tasks ended');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '0', 'no transaction is left');
unlike(slurp_file($node->logfile), qr/PANIC|by signal|cannot go from|cache lookup failed|could not open relation with OID/, 'the server and the worker went on');
$node->stop;
done_testing();
