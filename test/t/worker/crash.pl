
# Copyright (c) 2026, backup_pool contributors

# What wait() returned is still true after a crash of the server, although the
# worker does not sync every commit.

use strict;
use warnings;

use BackupPool;
use File::Copy;
use PostgreSQL::Test::Utils;
use Test::More;

# the WAL writer must not make up for what was not synced
my $node = new_node('main', conf => "backup_pool.max_connections = 3\nfsync = off\nautovacuum = off\nmax_prepared_transactions = 1\nbackup_pool.max_attempts = 3\nwal_writer_delay = 10s\nwal_writer_flush_after = 0\nrestart_after_crash = on");
$node->safe_psql('postgres', 'CREATE DATABASE db');
$node->safe_psql('db', 'CREATE TABLE t AS SELECT generate_series(1, 100) AS v');

sub crash
{
	$node->stop('immediate');
	$node->start;
	return;
}

sub log_row
{
	my ($id) = @_;
	return $node->safe_psql('postgres', "SELECT concat_ws(' ', state, attempt, rows_done, tables_done) FROM backup_pool.task WHERE task_id = $id");
}

sub archives_of
{
	my ($id) = @_;
	return join(' ', map { s{.*/backup_pool/}{}r } glob(repository($node) . "/*/*-$id"));
}

# succeeded
foreach my $round (1 .. 3)
{
	my @tasks = map { run_task($node, "SELECT backup_pool.backup_table('t', 'db')") } (1 .. 3);
	is(join(' ', map { $_->{state} } @tasks), 'succeeded succeeded succeeded', 'three backups');
	crash();
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')");
	is(join(', ', map { log_row($_->{id}) } @tasks), '' . join(', ', ('succeeded 1 100 1') x 3), 'have succeeded after a crash, as before');
	is(join(' ', map { archives_of($_->{id}) } @tasks), join(' ', map { $_->{archive} } @tasks), 'by the same archives');
	is($node->safe_psql('postgres', "SELECT backup_pool.wait($tasks[2]{id})"), 'succeeded', 'wait() says so');
}

# failed, cancelled
my $failed = run_task($node, "SELECT backup_pool.backup_table('none', 'db')");
is($failed->{state}, 'failed', 'a backup fails');
my $blocker = $node->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my @held = split /\n/, $node->safe_psql('postgres', "SELECT backup_pool.backup_table('t', 'db') FROM generate_series(1, 5)");
wait_state($node, $held[0], 'running');
wait_state($node, $held[4], 'queued');
$node->safe_psql('postgres', "SELECT backup_pool.cancel($_)") foreach @held;
foreach my $id (@held)
{
	fails_like($node, "SELECT backup_pool.wait($id)", '57014', qr/cancelled/, 'one that was cancelled');
}
crash();
eval { $blocker->quit };
like(log_row($failed->{id}), qr/^failed 1/, 'has failed after a crash');
like(log_row($_), qr/^cancelled/, 'was cancelled after a crash') foreach @held;

# an archive that was dropped is not made again
my $task = run_task($node, "SELECT backup_pool.backup_table('t', 'db')");
$node->safe_psql('postgres', "SELECT backup_pool.drop_archive('$task->{archive}')");
crash();
like(log_row($task->{id}), qr/^succeeded 1/, 'a backup whose archive was dropped before the crash');
is(archives_of($task->{id}), '', 'is not made again');

# somebody else's archive is no proof
$blocker = $node->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_table('t', 'db')");
wait_state($node, $id, 'running');
my $other = (glob(repository($node) . '/db/*'))[0];
$node->stop('immediate');
eval { $blocker->quit };
my $fake = repository($node) . "/db/20200101T000000Z-$id";
mkdir($fake, 0700) or die;
copy($_, $fake) foreach glob("$other/*");
$node->start;
ok($node->poll_query_until('postgres', "SELECT state = 'succeeded' FROM backup_pool.tasks WHERE task_id = $id"), 'a backup that was running is made again');
like(log_row($id), qr/^succeeded 2 100 1/, 'although another archive has its number');
unlike(task_row($node, $id)->{archive}, qr/20200101/, 'and has one of its own');

# One that is begun again and again is not begun for ever, how soon ever the
# server goes down.  A prepared transaction holds its table over all crashes.
$node->safe_psql('db', "BEGIN; LOCK TABLE t; PREPARE TRANSACTION 'lock'");
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_table('t', 'db')");
foreach my $attempt (1 .. 3)
{
	ok($node->poll_query_until('postgres', "SELECT state = 'running' AND attempt = $attempt FROM backup_pool.tasks WHERE task_id = $id"),
		"attempt $attempt");
	crash();
}
ok($node->poll_query_until('postgres', "SELECT state = 'failed' AND sqlstate = '57P02' FROM backup_pool.tasks WHERE task_id = $id"), 'is given up');
like(log_row($id), qr/^failed 3/, 'after max_attempts');
$node->safe_psql('db', "ROLLBACK PREPARED 'lock'");
backup_ok($node, "SELECT backup_pool.backup_table('t', 'db')", 'and the next one works');
no_leftovers($node, 'crashes');

$node->stop;
done_testing();
