
# Copyright (c) 2026, backup_pool contributors

# A smart shutdown waits for sessions to end.  No session of the pool and no
# session in wait() keeps it waiting, and tasks that it stopped run after the
# next start.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $node = new_node('main', conf => "backup_pool.max_connections = 1\nbackup_pool.connect_timeout = 1s\nfsync = off");
$node->safe_psql('postgres', 'CREATE DATABASE db');
$node->safe_psql('db', 'CREATE TABLE t AS SELECT generate_series(1, 100) AS id');

# a session that tells when wait() is over, and what it said
sub waiter
{
	my ($id) = @_;
	my $w = $node->background_psql('postgres', on_error_stop => 0);
	$w->query_until(qr/asked/, "\\echo asked\nSELECT 'state ' || backup_pool.wait($id);\n\\echo over\n");
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%wait($id)%' AND state = 'active' AND pid <> pg_backend_pid()")
	  or fail("somebody waits for task $id");
	return $w;
}

my $holder = $node->background_psql('db');
$holder->query_safe('BEGIN; LOCK TABLE t');
my $first = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted") or fail('a backup waits for a lock');
my $second = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
my $late = $node->background_psql('postgres');
my @waiters = (waiter($first), waiter($second));

system_or_bail('pg_ctl', '-D', $node->data_dir, '-m', 'smart', '-W', 'stop');

# one that is queued will not be begun
$waiters[1]->query_until(qr/over/, '');
like($waiters[1]->{stderr}, qr/shutting down before task $second is over/, 'who waits for a queued task is told');
# a session that is there may still enqueue
my $third = $late->query_safe("SELECT backup_pool.backup_database('db')") =~ s/\D//gr;
like($third, qr/^\d+$/, 'a task is enqueued after that');
$late->quit;

# one that runs gets its lock, but no pg_dump
$holder->query_safe('COMMIT');
$holder->quit;
$waiters[0]->query_until(qr/over/, '');
like($waiters[0]->{stderr}, qr/shutting down before task $first is over/, 'who waits for one that cannot go on, too');
$_->quit foreach @waiters;

my $until = time + $PostgreSQL::Test::Utils::timeout_default;
usleep(10_000) while -e $node->data_dir . '/postmaster.pid' && time < $until;
ok(!-e $node->data_dir . '/postmaster.pid', 'then the server is down');
$node->{_pid} = undef;
$node->start;
foreach my $id ($first, $second, $third)
{
	ok(wait_state($node, $id, 'succeeded'), "task $id is done after the start") or diag(explain(task_row($node, $id)));
}
is(task_row($node, $first)->{attempt}, '2', 'the one that ran was begun again');
is(task_row($node, $second)->{attempt}, '1', 'the other was not begun before');
no_leftovers($node, 'smart shutdown');
$node->stop;
done_testing();
