
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Rows::Neighbour - what others feel of us: memory, buffers, rate

=cut

package Bench::Rows::Neighbour;

use strict;
use warnings;

use Bench::Compare qw(compare);
use Bench::Data;
use Bench::Ours;
use Bench::Proc;
use Bench::Psql;
use Bench::Rows::Backup;
use Bench::Rows::Restore;
use Bench::Usage;
use Time::HiRes qw(time);

# Runs pgbench -S, with $loop (a sub, or undef) over and over beside it.
sub _pgbench
{
	my ($bench, $loop) = @_;
	my $log = "$bench->{scratch}/pgbench.log";
	my $seconds = $bench->scaled(10, 2);
	pipe(my $from, my $to) or die "pipe: $!";
	my $pid = $loop && Bench::Proc::start_sub(
		'loop of backups',
		sub {
			my $count = 0;
			my $step = $loop->();
			for (; !$Bench::Proc::stop; $count++)
			{
				$step->();
			}
			syswrite($to, $count);
		});
	close($to);
	unlink($log);
	my $start = time();
	Bench::Proc::run([ 'pgbench', '-n', '-S', '-c1', '-T', $seconds, 'together' ], log => $log);
	my $wall = time() - $start;
	my $count;
	if ($pid)
	{
		kill('TERM', $pid);
		$count = readline($from);
		die "the loop of backups failed\n" if Bench::Proc::finish($pid) != 0 || !$count;
	}
	open(my $fh, '<', $log) or die "pgbench.log: $!";
	my ($tps) = join('', <$fh>) =~ /^tps = ([\d.]+)/m or die "pgbench says no rate\n";
	return { wall => $wall, rate => $tps, backups => ($count // 0) / $wall };
}

# Backups by one connection beside pgbench -S -c1.
sub rate
{
	my ($bench) = @_;
	my $ours = sub {
		my $session = Bench::Psql->new('postgres');
		return sub {
			$session->query("SELECT backup_pool.backup_database('mixed', parallel => 1); SELECT backup_pool.wait();
				SELECT backup_pool.drop_archive(archive) FROM backup_pool.archives WHERE database = 'mixed';");
		};
	};
	my $out = "$bench->{scratch}/neighbour.out";
	my $theirs = sub {
		return sub {
			Bench::Proc::run([ @{ $bench->{pg_dump_18} }, '-Fd', '-Z', 'zstd:1', '-f', $out, 'mixed' ]);
			Bench::Proc::run([ 'rm', '-rf', $out ]);
		};
	};
	my @contestants = (
		{ name => 'beside ours', ours => 1, run => sub { _pgbench($bench, $ours) } },
		{ name => 'alone', run => sub { _pgbench($bench) } });
	push @contestants, { name => 'beside pg_dump 18', run => sub { _pgbench($bench, $theirs) } }
	  if @{ $bench->{pg_dump_18} };
	my $r = compare($bench, 'neighbour', @contestants);
	# pgbench's and the backups' together: says nothing
	delete @$_{qw(cpu memory)} foreach values %$r;
	my %line = (row => 'neighbour', results => $r, of => 'rate', unit => '1/s', rival => 'alone');
	$bench->line(
		%line,
		ours => 'beside ours',
		what => 'pgbench -S, backups by one connection beside it',
		goal => '>= 0.90',
		note => sprintf('%.2f backups of mixed a second', $r->{'beside ours'}{backups}));
	$bench->line(
		%line,
		ours => 'beside pg_dump 18',
		what => '... pg_dump 18 zstd:1 beside it',
		note => sprintf('%.2f backups of mixed a second', $r->{'beside pg_dump 18'}{backups}))
	  if $r->{'beside pg_dump 18'};
	return;
}

# The share of shared_buffers that a scanned table takes, if it is larger than
# a quarter of them, from an empty start.
sub buffers
{
	my ($bench) = @_;
	my $server = $bench->{server};
	my $pages = $server->sql('mixed', "SELECT pg_catalog.pg_relation_size('public.mixed') / 8192");
	# the table is half of them
	my $buffers = $pages * 2;
	my %share;
	my @who = (Bench::Rows::Backup::ours($bench, 'mixed'), Bench::Rows::Backup::stock($bench, 'mixed'));
	foreach my $c (@who)
	{
		$server->with();
		$server->with(shared_buffers => $buffers);
		$bench->progress("buffers: $c->{name}");
		$c->{run}->();
		$c->{bytes}->();
		$c->{cleanup}->();
		my $used = $server->sql(
			'mixed', "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS pg_buffercache;
			SELECT count(*) FROM pg_buffercache
			WHERE reldatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = 'mixed')
			AND relfilenode = pg_catalog.pg_relation_filenode('public.mixed');");
		$share{ $c->{name} } = $used / $buffers;
	}
	$server->sql('mixed', 'DROP EXTENSION pg_buffercache');
	$server->with();
	my $r = { map { ($_ => { share => 100 * $share{$_} }) } keys %share };
	$bench->{measured}{buffers} = $r;
	$bench->line(
		row => 'buffers',
		results => $r,
		of => 'share',
		unit => '%',
		ours => 'ours',
		rival => 'pg_dump',
		what => 'share of shared_buffers taken by a table of half their size',
		limit => '<= 2 %');
	return;
}

# The largest peaks of the backups and restores that have run; those that have
# not are run once for it.
sub memory
{
	my ($bench) = @_;
	my %peaks;
	foreach my $db (qw(mixed wide toasty many))
	{
		Bench::Data::need($bench, $db);
		$peaks{"backup-$db"} = Bench::Rows::Backup::memory($bench, $db);
		$peaks{"restore-$db"} = Bench::Rows::Restore::memory($bench, $db);
	}
	# many tasks at once, if they have run
	foreach my $row (grep { $bench->{measured}{$_} } qw(tasks-1000 queue))
	{
		my ($most) = sort { $b->{worker} <=> $a->{worker} } map { $_->{memory} } values %{ $bench->{measured}{$row} };
		$peaks{$row} = $most;
	}
	my $session = Bench::Psql->new('mixed');
	my $baseline = Bench::Usage::private_kb($session->{backend});
	$session->close;

	# the largest of those whose name begins so
	my $line = sub {
		my ($kind, $key, $less, $what, $limit) = @_;
		my ($row) = sort { $peaks{$b}{$key} <=> $peaks{$a}{$key} } grep { /^$kind/ } keys %peaks;
		$bench->line(
			row => 'memory',
			results => { ours => { peak => ($peaks{$row}{$key} - $less) / 1024 } },
			ours => 'ours',
			of => 'peak',
			unit => 'MB',
			what => $what,
			limit => $limit,
			note => "in $row");
	};
	$line->('', 'worker', 0, "the worker's private memory", '< 20 MB');
	$line->('backup', 'backend', $baseline, "a backend's, above its baseline, backups", '< 64 MB');
	$line->('restore', 'backend', $baseline, "a backend's, above its baseline, restores", '< 64 MB');
	$bench->{memory} = { baseline_kb => $baseline + 0, peaks_kb => \%peaks };
	return;
}

1;
