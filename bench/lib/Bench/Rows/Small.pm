
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Rows::Small - many small backups

=cut

package Bench::Rows::Small;

use strict;
use warnings;

use Bench::Compare qw(compare median);
use Bench::Ours;
use Bench::Proc;
use Bench::Usage;
use POSIX qw(ceil);
use Time::HiRes qw(time);

# Restores an archive of public.t$n, of data into an empty copy of that table,
# and compares.
sub _check
{
	my ($bench, $archive, $n, $content) = @_;
	my $server = $bench->{server};
	$server->create_database('copy');
	if ($content eq 'data')
	{
		$server->sql('copy', "CREATE TABLE public.t$n (id int PRIMARY KEY, name text NOT NULL, at timestamptz, n numeric)");
	}
	Bench::Ours::task($bench, "restore('$archive', database => 'copy', content => '$content', if_exists => 'append')");
	my $sum = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM public.t$n AS t";
	my ($want, $got) = map { $server->sql($_, $sum) } qw(small copy);
	die "WRONG: our archive of t$n holds $got, the table $want\n" if $want ne $got;
	$server->drop_database('copy');
	return;
}

# One table, as its caller sees it.  200 of ours and 30 of pg_dump in all, so
# many in each of the runs.  content: data, or all; goal for the ratio, limits
# for the whole and, where given, for the call that enqueues.
sub one
{
	my ($bench, $row, $content, $goal, $limit, $enqueue) = @_;
	my $server = $bench->{server};
	my $ours = ceil(200 / $bench->{runs});
	my $theirs = ceil(30 / $bench->{runs});
	my $out = "$bench->{scratch}/one.sql";
	my (@task, @enqueue);
	my $script =
	  "SELECT backup_pool.backup_table('public.t1', 'small', content => '$content');\nSELECT backup_pool.wait();\n";
	my @options = $content eq 'data' ? ('-a') : ();
	my $rival = join(' ', 'pg_dump', @options, '-t');
	my $r = compare(
		$bench,
		$row,
		{
			name => 'ours',
			ours => 1,
			run => sub {
				my @ms = $server->control->times($script x $ours);
				my @both = map { $ms[ 2 * $_ ] + $ms[ 2 * $_ + 1 ] } 0 .. $ours - 1;
				push @task, @both;
				push @enqueue, map { $ms[ 2 * $_ ] } 0 .. $ours - 1;
				return { wall => median(@both) / 1000, tasks => $ours };
			},
			check => sub {
				my ($archive) = split(/\n/, $server->control->query(
						"SELECT archive FROM backup_pool.archives WHERE database = 'small'"));
				_check($bench, $archive, 1, $content);
				# the first run is not measured
				(@task, @enqueue) = ();
			},
			cleanup => sub { Bench::Ours::drop_all($bench, 'small') }
		},
		{
			name => $rival,
			run => sub {
				my @wall;
				for (1 .. $theirs)
				{
					my $start = time();
					Bench::Proc::run([ 'pg_dump', @options, '-t', 'public.t1', '-f', $out, 'small' ],
						log => "$bench->{scratch}/one.log");
					push @wall, time() - $start;
				}
				return { wall => median(@wall), tasks => $theirs };
			}
		});
	# of each task, not of the whole run
	foreach my $c (values %$r)
	{
		$c->{cpu} /= delete $c->{tasks};
	}
	$r->{ours}{wall} = median(@task) / 1000;
	$r->{ours}{enqueue} = median(@enqueue) / 1000;
	my %line = (row => $row, results => $r, ours => 'ours');
	$bench->line(%line, what => "one 100-row table, $content", rival => $rival, goal => $goal);
	$bench->line(%line, what => '... enqueue to succeeded', limit => $limit);
	$bench->line(%line, what => '... the enqueue call', of => 'enqueue', limit => $enqueue) if $enqueue;
	return;
}

sub _enqueue { return "backup_pool.backup_table('public.t$_[0]', 'small', content => 'data')" }

# As many tasks as there are tables.
sub thousand
{
	my ($bench) = @_;
	my $server = $bench->{server};
	$server->with('backup_pool.max_tasks' => 12000);
	my $n = $bench->small_tables;
	# a loop takes too long for all of them
	my $each = int($n / 20) || 1;
	my $check = sub {
		my $got = $server->control->query(
			"SELECT count(*) || ' ' || coalesce(sum(rows), 0) FROM backup_pool.archives WHERE database = 'small'");
		my $want = $n . ' ' . 100 * $n;
		die "WRONG: archives and rows are $got, not $want\n" if $got ne $want;
	};
	my $clean = sub { Bench::Ours::drop_all($bench, 'small') };
	my $rate = sub {
		my ($sql) = @_;
		my $wall = Bench::Ours::tasks($bench, $sql);
		return { wall => $wall, rate => $n / $wall };
	};
	my $r = compare(
		$bench,
		'tasks-1000',
		{
			name => 'ours',
			ours => 1,
			run => sub { $rate->(join("\n", map { 'SELECT ' . _enqueue($_) . ';' } 1 .. $n)) },
			check => $check,
			cleanup => $clean
		},
		{
			name => 'ours, enqueued at once',
			ours => 1,
			run => sub {
				$rate->("SELECT backup_pool.backup_table('public.t' || n, 'small', content => 'data') FROM pg_catalog.generate_series(1, $n) AS n;");
			},
			check => $check,
			cleanup => $clean
		},
		{
			name => '2 loops of pg_dump -a -t',
			run => sub {
				my $wall = Bench::Proc::two_loops(
					$each,
					"pg_dump -a -t public.t\$i -f $bench->{scratch}/loop\$i.sql small",
					log => "$bench->{scratch}/loop.log");
				return { wall => $wall, rate => 2 * $each / $wall, share => 2 * $each / $n };
			}
		});
	# as if it had been all of them
	my $loops = $r->{'2 loops of pg_dump -a -t'};
	$loops->{cpu} /= $loops->{share};
	my %line = (row => 'tasks-1000', results => $r, of => 'rate');
	$bench->line(
		%line,
		ours => 'ours',
		rival => '2 loops of pg_dump -a -t',
		what => "$n tables as $n tasks, tasks a second",
		goal => '>= 10',
		unit => '1/s',
		note => 'the loops do ' . 2 * $each . " tables; their CPU is scaled to $n");
	$bench->line(%line, ours => 'ours', what => '... enqueued one by one', limit => '>= 300 1/s');
	$bench->line(%line, ours => 'ours, enqueued at once', what => '... enqueued in one transaction', limit => '>= 300 1/s');
	return;
}

# The worker's processor time per task does not grow with the queue.  Ten tasks
# take too little time to be measured, so they are enqueued, and waited for, up
# to 50 times in each run.
sub queue
{
	my ($bench) = @_;
	my $server = $bench->{server};
	$server->with('backup_pool.max_tasks' => 12000);
	my $n = $bench->scaled(10000, 200);
	my $tables = $bench->small_tables;
	my $turns = $n < 500 ? int($n / 10) : 50;
	my $worker = $server->worker_pid;
	my $some = sub {
		my ($tasks, $times) = @_;
		my $cpu = Bench::Usage::cpu_exact($worker);
		my $wall = 0;
		for (1 .. $times)
		{
			$wall += Bench::Ours::tasks($bench,
				"SELECT backup_pool.backup_table('public.t' || 1 + n % $tables, 'small', content => 'data') FROM pg_catalog.generate_series(1, $tasks) AS n;");
		}
		$cpu = Bench::Usage::cpu_exact($worker) - $cpu;
		return { wall => $wall, worker => $cpu / ($tasks * $times), rate => $tasks * $times / $wall };
	};
	my $clean = sub {
		Bench::Ours::drop_all($bench, 'small');
		# the log of the runs before is not what is measured
		$server->control->query('DELETE FROM backup_pool.task; VACUUM backup_pool.task;');
	};
	my $r = compare(
		$bench, 'queue',
		{ name => "$n queued", ours => 1, run => sub { $some->($n, 1) }, cleanup => $clean },
		{ name => '10 queued', ours => 1, run => sub { $some->(10, $turns) }, cleanup => $clean });
	$bench->line(
		row => 'queue',
		results => $r,
		of => 'worker',
		unit => 'ms',
		ours => "$n queued",
		rival => '10 queued',
		what => "worker's CPU per task, $n queued and 10",
		goal => '<= 1.10',
		note => 'does not grow: 10 % are left to chance');
	return;
}

1;
