
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Rows::Tenants - one schema of many that are alike

=head1 DESCRIPTION

Data sets tenants and tenants_many differ in the number of schemas only.  What
is done to one schema should take as long in both.

=cut

package Bench::Rows::Tenants;

use strict;
use warnings;

use Bench::Compare qw(compare median);
use Bench::Ours;
use Bench::Proc;
use Bench::Usage;
use POSIX qw(ceil);
use Time::HiRes qw(time);

# the one that is restored
my $one = 'tenant7';

# What pg_dump writes of a schema: definitions and rows.
sub _text
{
	my ($bench, $db, $schema) = @_;
	my $out = "$bench->{scratch}/text.sql";
	Bench::Proc::run([ 'pg_dump', '-n', $schema, '-f', $out, $db ], log => "$bench->{scratch}/text.log");
	# newer ones write a word that is never the same
	return join('', grep { !/^\\(?:un)?restrict / } split(/^/, Bench::Usage::slurp($out)));
}

# Without what pg_restore -n leaves out: the schema itself.
sub _less_schema
{
	my ($text) = @_;
	return join('', grep { !/SCHEMA|^(?:--)?$/ } split(/^/, $text));
}

# One of ours at a time, always another schema, 200 in all.
sub _ours
{
	my ($bench, $name, $db) = @_;
	my $server = $bench->{server};
	my $each = ceil(200 / $bench->{runs});
	my $next = 0;
	my @task;
	my $result = {
		name => $name,
		ours => 1,
		run => sub {
			my $script = join(
				'',
				map {
					my $schema = 'tenant' . (1 + $next++ % $bench->tenants($db));
					"SELECT backup_pool.backup_schema('$schema', '$db', label => '$schema');\nSELECT backup_pool.wait();\n"
				} 1 .. $each);
			my @ms = $server->control->times($script);
			my @both = map { $ms[ 2 * $_ ] + $ms[ 2 * $_ + 1 ] } 0 .. $each - 1;
			push @task, @both;
			return { wall => median(@both) / 1000, tasks => $each };
		},
		check => sub {
			_check($bench, $db, 'tenant3');
			# the first run is not measured
			@task = ();
		},
		cleanup => sub { Bench::Ours::drop_all($bench, $db) }
	};
	return ($result, \@task);
}

sub _archive
{
	my ($bench, $db, $schema) = @_;
	my ($archive) = split(
		/\n/,
		$bench->{server}->control->query(
			"SELECT archive FROM backup_pool.archives WHERE database = '$db' AND label = '$schema'"));
	die "WRONG: no archive of $schema\n" if !$archive;
	return $archive;
}

# Restores the archive of a schema into an empty database, and compares.
sub _check
{
	my ($bench, $db, $schema) = @_;
	my $server = $bench->{server};
	my $archive = _archive($bench, $db, $schema);
	$server->create_database('copy');
	Bench::Ours::task($bench, "restore('$archive', database => 'copy')");
	die "WRONG: our archive of $schema is not what $schema is\n"
	  if _text($bench, 'copy', $schema) ne _text($bench, $db, $schema);
	$server->drop_database('copy');
	return;
}

sub _theirs
{
	my ($bench, $name, $db) = @_;
	return {
		name => $name,
		run => sub {
			Bench::Proc::run([ 'pg_dump', '-n', $one, '-f', "$bench->{scratch}/one.sql", $db ],
				log => "$bench->{scratch}/one.log");
		}
	};
}

# One of few and one of many in turn: what the machine does for a while befalls
# both alike.
sub _in_turn
{
	my ($bench) = @_;
	my $next = 0;
	my %times = (tenants => [], tenants_many => []);
	my @dbs = sort keys %times;
	my $result = {
		name => 'ours, in turn',
		ours => 1,
		run => sub {
			my $script = '';
			for my $n (1 .. 60)
			{
				my $schema = 'tenant' . (1 + $next++ % $bench->tenants('tenants'));
				$script .= "SELECT backup_pool.backup_schema('$schema', '$_', label => '$schema');\nSELECT backup_pool.wait();\n" foreach @dbs;
			}
			my @ms = $bench->{server}->control->times($script);
			my $i = 0;
			while (@ms)
			{
				my ($enqueue, $wait) = splice(@ms, 0, 2);
				push @{ $times{ $dbs[ $i++ % @dbs ] } }, $enqueue + $wait;
			}
			return { wall => median(@{ $times{tenants} }) / 1000 };
		},
		# the first run is not measured
		check => sub { $_ = [] foreach values %times },
		cleanup => sub { Bench::Ours::drop_all($bench, $_) foreach @dbs }
	};
	return ($result, \%times);
}

# One schema, as its caller sees it, with few and with many beside it.
sub one
{
	my ($bench) = @_;
	my ($few, $few_times) = _ours($bench, 'ours', 'tenants');
	my ($many, $many_times) = _ours($bench, 'ours, of many', 'tenants_many');
	my ($in_turn, $times) = _in_turn($bench);
	my $r = compare(
		$bench, 'tenant', $few, $many, $in_turn,
		_theirs($bench, 'pg_dump -n', 'tenants'),
		_theirs($bench, 'pg_dump -n, of many', 'tenants_many'));
	# of each task, not of the whole run
	$_->{cpu} /= delete $_->{tasks} foreach @$r{ 'ours', 'ours, of many' };
	$r->{ours}{wall} = median(@$few_times) / 1000;
	$r->{'ours, of many'}{wall} = median(@$many_times) / 1000;
	my ($n, $m) = map { $bench->tenants($_) } qw(tenants tenants_many);
	my %both = (
		%$r,
		'in turn, few' => { wall => median(@{ $times->{tenants} }) / 1000 },
		'in turn, many' => { wall => median(@{ $times->{tenants_many} }) / 1000 });
	my %line = (row => 'tenant', results => \%both);
	$bench->line(%line, ours => 'ours', rival => 'pg_dump -n', what => "one of $n schemas", goal => '<= 0.05');
	$bench->line(
		%line,
		ours => 'ours, of many',
		rival => 'pg_dump -n, of many',
		what => "one of $m schemas",
		goal => '<= 0.05');
	$bench->line(
		%line,
		ours => 'in turn, many',
		rival => 'in turn, few',
		what => "... ours in turn, of $m schemas and of $n",
		goal => '<= 1.10',
		note => 'does not grow: 10 % are left to chance');
	return;
}

# Backs up all schemas of tenants, a task each; returns the seconds.
sub _all
{
	my ($bench) = @_;
	return Bench::Ours::tasks(
		$bench,
		join("\n",
			map { "SELECT backup_pool.backup_schema('tenant$_', 'tenants', label => 'tenant$_');" }
			  1 .. $bench->tenants('tenants')));
}

# As many tasks as there are schemas, with the lock table of a server as it
# comes.
sub all
{
	my ($bench) = @_;
	my $server = $bench->{server};
	$server->with('backup_pool.max_tasks' => 12000, max_locks_per_transaction => 64);
	my $n = $bench->tenants('tenants');
	# a loop takes too long for all of them
	my $each = int($n / 80) || 1;
	my $loops = '2 loops of pg_dump -n';
	my $r = compare(
		$bench,
		'tenants-2000',
		{
			name => 'ours',
			ours => 1,
			run => sub {
				my $wall = _all($bench);
				return { wall => $wall, rate => $n / $wall };
			},
			check => sub {
				my $got = $server->control->query(
					"SELECT count(DISTINCT label) || ' ' || coalesce(sum(tables), 0) FROM backup_pool.archives WHERE database = 'tenants'");
				my $want = $n . ' ' . 10 * $n;
				die "WRONG: archives and tables are $got, not $want\n" if $got ne $want;
				_check($bench, 'tenants', "tenant$n");
			},
			cleanup => sub { Bench::Ours::drop_all($bench, 'tenants') }
		},
		{
			name => $loops,
			run => sub {
				my $wall = Bench::Proc::two_loops(
					$each,
					"pg_dump -n tenant\$i -f $bench->{scratch}/loop\$i.sql tenants",
					log => "$bench->{scratch}/loop.log");
				return { wall => $wall, rate => 2 * $each / $wall, share => 2 * $each / $n };
			}
		});
	# as if it had been all of them
	$r->{$loops}{cpu} /= $r->{$loops}{share};
	$bench->line(
		row => 'tenants-2000',
		results => $r,
		of => 'rate',
		ours => 'ours',
		rival => $loops,
		what => "$n schemas as $n tasks, tasks a second",
		goal => '>= 30',
		unit => '1/s',
		note => 'max_locks_per_transaction = 64; the loops do ' . 2 * $each . " schemas; their CPU is scaled to $n");
	return;
}

# Puts one schema back where it was.  ours: an archive of ours, which restore
# reads; else pg_restore -n reads it.
sub _back
{
	my ($bench, $name, $db, $archive, $ours) = @_;
	my $server = $bench->{server};
	my $want = $bench->{text}{$db} //= _text($bench, $db, $one);
	my $drop = "DROP SCHEMA IF EXISTS $one CASCADE;";
	return {
		name => $name,
		ours => $ours,
		# pg_restore -n does not make the schema
		prepare => sub { $server->sql($db, "SET client_min_messages = warning; $drop" . ($ours ? '' : "CREATE SCHEMA $one;")) },
		run => sub {
			if ($ours)
			{
				Bench::Ours::task($bench, "restore('$archive', schemas => '{$one}')");
			}
			else
			{
				Bench::Proc::run([ 'pg_restore', '-n', $one, '-d', $db, "$server->{data}/backup_pool/$archive" ],
					log => "$bench->{scratch}/pg_restore.log");
			}
		},
		check => sub {
			my $got = _text($bench, $db, $one);
			die "WRONG: $name: $one is not what it was\n"
			  if $ours ? $got ne $want : _less_schema($got) ne _less_schema($want);
		}
	};
}

# One schema into the database it was dropped from, out of an archive of its
# own, and out of an archive of the whole database.
sub restore
{
	my ($bench) = @_;
	my $server = $bench->{server};
	my ($n, $m) = map { $bench->tenants($_) } qw(tenants tenants_many);
	$bench->progress('restore-tenant: making the archives');
	# all tables of a database in one transaction, and all schemas in the queue
	$server->with('backup_pool.max_tasks' => 12000, max_locks_per_transaction => 2000);
	# gzip: what pg_restore 15 reads
	my ($all, $all_of_many) = map {
		Bench::Ours::archive($bench, Bench::Ours::task($bench, "backup_database('$_', compression => 'gzip', parallel => 2)"))
	} qw(tenants tenants_many);
	_all($bench);
	my $own = _archive($bench, 'tenants', $one);
	my $own_of_many = Bench::Ours::archive($bench, Bench::Ours::task($bench, "backup_schema('$one', 'tenants_many')"));
	$server->with();
	my $r = compare(
		$bench,
		'restore-tenant',
		_back($bench, 'own archive', 'tenants', $own, 1),
		_back($bench, 'own archive, many', 'tenants_many', $own_of_many, 1),
		_back($bench, 'of all', 'tenants', $all, 1),
		_back($bench, 'of all, many', 'tenants_many', $all_of_many, 1),
		_back($bench, 'pg_restore -n', 'tenants', $all, 0),
		_back($bench, 'pg_restore -n, many', 'tenants_many', $all_of_many, 0));
	Bench::Ours::drop_all($bench, $_) foreach qw(tenants tenants_many);
	my %line = (row => 'restore-tenant', results => $r);
	my %grow = (goal => '<= 1.10', note => 'does not grow: 10 % are left to chance');
	$bench->line(%line, ours => 'own archive', what => "one of $n schemas, its archive of $n");
	$bench->line(
		%line, %grow,
		ours => 'own archive, many',
		rival => 'own archive',
		what => "... into a database of $m, and of $n");
	$bench->line(%line, ours => 'of all', rival => 'pg_restore -n', what => "one of $n, the database's archive");
	$bench->line(%line, ours => 'of all, many', rival => 'pg_restore -n, many', what => "one of $m, the database's archive");
	$bench->line(%line, %grow, ours => 'of all, many', rival => 'of all', what => "... ours, out of $m and out of $n");
	return;
}

1;
