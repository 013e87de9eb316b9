
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Proc - child processes of the bench

=head1 DESCRIPTION

Every program is started here, so that all of them can be ended here: each is
the leader of a process group of its own, and C<kill_all> ends the groups that
are left.  A server refuses to run as root, and pg_dump should not be favoured
by running as somebody else: if the bench runs as root, children run as the
user given to C<init>.

=cut

package Bench::Proc;

use strict;
use warnings;

use Carp;
use POSIX ();
use Time::HiRes qw(time);

my %user;        # uid, gid of the children; empty: ours
my %running;     # pid => what it is
our $stop = 0;

# user => account to run as, if we are root; env => added to the environment
sub init
{
	my (%opt) = @_;
	if ($> == 0)
	{
		my ($name, undef, $uid, $gid) = getpwnam($opt{user})
		  or croak "no user \"$opt{user}\"";
		%user = (uid => $uid, gid => $gid);
	}
	# settings of the caller's own server must not reach the bench
	delete @ENV{ grep { /^PG/ } keys %ENV };
	while (my ($name, $value) = each %{ $opt{env} })
	{
		$ENV{$name} = $value;
	}
	return;
}

# Gives a file or directory to the children's user.
sub give
{
	my (@paths) = @_;
	chown($user{uid}, $user{gid}, @paths) if %user;
	return;
}

# In the child: become the user for good.
sub _become
{
	return if !%user;
	local $! = 0;
	$( = $user{gid};
	$) = "$user{gid} $user{gid}";
	POSIX::setuid($user{uid});
	if ($> != $user{uid} || $< != $user{uid})
	{
		print STDERR "could not become another user\n";
		POSIX::_exit(126);
	}
	return;
}

# Starts a program and returns its pid.  in, out, err: file handles or names;
# without them it reads nothing, and writes to $opt{log} or nowhere.
sub start
{
	my ($cmd, %opt) = @_;
	my $log = $opt{log} // '/dev/null';
	my ($in, $out, $err) = ($opt{in} // '/dev/null', $opt{out} // $log, $opt{err} // $log);
	my $pid = fork() // croak "could not fork: $!";
	if ($pid == 0)
	{
		$SIG{$_} = 'DEFAULT' foreach qw(INT TERM HUP PIPE);
		POSIX::setpgid(0, 0);
		_become();
		foreach my $f ([ \*STDIN, '<', $in ], [ \*STDOUT, '>>', $out ], [ \*STDERR, '>>', $err ])
		{
			my ($handle, $mode, $to) = @$f;
			my $ok = ref $to ? open($handle, "$mode&", $to) : open($handle, $mode, $to);
			POSIX::_exit(127) if !$ok;
		}
		{ no warnings 'exec'; exec { $cmd->[0] } @$cmd; }
		print STDERR "could not run $cmd->[0]: $!\n";
		POSIX::_exit(127);
	}
	# parent and child both call it: the group must exist before a kill of the group
	POSIX::setpgid($pid, $pid);
	$running{$pid} = join(' ', @$cmd);
	return $pid;
}

# Starts a Perl sub as a child process, which ends with the sub.  SIGTERM asks
# it to: the sub looks at $Bench::Proc::stop.  Returns when it has begun.
sub start_sub
{
	my ($what, $sub) = @_;
	pipe(my $from, my $to) or croak "pipe: $!";
	my $pid = fork() // croak "could not fork: $!";
	if ($pid == 0)
	{
		$SIG{$_} = 'DEFAULT' foreach qw(INT HUP);
		$SIG{TERM} = sub { $stop = 1 };
		POSIX::setpgid(0, 0);
		%running = ();
		syswrite($to, 'x');
		close($to);
		my $ok = eval { $sub->(); 1 };
		print STDERR "$what: $@" if !$ok;
		POSIX::_exit($ok ? 0 : 1);
	}
	close($to);
	sysread($from, my $begun, 1);
	$running{$pid} = $what;
	return $pid;
}

# Waits for a child; returns its status as in $?.
sub finish
{
	my ($pid) = @_;
	while (waitpid($pid, 0) == -1)
	{
		croak "lost process $pid" if !$!{EINTR};
	}
	my $status = $?;
	delete $running{$pid};
	return $status;
}

# Runs a program to its end; dies, with what it said, if it fails.
sub run
{
	my ($cmd, %opt) = @_;
	my $status = finish(start($cmd, %opt));
	return if $status == 0;
	my $said = '';
	if (defined $opt{log} && open(my $fh, '<', $opt{log}))
	{
		my @lines = <$fh>;
		$said = join('', @lines[ -($#lines < 9 ? $#lines + 1 : 10) .. -1 ]) if @lines;
	}
	die "failed (status $status): @$cmd\n$said";
}

# Two shells at once, the first with i = 1 .. $each, the second with the next
# ones; $command is done for each i.  Returns the seconds.
sub two_loops
{
	my ($each, $command, %opt) = @_;
	my $start = time();
	my @loops = map {
		my ($from, $to) = (1 + $_ * $each, ($_ + 1) * $each);
		start([ 'bash', '-e', '-c', "for ((i = $from; i <= $to; i++)); do $command; done" ], %opt);
	} 0, 1;
	my @failed = grep { finish($_) != 0 } @loops;
	die "a loop failed: $command\n" if @failed;
	return time() - $start;
}

# Processor time of our children that have ended, and of theirs, in seconds.
sub children_cpu
{
	my (undef, undef, $user, $system) = times();
	return $user + $system;
}

# Ends everything that still runs.
sub kill_all
{
	foreach my $pid (keys %running)
	{
		kill('TERM', -$pid);
	}
	my $deadline = time() + 5;
	foreach my $pid (keys %running)
	{
		while (waitpid($pid, POSIX::WNOHANG()) == 0)
		{
			kill('KILL', -$pid) if time() > $deadline;
			select(undef, undef, undef, 0.01);
		}
		delete $running{$pid};
	}
	return;
}

1;
