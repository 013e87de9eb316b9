
# Copyright (c) 2026, backup_pool contributors

# The disk of the repository is full, broken or read-only, at every stage of a
# backup and of a restore.  The task fails with the system's message and keeps
# no space, other tasks are not affected, and the next task works.

use strict;
use warnings;

use BackupPool;
use BackupPool::Faults qw(signature);
use Errno qw(ENOSPC EIO EROFS EACCES EINTR ESTALE);
use PostgreSQL::Test::Utils;
use Test::More;

# as in test/fault/bp_fault.c
my %op = (create => 1, write => 2, fsync => 4, rename => 8, mkdir => 16, remove => 32, open => 64, read => 128, list => 256);
my $making = $op{create} | $op{write} | $op{fsync} | $op{rename} | $op{mkdir};
my $reading = $op{open} | $op{read};
my $short = -1;
# what the server makes of them
my %sqlstate = (ENOSPC, '53100', EIO, '58030', EROFS, '42501', EACCES, '42501', ESTALE, 'XX000');

my $scratch = PostgreSQL::Test::Utils::tempdir_short();
my ($cc) = run_command([ 'pg_config', '--cc' ]);
command_ok([ 'sh', '-c', "$cc -O1 -shared -fPIC -o $scratch/fault.so " . testdir() . '/fault/bp_fault.c -ldl' ], 'the library with the faults');

my $node = new_node('main', conf => "backup_pool.max_connections = 4\nbackup_pool.idle_timeout = 1h\nfsync = on", bare => 1);
my $repository = repository($node);
append_to_file("$scratch/control", "\0" x 280);
{
	local $ENV{LD_PRELOAD} = "$scratch/fault.so";
	local $ENV{BP_FAULT_CONTROL} = "$scratch/control";
	$node->start;
}
$node->safe_psql('postgres', 'CREATE EXTENSION backup_pool');

sub control
{
	my (@values) = @_;
	open(my $fh, '+<:raw', "$scratch/control") or die;
	print $fh pack('L l L L L L a256', @values);
	close($fh);
	return;
}

# From the $first of the calls $ops on, below $dir of the repository, $errno
sub arm
{
	my ($ops, $errno, $first, $times, $dir) = @_;
	control($ops, $errno, $first, $times, 0, 0, $repository . ($dir // ''));
	return;
}

# How many calls there were, and how many failed
sub disarm
{
	my (undef, undef, undef, undef, $seen, $failed) = unpack('L l L L L L', slurp_file("$scratch/control"));
	control(0, 0, 0, 0, 0, 0, '');
	return ($seen, $failed);
}

sub text
{
	my ($errno) = @_;
	local $! = $errno;
	return "$!";
}

sub partials
{
	my ($dir) = @_;
	return join(' ', glob($repository . ($dir // '/*') . '/*.partial'));
}

sub archives
{
	my ($dir) = @_;
	return join(' ', grep { !/partial$/ } glob($repository . ($dir // '/*') . '/*'));
}

# Is this task's failure as it should be?  Returns what is wrong.
sub wrong
{
	my ($task, $errno) = @_;
	my $text = text($errno);
	my @said = ($task->{err} // '') !~ /ERROR:  $sqlstate{$errno}: could not .*: \Q$text\E/ ? 'said: ' . ($task->{err} // '') : ();
	# the call itself looks at the archive to be restored
	return @said unless defined $task->{id};
	return grep { $_ } (
		@said,
		$task->{state} ne 'failed' && "state $task->{state}",
		$task->{error} !~ /could not .*: \Q$text\E/ && "error: $task->{error}",
		$task->{sqlstate} ne $sqlstate{$errno} && "SQLSTATE $task->{sqlstate}");
}

# Runs $sql again and again; each time the calls fail from a later one on, until
# it needs no more.  Returns the task that succeeded.
sub every_stage
{
	my ($name, $sql, $ops, $errno, %opt) = @_;
	my @bad;
	my $first = 0;
	my $stages = 0;
	my $task;
	while ($first < 10000)
	{
		$first = $opt{some} && $first ? int($first * 1.5 + 0.5) : $first + 1;
		my $before = archives($opt{dir});
		$node->safe_psql('postgres', $opt{meanwhile}) if $opt{meanwhile};
		arm($ops, $errno, $first, 0, $opt{dir});
		$task = run_task($node, $sql);
		my (undef, $failed) = disarm();
		last unless $failed;
		$stages++;
		my @wrong = wrong($task, $errno);
		# one that had its name already, which could not be taken back, goes
		# as soon as it can be
		my $until = time + 20;
		my $later = defined $task->{id} && $task->{state} eq 'failed' && ($opt{later} || archives($opt{dir}) ne $before);
		1 while $later && (archives($opt{dir}) ne $before || partials($opt{dir})) && time < $until;
		push @wrong, 'kept ' . partials($opt{dir}) if partials($opt{dir});
		push @wrong, 'another archive' if archives($opt{dir}) ne $before;
		push @bad, "call $first: " . join('; ', @wrong) if @wrong;
	}
	is(join("\n", @bad), '', "$name: fails with the system's message, and keeps nothing");
	cmp_ok($stages, '>=', $opt{least}, "$name: at $stages stages");
	is($task->{state}, 'succeeded', "$name: works when nothing fails") or diag($task->{err});
	return $task;
}

foreach my $db ('small', 'other', 'big')
{
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	my $rows = $db eq 'big' ? 60_000 : 500;
	$node->safe_psql($db, qq{
		CREATE SCHEMA s; CREATE SEQUENCE s.seq;
		CREATE TABLE s.one AS SELECT g AS id, repeat(md5(g::text), 6) AS v FROM generate_series(1, $rows) g;
		CREATE TABLE s.two AS SELECT * FROM s.one WHERE id % 2 = 0;
		SELECT lo_from_bytea(0, decode(repeat(md5(g::text), 50), 'hex')) FROM generate_series(1, 3) g;});
}
my %want = map { $_ => signature($node, $_) } qw(small other big);

sub restores
{
	my ($archive, $db, $name) = @_;
	restore_ok($node, "SELECT backup_pool.restore('$archive', 'copy', create_database => true)", "$name: the archive restores");
	is(signature($node, 'copy'), $want{$db}, "$name: to what there was");
	$node->safe_psql('postgres', 'DROP DATABASE copy');
	return;
}

# the very first backup has to make the repository
foreach my $errno (ENOSPC, EACCES)
{
	arm($making, $errno, 1, 0);
	my $task = run_task($node, "SELECT backup_pool.backup_database('small')");
	my ($seen, $failed) = disarm();
	is(join('; ', wrong($task, $errno)), '', 'a repository that cannot be made: ' . text($errno));
	like($task->{error}, qr/\Q$repository\E"/, 'names it');
	ok(!-e $repository, 'and is not there');
}

# every stage of a backup by one connection
my $backup = "SELECT backup_pool.backup_database('small')";
my $archive;
foreach my $errno (ENOSPC, EIO)
{
	my $task = every_stage('a backup, ' . text($errno), $backup, $making, $errno, least => 20);
	$archive = $task->{archive};
	restores($archive, 'small', text($errno));
}
foreach my $errno (EROFS, EACCES)
{
	my $task = every_stage('data alone, ' . text($errno), "SELECT backup_pool.backup_schema('s', 'small', content => 'data')", $making, $errno, least => 10);
	is($node->safe_psql('postgres', "SELECT rows FROM backup_pool.archives WHERE archive = '$task->{archive}'"), '750', 'with all rows');
}

# of a backup by several, while another task goes on
my $go_on = "SELECT backup_pool.backup_database('other', label => 'meanwhile')";
foreach my $errno (ENOSPC, EIO)
{
	my $task = every_stage('several connections, ' . text($errno), "SELECT backup_pool.backup_database('big', parallel => 3)",
		$making, $errno, dir => '/big', some => 1, least => 5, meanwhile => $go_on);
	restores($task->{archive}, 'big', text($errno));
}
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')"), 'all tasks end');
is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT state, ' ') FROM backup_pool.tasks WHERE label = 'meanwhile'"), 'succeeded', 'tasks whose disk is well went on');

# What cannot be removed, either, is removed as soon as it can be.
foreach my $errno (EIO, EROFS)
{
	# not before there is something to be removed
	arm($op{rename} | $op{remove} | $op{list}, $errno, 1, 0, '/small');
	my $task = run_task($node, $backup);
	is($task->{state}, 'failed', 'nothing can be removed: ' . text($errno));
	isnt(partials(), '', 'then it stays');
	my (undef, $failed) = disarm();
	cmp_ok($failed, '>', 1, 'it was tried');
	my $until = time + 20;
	while (partials() && time < $until)
	{
		$node->safe_psql('postgres', 'SELECT 1');
	}
	is(partials(), '', 'until it can be: without a restart');
}
# all is gone, open files too, as with umount -f or a file server that is lost;
# then it is back
every_stage('a repository that is gone', $backup, $making | $reading | $op{remove} | $op{list}, ESTALE, some => 1, later => 1, least => 6);

# calls that do only half of their work, or are interrupted
foreach my $case ([ 'halves', $short, 0 ], [ 'interrupted calls', EINTR, 3 ])
{
	my ($name, $errno, $times) = @$case;
	arm($op{write} | $op{read}, $errno, 1, $times);
	my $task = run_task($node, $backup);
	my $big = run_task($node, "SELECT backup_pool.backup_database('big', parallel => 3)");
	my (undef, $failed) = disarm();
	cmp_ok($failed, '>=', $times || 10, "$name: $failed of them");
	is("$task->{state} $big->{state}", 'succeeded succeeded', "$name: backups succeed") or diag($task->{err}, $big->{err});
	arm($op{read}, $errno, 1, $times);
	restores($task->{archive}, 'small', $name);
	restores($big->{archive}, 'big', $name);
	disarm();
}

# every stage of a restore
my $big = $node->safe_psql('postgres', "SELECT archive FROM backup_pool.archives WHERE database = 'big' LIMIT 1");
foreach my $case ([ 'small', $archive, 0, 6 ], [ 'big', $big, 1, 4 ])
{
	my ($db, $from, $some, $least) = @$case;
	$node->safe_psql('postgres', "CREATE DATABASE copy TEMPLATE $db");
	my $task = every_stage("a restore of $db", "SELECT backup_pool.restore('$from', 'copy', schemas => '{s}', content => 'data', if_exists => 'truncate', parallel => 3)",
		$reading, EIO, some => $some, least => $least);
	is(signature($node, 'copy'), $want{$db}, "a restore of $db: all is there when nothing fails");
	$node->safe_psql('postgres', 'DROP DATABASE copy');
}

# a list that cannot be read says so, and is whole again later
my $listed = $node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.archives');
arm($reading, EIO, 1, 0);
my ($rc, $out, $err) = run_sql($node, 'postgres', 'SELECT count(*) FROM backup_pool.archives');
disarm();
is("$rc $out", '0 0', 'manifests that cannot be read');
like($err, qr/WARNING:  58030: .*cannot be read: .*\Q${\ text(EIO)}\E/, 'are named');
is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.archives'), $listed, 'none of them is gone');

# what a crash left goes as soon as it can, not only when the worker starts
{
	my $database = repository($node) . '/small';
	my $left = "$database/20000101T000000Z-1.partial";
	$node->stop;
	mkdir($left) or die "$left: $!";
	chmod(0500, $database);
	$node->start;
	ok($node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'backup_pool worker'"), 'the worker starts');
	ok(-e $left, 'a partial archive that cannot be removed stays');
	chmod(0700, $database);
	ok($node->poll_query_until('postgres', "SELECT pg_stat_file('$left', true) IS NULL"), 'until it can be');
}

no_leftovers($node, 'faults of the disk');
is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.connections WHERE task_id IS NOT NULL'), '0', 'no connection is held');
unlike(slurp_file($node->logfile), qr/PANIC|by signal|automatic recovery|cannot go from/, 'the server never went down');
$node->stop;
done_testing();
