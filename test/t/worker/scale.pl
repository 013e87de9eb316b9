
# Copyright (c) 2026, backup_pool contributors

# Thousands of queued tasks: their order, cancelling them, a restart in the
# middle; and slots that several sessions use again and again.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main',
	conf => "backup_pool.max_connections = 1\nbackup_pool.max_tasks = 3100\nfsync = off");
$node->safe_psql('postgres', 'CREATE DATABASE db');
$node->safe_psql('db', 'CREATE TABLE t AS SELECT generate_series(1, 100) AS v');
$node->safe_psql('db', 'CREATE TABLE gate (v int)');

sub count
{
	my ($where) = @_;
	return $node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE $where");
}

# Something that holds up the first task, so that others queue behind it.
my $blocker = $node->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my $first = $node->safe_psql('postgres', "SELECT backup_pool.backup_table('t', 'db')");
wait_state($node, $first, 'running');

# And one that holds up those of its priority: they are too quick to be caught.
my $gatekeeper = $node->background_psql('db');
$gatekeeper->query_safe('BEGIN; LOCK TABLE gate');
my $gate = $node->safe_psql('postgres', "SELECT backup_pool.backup_table('gate', 'db', priority => 2)");

# Most are of a table that does not exist: they fail, but soon.
$node->safe_psql('postgres',
	"SELECT count(backup_pool.backup_table('none', 'db', label => 'scale', priority => g % 5)) FROM generate_series(1, 3000) g");
is(count("state = 'queued' AND label = 'scale'"), '3000', '3000 tasks are queued');
is($node->safe_psql('postgres', "SELECT count(*) FILTER (WHERE backup_pool.cancel(task_id)) FROM (SELECT task_id FROM backup_pool.tasks WHERE label = 'scale' AND task_id % 2 = 0 OFFSET 0) s"),
	'1500', 'half of them is cancelled');
ok($node->poll_query_until('postgres', "SELECT count(*) = 1500 FROM backup_pool.task WHERE state = 'cancelled' AND sqlstate = '57014' AND started_at IS NULL AND finished_at IS NOT NULL"),
	'which gets into the log, although nothing can run');
is(count("state = 'queued' AND label = 'scale'"), '1500', 'the others are queued still');
is(count("state = 'cancelled' AND task_id % 2 = 1"), '0', 'none was mistaken for another');

# let some of them run, then restart the server
$blocker->query_safe('COMMIT');
wait_state($node, $gate, 'running');
is(count("state = 'failed' AND label = 'scale'"), '600', 'two fifths have run');
is(count("state = 'queued' AND label = 'scale'"), '900', 'the others wait');
$node->stop('fast');
eval { $_->quit } foreach ($blocker, $gatekeeper);
$node->start;
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')"),
	'all end, over a restart');
is(count("label = 'scale' AND started_at > pg_postmaster_start_time()"), '900', 'those left have run afterwards');
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.task WHERE label = 'scale' AND state = 'failed' AND sqlstate = '42P01'"),
	'1500', 'those not cancelled have run');
is(count("label = 'scale' AND state = 'cancelled'"), '1500', 'those cancelled have not');
is(count("task_id IN ($first, $gate) AND state = 'succeeded'"), '2', 'those that were held up, too');
is( $node->safe_psql(
		'postgres', q{
		SELECT count(*) FROM (
			SELECT priority - lag(priority) OVER w AS p, task_id - lag(task_id) OVER w AS t
			FROM backup_pool.task WHERE label = 'scale' AND started_at IS NOT NULL
			WINDOW w AS (ORDER BY started_at)) s
		WHERE p > 0 OR p = 0 AND t <= 0}),
	'0',
	'by priority, then in order of arrival');
is($node->safe_psql('postgres', "SELECT string_agg(task_id::text, ' ') FROM backup_pool.task WHERE attempt > 1"), $gate, 'the one that was running was begun again');
no_leftovers($node, 'many tasks');
$node->stop;

# A log with more than there are slots for is worked off in pieces.
($blocker, $gatekeeper) = ();
$node->append_conf('postgresql.conf', "backup_pool.max_tasks = 50");
$node->start;
$blocker = $node->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my $held = $node->safe_psql('postgres', "SELECT backup_pool.backup_table('t', 'db')");
wait_state($node, $held, 'running');
$node->safe_psql('postgres', q{
	INSERT INTO backup_pool.task (task_id, kind, database, owner, state, label, options, enqueued_at)
	SELECT 100000 + g, 'backup', 'db', 10, 'queued', 'backlog', '{"content": "all", "tables": ["none"]}', now()
	FROM generate_series(1, 700) g});
$node->stop('fast');
eval { $blocker->quit };
$node->start;
ok($node->poll_query_until('postgres', "SELECT count(*) = 700 FROM backup_pool.task WHERE label = 'backlog' AND state = 'failed'"),
	'a log of 700 tasks for 50 slots');
is($node->safe_psql('postgres', "SELECT count(*) FROM (SELECT task_id - lag(task_id) OVER (ORDER BY started_at) AS d FROM backup_pool.task WHERE label = 'backlog') s WHERE d <= 0"),
	'0', 'in order');
cmp_ok($node->safe_psql('postgres', "SELECT backup_pool.backup_table('t', 'db')"), '>', 100700, 'ids go on');
$node->stop;

# Few slots, many sessions: each must hear of its own tasks, and only those.
my $small = new_node('small', conf => "backup_pool.max_connections = 3\nbackup_pool.max_tasks = 10\nfsync = off");
my $work = q{
DO $$
DECLARE
	ids bigint[] := '{}';
	who text := '%d';
	n int := 0;
	id bigint;
BEGIN
	WHILE n < 100 OR cardinality(ids) > 0 LOOP
		-- up to three at once, six sessions: more than there are slots
		id := NULL;
		IF n < 100 AND cardinality(ids) < 3 THEN
			BEGIN
				id := backup_pool.backup_table('none_' || who || '_' || n, 'postgres', label => who || '_' || n);
			EXCEPTION WHEN configuration_limit_exceeded THEN
				NULL;
			END;
			COMMIT;
		END IF;
		IF id IS NOT NULL THEN
			ids := ids || id;
			n := n + 1;
		ELSIF cardinality(ids) > 0 THEN
			BEGIN
				PERFORM backup_pool.wait(ids[1]);
				RAISE EXCEPTION 'task %% succeeded', ids[1] USING ERRCODE = 'XX001';
			EXCEPTION WHEN undefined_table THEN
				IF SQLERRM NOT LIKE '%%"none_' || who || '_' || (n - cardinality(ids)) || '"' THEN
					RAISE EXCEPTION 'task %% of another: %%', ids[1], SQLERRM USING ERRCODE = 'XX001';
				END IF;
			END;
			ids := ids[2:];
		END IF;
	END LOOP;
END $$;
SELECT 'done';
};
my @sessions = map { { in => sprintf($work, $_), out => '', err => '' } } (1 .. 6);
foreach my $s (@sessions)
{
	$s->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $small->connstr('postgres') ],
		'<', \$s->{in}, '>', \$s->{out}, '2>', \$s->{err});
}
$_->{run}->finish foreach @sessions;
is($_->{out}, "done\n", 'a session hears of its own tasks') or diag($_->{err}) foreach @sessions;
is($small->safe_psql('postgres', "SELECT count(*) || ' ' || count(DISTINCT label) FROM backup_pool.task WHERE state = 'failed' AND error LIKE '%\"none_' || label || '\"'"),
	'600 600', 'the log has each of them once, with its own error');
is($small->safe_psql('postgres', "SELECT concat_ws(' ', tasks_enqueued, tasks_failed) FROM backup_pool.stats"), '600 600', 'and they are counted');
is($small->safe_psql('postgres', "SELECT count(backup_pool.backup_table('none', 'postgres')) FROM generate_series(1, 10)"), '10', 'all slots are there in the end');
$small->stop;

done_testing();
