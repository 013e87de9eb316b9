
# Copyright (c) 2026, backup_pool contributors

# pg_upgrade of a cluster with the extension, while tasks are queued.  The new
# cluster has the same log, it runs the remaining tasks, and it can restore the
# archives of the old one.  OLD_INSTALL is the directory of the older server;
# test/tools/upgrade sets it.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $install = $ENV{OLD_INSTALL};
plan skip_all => 'OLD_INSTALL is not set' unless defined $install;
my ($major) = run_command([ 'pg_config', '--version' ]);
$major =~ s/^PostgreSQL (\d+).*/$1/s;
my ($bindir) = run_command([ 'pg_config', '--bindir' ]);

my $outside = PostgreSQL::Test::Utils::tempdir() . '/repository';
my $conf = "backup_pool.max_connections = 1\ntimezone = UTC";
my $old = new_node('old', conf => $conf, install => $install);
load_shop($old, 'shop', 1);
$old->safe_psql('postgres', 'CREATE ROLE alice LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO alice');
$old->safe_psql('postgres', 'CREATE DATABASE own OWNER alice');
$old->safe_psql('own', 'SET ROLE alice; CREATE SCHEMA a; CREATE TABLE a.t AS SELECT g AS id FROM generate_series(1, 1000) g');

sub set_repository
{
	my ($node, $dir) = @_;
	$node->safe_psql('postgres', "ALTER SYSTEM SET backup_pool.repository = '$dir'");
	$node->reload;
	$node->poll_query_until('postgres', "SELECT current_setting('backup_pool.repository') = '$dir'") or fail('repository is set');
	return;
}

# the rows of tasks that are over
sub finished
{
	my ($node, $where) = @_;
	return $node->safe_psql('postgres', "SELECT * FROM backup_pool.task WHERE state NOT IN ('queued', 'running') AND $where ORDER BY task_id");
}

# ---- before

my $inner = backup_ok($old, "SELECT backup_pool.backup_database('shop')", 'an archive in the data directory');
set_repository($old, $outside);
my $outer = backup_ok($old, "SELECT backup_pool.backup_database('shop', label => 'kept')", 'one outside of it');
my $hers = backup_ok($old, "SELECT backup_pool.backup_table('a.t', 'own')", 'one of another role', user => 'alice');
restore_ok($old, "SELECT backup_pool.verify('$outer')", 'it is verified');
task_fails_like($old, "SELECT backup_pool.backup_table('none', 'shop')", '42P01', qr/none/, 'a task that failed');
my $verified = $old->safe_psql('postgres', "SELECT verified_at FROM backup_pool.archives WHERE archive = '$outer'");

my $blocker = $old->background_psql('shop');
$blocker->query_safe('BEGIN; LOCK TABLE shop.line');
my $running = $old->safe_psql('postgres', "SELECT backup_pool.backup_database('shop')");
$old->poll_query_until('postgres', 'SELECT count(*) > 0 FROM pg_locks WHERE NOT granted') or fail('a backup waits for a lock');
my $backup = $old->safe_psql('postgres', "SELECT backup_pool.backup_schema('shop', 'shop', label => 'queued', compression => 'gzip')");
my ($rc, $theirs) = run_sql($old, 'postgres', "SELECT backup_pool.backup_table('a.t', 'own')", user => 'alice');
my $restore = $old->safe_psql('postgres', "SELECT backup_pool.restore('$outer', 'copy_queued', create_database => true)");
my $cancelled = $old->safe_psql('postgres', "SELECT backup_pool.backup_database('shop')");
$old->safe_psql('postgres', "SELECT backup_pool.cancel($cancelled)");
wait_state($old, $cancelled, 'cancelled') or fail('one is cancelled');
is($old->safe_psql('postgres', "SELECT string_agg(state, ' ' ORDER BY task_id) FROM backup_pool.tasks WHERE task_id IN ($running, $backup, $theirs, $restore)"),
	'running queued queued queued', 'one runs, three are queued');
my $log = finished($old, 'true');
$old->stop('fast');
eval { $blocker->quit };

# ---- pg_upgrade

my $new = new_node('new', bare => 1, conf => "$conf\nbackup_pool.repository = '$outside'",
	initdb => $major >= 18 ? ['--no-data-checksums'] : []);
my @upgrade = ('pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', "$install/bin", '-B', $bindir =~ s/\n//r, '-s', $new->host, '-p', $old->port, '-P', $new->port);
chdir(PostgreSQL::Test::Utils::tempdir()) or die;
command_ok([ @upgrade, '--check', '-O', '-c shared_preload_libraries=' ], 'pg_upgrade --check, the library not preloaded yet');
command_ok(\@upgrade, "pg_upgrade to $major");

# ---- after

my $offset = log_offset($new) // 0;
$new->start;
ok($new->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')"), 'what was left to do is done')
  or diag($new->safe_psql('postgres', 'TABLE backup_pool.tasks'));
is($new->safe_psql('postgres', 'SELECT item, detail FROM backup_pool.check() WHERE NOT ok'), '', 'nothing is missing');
is(finished($new, "task_id NOT IN ($running, $backup, $theirs, $restore)"), $log, 'the log is the same');
foreach my $id ($running, $backup, $theirs, $restore)
{
	my $task = task_row($new, $id);
	is($task->{state}, 'succeeded', "task $id, a $task->{kind} of $task->{owner}") or diag(explain($task));
}
is(task_row($new, $backup)->{label}, 'queued', 'with its options');
same_dump($new, 'shop', 'copy_queued', 'what was restored is the same');
is($new->safe_psql('postgres', "SELECT string_agg(split_part(server_version, '.', 1), ' ' ORDER BY task_id) FROM backup_pool.archives WHERE archive <> '$outer' AND archive <> '$hers'"),
	"$major $major $major", 'the backups are the new server\'s');
my ($last) = sort { $b <=> $a } ($cancelled, $restore);
cmp_ok($new->safe_psql('postgres', "SELECT backup_pool.backup_database('shop')"), '>', $last, 'ids go on');
$new->safe_psql('postgres', 'SELECT backup_pool.wait(max(task_id)) FROM backup_pool.tasks');

# old archives: outside, by path, and moved
is($new->safe_psql('postgres', "SELECT verified_at FROM backup_pool.archives WHERE archive = '$outer'"), $verified, 'an archive is listed as ever');
restore_ok($new, "SELECT backup_pool.verify('$outer', 'restore')", 'it is verified');
restore_ok($new, "SELECT backup_pool.restore('$outer', 'copy_outer', create_database => true)", 'it is restored');
same_dump($new, 'shop', 'copy_outer', 'and is the same');
restore_ok($new, "SELECT backup_pool.restore('$hers', 'own', if_exists => 'truncate')", 'another role restores its own', user => 'alice');
is($new->safe_psql('own', 'SELECT count(*), sum(id) FROM a.t'), '1000|500500', 'and it is the same');
is($new->safe_psql('postgres', "SELECT count(*) FROM backup_pool.archives WHERE archive = '$inner'"), '0', 'one in the old data directory is not listed');
restore_ok($new, "SELECT backup_pool.restore('" . archive_path($old, $inner) . "', 'copy_by_path', create_database => true)", 'but can be restored by its path');
same_dump($new, 'shop', 'copy_by_path', 'and is the same');
ok(!-e repository($new) && rename(repository($old), repository($new)), 'or moved');
set_repository($new, 'backup_pool');
restore_ok($new, "SELECT backup_pool.verify('$inner')", 'and verified');
restore_ok($new, "SELECT backup_pool.restore('$inner', 'copy_inner', create_database => true)", 'and restored by its name');
same_dump($new, 'shop', 'copy_inner', 'and is the same');
no_leftovers($new, 'all');
is(join(' ', glob("$outside/*/*.partial")), '', 'nor outside');
log_is_quiet($new, $offset, 'the server has nothing to say');
$new->stop;
done_testing();
