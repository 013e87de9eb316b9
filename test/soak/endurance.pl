
# Copyright (c) 2026, backup_pool contributors

# Very many tasks in one run of a server: does anything grow, leak or get slow?
#
#	make endurance [TASKS=100000] [DATABASES=500] [SECONDS=300] [SEED=1]
#
# The tasks are small.  DATABASES of them are backups of a whole database; the
# default is one in 200.  Without TASKS and SECONDS the run takes five minutes.
#
# The test requires:
#
# - Memory of the worker: after the first tenth of the tasks it grows by less than
#   256 kB, and 16 kB more for each 10,000 tasks.  (It has its final size after
#   some 15,000 tasks.)
# - Memory of pooled backends: a backend serves 1000 tasks and is replaced.  From
#   its 200th to its last task it grows by less than 512 kB per 1000 tasks, in
#   the median of all backends.
# - Open files: at the end the worker has no more than when it was warm, except
#   for the sockets of its connections; a backend has as many as an earlier
#   backend after the same number of tasks.
# - Latency: the median of 1000 single tasks at the end is within 10 % of that of
#   the first 1000.  The speed of a machine changes by more than that, and other
#   programs may use it.  So a second server that was just started takes the place
#   of the first 1000 tasks: both servers take turns of four tasks, and each turn
#   is compared with the other server's turn beside it.  All files are in memory
#   if the machine has room (see GNUmakefile), because the time that a file system
#   takes to make a file may depend on the number of files deleted before.  Both
#   servers open their connections anew, because a backend that has served all
#   kinds of tasks has larger caches: it takes some 5 % more time for a small
#   task, and this does not depend on the age of the server.  The latency without
#   new connections, and that of the real first tasks, are printed, too.

use strict;
use warnings;

use BackupPool::Endurance;
use List::Util qw(max min);
use Test::More;
use Time::HiRes qw(time);

my $seconds = $ENV{SOAK_SECONDS} || ($ENV{SOAK_TASKS} ? 0 : 300);
my $tasks = $ENV{SOAK_TASKS} || 1_000_000_000;
my $part = ($ENV{SOAK_DATABASES} || $tasks / 200) / $tasks;
my $chunk = min(500, $tasks);
my $seed = $ENV{SOAK_SEED} || int(time) % 1_000_000;
diag("seed $seed");

my $run = BackupPool::Endurance->new(seed => $seed);
my $samples = $run->{samples};
$run->capacity('at the start');
$run->latency(300);
my ($first) = $run->latency(1000);
$run->sample->{latency} = $first;

my $start = time;
my $looked = 0;
while ($run->{tasks} < $tasks && (!$seconds || time - $start < $seconds))
{
	$run->chunk($chunk, int(($run->{tasks} + $chunk) * $part + 0.5) - $run->{databases});
	my $s = $run->sample;
	# a short look at the latency now and then
	if ($run->{tasks} >= $looked + 5000)
	{
		$looked = $run->{tasks};
		($s->{latency}) = $run->latency(100);
		diag(line($s));
	}
	last unless Test::More->builder->is_passing;
}
my $took = time - $start;
my $fresh = $run->fresh;
# as warm, and with as many connections, as ours was
$run->capacity('a new server', $fresh);
$run->latency(300, $fresh);
my @mixed = $run->latency(1000, $run->{node}, $fresh);
# and with backends that have done nothing else, on both
$run->renew($run->{node}, $fresh);
my ($last, $young) = $run->latency(1000, $run->{node}, $fresh);
$fresh->stop;
$run->sample->{latency} = $last;

# Tables for people: the server over time, and a backend over its age.
sub line
{
	my ($s) = @_;
	my @kb = @{ $s->{kb} };
	return sprintf('%7d %5d %5d  %6d %4d  %4d %6d %6d %6d %4d  %5d %4d %4d %5d  %s',
		$s->{tasks}, $s->{databases}, $s->{time}, $s->{worker}, $s->{worker_fds} - $s->{connections},
		$s->{connections}, min(@kb), BackupPool::Endurance::median(@kb), max(@kb), $s->{fds},
		$s->{opened}, $s->{slots}, $s->{segments}, $s->{log},
		$s->{latency} ? sprintf('%6.2f %5.2f', $s->{latency}{ms}, $s->{latency}{cpu}) : '');
}

diag('                     worker       pooled backends, kB           opened   DSM   log  latency, cpu');
diag('  tasks   dbs   sec      kB  fds     n    min median    max  fds     all slot segs    MB      ms    ms');
my $every = max(1, int(@$samples / 25));
diag(line($samples->[$_])) foreach grep { $_ % $every == 0 || $_ == $#$samples } 0 .. $#$samples;

my @backends = grep { $_->{key} =~ /^src (?!poor)/ } map { @$_ } values %{ $run->{lives} };
diag('');
diag('pooled backends of src by age: first and second half of the run');
my %old;    # half => those that have served more than 600 tasks
foreach my $age (0 .. 4)
{
	my @cells;
	foreach my $half (0, 1)
	{
		my @b = grep { int(min($_->{uses}, 999) / 200) == $age && ($_->{tasks} > $run->{tasks} / 2) == $half } @backends;
		push @{ $old{$half} }, @b if $age >= 3 && @b;
		push @cells, @b
		  ? sprintf('%4d times %6d kB %3d files', scalar(@b), BackupPool::Endurance::median(map { $_->{kb} } @b), BackupPool::Endurance::median(map { $_->{fds} } @b))
		  : '';
	}
	diag(sprintf('%4d tasks and more: %-30s  %-30s', 200 * $age, @cells));
}
my @growth;
foreach my $life (grep { $_->[0]{key} =~ /^src (?!poor)/ } values %{ $run->{lives} })
{
	my ($from) = grep { $_->{uses} >= 200 } @$life;
	my $to = $life->[-1];
	next if !$from || $to->{uses} < $from->{uses} + 300;
	push @growth, ($to->{kb} - $from->{kb}) * 1000 / ($to->{uses} - $from->{uses});
}
my $slope = BackupPool::Endurance::median(@growth) // 0;
diag(sprintf('a backend grows by %d kB per 1000 tasks (median of %d backends; at most %d)', $slope, scalar(@growth), max(0, @growth)));
diag('');

# What has to be.
my $warm = $samples->[ int(@$samples / 10) + 1 ];
my $end = $samples->[-1];
my $half = $samples->[ int(@$samples / 2) ];
my $since = sub { return $end->{tasks} - $_[0]->{tasks} };
diag(sprintf('the worker has grown by %d kB in %d tasks, %d kB of that in the last %d',
		$end->{worker} - $warm->{worker}, $since->($warm), $end->{worker} - $half->{worker}, $since->($half)));
cmp_ok($end->{worker} - $warm->{worker}, '<', 256 + 16 * $since->($warm) / 10_000, 'memory of the worker is flat');
SKIP:
{
	# the median of few says nothing: it is an estimate from some 300 tasks each
	skip 'too short: too few backends grew old enough', 2 if @growth < 20 || !$old{0} || !$old{1};
	cmp_ok($slope, '<', 512, 'memory of a pooled backend is flat');
	my ($then, $now) = map { BackupPool::Endurance::median(map { $_->{fds} } @{ $old{$_} }) } 0, 1;
	cmp_ok($now, '<=', $then * 1.1 + 5, 'open files of pooled backends are flat');
}
cmp_ok($end->{worker_fds} - $end->{connections}, '<=', $warm->{worker_fds} - $warm->{connections} + 2, 'open files of the worker are flat');
cmp_ok($end->{segments}, '<=', $warm->{segments} + 1, 'so are segments of shared memory');

my ($slower, $costlier) = $run->ratios($last, $young);
my @with_mixed = map { ($_ - 1) * 100 } $run->ratios(@mixed);
diag(sprintf('of 1000 single tasks, %s: latency %.2f ms, processor time of worker and backend %.2f ms', @$_))
  foreach [ 'the first', @$first{qw(ms cpu)} ], [ 'the last', @$last{qw(ms cpu)} ], [ 'on a new server at that time', @$young{qw(ms cpu)} ];
diag(sprintf('the last against the new server, turn by turn: latency %+.1f %%, processor time %+.1f %%', ($slower - 1) * 100, ($costlier - 1) * 100));
diag(sprintf('before that, with the backends that the mix had left: latency %+.1f %%, processor time %+.1f %%', @with_mixed));
cmp_ok($slower, '<', 1.10, 'the last thousand are as quick as the first');

$run->capacity('at the end');
my @ended = $run->outcomes;
diag($_) foreach @ended;
diag(sprintf('%d tasks and %d backups of a database in %d s: %d a second', $run->{tasks}, $run->{databases}, $took, $run->{tasks} / $took));
$run->finish;
done_testing();
