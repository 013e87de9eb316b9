
# Copyright (c) 2026, backup_pool contributors

# Timeouts of the server, a role or a database do not end backups and
# restores.  Limits that do end them are named in the error, before any work
# is done.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "backup_pool.max_connections = 4\nsuperuser_reserved_connections = 3\nmax_wal_senders = 0\nmax_connections = 20");
my $major = pg_version($node);
load_shop($node, 'shop', 1);
# worth more than one connection
$node->safe_psql('shop', 'CREATE TABLE shop.pad AS SELECT g AS id, repeat(md5(g::text), 6) AS v FROM generate_series(1, 60000) g');
$node->safe_psql('postgres', 'CREATE ROLE alice LOGIN CREATEDB; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO alice; GRANT pg_read_all_data TO alice');
my $before = dump_sorted($node, 'shop');

# ----------------------------------------------------------------
# timeouts
# ----------------------------------------------------------------

my @timeouts = map { "$_ = '1ms'" } qw(statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout);
# a server of 17 ends any session that takes longer to start
push @timeouts, "transaction_timeout = '100ms'" if $major >= 17;

# The sessions of this test itself, and pg_dump's, are to be spared.
my $spared = join(' ', map { /^(\w+)/ ? "-c $1=0" : () } @timeouts);

sub works
{
	my ($name) = @_;
	my (undef, undef, $err) = run_sql($node, 'shop', 'SELECT pg_sleep(1)');
	local $ENV{PGOPTIONS} = $spared;
	# a server that has another of them expire at that moment does not say which
	like($err, qr/statement timeout|idle-session timeout|canceling statement due to user request/, "$name: holds for others");

	# somebody holds a table for a while, far beyond these timeouts
	my $blocker = $node->background_psql('shop');
	$blocker->query_safe('BEGIN; LOCK TABLE shop.product');
	my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('shop', parallel => 3, compression => 'gzip:9')");
	ok($node->poll_query_until('shop', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'shop.product'::regclass"), "$name: a backup waits for a lock");
	$blocker->query_safe('COMMIT');
	$blocker->quit;
	ok(wait_state($node, $id, 'succeeded'), "$name: and succeeds") or diag(explain(task_row($node, $id)));
	my $archive = task_row($node, $id)->{archive};

	my $again = backup_ok($node, "SELECT backup_pool.backup_database('shop', content => 'data', parallel => 3)", "$name: data alone");
	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS copy");
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', create_database => true, parallel => 3)", "$name: restore");
	restore_ok($node, "SELECT backup_pool.restore('$again', 'copy', content => 'data', if_exists => 'truncate', parallel => 3)", "$name: restore into what is there");
	same_dump($node, \$before, 'copy', "$name: the same");
	return;
}

# of the server: for the worker, too
$node->safe_psql('postgres', join('', map { "ALTER SYSTEM SET $_;\n" } @timeouts));
$node->restart;
works('timeouts of the server');
{
	local $ENV{PGOPTIONS} = $spared;
	$node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
}
$node->restart;

# of a role
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', join('', map { "ALTER ROLE \"$superuser\" SET $_;\n" } @timeouts));
works('timeouts of a role');
{
	local $ENV{PGOPTIONS} = $spared;
	$node->safe_psql('postgres', "ALTER ROLE \"$superuser\" RESET ALL");
}

# of the database, and of the one that is restored into, which takes them over
$node->safe_psql('shop', join('', map { "ALTER DATABASE shop SET $_;\n" } @timeouts));
works('timeouts of a database');
{
	local $ENV{PGOPTIONS} = $spared;
	$node->safe_psql('postgres', 'ALTER DATABASE shop RESET ALL; DROP DATABASE copy');
}

# ----------------------------------------------------------------
# connections
# ----------------------------------------------------------------

my $data = "SELECT backup_pool.backup_database('shop', content => 'data', parallel => 4)";
my $all = "SELECT backup_pool.backup_database('shop', parallel => 4)";

sub setting
{
	my (@set) = @_;
	$node->safe_psql('postgres', join('', map { "ALTER SYSTEM SET $_;\n" } @set));
	$node->reload;
	return;
}

# all of the server's are taken: a role that may not have the reserved ones
setting("backup_pool.connect_timeout = '1s'", "backup_pool.idle_timeout = 0");
$node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM backup_pool.connections');
my @hogs = map { $node->background_psql('postgres', extra_params => [ '-U', 'alice' ]) } (1 .. 17);
my ($rc, undef, $err) = run_sql($node, 'postgres', 'SELECT 1', user => 'alice');
like($err, qr/53300|remaining connection slots|too many clients/, 'all connections are taken');
my $task = task_fails_like($node, "SET ROLE alice; $all", '53300', qr/connection slots|too many clients/, 'no connection left');
is(join(' ', glob(repository($node) . '/*/*.partial')), '', 'no connection left: nothing begun');
setting("backup_pool.connect_timeout = '60s'");
my $id = $node->safe_psql('postgres', "SET ROLE alice; $all");
$node->poll_query_until('postgres', "SELECT state = 'running' AND phase = 'connecting' FROM backup_pool.tasks WHERE task_id = $id AND (SELECT connections_failed > 0 FROM backup_pool.stats)")
  or fail('it tries');
$_->quit foreach @hogs;
ok(wait_state($node, $id, 'succeeded'), 'one that waited for others to go') or diag(explain(task_row($node, $id)));

# of the role
setting("backup_pool.connect_timeout = '1s'");
foreach my $case ([ 'ROLE alice', 'role "alice"' ], [ 'DATABASE shop', 'database "shop"' ])
{
	my ($what, $named) = @$case;
	$node->safe_psql('postgres', "ALTER $what CONNECTION LIMIT 0");
	task_fails_like($node, "SET ROLE alice; $data", '53300', qr/too many connections for $named/, "$what: limit 0");
	$node->safe_psql('postgres', "ALTER $what CONNECTION LIMIT 1");
	backup_ok($node, "SET ROLE alice; $data", "$what: limit 1 is enough for data");
	task_fails_like($node, "SET ROLE alice; $all", '53300', qr/pg_dump failed.*too many connections for $named/s, "$what: limit 1 and pg_dump");
	$node->safe_psql('postgres', "ALTER $what CONNECTION LIMIT 2");
	backup_ok($node, "SET ROLE alice; $all", "$what: limit 2 is enough for all");
	$node->safe_psql('postgres', "ALTER $what CONNECTION LIMIT -1");
}
no_leftovers($node, 'limits of connections');

# pg_hba.conf is changed while a backup waits for a lock
my $hba = $node->data_dir . '/pg_hba.conf';
my $old_hba = slurp_file($hba);

sub hba
{
	my ($text) = @_;
	unlink $hba;
	append_to_file($hba, $text);
	$node->reload;
	return;
}

# the server reads the file some time after it was told to
sub admits
{
	my ($yes) = @_;
	foreach (1 .. 1000)
	{
		# not on its standard input: who is rejected may not read that any more
		my $in = run_log([ 'psql', '-XAtq', '-d', $node->connstr('postgres') . ' user=alice', '-c', 'SELECT 1' ]) ? 1 : 0;
		return if $in == $yes;
	}
	fail('pg_hba.conf is read');
	return;
}

foreach my $case ([ $data, 'succeeded' ], [ $all, 'failed' ])
{
	my ($sql, $state) = @$case;
	my $blocker = $node->background_psql('shop');
	$blocker->query_safe('BEGIN; LOCK TABLE shop.product');
	$id = $node->safe_psql('postgres', "SET ROLE alice; $sql");
	$node->poll_query_until('shop', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted") or fail('it waits');
	hba("local all alice reject\n$old_hba");
	admits(0);
	$blocker->query_safe('COMMIT');
	$blocker->quit;
	ok(wait_state($node, $id, $state), "pg_hba.conf was changed meanwhile: $state") or diag(explain(task_row($node, $id)));
	$task = task_row($node, $id);
	like("$task->{error} $task->{detail}", qr/pg_hba\.conf rejects connection for .*user "alice"/, 'it says why') if $state eq 'failed';
	$task = task_fails_like($node, "SET ROLE alice; $data", '28000', qr/pg_hba\.conf rejects connection for .*user "alice"/, 'the next one may not log in');
	hba($old_hba);
	admits(1);
	backup_ok($node, "SET ROLE alice; $all", 'nor does that last');
}
no_leftovers($node, 'pg_hba.conf');

# ----------------------------------------------------------------
# locks
# ----------------------------------------------------------------

my $tables = 1500;
$node->safe_psql('postgres', 'CREATE DATABASE crowd');
$node->safe_psql('crowd', "SELECT format('CREATE TABLE t%s (id int PRIMARY KEY); INSERT INTO t%s VALUES (1)', g, g) FROM generate_series(1, $tables) g \\gexec");
my $archive = archive_path($node, backup_ok($node, "SELECT backup_pool.backup_database('crowd')", 'many tables'));
my $crowded = new_node('crowded', conf => "max_connections = 10\nmax_locks_per_transaction = 10\nmax_wal_senders = 0\nautovacuum_max_workers = 1\nbackup_pool.max_connections = 4");
restore_ok($crowded, "SELECT backup_pool.restore('$archive', 'crowd', create_database => true, parallel => 4)", 'many tables are restored with few locks');
is(scalar(grep { $_ eq '1' } split /\n/, $crowded->safe_psql('crowd', "SELECT format('SELECT count(*) FROM %s', oid::regclass) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \\gexec")),
	$tables, 'all of them');
task_fails_like($crowded, "SELECT backup_pool.backup_database('crowd')", '53400', qr/"max_locks_per_transaction" = 10.*at least \d+/s, 'but cannot be backed up');
is(join(' ', glob(repository($crowded) . '/*/*')), '', 'nothing was begun');

# a restore that would have to lock all of them does so before anything else
$crowded->safe_psql('crowd', 'UPDATE t1 SET id = 2');
foreach my $how ('truncate', 'replace')
{
	my $all = task_fails_like($crowded, "SELECT backup_pool.restore('$archive', 'crowd', if_exists => '$how')", '53\w{3}', qr/max_locks_per_transaction/, "a restore with $how");
	# tables that would fit, but not with their indexes
	my ($room) = $all->{detail} =~ /room for (\d+) locks/;
	my $some = join(',', map { "public.t$_" } (1 .. $room * 0.8));
	task_fails_like($crowded, "SELECT backup_pool.restore('$archive', 'crowd', if_exists => '$how', tables => '{$some}')", '53400', qr/"max_locks_per_transaction" = 10.*locks \d+ relations at once.*at least \d+/s, "a restore of some with $how");
	is($crowded->safe_psql('crowd', "SELECT (SELECT id FROM t1) || ' ' || count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"), "2 $tables", 'nothing was changed');
}
no_leftovers($crowded, 'few locks');
$crowded->stop;

# ----------------------------------------------------------------
# open files of the worker
# ----------------------------------------------------------------

my $few = new_node('few', conf => "max_files_per_process = 64\nmax_connections = 60\nbackup_pool.max_connections = 40");
$few->safe_psql('postgres', 'CREATE DATABASE wide');
$few->safe_psql('wide', "CREATE UNLOGGED TABLE t (v text); ALTER TABLE t ALTER v SET STORAGE PLAIN; INSERT INTO t SELECT repeat(md5(g::text), 230) FROM generate_series(1, 45000) g");
my $wide = $few->safe_psql('postgres', "SELECT backup_pool.backup_database('wide', compression => 'gzip:9')");
$few->poll_query_until('postgres', "SELECT bytes_done > 0 FROM backup_pool.tasks WHERE task_id = $wide") or fail('it copies');
is($few->safe_psql('postgres', "SELECT (SELECT count(*) FROM backup_pool.connections WHERE task_id = $wide) - connections FROM backup_pool.tasks WHERE task_id = $wide"), '0', 'connections that could not be opened are not counted');
$few->safe_psql('postgres', "SELECT backup_pool.cancel($wide)");
ok(wait_state($few, $wide, 'cancelled'), 'nor waited for when it is cancelled');
no_leftovers($few, 'few files');
$few->stop;
$node->stop;
done_testing();
