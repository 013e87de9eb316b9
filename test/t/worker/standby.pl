
# Copyright (c) 2026, backup_pool contributors

# Backups from a hot standby, and the tasks of both servers when the standby
# is promoted: it finishes its own tasks and takes over those of the old
# primary, and no task is run by both.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_node('primary', streaming => 1, conf => "backup_pool.max_connections = 2\nbackup_pool.idle_timeout = 0\nautovacuum = off\nwal_keep_size = 1GB\nwal_retrieve_retry_interval = 100ms");

# Each transaction takes one from purse_a, adds it to purse_b, and says so in
# moves.  The tables are units of their own; pad is worth more connections.
$primary->safe_psql('postgres', 'CREATE DATABASE bank; CREATE DATABASE held');
$primary->safe_psql(
	'bank', q{
	CREATE TABLE pad AS SELECT g AS id, (SELECT string_agg(md5((g * 10 + k)::text), '') FROM generate_series(1, 10) k) AS v FROM generate_series(1, 35000) g;
	CREATE TABLE purse_a AS SELECT g AS id, 1000 AS v, repeat('x', 500) AS fill FROM generate_series(1, 3000) g;
	CREATE TABLE purse_b AS SELECT * FROM purse_a;
	ALTER TABLE purse_a ADD PRIMARY KEY (id); ALTER TABLE purse_b ADD PRIMARY KEY (id);
	CREATE TABLE moves (id bigserial PRIMARY KEY);
	CREATE TABLE doomed (id int); CREATE TABLE over (id int);
	CREATE PROCEDURE churn() LANGUAGE plpgsql AS $$
	DECLARE
		n int;
	BEGIN
		WHILE NOT EXISTS (SELECT FROM over) LOOP
			n := 1 + floor(random() * 3000);
			UPDATE purse_a SET v = v - 1 WHERE id = n;
			INSERT INTO moves DEFAULT VALUES;
			UPDATE purse_b SET v = v + 1 WHERE id = 3001 - n;
			COMMIT;
			PERFORM pg_sleep(0.001);
		END LOOP;
	END $$;
});
my $sums = q{SELECT (SELECT count(*) FROM purse_a) || ' ' || (SELECT count(*) FROM purse_b) || ' ' || (SELECT sum(v) FROM purse_a) + (SELECT sum(v) FROM purse_b)
	|| ' ' || (SELECT sum(v) FROM purse_b) - (SELECT count(*) FROM moves)};
my $right = '3000 3000 6000000 3000000';
my $moves = 'SELECT count(*) FROM moves';
$primary->safe_psql('held', 'CREATE TABLE t1 AS SELECT generate_series(1, 10) AS id; CREATE TABLE t2 AS SELECT generate_series(1, 20) AS id');
my $t2 = backup_ok($primary, "SELECT backup_pool.backup_table('t2', 'held')", 'primary: one table');

# with what is in its repository, which is inside the data directory here
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\nmax_standby_streaming_delay = -1");
$standby->start;
$primary->wait_for_catchup($standby);

# exported snapshots are sound from these minor releases on
my %sound = (15 => 20, 16 => 16, 17 => 12, 18 => 7);
my $version = $standby->safe_psql('postgres', 'SHOW server_version_num');
my $minor = $sound{ int($version / 10000) };
my $sound = !defined $minor || $version % 10000 >= $minor;
note('snapshots of a standby are ' . ($sound ? 'sound' : 'not sound'));

my $writer = $primary->background_psql('bank');
$writer->query_until(qr/asked/, "\\echo asked\nCALL churn();\n\\echo over\n");

# ----------------------------------------------------------------
# on the standby, while the primary writes
# ----------------------------------------------------------------

fails_like($standby, "SELECT backup_pool.restore('$t2', 'held')", '25006', qr/cannot execute backup_pool\.restore\(\) during recovery/, 'restore on a standby');
fails_like($standby, "SELECT backup_pool.verify('$t2', level => 'restore')", '25006', qr/cannot execute backup_pool\.verify\(level => 'restore'\) during recovery/, 'verify by restoring');
restore_ok($standby, "SELECT backup_pool.verify('$t2')", 'verify by checksums');
is($standby->safe_psql('postgres', "SELECT count(*) FROM backup_pool.archives WHERE archive = '$t2' AND verified_at IS NOT NULL"), '1', 'the base backup has brought the archive along');

sub moved
{
	my ($atleast) = @_;
	$standby->poll_query_until('bank', "SELECT ($moves) > $atleast") or fail('the primary writes');
	return;
}

# an archive of the standby, restored on the primary
my $copies = 0;

sub is_consistent
{
	my ($node, $path, $name) = @_;
	my $copy = 'copy' . ++$copies;
	restore_ok($node, "SELECT backup_pool.restore('$path', '$copy', create_database => true)", "$name: its restore");
	is($node->safe_psql($copy, $sums), $right, "$name: shows one moment");
	my $n = $node->safe_psql($copy, $moves);
	$node->safe_psql('postgres', "DROP DATABASE $copy");
	return $n;
}

if ($sound)
{
	my $log = log_offset($standby);
	foreach my $sql ("backup_database('bank', parallel => 2", "backup_tables('{purse_a,purse_b,moves}', 'bank'")
	{
		moved(0 + $standby->safe_psql('bank', $moves));
		my $before = $standby->safe_psql('bank', $moves);
		my $archive = backup_ok($standby, "SELECT backup_pool.$sql, label => 'standby')", "standby: $sql)");
		my $after = $standby->safe_psql('bank', $moves);
		my $n = is_consistent($primary, archive_path($standby, $archive), $sql);
		cmp_ok($n, '>=', $before, "$sql: not from before it");
		cmp_ok($n, '<=', $after, "$sql: nor from after it");
	}
	log_is_quiet($standby, $log, 'a backup leaves no line in the log');
	$primary->wait_for_catchup($standby);
	is($_->safe_psql('postgres', "SELECT count(*) FROM backup_pool.task WHERE label = 'standby'"), '0', 'the log knows nothing of them') foreach ($primary, $standby);
	is($standby->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE label = 'standby' AND state = 'succeeded'"), '2', 'the standby does');

	# what the primary drops is not to wait for a backup for ever
	$standby->append_conf('postgresql.conf', 'max_standby_streaming_delay = 0');
	$standby->reload;
	$standby->poll_query_until('postgres', "SELECT current_setting('max_standby_streaming_delay') = '0'");
	my $id = $standby->safe_psql('postgres', "SELECT backup_pool.backup_database('bank', compression => 'zstd:9', parallel => 1)");
	my @pids = freeze($standby, $id);
	$primary->safe_psql('bank', 'DROP TABLE doomed');
	my $lsn = $primary->lsn('flush');
	$primary->wait_for_catchup($standby, 'flush', $lsn);
	$standby->poll_query_until('bank', "SELECT pg_last_wal_replay_lsn() < '$lsn' AND wait_event IS DISTINCT FROM 'RecoveryWalStream' FROM pg_stat_activity WHERE backend_type = 'startup'")
	  or fail('the replay of the drop waits');
	thaw(@pids);
	ok(wait_state($standby, $id, 'failed'), 'a backup in the way of the replay fails') or diag(explain(task_row($standby, $id)));
	my $task = task_row($standby, $id);
	like("$task->{sqlstate} $task->{error}", qr/^40001 .*conflict with recovery/, 'it says why');
	no_leftovers($standby, 'conflict with recovery');
	$standby->append_conf('postgresql.conf', 'max_standby_streaming_delay = -1');
	$standby->reload;

	# tasks of a standby are in memory alone
	$id = $standby->safe_psql('postgres', "SELECT backup_pool.backup_database('bank')");
	$standby->restart;
	is($standby->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE task_id = $id"), '0', 'a restart of the standby forgets its tasks');
	no_leftovers($standby, 'restart of the standby');
}
else
{
	fails_like($standby, "SELECT backup_pool.$_", '0A000', qr/cannot back up from a standby with this server version.*newest minor/s, "standby: $_")
	  foreach ("backup_database('bank')", "backup_table('purse_a', 'bank')", "backup_schema('public', 'bank', content => 'data')");
	is($standby->safe_psql('postgres', 'SELECT tasks_enqueued FROM backup_pool.stats'), '1', 'nothing is enqueued');
}

# ----------------------------------------------------------------
# the primary goes down, the standby is promoted, both at work
# ----------------------------------------------------------------

# the primary: two tasks that run, a backup and a restore, and two queued ones
my $locks = $primary->background_psql('held');
$locks->query_safe('BEGIN; LOCK TABLE t1, t2');
my %old = (backup => $primary->safe_psql('postgres', "SELECT backup_pool.backup_table('t1', 'held')"));
$old{restore} = $primary->safe_psql('postgres', "SELECT backup_pool.restore('$t2', 'held', content => 'data')");
$primary->poll_query_until('held', 'SELECT count(*) = 2 FROM pg_locks WHERE NOT granted') or fail('two tasks wait for locks');
$old{queued} = $primary->safe_psql('postgres', "SELECT backup_pool.backup_database('held')");
$old{create} = $primary->safe_psql('postgres', "SELECT backup_pool.restore('$t2', 'fresh', create_database => true)");
my $last = $old{create};

# the standby: two that run, one of which would like one more connection, and
# one that is queued
my (%new, @first, @second);
if ($sound)
{
	$new{first} = $standby->safe_psql('postgres', "SELECT backup_pool.backup_database('bank', compression => 'zstd:9', parallel => 1, label => 'first')");
	@first = freeze($standby, $new{first});
	moved(0 + $standby->safe_psql('bank', $moves));
	$new{second} = $standby->safe_psql('postgres', "SELECT backup_pool.backup_database('bank', compression => 'zstd:9', parallel => 2, label => 'second')");
	@second = freeze($standby, $new{second});
	$new{third} = $standby->safe_psql('postgres', "SELECT backup_pool.backup_table('purse_a', 'bank', label => 'third')");
}
$primary->safe_psql('bank', 'INSERT INTO over VALUES (1)');
$writer->query_until(qr/over/, '');
$writer->quit;

my $open = q{SELECT string_agg(task_id || ' ' || state, ', ' ORDER BY task_id) FROM backup_pool.task WHERE state IN ('queued', 'running')};
ok( $standby->poll_query_until('postgres', $open, "$old{backup} running, $old{restore} running, $old{queued} queued, $old{create} queued"),
	'the standby has the log of the primary');
my $done = "SELECT coalesce(sum(tasks_succeeded + tasks_failed), 0) FROM backup_pool.stats";
my $so_far = $standby->safe_psql('postgres', $done);
is($standby->safe_psql('postgres', "SELECT backup_pool.cancel($old{queued})"), 'f', 'a task of the primary cannot be cancelled on the standby');
$primary->stop('fast');
$locks->{run}->finish;
is($standby->safe_psql('postgres', $done), $so_far, 'a standby runs none of them');

$standby->promote;
my $next = $standby->safe_psql('postgres', "SELECT backup_pool.backup_table('t1', 'held')");
is($next, $last + 1, 'ids go on at once after the promotion');
if ($sound)
{
	is($standby->safe_psql('postgres', "SELECT string_agg(state, ' ' ORDER BY label) FROM backup_pool.tasks WHERE label IN ('first', 'second', 'third')"), 'running running queued', 'what the standby was doing is not over');
	thaw(@first);
}
foreach my $id ($old{backup}, $old{queued}, $old{create}, $next)
{
	ok(wait_state($standby, $id, 'succeeded'), "task $id is done after the promotion") or diag(explain(task_row($standby, $id)));
}
is(task_row($standby, $old{backup})->{attempt}, '2', 'the backup that ran is begun again');
is(task_row($standby, $old{queued})->{attempt}, '1', 'the queued one was not begun before');
my $restore = task_row($standby, $old{restore});
is("$restore->{state} $restore->{sqlstate}", 'interrupted 57P02', 'the restore that ran is not');
is($standby->safe_psql('held', 'SELECT count(*) FROM t2'), '20', 'and has changed nothing');
is($standby->safe_psql('fresh', 'SELECT count(*) FROM t2'), '20', 'the queued one has');
if ($sound)
{
	ok(wait_state($standby, $new{$_}, 'succeeded'), "standby: the $_ task is done") or diag(explain(task_row($standby, $new{$_}))) foreach ('first', 'third');

	# now there is a connection for it, which takes over a snapshot that was
	# exported in recovery
	ok($standby->poll_query_until('postgres', "SELECT connections = 2 AND tables_done >= 3 FROM backup_pool.tasks WHERE task_id = $new{second}"), 'a helper joins a backup that was begun before the promotion') or diag(explain(task_row($standby, $new{second})));
	thaw(@second);
	ok(wait_state($standby, $new{second}, 'succeeded'), 'and it is done, too') or diag(explain(task_row($standby, $new{second})));
	is_consistent($standby, task_row($standby, $new{$_})->{archive}, "begun before the promotion, $_") foreach ('first', 'second');
	is($standby->safe_psql('postgres', "SELECT string_agg(state, ' ') FROM backup_pool.task WHERE task_id IN ($new{first}, $new{second}, $new{third})"), 'succeeded succeeded succeeded', 'the log has them now');
}
no_leftovers($standby, 'promotion');
foreach my $archive (split /\n/, $standby->safe_psql('postgres', "SELECT archive FROM backup_pool.archives WHERE coalesce(label, '') NOT IN ('standby', 'first', 'second') ORDER BY task_id"))
{
	restore_ok($standby, "SELECT backup_pool.verify('$archive', level => 'restore')", "restores completely: $archive");
}
is($standby->safe_psql('postgres', "SELECT count(*) - count(DISTINCT task_id) FROM backup_pool.archives"), '0', 'one archive for each task');

# ----------------------------------------------------------------
# the old primary comes back as a standby, and is promoted, idle
# ----------------------------------------------------------------

$primary->enable_streaming($standby);
$primary->start;
$standby->wait_for_catchup($primary);
my $at_work = 'SELECT tasks_succeeded + tasks_failed + tasks_cancelled FROM backup_pool.stats';
is($primary->safe_psql('postgres', $at_work), '0', 'the old primary does nothing');
is_deeply([ map { s{.*-}{}r } glob(repository($primary) . '/*/*') ], [ $t2 =~ s{.*-}{}r ], 'it has its old archive alone');
if ($sound)
{
	my $task = run_task($primary, "SELECT backup_pool.backup_table('t1', 'held')");
	is($task->{state}, 'succeeded', 'a backup from it');
	is($primary->safe_psql('postgres', "SELECT count(*) FROM backup_pool.task WHERE task_id = $task->{id}"), '0', 'whose number the other did not use when it was a standby');
}

$locks = $standby->background_psql('held');
$locks->query_safe('BEGIN; LOCK TABLE t1');
my @ids = map { $standby->safe_psql('postgres', "SELECT backup_pool.backup_table('t1', 'held')") } (1 .. 3);
ok($primary->poll_query_until('postgres', $open, "$ids[0] running, $ids[1] running, $ids[2] queued"), 'three tasks of the new primary');
$primary->poll_query_until('postgres', 'SELECT count(*) = 0 FROM backup_pool.connections') or fail('the pool is empty');
# who waits there for one of them is in nobody's way
my $waiter = $primary->background_psql('postgres', on_error_stop => 0);
$waiter->query_until(qr/asked/, "\\echo asked\nSELECT backup_pool.wait($ids[2]);\n\\q\n");
$primary->stop('smart');
$waiter->{run}->finish;
like($waiter->{stderr}, qr/shutting down before task $ids[2] is over/, 'a standby that shuts down tells who waits for a task of the primary');
$primary->start;
$standby->wait_for_catchup($primary);
$standby->stop('fast');
# a server that is started has this session's pipes, too
eval { $locks->quit };
$primary->promote;
# the view would not wake the worker, but this does not even look at it
ok( $primary->poll_query_until('postgres', "SELECT string_agg(state || ' ' || attempt, ', ' ORDER BY task_id) FROM backup_pool.task WHERE task_id IN (" . join(', ', @ids) . ')', 'succeeded 2, succeeded 2, succeeded 1'),
	'an idle standby notices its promotion') or diag($primary->safe_psql('postgres', 'SELECT task_id, state, attempt, error FROM backup_pool.task ORDER BY 1'));
is($primary->safe_psql('postgres', "SELECT backup_pool.backup_table('t1', 'held')"), $ids[2] + 1, 'ids go on');
no_leftovers($primary, 'promotion of the old primary');
unlike(slurp_file($_->logfile), qr/PANIC|by signal|cannot go from/, 'no crash') foreach ($primary, $standby);
$primary->stop;
done_testing();
