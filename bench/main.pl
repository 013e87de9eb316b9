#!/usr/bin/env perl

# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

bench/main.pl - run the rows of the bench; started by bench/run

=head1 DESCRIPTION

Rows are in the table below, in the order in which they run: those that need
the same data sets lie together, since a data set is dropped when nobody needs
it any more.  How a row is measured is in C<bench/lib/Bench/Rows>.

=cut

use strict;
use warnings;

use Bench;
use Bench::Data;
use Bench::Proc;
use Bench::Report;
use Bench::Rows::Backup;
use Bench::Rows::Format;
use Bench::Rows::Neighbour;
use Bench::Rows::Restore;
use Bench::Rows::Small;
use Bench::Rows::Tenants;
use Getopt::Long;

my %opt = (scale => 1, runs => 5, only => '');
GetOptions(\%opt, 'tree=s', 'scratch=s', 'bindir=s', 'user=s', 'pg-dump-18:s', 'scale=f', 'runs=i', 'only:s')
  or die "bench/main.pl is started by bench/run\n";

# name, data sets, how
my @rows = (
	[ 'one-table', ['small'], \&Bench::Rows::Small::one, 'one-table', 'data', '<= 0.05', '<= 3 ms', '<= 0.5 ms' ],
	[ 'one-table-all', ['small'], \&Bench::Rows::Small::one, 'one-table-all', 'all', '<= 0.0667', '<= 5 ms' ],
	[ 'tasks-1000', ['small'], \&Bench::Rows::Small::thousand ],
	[ 'queue', ['small'], \&Bench::Rows::Small::queue ],
	[ 'tenant', [ 'tenants', 'tenants_many' ], \&Bench::Rows::Tenants::one ],
	[ 'tenants-2000', ['tenants'], \&Bench::Rows::Tenants::all ],
	[ 'restore-tenant', [ 'tenants', 'tenants_many' ], \&Bench::Rows::Tenants::restore ],
	[ 'format-types', ['types'], \&Bench::Rows::Format::types ],
	[ 'backup-many', ['many'], \&Bench::Rows::Backup::other, 'many' ],
	[ 'restore-many', ['many'], \&Bench::Rows::Restore::row, 'many', '<= 0.50' ],
	[ 'backup-indexes', ['indexes'], \&Bench::Rows::Backup::other, 'indexes' ],
	[ 'restore-indexes', ['indexes'], \&Bench::Rows::Restore::row, 'indexes', '<= 0.60' ],
	[ 'format-accounts', ['together'], \&Bench::Rows::Format::row, 'format-accounts', 'together', 'public.pgbench_accounts', '<= 0.50' ],
	[ 'backup-together', ['together'], \&Bench::Rows::Backup::both ],
	[ 'neighbour', [ 'together', 'mixed' ], \&Bench::Rows::Neighbour::rate ],
	[ 'format-mixed', ['mixed'], \&Bench::Rows::Format::row, 'format-mixed', 'mixed', 'public.mixed', '<= 0.50' ],
	[ 'backup-mixed', ['mixed'], \&Bench::Rows::Backup::mixed ],
	[ 'restore-mixed', ['mixed'], \&Bench::Rows::Restore::row, 'mixed', '<= 0.50' ],
	[ 'buffers', ['mixed'], \&Bench::Rows::Neighbour::buffers ],
	[ 'format-wide', ['wide'], \&Bench::Rows::Format::row, 'format-wide', 'wide', 'public.wide', '<= 0.50' ],
	[ 'backup-wide', ['wide'], \&Bench::Rows::Backup::other, 'wide' ],
	[ 'restore-wide', ['wide'], \&Bench::Rows::Restore::row, 'wide' ],
	[ 'backup-toasty', ['toasty'], \&Bench::Rows::Backup::other, 'toasty' ],
	[ 'restore-toasty', ['toasty'], \&Bench::Rows::Restore::row, 'toasty' ],
	# mostly of what the rows before have measured
	[ 'memory', [ 'mixed', 'wide', 'toasty', 'many' ], \&Bench::Rows::Neighbour::memory ],
);

my @chosen = choose(@rows);
my $bench = Bench->new(%opt);
my $ok = eval {
	local @SIG{qw(INT TERM HUP)} = (sub { die "interrupted\n" }) x 3;
	$bench->begin;
	while (my $row = shift @chosen)
	{
		my ($name, $sets, $sub, @args) = @$row;
		Bench::Data::forget_but($bench, map { @{ $_->[1] } } $row, @chosen);
		Bench::Data::need($bench, $_) foreach @$sets;
		$bench->{server}->with();
		# the pool of a row is its own: a reload closes idle connections
		$bench->{server}->control->query('SELECT pg_catalog.pg_reload_conf()');
		$sub->($bench, @args);
	}
	1;
};
my $error = $@;
# nothing may keep us from cleaning up
local @SIG{qw(INT TERM HUP)} = ('IGNORE') x 3;
if (!$ok)
{
	print STDERR "\nbench: $error", $bench->server_log;
}
else
{
	Bench::Report::write_all($bench);
}
$bench->end;
exit($ok ? 0 : $error eq "interrupted\n" ? 130 : 1);

# Those that ONLY names: words with * and ?
sub choose
{
	my @all = @_;
	my @words = split(/[\s,]+/, $opt{only}) or return @all;
	my %chosen;
	foreach my $word (@words)
	{
		my $re = join('', map { $_ eq '*' ? '.*' : $_ eq '?' ? '.' : quotemeta } split(//, $word));
		my @found = grep { $_->[0] =~ /^$re$/ } @all;
		if (!@found)
		{
			Bench::Proc::run([ 'rm', '-rf', $opt{scratch} ]);
			die "no row \"$word\"; there are: " . join(' ', map { $_->[0] } @all) . "\n";
		}
		$chosen{ $_->[0] } = 1 foreach @found;
	}
	return grep { $chosen{ $_->[0] } } @all;
}
