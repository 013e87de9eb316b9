
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Rows::Backup - whole databases, to directories

=cut

package Bench::Rows::Backup;

use strict;
use warnings;

use Bench::Compare qw(compare warm);
use Bench::Data;
use Bench::Ours;
use Bench::Proc;

# We, with as many connections as the rivals have jobs.
sub ours
{
	my ($bench, $db, $parallel) = @_;
	$parallel //= 2;
	my ($id, $archive);
	return {
		name => $parallel == 2 ? 'ours' : "ours, parallel => $parallel",
		ours => 1,
		run => sub {
			$id = Bench::Ours::task($bench, "backup_database('$db', parallel => $parallel)");
		},
		bytes => sub {
			$archive = Bench::Ours::archive($bench, $id);
			return Bench::Ours::bytes($bench, $archive);
		},
		check => sub {
			$bench->{server}->create_database('copy');
			Bench::Ours::task($bench, "restore('$archive', database => 'copy')");
			Bench::Data::check_copy($bench, $db, 'copy', 'our archive');
			$bench->{server}->drop_database('copy');
		},
		cleanup => sub { Bench::Ours::drop($bench, $archive) }
	};
}

# A pg_dump -Fd -j2
sub pg_dump
{
	my ($bench, $name, $db, @command) = @_;
	my $out = "$bench->{scratch}/pg_dump.out";
	return {
		name => $name,
		run => sub {
			Bench::Proc::run([ @command, '-Fd', '-j2', '-f', $out, $db ],
				log => "$bench->{scratch}/pg_dump.log");
		},
		bytes => sub { return Bench::Ours::directory_bytes($out) },
		cleanup => sub { Bench::Proc::run([ 'rm', '-rf', $out ]) }
	};
}

sub stock { my ($bench, $db) = @_; return pg_dump($bench, 'pg_dump', $db, 'pg_dump') }

# nothing if it could not be had
sub stock18
{
	my ($bench, $db) = @_;
	return if !@{ $bench->{pg_dump_18} };
	return pg_dump($bench, 'pg_dump 18 zstd:1', $db, @{ $bench->{pg_dump_18} }, '-Z', 'zstd:1');
}

# pgbench and mixed in one database
sub both
{
	my ($bench) = @_;
	my $r = compare($bench, 'backup-together', ours($bench, 'together'), stock18($bench, 'together'), stock($bench, 'together'));
	my %line = (row => 'backup-together', results => $r, ours => 'ours');
	$bench->line(%line, what => 'back up pgbench + mixed', rival => 'pg_dump 18 zstd:1', goal => '<= 0.40');
	$bench->line(%line, what => '... CPU, client and server', rival => 'pg_dump 18 zstd:1', of => 'cpu', goal => '<= 0.50');
	$bench->line(%line, what => 'back up pgbench + mixed', rival => 'pg_dump', goal => '<= 0.15');
	return;
}

sub mixed
{
	my ($bench) = @_;
	my $r = compare($bench, 'backup-mixed',
		ours($bench, 'mixed'), ours($bench, 'mixed', 1), stock18($bench, 'mixed'));
	my %line = (row => 'backup-mixed', results => $r, ours => 'ours');
	$bench->line(%line, what => 'back up mixed', rival => 'pg_dump 18 zstd:1', goal => '<= 0.40');
	$bench->line(%line, what => '... 2 connections, times as fast as with 1',
		rival => 'ours, parallel => 1', inverse => 1, goal => '>= 1.80');
	return;
}

# Without a goal.  The rival is pg_dump 18, or else the server's own.
sub other
{
	my ($bench, $db) = @_;
	my $rival = stock18($bench, $db) // stock($bench, $db);
	my $r = compare($bench, "backup-$db", ours($bench, $db), $rival);
	$bench->line(
		row => "backup-$db",
		results => $r,
		ours => 'ours',
		rival => $rival->{name},
		what => "back up $db");
	return;
}

# Our peak memory, if the row itself does not run.
sub memory
{
	my ($bench, $db) = @_;
	return $bench->{measured}{"backup-$db"}{ours}{memory} //= warm($bench, "backup-$db", ours($bench, $db));
}

1;
