
# Copyright (c) 2026, backup_pool contributors

# The repository lies on a small disk that is really full, from the first byte
# or later.  So this test shows what the system itself does, while in
# disk_errors.pl a library imitates it.  The disk is a tmpfs, which `make
# check` mounts if it may.

use strict;
use warnings;

use BackupPool;
use BackupPool::Faults qw(signature);
use Test::More;

my $disk = $ENV{BP_SMALL_DISK};
plan skip_all => 'there is no small disk: it takes a root who may mount one' unless $disk;

my $node = new_node('main', conf => "backup_pool.repository = '$disk/repository'\nbackup_pool.max_connections = 4\nfsync = on");
foreach my $db ('small', 'big')
{
	my $rows = $db eq 'big' ? 30_000 : 500;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, qq{
		CREATE SCHEMA s; CREATE SEQUENCE s.seq;
		CREATE TABLE s.one AS SELECT g AS id, md5(g::text) || md5(g::text || 'x') AS v FROM generate_series(1, $rows) g;
		CREATE TABLE s.two AS SELECT * FROM s.one WHERE id % 2 = 0;
		SELECT lo_from_bytea(0, decode(repeat(md5(g::text), 50), 'hex')) FROM generate_series(1, 3) g;});
}
my $want = signature($node, 'big');
my $old = backup_ok($node, "SELECT backup_pool.backup_database('small')", 'an archive while there is room');
$node->safe_psql('postgres', 'CREATE DATABASE beside');

# kB that are left
sub room
{
	my ($kb) = `df -k --output=avail '$disk'` =~ /(\d+)\s*$/;
	return $kb;
}

# leaves so many kB
sub fill
{
	my ($kb) = @_;
	open(my $fh, '>:raw', "$disk/filler") or die $!;
	my $n = room() - $kb;
	print $fh "\0" x 1024 while $n-- > 0;
	close($fh) or die $!;
	is(room(), $kb, "$kb kB are left");
	return;
}

# The task fails as it should, and has given back what it took.
sub fails
{
	my ($task, $kb, $name) = @_;
	is("$task->{state} $task->{sqlstate}", 'failed 53100', $name);
	like($task->{error}, qr/could not .*: No space left on device/, "$name: what the system said");
	my $until = time + 20;
	1 while (room() != $kb || glob("$disk/repository/*/*.partial")) && time < $until;
	is(join(' ', glob("$disk/repository/*/*.partial")), '', "$name: leaves nothing");
	is(room(), $kb, "$name: its space is given back");
	return;
}

my %said;
foreach my $how ("compression => 'none', parallel => 3", "compression => 'zstd'", "content => 'data', compression => 'gzip', parallel => 2")
{
	my $kb = 0;
	my $stages = 0;
	while ($kb < 16_384)
	{
		fill($kb);
		# others do not mind, as long as they need no space
		my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('big', $how)");
		restore_ok($node, "SELECT backup_pool.restore('$old', 'beside', if_exists => 'replace')", "$how: a restore meanwhile");
		run_sql($node, 'postgres', "SELECT backup_pool.wait($id)");
		my $task = task_row($node, $id);
		last if $task->{state} eq 'succeeded';
		fails($task, $kb, "$how: with $kb kB");
		$said{ $task->{error} =~ s{.*/}{}r }++;
		$stages++;
		unlink("$disk/filler") or die $!;
		$kb = $kb ? $kb * 3 : 4;
	}
	cmp_ok($stages, '>=', 5, "$how: $stages stages");
	unlink("$disk/filler") or die $!;
	my $archive = backup_ok($node, "SELECT backup_pool.backup_database('big', compression => 'lz4')", "$how: the next one works");
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', create_database => true)", "$how: and restores");
	is(signature($node, 'copy'), $want, "$how: to what there was");
	$node->safe_psql('postgres', 'DROP DATABASE copy');
	$node->safe_psql('postgres', "SELECT backup_pool.drop_archive(archive) FROM backup_pool.archives WHERE database = 'big'");
}
note("$said{$_} times: $_") foreach sort keys %said;

# somebody else fills it in the middle of a backup
my $blocker = $node->background_psql('big');
$blocker->query_safe('BEGIN; LOCK TABLE s.two');
my $id = $node->safe_psql('postgres', "SELECT backup_pool.backup_database('big')");
$node->poll_query_until('big', 'SELECT count(*) > 0 FROM pg_locks WHERE NOT granted') or fail('it waits');
fill(4);
$blocker->query_safe('COMMIT');
$blocker->quit;
wait_state($node, $id, 'failed');
is(task_row($node, $id)->{sqlstate}, '53100', 'a disk that is filled in the middle') or diag(explain(task_row($node, $id)));
unlink("$disk/filler") or die $!;
backup_ok($node, "SELECT backup_pool.backup_database('big')", 'and emptied again');

no_leftovers($node, 'a full disk');
$node->stop;
done_testing();
