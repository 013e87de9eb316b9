
# Copyright (c) 2026, backup_pool contributors

# Tasks belong to the transaction that enqueues them; the order of tasks; the
# limits of the queue; the log.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main',
	conf => "backup_pool.max_connections = 1\nbackup_pool.max_tasks = 6\nmax_prepared_transactions = 5");
$node->safe_psql('postgres', 'CREATE DATABASE db');
$node->safe_psql('db', 'CREATE TABLE t AS SELECT generate_series(1, 1000) AS v');

sub count
{
	my ($where) = @_;
	return $node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE $where");
}

# COMMIT, ROLLBACK, SAVEPOINT
run_sql($node, 'postgres', "BEGIN; SELECT backup_pool.backup_database('db', label => 'rolled back'); ROLLBACK;");
is(count("label = 'rolled back'"), '0', 'forgotten at ROLLBACK');
my ($rc, $out, $err) = run_sql(
	$node, 'postgres', q{
	BEGIN;
	SELECT backup_pool.backup_database('db', label => 'kept');
	SAVEPOINT a;
	SELECT backup_pool.backup_database('db', label => 'undone');
	SAVEPOINT b;
	SELECT backup_pool.backup_database('db', label => 'undone');
	RELEASE b;
	ROLLBACK TO a;
	SELECT backup_pool.backup_database('db', label => 'kept');
	SAVEPOINT c;
	SELECT backup_pool.backup_database('db', label => 'kept');
	RELEASE c;
	COMMIT;
	SELECT backup_pool.wait();
});
is($rc, 0, 'savepoints') or diag($err);
is(count("label = 'kept' AND state = 'succeeded'"), '3', 'published at COMMIT');
is(count("label = 'undone'"), '0', 'forgotten at ROLLBACK TO SAVEPOINT');
run_sql($node, 'postgres', "SELECT backup_pool.backup_database('db', label => 'failed statement'), 1 / 0;");
is(count("label = 'failed statement'"), '0', 'forgotten when its statement fails');
run_sql($node, 'postgres', "DO \$\$ BEGIN PERFORM backup_pool.backup_database('db', label => 'caught'); RAISE EXCEPTION 'x'; EXCEPTION WHEN others THEN NULL; END \$\$");
is(count("label = 'caught'"), '0', 'forgotten in a block whose exception is caught');

fails_like($node, "BEGIN; SELECT backup_pool.backup_database('db', label => 'prepared'); PREPARE TRANSACTION 'x';",
	'(0A000|55000)', qr/PREPARE/i, 'PREPARE TRANSACTION with a task in it');
is(count("label = 'prepared'"), '0', 'no such task');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), '0', 'nothing prepared');

# waiting for what is not committed
fails_like($node, "BEGIN; SELECT backup_pool.backup_database('db'); SELECT backup_pool.wait();",
	'55000', qr/not queued yet.*still open/s, 'wait() in the transaction of the task');
my $open = $node->background_psql('postgres');
my $id = $open->query_safe("BEGIN; SELECT backup_pool.backup_database('db', label => 'open')");
$id =~ s/\D//g;
fails_like($node, "SELECT backup_pool.wait($id)", '(55000|42704)', qr/task $id/, 'wait() for a task whose transaction is open');
is(count("label = 'open' AND state IN ('running', 'succeeded')"), '0', 'it does not run');
$open->query_safe('COMMIT');
is($node->safe_psql('postgres', "SELECT backup_pool.wait($id)"), 'succeeded', 'once committed it does');
$open->quit;

# a session that ends without COMMIT
$open = $node->background_psql('postgres');
$open->query_safe("BEGIN; SELECT backup_pool.backup_database('db', label => 'gone')");
$open->quit;
is(count("label = 'gone'"), '0', 'a session that ends leaves nothing');

# Something that holds up the first task, so that others queue behind it.
my $blocker = $node->background_psql('db');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my $first = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
wait_state($node, $first, 'running');

# priority, then order of arrival
my @ids = split /\n/,
  $node->safe_psql(
	'postgres', q{
	SELECT backup_pool.backup_database('db', priority => 0);
	SELECT backup_pool.backup_database('db', priority => -5);
	SELECT backup_pool.backup_database('db', priority => 10);
	SELECT backup_pool.backup_database('db', priority => 0);
	SELECT backup_pool.backup_database('db', priority => 10);
});
is(count("state = 'queued'"), '5', 'they are queued');

# full
my $start = time;
fails_like($node, "SELECT backup_pool.backup_database('db')", '53400', qr/queue is full.*max_tasks/s, 'a full queue');
cmp_ok(time - $start, '<=', 3, 'it says so at once');
$blocker->query_safe('COMMIT');
$node->safe_psql('postgres', "SELECT backup_pool.wait($_)") foreach ($first, @ids);
is( $node->safe_psql('postgres', 'SELECT string_agg(task_id::text, \' \' ORDER BY started_at) FROM backup_pool.tasks WHERE task_id IN (' . join(', ', @ids) . ')'),
	join(' ', @ids[ 2, 4, 0, 3, 1 ]),
	'priority first, then order of arrival');
backup_ok($node, "SELECT backup_pool.backup_database('db')", 'there is room again');

# many in a row go through the few slots there are
is($node->safe_psql('postgres', "SELECT backup_pool.backup_database('db'); SELECT backup_pool.wait();\n" x 8) =~ s/succeeded//gr =~ /\A[\d\s]+\z/ ? 'all' : 'not all',
	'all', 'slots are given back');

# two sessions wait for one task
$blocker->query_safe('BEGIN; LOCK TABLE t');
$id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('db')");
my @waiters = map { $node->background_psql('postgres') } (1, 2);
$_->query_until(qr/waiting/, "\\echo waiting\nSELECT 'state ' || backup_pool.wait($id);\n\\echo done\n") foreach @waiters;
$node->poll_query_until('postgres', "SELECT count(*) = 2 FROM pg_stat_activity WHERE query LIKE '%wait($id)%' AND state = 'active' AND pid <> pg_backend_pid()")
  or fail('both wait');
$blocker->query_safe('COMMIT');
foreach my $w (@waiters)
{
	like($w->query_until(qr/done/, ''), qr/state succeeded/, 'a waiter is told');
	$w->quit;
}
$blocker->quit;

# called from another database
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', 'CREATE EXTENSION backup_pool');
($rc, $out, $err) = run_sql($node, 'elsewhere', "SELECT backup_pool.backup_database(label => 'from elsewhere');\nSELECT backup_pool.wait();");
is($rc, 0, 'a task from another database, of that database') or diag($err);
is( $node->safe_psql('postgres', "SELECT database || ' ' || state || ' ' || owner_name FROM backup_pool.task WHERE label = 'from elsewhere'"),
	'elsewhere succeeded ' . $node->safe_psql('postgres', 'SELECT current_user'),
	'is in the log of the home database');
run_sql($node, 'elsewhere', "BEGIN; SELECT backup_pool.backup_database('db', label => 'rolled back there'); ROLLBACK;");
is(count("label = 'rolled back there'"), '0', 'and forgotten at ROLLBACK there, too');

# the log
is( $node->safe_psql(
		'postgres',
		"SELECT count(*) FROM backup_pool.task WHERE state = 'succeeded' AND (started_at IS NULL OR finished_at < started_at OR started_at < enqueued_at - interval '1 s' OR archive IS NULL OR rows_done IS NULL OR attempt <> 1)"
	),
	'0',
	'rows of the log are complete');
is(count('progress <> 100 OR tables_done <> tables_total OR rows_done < 1000 AND database = \'db\''), '0', 'and show what was done');

# other settings of the session must not leak into the backup
$node->safe_psql('db', "CREATE TABLE times AS SELECT timestamptz '2026-01-02 03:04:05+00' AS at, 0.1::float8 AS f, interval '1 day 02:00' AS i");
$node->safe_psql('postgres', "ALTER DATABASE db SET timezone = 'Asia/Tokyo'; ALTER DATABASE db SET datestyle = 'German'; ALTER DATABASE db SET intervalstyle = 'iso_8601'; ALTER DATABASE db SET extra_float_digits = -5; ALTER DATABASE db SET bytea_output = 'escape'; ALTER DATABASE db SET default_transaction_read_only = on; ALTER DATABASE db SET statement_timeout = '1ms'; ALTER DATABASE db SET lock_timeout = '1ms'; ALTER DATABASE db SET idle_session_timeout = '10ms'");
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('db', compression => 'none')", 'a database with hostile settings');
my $dir = archive_path($node, $archive);
like(join('', map { slurp_file($_) } glob("$dir/*.dat")), qr/2026-01-02 \d\d:04:05\+\d\d\t0\.1\t1 day 02:00:00\n/, 'are not those of the archive');

$node->stop;
done_testing();
