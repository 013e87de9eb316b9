
# Copyright (c) 2026, backup_pool contributors

# The functions wait, cancel, drop_archive and check.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = new_node('main', conf => "backup_pool.max_connections = 4");
load_shop($node, 'shop', 3);
$node->safe_psql('postgres', 'CREATE DATABASE big');
$node->command_ok([ 'pgbench', '-i', '-q', '-s', '8', 'big' ], 'fill big');

# slow enough to be caught at it
my $slow = "backup_pool.backup_database('big', compression => 'gzip:9', parallel => 1)";

# wait
fails_like($node, 'SELECT backup_pool.wait(123456789)', '42704', qr/task 123456789 does not exist/, 'wait() for no such task');
fails_like($node, 'SELECT backup_pool.wait()', '2\w{4}|55\w{3}', qr/has not enqueued/, 'wait() for nothing');
my $id = $node->safe_psql('postgres', "SELECT $slow");
my $start = time;
my $state = $node->safe_psql('postgres', "SELECT backup_pool.wait($id, '100 ms')");
like($state, qr/^(queued|running)$/, 'wait() with a timeout tells the state');
cmp_ok(time - $start, '<', 2, 'soon after the timeout');
my ($rc, $out, $err) = run_sql($node, 'postgres', "SELECT backup_pool.wait($id, progress => true)");
is($out, 'succeeded', 'wait() with progress');
like($err, qr/NOTICE:.*task $id/, 'gives notices');
is($node->safe_psql('postgres', "SELECT backup_pool.wait($id)"), 'succeeded', 'wait() for one that is done');

# the views move
$id = $node->safe_psql('postgres', "SELECT $slow");
ok( $node->poll_query_until('postgres', "SELECT bytes_done > 0 AND rows_done > 0 AND progress > 0 AND progress < 100 AND eta > now() - interval '1 s' AND phase = 'data' AND connections > 0 FROM backup_pool.tasks WHERE task_id = $id"),
	'view tasks shows how far it is');
ok( $node->poll_query_until('postgres', "SELECT count(*) > 0 FROM backup_pool.connections WHERE task_id = $id AND unit IS NOT NULL"),
	'view connections shows what each does');
ok( $node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE 'COPY % TO %backup_pool%'"),
	'pg_stat_activity does, too');

# cancel while it copies
sub cancelled
{
	my ($id, $name, %opt) = @_;
	my $start = time;
	is($node->safe_psql('postgres', "SELECT backup_pool.cancel($id)"), 't', "$name: cancel() is true");
	my ($rc, $out, $err) = run_sql($node, 'postgres', "SELECT backup_pool.wait($id)");
	my $took = time - $start;
	like($err, qr/ERROR:  57014:/, "$name: wait() says it was cancelled");
	cmp_ok($took, '<', 1.5, sprintf('%s: within a second (%.2f s with two psql)', $name, $took));
	is(task_row($node, $id)->{state}, 'cancelled', "$name: state");
	is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.archives WHERE task_id = $id"), '0', "$name: no archive");
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.connections WHERE task_id = $id");
	no_leftovers($node, $name, %opt);
	is($node->safe_psql('postgres', "SELECT backup_pool.cancel($id)"), 'f', "$name: a second cancel() is false");
	return;
}

cancelled($id, 'while it copies');

# while it waits for a lock, with others queued behind it
my $blocker = $node->background_psql('shop');
$blocker->query_safe('BEGIN; LOCK TABLE shop.customer');
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('shop')");
wait_state($node, $id, 'running');
$node->poll_query_until('shop', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted");
cancelled($id, 'while it waits for a lock');

# queued: all connections are taken by tasks that wait
my @held = split /\n/, $node->safe_psql('postgres', "SELECT backup_pool.backup_database('shop') FROM generate_series(1, 8)");
ok( $node->poll_query_until('postgres', "SELECT count(*) > 0 FROM backup_pool.tasks WHERE state = 'queued'"), 'tasks are queued');
my ($queued) = reverse @held;
is(task_row($node, $queued)->{state}, 'queued', 'the last is');
cancelled($queued, 'while queued', others => 1);
pop @held;
$blocker->query_safe('COMMIT');
$node->safe_psql('postgres', "SELECT backup_pool.wait($_)") foreach @held;
$blocker->quit;

# while pg_dump runs: many tables make it slow
$node->safe_psql('postgres', 'CREATE DATABASE many');
$node->safe_psql('many', "SELECT format('CREATE TABLE t%s (a int PRIMARY KEY, b text, c numeric DEFAULT 1, CHECK (a > 0))', g) FROM generate_series(1, 1000) g \\gexec");
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('many')");
my $caught = 0;
my $tries = 0;
until ($caught || $tries++ > 3000)
{
	my $phase = $node->safe_psql('postgres', "SELECT phase FROM backup_pool.tasks WHERE task_id = $id");
	$caught = 1 if $phase eq 'definitions';
	last if $phase eq '' && task_row($node, $id)->{state} eq 'succeeded';
}
SKIP:
{
	skip 'too fast', 9 unless $caught;
	cancelled($id, 'while pg_dump runs');
}

# a restore, which leaves what it has made
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('big')", 'an archive');
$node->safe_psql('postgres', 'CREATE DATABASE target');
$id = $node->safe_psql('postgres', "SELECT backup_pool.restore('$archive', 'target', parallel => 1)");
$node->poll_query_until('postgres', "SELECT phase = 'data' AND rows_done > 0 FROM backup_pool.tasks WHERE task_id = $id");
cancelled($id, 'a restore');
is($node->safe_psql('postgres', "SELECT backup_pool.cancel(" . $node->safe_psql('postgres', "SELECT max(task_id) FROM backup_pool.tasks WHERE state = 'succeeded'") . ")"), 'f', 'cancel() of one that is done');
fails_like($node, 'SELECT backup_pool.cancel(123456789)', '42704', qr/does not exist/, 'cancel() of no such task');
fails_like($node, 'SELECT backup_pool.cancel(NULL)', '22004', qr/must not be null/, 'cancel(NULL)');

# the pool is whole after all that
backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'a backup after all that');

# drop_archive
my $path = archive_path($node, $archive);
ok(-d $path, 'the archive is there');
$node->safe_psql('postgres', "SELECT backup_pool.drop_archive('$archive')");
ok(!-e $path, 'drop_archive() removes it');
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.archives WHERE archive = '$archive'"), '0', 'from the view, too');
fails_like($node, "SELECT backup_pool.drop_archive('$archive')", '\w{5}', qr/\Q$archive\E.*does not exist|no such archive/, 'drop_archive() of no archive');
mkdir $node->data_dir . '/precious';
append_to_file($node->data_dir . '/precious/file', 'x');
foreach my $bad ('../precious', 'shop/../../precious', $node->data_dir . '/precious', '', '.', '..', 'shop', '/', 'shop/')
{
	fails_like($node, "SELECT backup_pool.drop_archive('$bad')", '\w{5}', qr/archive|name/i, "drop_archive('$bad')");
}
fails_like($node, 'SELECT backup_pool.drop_archive(NULL)', '22004', qr/must not be null/, 'drop_archive(NULL)');
ok(-e $node->data_dir . '/precious/file', 'nothing else was removed');
ok(-d repository($node) . '/shop', 'nor the other archives');

# check
is($node->safe_psql('postgres', 'SELECT count(*) > 4 AND bool_and(ok) FROM backup_pool.check()'), 't', 'check() finds all well')
  or diag($node->safe_psql('postgres', 'SELECT * FROM backup_pool.check()'));
chmod 0500, repository($node);
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.check() WHERE NOT ok AND hint IS NOT NULL"), '1', 'check() sees a repository that cannot be written')
  or diag($node->safe_psql('postgres', 'SELECT * FROM backup_pool.check()'));
chmod 0700, repository($node);
$node->stop;

# wait() for what is not in memory: the log's last word counts, not that of a
# snapshot from before it; and what waits for a slot is waited for
my $few = new_node('few', conf => "backup_pool.max_tasks = 3\nbackup_pool.max_connections = 1\nmax_prepared_transactions = 2");
$few->safe_psql('postgres', 'CREATE TABLE t AS SELECT 1 AS v');
my $old = $few->background_psql('postgres', on_error_stop => 0);
$old->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
my $failed = run_task($few, "SELECT backup_pool.backup_table('none')");
backup_ok($few, "SELECT backup_pool.backup_table('t')", "task $_ takes slots") foreach (1 .. 3);
is($few->safe_psql('postgres', "SELECT count(*) FROM backup_pool._live_tasks() WHERE task_id = $failed->{id}"), '0', 'one has left memory');
$old->query("SELECT backup_pool.wait($failed->{id})");
like($old->{stderr}, qr/no matching tables/, 'wait() in a transaction that is older than the task raises its error');
$old->quit;
$few->safe_psql('postgres', "BEGIN; LOCK TABLE t; PREPARE TRANSACTION 'lock'");
my @behind = split /\n/, $few->safe_psql('postgres', "SELECT backup_pool.backup_table('t', parallel => 1) FROM generate_series(1, 3)");

# cancel() right after a start, when the worker has not read the log
ok(wait_state($few, $behind[0], 'running'), 'one of three runs');
$few->safe_psql('postgres', "BEGIN; LOCK TABLE backup_pool.task; PREPARE TRANSACTION 'log'");
$few->restart;
my $canceller = $few->background_psql('postgres');
$canceller->query_until(qr/asked/, "\\echo asked\nSELECT 'it is ' || backup_pool.cancel($behind[1]);\n");
ok($few->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%cancel($behind[1])%' AND wait_event_type = 'Lock'"), 'cancel() waits');
$few->safe_psql('postgres', "ROLLBACK PREPARED 'log'");
like($canceller->query_until(qr/it is \w+/, ''), qr/it is true/, 'and is true');
$canceller->quit;
ok(wait_state($few, $behind[1], 'cancelled'), 'the task is cancelled');
$few->append_conf('postgresql.conf', 'backup_pool.max_tasks = 1');
$few->restart;
ok(wait_state($few, $behind[0], 'running'), 'after a restart with fewer slots');
$start = time;
like($few->safe_psql('postgres', "SELECT backup_pool.wait($behind[2], '1 s')"), qr/^(queued|running)$/, 'wait() for a task without a slot tells its state');
cmp_ok(time - $start, '>=', 1, 'at the timeout');
fails_like($few, "SELECT backup_pool.cancel($behind[2])", '55000', qr/cannot be cancelled yet.*max_tasks.*Try again/s, 'cancel() of it says that it cannot yet');
my $waiter = $few->background_psql('postgres');
$waiter->query_until(qr/asked/, "\\echo asked\nSELECT 'it ' || backup_pool.wait($behind[2]);\n");
$few->safe_psql('postgres', "ROLLBACK PREPARED 'lock'");
like($waiter->query_until(qr/it \w+/, ''), qr/it succeeded/, 'or waits for its end');
$waiter->quit;

# the only slot is not free before those who wait have looked at it: what the
# log still has is read then, with no connection open that would keep the worker
# awake
$few->append_conf('postgresql.conf', 'backup_pool.max_tasks = 3');
$few->restart;
$few->safe_psql('postgres', 'CREATE TABLE u AS SELECT 1 AS v');
my $of_u = backup_ok($few, "SELECT backup_pool.backup_table('u')", 'an archive');
$few->safe_psql('postgres', "BEGIN; LOCK TABLE $_; PREPARE TRANSACTION '$_'") foreach qw(t u);
my ($backup, $restore, $last) = map { $few->safe_psql('postgres', "SELECT backup_pool.$_") }
  ("backup_table('t', parallel => 1)", "restore('$of_u', 'postgres', content => 'data', if_exists => 'truncate')", "backup_table('u')");
$few->append_conf('postgresql.conf', 'backup_pool.max_tasks = 1');
$few->restart;
wait_state($few, $backup, 'running') or fail('one of them has the slot');
$few->safe_psql('postgres', "ROLLBACK PREPARED 't'");
wait_state($few, $restore, 'running') or fail('then the next one');
my @waiters = map { $few->background_psql('postgres') } (1 .. 6);
$_->query_until(qr/asked/, "\\echo asked\nSELECT 'it ' || backup_pool.wait($restore);\n") foreach @waiters;
$few->poll_query_until('postgres', "SELECT count(*) = 6 FROM pg_stat_activity WHERE query LIKE '%wait($restore)%' AND wait_event_type IS NOT NULL AND pid <> pg_backend_pid()") or fail('six wait for it');
$few->safe_psql('postgres', "ROLLBACK PREPARED 'u'");
like($_->query_until(qr/it \w+/, ''), qr/it succeeded/, 'each is told') foreach @waiters;
ok(wait_state($few, $last, 'succeeded'), 'and the last task is run');
$_->quit foreach @waiters;
$few->stop;
done_testing();
