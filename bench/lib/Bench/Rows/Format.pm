
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Rows::Format - row formatting alone, against COPY TO '/dev/null'

=head1 DESCRIPTION

Both in the same backend, with the settings that pooled sessions have, to the
same file: bench/format/bp_bench_format.c runs the extension's own scan and
formatter.  Before that both write to ordinary files, which must be equal byte
for byte.

=cut

package Bench::Rows::Format;

use strict;
use warnings;

use Bench::Compare qw(compare median);
use Bench::Proc;
use Bench::Psql;

# as BP_SESSION_OPTIONS in src/worker/conn_open.c
my $options = join(' ',
	map { "-c $_" } 'datestyle=ISO', 'intervalstyle=postgres', 'timezone=UTC',
	'extra_float_digits=3', 'bytea_output=hex', 'synchronize_seqscans=off');

sub _session
{
	my ($bench, $db) = @_;
	my $session = Bench::Psql->new($db, options => $options);
	$session->query("SET client_min_messages = warning;
		CREATE OR REPLACE FUNCTION pg_temp.format(oid, text) RETURNS bigint
		AS '$bench->{scratch}/bp_bench_format.so', 'bp_bench_format' LANGUAGE c STRICT");
	return $session;
}

sub _ours
{
	my ($table, $file) = @_;
	return "SELECT pg_temp.format('$table'::regclass, '$file')";
}

sub _copy
{
	my ($table, $file) = @_;
	return "COPY $table TO '$file'";
}

# Dies unless both write the same bytes.
sub _same
{
	my ($bench, $session, $table) = @_;
	my @files = map { "$bench->{scratch}/$_" } qw(format.ours format.copy);
	$session->query(_ours($table, $files[0]));
	$session->query(_copy($table, $files[1]));
	eval { Bench::Proc::run([ 'cmp', '-s', @files ]); 1 }
	  or die "WRONG: our text of $table is not that of COPY\n";
	unlink(@files);
	return;
}

# goal: the greatest ratio
sub row
{
	my ($bench, $name, $db, $table, $goal) = @_;
	my $session = _session($bench, $db);
	my $r = compare(
		$bench, $name,
		{
			name => 'ours',
			ours => 1,
			run => sub { $session->query(_ours($table, '/dev/null')) },
			check => sub { _same($bench, $session, $table) }
		},
		{
			name => 'COPY',
			ours => 1,    # it leaves no session behind
			run => sub { $session->query(_copy($table, '/dev/null')) }
		});
	$session->close;
	# one backend, watched with everybody else's idle ones
	delete $_->{memory} foreach values %$r;
	$bench->line(
		row => $name,
		what => "format $table",
		results => $r,
		ours => 'ours',
		rival => 'COPY',
		goal => $goal);
	return;
}

# Each type in a table of its own.  Small tables, so many turns: as psql times
# them, in one session.
sub types
{
	my ($bench) = @_;
	my $session = _session($bench, 'types');
	my (@types, %ratio);
	foreach my $type (split(/\n/, $session->query('SELECT name FROM public.bench_types ORDER BY 1')))
	{
		my $table = "public.\"$type\"";
		_same($bench, $session, $table);
		my (@ours, @copy);
		for (1 .. 2 * $bench->{runs})
		{
			push @ours, $session->times(_ours($table, '/dev/null') . ';');
			push @copy, $session->times(_copy($table, '/dev/null') . ';');
		}
		my ($ours, $copy) = (median(@ours), median(@copy));
		$ratio{$type} = $ours / $copy;
		push @types, { type => $type, ours_ms => $ours, copy_ms => $copy, ratio => $ours / $copy };
		$bench->progress(sprintf('format-types: %-15s ours %.2f ms, COPY %.2f ms, ratio %.2f',
				$type, $ours, $copy, $ratio{$type}));
	}
	$session->close;
	$bench->{types} = [ sort { $b->{ratio} <=> $a->{ratio} } @types ];
	my $worst = $bench->{types}[0];
	my $r = {
		ours => { wall => $worst->{ours_ms} / 1000 },
		COPY => { wall => $worst->{copy_ms} / 1000 }
	};
	$bench->{measured}{'format-types'} = $r;
	$bench->line(
		row => 'format-types',
		what => "format, the worst type: $worst->{type}",
		results => $r,
		ours => 'ours',
		rival => 'COPY',
		goal => '<= 1.00',
		note => scalar(@types) . ' types');
	return;
}

1;
