
# Copyright (c) 2026, backup_pool contributors

# The pool opens connections once and uses them again, closes them when it
# should, and its connections do not disturb other sessions.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "backup_pool.max_connections = 4");
load_shop($node, 'shop', 1);

sub stats
{
	my ($col) = @_;
	return $node->safe_psql('postgres', "SELECT $col FROM backup_pool.stats");
}

# used again
backup_ok($node, "SELECT backup_pool.backup_database('shop', parallel => 2)", 'first backup');
my $opened = stats('connections_opened');
my $reused = stats('connections_reused');
cmp_ok($opened, '>', 0, 'connections were opened');
backup_ok($node, "SELECT backup_pool.backup_database('shop', parallel => 2)", "backup $_")
  foreach (2 .. 10);
is(stats('connections_opened'), $opened, 'ten backups in a row open connections once');
cmp_ok(stats('connections_reused') - $reused, '>=', 9, 'they are used again');
is(stats('connections_failed'), '0', 'none failed');
is(stats("concat_ws(' ', tasks_enqueued, tasks_succeeded, tasks_failed, tasks_cancelled)"), '10 10 0 0', 'tasks are counted');
cmp_ok(stats('rows'), '>=', 10 * 13000, 'rows are counted');
cmp_ok(stats('raw_bytes'), '>', stats('bytes'), 'bytes are counted, before and after compression');
$node->poll_query_until('postgres', "SELECT count(*) > 0 AND bool_and(state = 'idle' AND task_id IS NULL AND unit IS NULL) FROM backup_pool.connections")
  or fail('connections become idle');
is( $node->safe_psql(
		'postgres',
		"SELECT bool_and(database = 'shop' AND role = current_user AND uses > 0 AND connected_at <= state_since) FROM backup_pool.connections"
	),
	't',
	'view connections');

# clean between tasks
is( $node->safe_psql(
		'postgres',
		"SELECT count(*) FROM pg_locks l JOIN backup_pool.connections c USING (pid)"
	),
	'0',
	'idle connections hold no locks');
is( $node->safe_psql(
		'postgres',
		"SELECT bool_and(a.backend_xmin IS NULL AND a.xact_start IS NULL AND a.state = 'idle') FROM pg_stat_activity a JOIN backup_pool.connections USING (pid)"
	),
	't',
	'idle connections hold no snapshot');
is( $node->safe_psql(
		'postgres',
		"SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'"
	),
	'1',
	'the worker shows in pg_stat_activity');

# one that dies is noticed at once
my $pid = $node->safe_psql('postgres', 'SELECT min(pid) FROM backup_pool.connections');
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
ok( $node->poll_query_until(
		'postgres', "SELECT count(*) = 0 FROM backup_pool.connections WHERE pid = $pid"),
	'a backend that was killed while idle leaves the pool');
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'and the next backup works');

# an idle pool is in nobody's way
cmp_ok(pooled_backends($node, "database = 'shop'"), '>', 0, 'there are idle connections');
$node->safe_psql('postgres', "SET allow_in_place_tablespaces = on; CREATE TABLESPACE other LOCATION ''");
my @ddl = (
	'CREATE DATABASE shop2 TEMPLATE shop',
	'ALTER DATABASE shop2 SET TABLESPACE other',
	'ALTER DATABASE shop2 RENAME TO shop3',
	'ALTER DATABASE shop SET work_mem = \'5MB\'',
	'DROP DATABASE shop3',
	'DROP TABLESPACE other');
foreach my $sql (@ddl)
{
	my ($rc, undef, $err) = run_sql($node, 'postgres', $sql);
	is($rc, 0, $sql) or diag($err);
	backup_ok($node, "SELECT backup_pool.backup_database('$1')", "backup of $1 after it")
	  if $sql =~ /(?:CREATE DATABASE|RENAME TO) (\w+)/ || $sql =~ /(\w+) SET TABLESPACE/;
}

# a session of the pool is as good as a new one: patterns are looked up along
# the search_path that a login has now
$node->safe_psql('shop', 'CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.path AS SELECT 1 AS v; CREATE TABLE b.path AS SELECT generate_series(1, 2) AS v');
my $me = $node->safe_psql('postgres', 'SELECT current_user');
foreach my $sql ('DATABASE shop SET search_path = a', 'DATABASE shop SET search_path = b', "ROLE \"$me\" SET search_path = a", "ROLE \"$me\" RESET search_path", "ROLE \"$me\" IN DATABASE shop SET search_path = a", "ROLE \"$me\" IN DATABASE shop SET search_path = b")
{
	$node->safe_psql('postgres', "ALTER $sql");
	is(run_task($node, "SELECT backup_pool.backup_table('path', 'shop', content => 'data')")->{rows_done},
		$sql =~ /= a/ ? 1 : 2, "ALTER $sql: counts for the next task");
}
$node->safe_psql('postgres', "ALTER DATABASE shop RESET search_path; ALTER ROLE \"$me\" IN DATABASE shop RESET search_path");

# idle means idle
my $worker = $node->safe_psql('postgres',
	"SELECT pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'");

sub effort
{
	my ($stat) = slurp_file("/proc/$worker/stat") =~ /\) (.*)/;
	my @f = split / /, $stat;
	my ($switches) = slurp_file("/proc/$worker/status") =~ /^voluntary_ctxt_switches:\s*(\d+)/m;
	return ($f[11] + $f[12], $switches);
}

SKIP:
{
	skip 'no /proc', 2 unless -e "/proc/$worker/stat";
	my @before = effort();
	$node->safe_psql('postgres', 'SELECT pg_sleep(4)');
	my @after = effort();
	cmp_ok($after[0] - $before[0], '<=', 1, 'an idle worker takes no time');
	cmp_ok($after[1] - $before[1], '<=', 8, 'an idle worker does not wake up');
}

sub setting
{
	my (%set) = @_;
	$node->safe_psql('postgres', join('', map { "ALTER SYSTEM SET backup_pool.$_ = '$set{$_}';\n" } sort keys %set));
	$node->reload;
	return;
}

# closing
setting(idle_timeout => '300ms');
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'backup with a short idle_timeout');
ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM backup_pool.connections'),
	'idle_timeout closes connections');
setting(min_connections => 2);
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'backup with min_connections');
ok( $node->poll_query_until(
		'postgres',
		"SELECT count(*) = 2 AND min(now() - state_since) > '1 s' FROM backup_pool.connections"),
	'min_connections are kept beyond the idle_timeout');
setting(min_connections => 0, idle_timeout => '1h', max_lifetime => '1s');
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'backup with a short max_lifetime');
ok( $node->poll_query_until(
		'postgres',
		"SELECT count(*) = 0 FROM backup_pool.connections WHERE connected_at < now() - interval '1500 ms'"),
	'max_lifetime closes connections');
setting(max_lifetime => '1h');

# prewarm
my $user = $node->safe_psql('postgres', 'SELECT current_user');
setting(prewarm => "$user\@shop:2");
$node->restart;
ok( $node->poll_query_until(
		'postgres',
		"SELECT count(*) = 2 FROM backup_pool.connections WHERE database = 'shop' AND state = 'idle'"),
	'prewarm opens connections at the start');
$opened = stats('connections_opened');
backup_ok($node, "SELECT backup_pool.backup_database('shop', parallel => 2)", 'backup on prewarmed connections');
is(stats('connections_opened'), $opened, 'it opens none');

# changes to roles and databases retire what is open
$node->safe_psql('postgres', 'CREATE ROLE someone SUPERUSER LOGIN');
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'backup by another role', user => 'someone');
$node->safe_psql('postgres', 'DROP ROLE someone');
ok( $node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'someone' OR (usename IS NULL AND backend_type = 'client backend')"),
	'connections of a dropped role are closed');

# smart shutdown: sessions of ours must not keep the server alive
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'connections open again');
cmp_ok(pooled_backends($node), '>', 0, 'there are idle connections');
command_ok([ 'pg_ctl', '-D', $node->data_dir, '-m', 'smart', '-w', '-t', '30', 'stop' ],
	'smart shutdown with idle connections');
$node->{_pid} = undef;

# many tasks on few connections
my $small = new_node('small', conf => "backup_pool.max_connections = 2");
load_shop($small, 'd1', 1);
$small->safe_psql('postgres', "CREATE DATABASE d$_ TEMPLATE d1") foreach (2 .. 4);
my $archive = backup_ok($small, "SELECT backup_pool.backup_database('d1')", 'an archive to restore');
$small->safe_psql('postgres', 'ALTER ROLE ALL SET statement_timeout = \'100s\'');
my ($rc, $out, $err) = run_sql($small, 'postgres', qq{
	SELECT backup_pool.backup_database('d' || 1 + g % 4) FROM generate_series(1, 17) g;
	SELECT backup_pool.restore('$archive', 'r' || g, true) FROM generate_series(1, 3) g;
	SELECT count(backup_pool.wait(task_id)) FROM backup_pool.tasks;
});
is($rc, 0, '20 tasks on two connections') or diag($err);
is($small->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE state = 'succeeded'"), '21', 'all succeed');
same_dump($small, 'd1', "r$_", "restore $_ of them") foreach (1 .. 3);
$small->stop;

# the reserved slots stay free, however many connections the tasks could use
my $tight = new_node('tight', conf => "max_connections = 8\nsuperuser_reserved_connections = 3\nbackup_pool.max_connections = 50\nmax_wal_senders = 0");
load_shop($tight, 'shop', 2);
my $ids = $tight->safe_psql('postgres', "SELECT backup_pool.backup_database('shop', compression => 'gzip:9') FROM generate_series(1, 4)");
is($tight->safe_psql('postgres', "SELECT count(backup_pool.wait(task_id)) FROM backup_pool.tasks"), '4', 'tasks wait for connections');
is($tight->safe_psql('postgres', "SELECT connections_failed FROM backup_pool.stats"), '0', 'the pool stays within max_connections');
$tight->stop;

done_testing();
