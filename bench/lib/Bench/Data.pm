
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Data - databases with the data sets, and what is in a database

=head1 DESCRIPTION

A database is made when a row first needs it, and dropped when no later row
does.  C<fingerprint> is what tells a right copy from a wrong one.

=cut

package Bench::Data;

use strict;
use warnings;

use Bench::Proc;
use Carp;
use Time::HiRes qw(time);

my %from = (
	together => 'mixed',    # and pgbench's tables
);
my %script = (
	tenants_many => 'tenants',
);
my %there;
my %fingerprints;

# Makes the database, unless it is there.
sub need
{
	my ($bench, $db) = @_;
	return if $there{$db};
	my $server = $bench->{server};
	need($bench, $from{$db}) if $from{$db};
	$bench->progress("data set $db: making");
	my $start = time();
	my $log = "$bench->{scratch}/$db.log";
	$server->create_database($db, $from{$db});
	if ($db eq 'together')
	{
		Bench::Proc::run([ 'pgbench', '-i', '-q', '-s', pgbench_scale($bench), $db ], log => $log);
	}
	else
	{
		Bench::Proc::run(
			[
				'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v',
				"scale=$bench->{scale}", '-v', 'tables=' . $bench->small_tables, '-v', 'tenants=' . $bench->tenants($db),
				'-d', $db, '-f', "$bench->{scratch}/data/" . ($script{$db} // $db) . '.sql'
			],
			log => $log);
	}
	# of 100,000 tables it would take minutes; their script does the catalogs
	Bench::Proc::run([ 'vacuumdb', '-q', '-z', '-d', $db ], log => $log) if $db !~ /^tenants/;
	$server->quiet;
	$there{$db} = 1;
	$bench->progress(sprintf('data set %s: %s, made in %.1f s',
			$db, $server->sql('postgres', "SELECT pg_size_pretty(pg_database_size('$db'))"), time() - $start));
	return;
}

sub pgbench_scale
{
	my ($bench) = @_;
	my $scale = int(100 * $bench->{scale});
	return $scale < 1 ? 1 : $scale;
}

# Drops what none of the rows to come needs.
sub forget_but
{
	my ($bench, @needed) = @_;
	my %needed = map { ($_ => 1, $from{$_} ? ($from{$_} => 1) : ()) } @needed;
	foreach my $db (grep { !$needed{$_} } sort keys %there)
	{
		$bench->{server}->drop_database($db);
		delete $there{$db};
	}
	return;
}

# All rows of all tables, in any order, and the number of indexes and
# constraints, valid ones only.
sub fingerprint
{
	my ($bench, $db) = @_;
	my $user = "NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";
	return $bench->{server}->sql(
		$db, qq{
		SELECT pg_catalog.format('SELECT %L, count(*), sum(hashtextextended(t::text, 0)) FROM %s AS t', c.oid::regclass, c.oid::regclass)
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
		WHERE relkind = 'r' AND nspname $user AND nspname NOT LIKE 'pg\\_temp%'
		ORDER BY nspname, relname \\gexec
		SELECT 'indexes', count(*) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = indrelid
		JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace WHERE indisvalid AND indisready AND nspname $user;
		SELECT 'constraints', count(*) FROM pg_catalog.pg_constraint c
		JOIN pg_catalog.pg_namespace n ON n.oid = connamespace WHERE convalidated AND nspname $user});
}

# Dies unless the copy holds what the data set holds.
sub check_copy
{
	my ($bench, $db, $copy, $whose) = @_;
	my $want = $fingerprints{$db} //= fingerprint($bench, $db);
	my $got = fingerprint($bench, $copy);
	return if $got eq $want;
	my %want = map { $_ => 1 } split(/\n/, $want);
	my ($first) = grep { !$want{$_} } split(/\n/, $got);
	die "WRONG: $whose of $db is not what $db is: " . ($first // 'something is missing') . "\n";
}

1;
