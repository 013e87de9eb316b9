
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Compare - runs contestants in turn, and keeps what they took

=head1 DESCRIPTION

A contestant is a hash:

  name      what the report calls it
  ours      true: it runs in our worker's sessions
  prepare   sub, before each run, not timed (optional)
  run       sub, timed; may return a hash that replaces what was measured
            (wall) or adds to it
  after     sub, not timed, given what was measured; may return a hash, as run
  bytes     sub, after each run: bytes of the archive (optional)
  check     sub, after the first run: dies if the result is wrong (optional)
  cleanup   sub, after each run, not timed (optional)

C<compare> runs each once, unmeasured: that fills the caches, is polled for
memory, and its result is checked.  Then RUNS times all of them in turn, each
after a CHECKPOINT and a sync.  Medians are taken at the end.

=cut

package Bench::Compare;

use strict;
use warnings;

use Bench::Proc;
use Bench::Usage;
use Carp;
use Exporter 'import';
use Time::HiRes qw(time);

our @EXPORT_OK = qw(median compare warm);

sub median
{
	my @v = sort { $a <=> $b } @_;
	return undef if !@v;
	return @v % 2 ? $v[ $#v / 2 ] : ($v[ $#v / 2 ] + $v[ @v / 2 ]) / 2;
}

# One run; returns a hash with wall, cpu (seconds), bytes.
sub _run
{
	my ($bench, $c, $inside) = @_;
	my $server = $bench->{server};
	$c->{prepare}->() if $c->{prepare};
	$server->quiet;
	my %before = map { $_ => 1 } Bench::Usage::children($server->{pid});
	my @ours = ($server->{pid}, $server->control->{pid});
	my $watch = $inside ? $inside->(\%before) : undef;
	my $cpu = Bench::Usage::cpu(@ours) + Bench::Proc::children_cpu();
	my $start = time();
	my $more = $c->{run}->();
	my %took = (wall => time() - $start);
	# pg_dump's sessions end after it
	$server->settle(%before) if !$c->{ours};
	$took{cpu} = Bench::Usage::cpu(@ours) + Bench::Proc::children_cpu() - $cpu;
	$took{memory} = Bench::Usage::watched($watch) if $watch;
	%took = (%took, %$more) if ref $more eq 'HASH';
	%took = (%took, %{ $c->{after}->(\%took) }) if $c->{after};
	$took{bytes} = $c->{bytes}->() if $c->{bytes};
	return \%took;
}

# The first run: warms, polls memory, checks.  Returns the peaks.
sub warm
{
	my ($bench, $row, $c) = @_;
	my $server = $bench->{server};
	my $worker = $server->worker_pid;
	$bench->progress("$row: $c->{name}, first run, not timed");
	my $took = _run(
		$bench, $c,
		sub {
			my ($before) = @_;
			# what is idle while others work is not theirs
			my %ignore = $c->{ours} ? () : %$before;
			$ignore{$_} = 1
			  foreach $server->control->{backend}, $server->control->{pid};
			return Bench::Usage::watch(
				postmaster => $server->{pid},
				worker => $worker,
				ignore => \%ignore);
		});
	$c->{check}->() if $c->{check};
	$c->{cleanup}->() if $c->{cleanup};
	return $took->{memory};
}

# Returns { name => { wall => median, walls => [all], cpu => median,
# bytes => of the last run, memory => peaks, any other key => median } }.
sub compare
{
	my ($bench, $row, @contestants) = @_;
	my %result;
	foreach my $c (@contestants)
	{
		$result{ $c->{name} }{memory} = warm($bench, $row, $c);
	}
	my %runs;
	foreach my $n (1 .. $bench->{runs})
	{
		my @said;
		foreach my $c (@contestants)
		{
			my $took = _run($bench, $c);
			$c->{cleanup}->() if $c->{cleanup};
			push @{ $runs{ $c->{name} }{$_} }, $took->{$_} foreach keys %$took;
			push @said, sprintf('%s %s', $c->{name}, $bench->show($took->{wall}, 's'));
		}
		$bench->progress("$row: run $n of $bench->{runs}: " . join(', ', @said));
	}
	foreach my $name (keys %runs)
	{
		my $all = $runs{$name};
		$result{$name}{$_} = median(@{ $all->{$_} }) foreach keys %$all;
		$result{$name}{walls} = $all->{wall};
	}
	$bench->{measured}{$row} = \%result;
	return \%result;
}

1;
