
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Rows::Restore - whole databases, into empty ones

=head1 DESCRIPTION

We restore our archive, pg_restore that of pg_dump, each made with its defaults.
Ours also runs ANALYZE on what it has loaded, which no option turns off;
pg_restore (before 18) leaves tables without statistics.  The goal is held
against pg_restore alone; what ANALYZE takes after it is measured in the same
run, and reported in a line of its own.

=cut

package Bench::Rows::Restore;

use strict;
use warnings;

use Bench::Compare qw(compare warm);
use Bench::Data;
use Bench::Ours;
use Bench::Proc;
use Time::HiRes qw(time);

# What both have in common: an empty database before, compared and dropped after
sub _target
{
	my ($bench, $db, $whose) = @_;
	my $server = $bench->{server};
	return (
		prepare => sub { $server->create_database('target') },
		check => sub { Bench::Data::check_copy($bench, $db, 'target', $whose) },
		cleanup => sub { $server->drop_database('target') });
}

sub ours
{
	my ($bench, $db) = @_;
	my $archive;
	my %target = _target($bench, $db, 'our restore');
	my $prepare = $target{prepare};
	return {
		name => 'ours',
		ours => 1,
		%target,
		prepare => sub {
			$archive //= $bench->{archive}{$db} //= Bench::Ours::archive($bench,
				Bench::Ours::task($bench, "backup_database('$db', parallel => 2)"));
			$prepare->();
		},
		run => sub {
			Bench::Ours::task($bench, "restore('$archive', database => 'target', parallel => 2)");
		},
		bytes => sub { return Bench::Ours::bytes($bench, $archive) }
	};
}

sub stock
{
	my ($bench, $db) = @_;
	my $dir = "$bench->{scratch}/$db.dump";
	my $log = "$bench->{scratch}/pg_restore.log";
	my %target = _target($bench, $db, 'pg_restore');
	my $prepare = $target{prepare};
	return {
		name => 'pg_restore',
		%target,
		prepare => sub {
			Bench::Proc::run([ 'pg_dump', '-Fd', '-j2', '-f', $dir, $db ], log => $log) if !-e $dir;
			$prepare->();
		},
		run => sub {
			Bench::Proc::run([ 'pg_restore', '-j2', '-d', 'target', $dir ], log => $log);
		},
		# what we do besides
		after => sub {
			my ($took) = @_;
			my $start = time();
			Bench::Proc::run([ 'vacuumdb', '-q', '-j2', '--analyze-only', '-d', 'target' ], log => $log);
			return { analyzed => $took->{wall} + time() - $start };
		},
		bytes => sub { return Bench::Ours::directory_bytes($dir) }
	};
}

# goal: the greatest ratio, or undef
sub row
{
	my ($bench, $db, $goal) = @_;
	my $r = compare($bench, "restore-$db", ours($bench, $db), stock($bench, $db));
	my %line = (row => "restore-$db", results => $r, ours => 'ours', rival => 'pg_restore');
	$bench->line(%line, what => "restore $db", goal => $goal);
	$bench->line(%line, what => "... pg_restore, then ANALYZE", of_rival => 'analyzed');
	return;
}

# Our peak memory, if the row itself does not run.
sub memory
{
	my ($bench, $db) = @_;
	return $bench->{measured}{"restore-$db"}{ours}{memory} //= warm($bench, "restore-$db", ours($bench, $db));
}

1;
