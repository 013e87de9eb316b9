
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Usage - processor time and memory of processes, from /proc

=head1 DESCRIPTION

B<Processor time> of the server is utime + stime of the postmaster and of every
process below it that lives, and of those that have ended and were waited for
(cutime, cstime): whatever ran in between is counted once, whether its process
is still there or not.  That is 10 ms exact, as /proc/PID/stat is in ticks; a
single process that lives on, as our worker does, is taken from
/proc/PID/schedstat in nanoseconds.

B<Memory> is private memory: RssAnon of /proc/PID/status, polled.  VmHWM cannot
be had less shared_buffers, since each page of these that a process touches
counts in it, and the peak of the difference is not the difference of the peaks;
Pss_Anon of smaps_rollup is the same as RssAnon, but for pages still shared with
the postmaster since the fork, and costs a walk through the page tables each
time.  A peak shorter than the interval (10 ms) can be missed.  Memory is polled
in the run before the timed ones, so it costs those nothing.

=cut

package Bench::Usage;

use strict;
use warnings;

use Bench::Proc;
use Carp;
use JSON::PP ();
use POSIX ();

my $tick = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# A file's contents, or undef.
sub slurp
{
	my ($path) = @_;
	open(my $fh, '<', $path) or return undef;
	local $/;
	return scalar <$fh>;    # undef if the process has just ended
}

# A line of /proc/meminfo, in kB.
sub meminfo
{
	my ($key) = @_;
	my ($kb) = (slurp('/proc/meminfo') // '') =~ /^\Q$key\E:\s+(\d+) kB/m;
	return $kb;
}

# Fields of /proc/PID/stat after the name: 0 is the state, 1 the parent.
sub _stat
{
	my ($pid) = @_;
	my ($rest) = (slurp("/proc/$pid/stat") // '') =~ /\) (.*)/s;
	return defined $rest ? split(/ /, $rest) : ();
}

sub children
{
	my ($pid) = @_;
	my $list = slurp("/proc/$pid/task/$pid/children");
	return split(' ', $list) if defined $list;

	# a kernel without that file
	return () if -e "/proc/self/task/$$/children" || !-d "/proc/$pid";
	opendir(my $dir, '/proc') or croak "/proc: $!";
	return grep { /^\d+$/ && ((_stat($_))[1] // 0) == $pid } readdir($dir);
}

sub descendants
{
	my ($pid) = @_;
	return map { ($_, descendants($_)) } children($pid);
}

# Is it one of the server's own processes that belong to nobody's work?
sub auxiliary
{
	my ($pid) = @_;
	my $title = slurp("/proc/$pid/cmdline") // '';
	return $title =~ /^postgres: (?:\S+: )?(?:checkpointer|background writer|walwriter|autovacuum|logical replication|startup|archiver|logger|io worker)/;
}

# Processor time, in seconds, of these processes and all below them, ended ones
# included.
sub cpu
{
	my (@pids) = @_;
	my $ticks = 0;
	foreach my $pid (map { ($_, descendants($_)) } @pids)
	{
		my @f = _stat($pid);
		# a zombie's time will be its parent's
		$ticks += $f[11] + $f[12] + $f[13] + $f[14] if @f;
	}
	return $ticks / $tick;
}

# Processor time of one process, in seconds.
sub cpu_exact
{
	my ($pid) = @_;
	my ($ns) = split(' ', slurp("/proc/$pid/schedstat") // '');
	return defined $ns ? $ns / 1e9 : cpu($pid);
}

# Private memory of a process in kB, and its name.
sub _private
{
	my ($pid) = @_;
	my $status = slurp("/proc/$pid/status") // return ();
	my ($name) = $status =~ /^Name:\s+(.*)/m;
	my ($kb) = $status =~ /^RssAnon:\s+(\d+)/m;
	return ($kb // 0, $name);
}

sub private_kb
{
	my ($pid) = @_;
	return (_private($pid))[0];
}

# Begins to poll the private memory of processes below the postmaster and below
# us.  ignore: pids that have no part in it; worker: the pid of our worker.
sub watch
{
	my (%opt) = @_;
	my $main = $$;
	pipe(my $from, my $to) or croak "pipe: $!";
	my $pid = Bench::Proc::start_sub(
		'memory watch',
		sub {
			my %peak = (total => 0, worker => 0, backend => 0, client => 0);
			_poll(\%peak, $main, %opt) while !$Bench::Proc::stop;
			syswrite($to, JSON::PP::encode_json(\%peak));
		});
	close($to);
	return { pid => $pid, from => $from };
}

# Ends it; returns the peaks in kB: of the largest pooled or other backend, of
# the worker, of the largest program, and of all together.
sub watched
{
	my ($watch) = @_;
	kill('TERM', $watch->{pid});
	local $/;
	my $json = readline($watch->{from});
	Bench::Proc::finish($watch->{pid});
	return JSON::PP::decode_json($json);
}

sub _poll
{
	my ($peak, $main, %opt) = @_;
	my $total = 0;
	my $take = sub {
		my ($pid, $what) = @_;
		return if $opt{ignore}{$pid};
		my ($kb, $name) = _private($pid);
		# between fork and exec a child has our memory, or its backend's
		return if !defined $kb || $name eq 'perl';
		return if $what eq 'client' && $name =~ /^postgres/;
		$what = 'worker' if $pid == ($opt{worker} // 0);
		$total += $kb;
		$peak->{$what} = $kb if $peak->{$what} < $kb;
	};
	foreach my $pid (children($opt{postmaster}))
	{
		next if $opt{ignore}{$pid} || auxiliary($pid);
		$take->($pid, 'backend');
		# the pg_dump that a backup asks for definitions
		$take->($_, 'client') foreach descendants($pid);
	}
	$take->($_, 'client') foreach descendants($main);
	$peak->{total} = $total if $peak->{total} < $total;
	select(undef, undef, undef, 0.01);
	return;
}

1;
