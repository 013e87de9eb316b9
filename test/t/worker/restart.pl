
# Copyright (c) 2026, backup_pool contributors

# Restarts and crashes lose no task and leave nothing behind.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "backup_pool.max_connections = 3\nbackup_pool.max_attempts = 2\nfsync = off");
load_shop($node, 'shop', 1);
$node->safe_psql('postgres', 'CREATE DATABASE big');
$node->command_ok([ 'pgbench', '-i', '-q', '-s', '10', 'big' ], 'fill big');
my $slow = "backup_pool.backup_database('big', compression => 'gzip:9', parallel => 1)";

sub copying
{
	my ($id) = @_;
	$node->poll_query_until('postgres', "SELECT phase = 'data' AND bytes_done > 0 FROM backup_pool.tasks WHERE task_id = $id")
	  or fail("task $id copies");
	return;
}

sub finished
{
	my ($id, $state, $name) = @_;
	ok($node->poll_query_until('postgres', "SELECT state = '$state' FROM backup_pool.tasks WHERE task_id = $id"), "$name: $state")
	  or diag(explain(task_row($node, $id)));
	return;
}

# a running one and queued ones, over a fast restart
my $id = $node->safe_psql('postgres', "SELECT $slow");
copying($id);
my @queued = split /\n/, $node->safe_psql('postgres', "SELECT backup_pool.backup_database('shop', label => 'queued', priority => -1) FROM generate_series(1, 5)");
$node->stop('fast');
$node->start;
finished($id, 'succeeded', 'a backup that ran when the server was restarted');
is(task_row($node, $id)->{attempt}, '2', 'was begun again');
finished($_, 'succeeded', 'one that was queued') foreach @queued;
cmp_ok($node->safe_psql('postgres', "SELECT backup_pool.backup_database('shop')"), '>', $queued[-1], 'ids go on');
$node->safe_psql('postgres', 'SELECT backup_pool.wait(max(task_id)) FROM backup_pool.tasks');
no_leftovers($node, 'fast restart');

# a crash of the server
$id = $node->safe_psql('postgres', "SELECT $slow");
copying($id);
cmp_ok(scalar(glob(repository($node) . '/*/*.partial') // ''), 'ne', '', 'there is a .partial');
$node->stop('immediate');
$node->start;
finished($id, 'succeeded', 'a backup that ran when the server crashed');
no_leftovers($node, 'crash');
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.archives WHERE task_id = $id"), '1', 'one archive of it');

# a crash of one pooled backend takes all backends with it
$id = $node->safe_psql('postgres', "SELECT $slow");
copying($id);
my $pid = $node->safe_psql('postgres', "SELECT pid FROM backup_pool.connections WHERE task_id = $id LIMIT 1");
kill 9, $pid;
$node->poll_query_until('postgres', 'SELECT 1', '1');
finished($id, 'succeeded', 'a backup of which one backend crashed');
no_leftovers($node, 'crash of a backend');

# a bounded number of attempts
$id = $node->safe_psql('postgres', "SELECT $slow");
copying($id);
$node->stop('immediate');
$node->start;
copying($id);
$node->stop('immediate');
$node->start;
finished($id, 'failed', 'a backup that was interrupted as often as max_attempts');
like(task_row($node, $id)->{error}, qr/./, 'says why');
no_leftovers($node, 'attempts');

# the worker alone
$id = $node->safe_psql('postgres', "SELECT $slow");
copying($id);
my $worker = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'");
$node->safe_psql('postgres', "SELECT pg_terminate_backend($worker)");
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'backup_pool worker' AND pid <> $worker"),
	'a worker that was terminated comes back');
finished($id, 'succeeded', 'a backup whose worker was terminated');
no_leftovers($node, 'worker');

# one pooled backend is terminated
$id = $node->safe_psql('postgres', "SELECT $slow");
copying($id);
$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM backup_pool.connections WHERE task_id = $id");
ok($node->poll_query_until('postgres', "SELECT state IN ('failed', 'succeeded') FROM backup_pool.tasks WHERE task_id = $id"),
	'a backup whose backends were terminated ends');
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.connections WHERE task_id = $id");
no_leftovers($node, 'terminated backends');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'"), '1', 'the worker lives');

# a restore is not begun again
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('big')", 'an archive');
$node->safe_psql('postgres', 'CREATE DATABASE target');
$id = $node->safe_psql('postgres', "SELECT backup_pool.restore('$archive', 'target', parallel => 1)");
copying($id);
$node->stop('immediate');
$node->start;
finished($id, 'interrupted', 'a restore that ran when the server crashed');
like(join('', @{ task_row($node, $id) }{qw(error detail hint tables_done)}), qr/./, 'its row tells what was done');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'target', if_exists => 'replace')", 'it can be done again');
same_dump($node, 'big', 'target', 'and is the same');

# a task queued when the server is shut down while nothing can run it
my $blocker = $node->background_psql('shop');
$blocker->query_safe('BEGIN; LOCK TABLE shop.line');
my @held = split /\n/, $node->safe_psql('postgres', "SELECT backup_pool.backup_database('shop', label => 'held') FROM generate_series(1, 5)");
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM backup_pool.tasks WHERE state = 'queued' AND label = 'held'");
# some of another database, whose rows are the worker's to write
$node->safe_psql('shop', 'CREATE EXTENSION backup_pool');
push @held, split /\n/, $node->safe_psql('shop', "SELECT backup_pool.backup_table('shop.product', label => 'elsewhere') FROM generate_series(1, 20)");
run_sql($node, 'shop', "SELECT backup_pool.cancel($held[-1])");
$node->poll_query_until('postgres', "SELECT count(*) = 20 AND count(*) FILTER (WHERE state = 'cancelled') = 1 FROM backup_pool.task WHERE label = 'elsewhere'") or fail('the log knows them while they are queued');
pop @held;
$node->stop('fast');
eval { $blocker->quit };
$node->start;
finished($_, 'succeeded', 'one that waited for a lock') foreach @held;

# strangers' files in the repository stay
my $stranger = repository($node) . '/shop/notes.partial.txt';
append_to_file($stranger, 'x');
mkdir repository($node) . '/shop/20200101T000000Z-9.partial';
$node->restart;
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'");
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'a backup after the sweep');
ok(!-e repository($node) . '/shop/20200101T000000Z-9.partial', 'what a crash left is swept at the next start');
ok(-e $stranger, 'what is not ours stays');

$node->stop;

# a task that there was no memory for when the log was read is not forgotten
my $few = new_node('few', conf => "backup_pool.max_tasks = 3\nbackup_pool.max_connections = 1\nmax_prepared_transactions = 2\ndynamic_shared_memory_type = mmap");
$few->safe_psql('postgres', 'CREATE TABLE t AS SELECT 1 AS v');
$few->safe_psql('postgres', "BEGIN; LOCK TABLE t; PREPARE TRANSACTION 'lock'");
my $first = $few->safe_psql('postgres', "SELECT backup_pool.backup_table('t')");
my $long = $few->safe_psql('postgres', "SELECT backup_pool.backup_database(content => 'data', exclude_tables => array_fill(repeat('x', 100000), ARRAY[20]))");
$few->append_conf('postgresql.conf', 'backup_pool.max_tasks = 1');
$few->restart;
wait_state($few, $first, 'running') or fail('one has a slot, the other one waits for it');
my $offset = log_offset($few);
chmod(0500, $few->data_dir . '/pg_dynshmem');
$few->safe_psql('postgres', "ROLLBACK PREPARED 'lock'");
wait_state($few, $first, 'succeeded') or fail('which is free then');
# but there is no memory for the other one
$few->wait_for_log(qr/could not open shared memory segment/, $offset);
chmod(0700, $few->data_dir . '/pg_dynshmem');
ok(wait_state($few, $long, 'succeeded'), 'which is run when there is');

# nor is it in the way of others, right after a start
$few->append_conf('postgresql.conf', 'backup_pool.max_tasks = 4');
$few->restart;
$few->safe_psql('postgres', "BEGIN; LOCK TABLE t; PREPARE TRANSACTION 'lock'");
my @tasks = map { $few->safe_psql('postgres', "SELECT backup_pool.$_") }
  ("backup_table('t')", "backup_database(content => 'data', exclude_tables => array_fill(repeat('x', 100000), ARRAY[20]))", "backup_table('t')");
$few->safe_psql('postgres', "BEGIN; LOCK TABLE backup_pool.task; PREPARE TRANSACTION 'log'");
$few->restart;
$offset = log_offset($few);
chmod(0500, $few->data_dir . '/pg_dynshmem');
$few->safe_psql('postgres', "ROLLBACK PREPARED 'log'");
$few->wait_for_log(qr/could not open shared memory segment/, $offset);
$few->safe_psql('postgres', "ROLLBACK PREPARED 'lock'");
ok(wait_state($few, $tasks[0], 'succeeded'), 'the one before it is run');
backup_ok($few, "SELECT backup_pool.backup_table('t')", 'so is a new one');
chmod(0700, $few->data_dir . '/pg_dynshmem');
ok(wait_state($few, $_, 'succeeded'), 'and in the end all are') foreach @tasks;
$few->stop;
done_testing();
