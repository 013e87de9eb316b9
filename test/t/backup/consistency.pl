
# Copyright (c) 2026, backup_pool contributors

# A backup shows the state at one moment.  A backup that is made while other
# sessions write has the same rows as a pg_dump of the same snapshot, and the
# balances of pgbench add up.

use strict;
use warnings;

use BackupPool;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "shared_buffers = '16MB'");
$node->safe_psql('postgres', 'CREATE DATABASE bench');
$node->command_ok([ 'pgbench', '-i', '-q', '-s', '10', 'bench' ], 'fill bench');

# writers: pgbench, DDL, TRUNCATE, all for as long as the backups take
my @writers;
push @writers,
  IPC::Run::start([ 'pgbench', '-n', '-c', '3', '-T', '120', $node->connstr('bench') ],
	'>', '/dev/null', '2>', '/dev/null');
$node->safe_psql('bench', 'CREATE TABLE came_and_went (v int); INSERT INTO came_and_went SELECT generate_series(1, 1000)');
my $churn = $node->basedir . '/churn.sql';
append_to_file($churn, q{
BEGIN;
TRUNCATE came_and_went;
INSERT INTO came_and_went SELECT generate_series(1, 1000);
COMMIT;
BEGIN;
ALTER TABLE came_and_went ADD COLUMN w int DEFAULT 1;
ALTER TABLE came_and_went DROP COLUMN w;
COMMIT;
});
push @writers,
  IPC::Run::start([ 'pgbench', '-n', '-c', '1', '-T', '120', '-f', $churn, $node->connstr('bench') ],
	'>', '/dev/null', '2>', '/dev/null');

for my $i (1 .. 3)
{
	my $archive = backup_ok($node, "SELECT backup_pool.backup_database('bench')",
		"backup $i while pgbench runs");
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy$i', true)",
		"restore $i");
	is( $node->safe_psql(
			"copy$i",
			'SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(bbalance) FROM pgbench_branches)
				AND (SELECT sum(tbalance) FROM pgbench_tellers) = (SELECT sum(bbalance) FROM pgbench_branches)
				AND (SELECT coalesce(sum(delta), 0) FROM pgbench_history) = (SELECT sum(bbalance) FROM pgbench_branches)'
		),
		't',
		"backup $i: the balances add up");
	is($node->safe_psql("copy$i", 'SELECT count(*) FROM came_and_went'),
		'1000', "backup $i: a table that is truncated all the time is whole");
}

# The same snapshot, by pg_dump.  A backup slow enough that its exported
# snapshot can be found and used.  TRUNCATE has to stop: pg_dump, which may
# read on after our backup has given its locks back, would see it.
my $churner = pop @writers;
$churner->signal('TERM');
$churner->finish;
my $id = $node->safe_psql('postgres',
	"SELECT backup_pool.backup_database('bench', compression => 'gzip:9', parallel => 1)");
my ($snapshot, $file);
$node->poll_query_until('bench', "SELECT count(*) > 0 FROM pg_ls_dir('pg_snapshots')");
($snapshot) = map { s{.*/}{}r } glob($node->data_dir . '/pg_snapshots/*');
ok($snapshot, 'the backup exports a snapshot');
SKIP:
{
	skip 'no snapshot', 4 unless $snapshot;
	# one that pg_dump can still import; nothing else exports here
	$file = eval { dump_sorted($node, 'bench', "--snapshot=$snapshot") };
	is($node->safe_psql('postgres', "SELECT backup_pool.wait($id)"), 'succeeded', 'the slow backup succeeds');
	ok($file, 'pg_dump --snapshot took the same snapshot') or skip 'no dump', 2;
	my $archive = $node->safe_psql('postgres', "SELECT archive FROM backup_pool.tasks WHERE task_id = $id");
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'same', true)", 'its restore');
	same_dump($node, \$file, 'same', 'the backup holds what pg_dump of its snapshot holds');
}

foreach my $w (@writers)
{
	$w->signal('TERM');
	$w->finish;
}
cmp_ok($node->safe_psql('bench', 'SELECT count(*) FROM pgbench_history'), '>', 100, 'pgbench wrote all the while');
no_leftovers($node, 'consistency');

$node->stop;
done_testing();
