
# Copyright (c) 2026, backup_pool contributors

# The home database is dumped and restored elsewhere, and the extension is
# dropped, created again or moved to another database.  The log stays with its
# server, no task starts by itself, and backups work in each place.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $conf = "backup_pool.max_connections = 1";
my $node = new_node('main', conf => $conf);
$node->safe_psql('postgres', 'CREATE ROLE alice LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO alice; CREATE TABLE mine AS SELECT generate_series(1, 5) AS id; GRANT SELECT ON mine TO alice; CREATE DATABASE db; CREATE DATABASE target');
$node->safe_psql('db', 'CREATE TABLE t AS SELECT generate_series(1, 100) AS id');
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('db')", 'a backup');

# a log with tasks of every kind that could start by themselves
my $blocker = $node->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my $running = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
$node->poll_query_until('db', 'SELECT count(*) = 1 FROM pg_locks WHERE NOT granted') or fail('a backup waits for a lock');
my $queued = $node->safe_psql('postgres', "SELECT backup_pool.restore('$archive', 'target')");
# a backup that runs for a while is logged as running
ok($node->poll_query_until('postgres', "SELECT string_agg(state, ' ' ORDER BY task_id) FROM backup_pool.task", 'succeeded running queued'), 'the log');

my $dir = PostgreSQL::Test::Utils::tempdir();
my $custom = "$dir/home.dump";
my $plain = "$dir/home.sql";
command_ok([ 'pg_dump', '-Fc', '-f', $custom, '-d', $node->connstr('postgres') ], 'pg_dump of the home database');
command_ok([ 'pg_dump', '-f', $plain, '-d', $node->connstr('postgres') ], 'as a script, too');
my $script = slurp_file($plain);
like($script, qr/^CREATE EXTENSION IF NOT EXISTS backup_pool WITH SCHEMA backup_pool;/m, 'it has the extension');
unlike($script, qr/COPY backup_pool\.|INSERT INTO backup_pool\./, 'but nothing of the log');
like($script, qr/GRANT ALL ON FUNCTION backup_pool\.backup_database\(.* TO alice;/, 'and who may call what');

# what there is in a place, and that it works
sub log_is_empty
{
	my ($where, $db, $name) = @_;
	is($where->safe_psql($db, 'SELECT count(*) FROM backup_pool.task'), '0', "$name: the log is empty");
	return;
}

sub works
{
	my ($where, $db, $name, %opt) = @_;
	is($where->safe_psql($db, 'SELECT sum(id) FROM mine'), '15', "$name: what else was in it is there");
	my $task = run_task($where, "SELECT backup_pool.backup_table('mine', '$db')", db => $db, %opt);
	is($task->{rc}, 0, "$name: a backup works") or diag($task->{err});
	return $task->{id};
}

# ----------------------------------------------------------------
# on another server
# ----------------------------------------------------------------

my $other = new_node('other', conf => $conf, bare => 1);
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE alice LOGIN');
stock_restore($other, 'postgres', $custom, '--exit-on-error');
log_is_empty($other, 'postgres', 'another server');
# what the worker finds there at its next start
$other->restart;
is($other->safe_psql('postgres', 'SELECT (SELECT count(*) FROM backup_pool.tasks) + tasks_enqueued + tasks_succeeded + tasks_failed FROM backup_pool.stats'), '0', 'another server: no task starts by itself');
is(works($other, 'postgres', 'another server, alice', user => 'alice'), 1, 'another server: numbers begin anew');
is(works($other, 'postgres', 'another server'), 2, 'and go on');

# once more, over what is there now
my ($out, $err) = run_command([ 'pg_restore', '-d', $other->connstr('postgres'), $custom ]);
like($err, qr/schema "backup_pool" already exists/, 'what is there is in the way');
is($other->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.task'), '2', 'a log that is there stays');
stock_restore($other, 'postgres', $custom, '--clean', '--if-exists', '--exit-on-error');
log_is_empty($other, 'postgres', 'pg_restore --clean drops the extension');
is(works($other, 'postgres', 'pg_restore --clean'), 3, 'pg_restore --clean: numbers go on all the same');
$other->stop;

# ----------------------------------------------------------------
# into another database of the same server
# ----------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE beside TEMPLATE template0');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('beside'), '-f', $plain ], 'the script into another database');
log_is_empty($node, 'beside', 'beside');
is($node->safe_psql('postgres', "SELECT string_agg(state, ' ' ORDER BY task_id) FROM backup_pool.task"), 'succeeded running queued', 'beside: the log of the server is as it was');
$blocker->query_safe('COMMIT');
$blocker->quit;
foreach my $id ($running, $queued)
{
	ok(wait_state($node, $id, 'succeeded'), "task $id is done once, where it was enqueued") or diag(explain(task_row($node, $id)));
}
my $id = works($node, 'beside', 'beside');
is($id, $queued + 1, 'beside: its numbers are those of the server');
log_is_empty($node, 'beside', 'beside, after that');
is($node->safe_psql('postgres', "SELECT state FROM backup_pool.task WHERE task_id = $id"), 'succeeded', 'beside: its task is in the log of the server');

# by ourselves
my $home = backup_ok($node, "SELECT backup_pool.backup_database('postgres')", 'our own backup of the home database');
restore_ok($node, "SELECT backup_pool.restore('$home', 'beside2', create_database => true)", 'and restore');
log_is_empty($node, 'beside2', 'beside2');
works($node, 'beside2', 'beside2');

# ----------------------------------------------------------------
# that database becomes the home database: its log is a new one, and the
# repository, with archives of the same numbers, is no part of it
# ----------------------------------------------------------------

my $archives = $node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.archives');
my $tasks = $node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.tasks');
$node->append_conf('postgresql.conf', "backup_pool.database = 'beside'");
$node->restart;
is($node->safe_psql('beside', 'SELECT count(*) FROM backup_pool.tasks'), '0', 'another home database: no task');
is($node->safe_psql('beside', 'SELECT count(*) FROM backup_pool.archives'), $archives, 'all archives');
is(works($node, 'beside', 'another home database'), 1, 'its numbers are its own');
is($node->safe_psql('beside', 'SELECT count(*) FROM backup_pool.archives WHERE task_id = 1'), '2', 'two archives of number 1');
$node->append_conf('postgresql.conf', "backup_pool.database = 'postgres'");
$node->restart;
is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.tasks'), $tasks, 'and back');
works($node, 'postgres', 'the first home database');

# ----------------------------------------------------------------
# the extension itself
# ----------------------------------------------------------------

fails_like($node, 'ALTER EXTENSION backup_pool SET SCHEMA public', '0A000', qr/does not support SET SCHEMA/, 'SET SCHEMA');
fails_like($node, 'CREATE EXTENSION backup_pool SCHEMA public', '0A000', qr/must be installed in schema "backup_pool"/, 'another schema', db => 'db');
fails_like($node, 'DROP TABLE backup_pool.task', '2BP01', qr/extension backup_pool requires it/, 'DROP of the log');

# its schema may be renamed; then there is no log, and that is said
my $last = $node->safe_psql('postgres', 'SELECT max(task_id) FROM backup_pool.task');
$node->safe_psql('postgres', 'ALTER SCHEMA backup_pool RENAME TO elsewhere');
(my $rc, $out, $err) = run_sql($node, 'postgres', "SELECT elsewhere.backup_table('mine');\nSELECT elsewhere.wait();\n");
isnt($rc, 0, 'a renamed schema: an error');
like($err, qr/extension "backup_pool" is not installed|schema "backup_pool" does not exist|relation "backup_pool.task" does not exist/, 'a renamed schema: that says so');
$node->safe_psql('postgres', 'ALTER SCHEMA elsewhere RENAME TO backup_pool');
cmp_ok(works($node, 'postgres', 'the name is back'), '>', $last, 'ids go on');

# dropped with tasks in the log, and made again
$blocker = $node->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
$running = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
$node->poll_query_until('db', 'SELECT count(*) = 1 FROM pg_locks WHERE NOT granted') or fail('a backup waits for a lock');
$queued = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
$node->safe_psql('postgres', 'DROP EXTENSION backup_pool');
$node->safe_psql('postgres', 'CREATE EXTENSION backup_pool');
log_is_empty($node, 'postgres', 'made again');
$blocker->query_safe('COMMIT');
$blocker->quit;
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')"), 'what was enqueued before ends');
$id = works($node, 'postgres', 'made again');
cmp_ok($id, '>', $queued, 'made again: ids go on');
my $states = "SELECT string_agg(state, ' ' ORDER BY task_id) FROM backup_pool.tasks WHERE task_id IN ($running, $queued)";
is($node->safe_psql('postgres', $states), 'succeeded succeeded', 'well');
$node->restart;
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE state IN ('queued', 'running')"), '0', 'made again: nothing starts after a restart');
works($node, 'postgres', 'made again, after a restart');
no_leftovers($node, 'at the end');
unlike(slurp_file($node->logfile), qr/PANIC|by signal|cannot go from/, 'no crash');
$node->stop;
done_testing();
