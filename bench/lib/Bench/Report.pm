
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

Bench::Report - the table at the end, results.json and RESULTS.md

=head1 DESCRIPTION

The files go to bench/ if the run was a whole one (SCALE=1, at least five runs,
all rows); any other leaves them in bench/last/, which is not committed.

=cut

package Bench::Report;

use strict;
use warnings;

use Bench::Data;
use Bench::Server;
use Bench::Usage;
use Carp;
use JSON::PP ();
use POSIX qw(strftime);
use Time::HiRes qw(time);

sub write_all
{
	my ($bench) = @_;
	my $tree = $bench->{tree};
	my $whole = $bench->{only} eq '' && $bench->{scale} == 1 && $bench->{runs} >= 5;
	my $facts = _facts($bench, $tree);
	my $dir = $whole ? "$tree/bench" : "$tree/bench/last";
	mkdir($dir) if !-d $dir;
	_write("$dir/results.json", _json($bench, $facts));
	_write("$dir/RESULTS.md", _markdown($bench, $facts, $whole));
	print "\n", _text(_columns($bench));
	my @bad = grep { defined $_->{met} && !$_->{met} } @{ $bench->{lines} };
	my @good = grep { $_->{met} } @{ $bench->{lines} };
	my @open = grep { defined $_->{goal} && !defined $_->{met} } @{ $bench->{lines} };
	printf "\n%d goals met, %d not, %d not measured\n", scalar(@good), scalar(@bad), scalar(@open);
	printf "written: %s and %s\n", map { $whole ? "bench/$_" : "bench/last/$_" } qw(RESULTS.md results.json);
	return;
}

sub _write
{
	my ($path, $text) = @_;
	open(my $fh, '>:encoding(UTF-8)', $path) or croak "$path: $!";
	print $fh $text;
	close($fh) or croak "$path: $!";
	return;
}

# What was measured on.
sub _facts
{
	my ($bench, $tree) = @_;
	my %settings = Bench::Server->settings;
	my $first = sub {
		my ($file, $re) = @_;
		open(my $fh, '<', $file) or return undef;
		my ($found) = join('', <$fh>) =~ $re;
		return $found;
	};
	my $cpus = () = split(/,/, join(',', map { /^(\d+)-(\d+)$/ ? ($1 .. $2) : $_ }
			  split(/,/, $first->('/proc/self/status', qr/^Cpus_allowed_list:\s+(\S+)/m) // '0')), -1);
	my ($fs) = `df --output=fstype '$bench->{scratch}'` =~ /\n(\S+)/;
	my ($commit) = `git -c safe.directory='*' -C '$tree' describe --always --dirty 2>/dev/null` =~ /^(\S+)/;
	return {
		date => strftime('%Y-%m-%d', gmtime),
		commit => $commit,
		scale => $bench->{scale} + 0,
		runs => $bench->{runs} + 0,
		seconds => int(time() - $bench->{started}),
		processor => $first->('/proc/cpuinfo', qr/^(?:model name|Model)\s*:\s*(.+)/m) // (POSIX::uname())[4],
		cores => $cpus,
		memory_mb => int(Bench::Usage::meminfo('MemTotal') / 1024),
		kernel => (POSIX::uname())[2],
		system => $first->('/etc/os-release', qr/^PRETTY_NAME="?([^"\n]+)/m),
		file_system => $fs,
		load_at_start => $bench->{load},
		server_version => $bench->{versions}{server},
		pg_dump_18_version => $bench->{versions}{pg_dump_18},
		settings => \%settings
	};
}

sub _json
{
	my ($bench, $facts) = @_;
	return JSON::PP->new->pretty->canonical->encode(
		{
			machine => $facts,
			lines => $bench->{lines},
			measured => $bench->{measured},
			types => $bench->{types},
			memory => $bench->{memory}
		});
}

# "ours / rival" of a figure that not all have
sub _pair
{
	my ($format, $scale, @values) = @_;
	return '' if !grep { defined } @values;
	return join(' / ', map { defined $_ ? sprintf($format, $_ / $scale) : '-' } @values);
}

# The table as rows of columns, the first its head.
sub _columns
{
	my ($bench) = @_;
	my @table = (
		[
			'row', 'what', 'ours', 'rival', 'its', 'ratio', 'goal', 'met',
			'CPU s', 'peak MB', 'archive MB'
		]);
	foreach my $l (@{ $bench->{lines} })
	{
		my $all = $bench->{measured}{ $l->{row} } // {};
		my @both = map { $all->{ $l->{"${_}_name"} // '' } // {} } qw(ours rival);
		# once for a pair
		my $plain = $l->{what} !~ /^\.\.\. /;
		my $unit = $l->{unit};
		push @table,
		  [
			$l->{row},
			$l->{what},
			$bench->show($l->{ours}, $unit),
			$l->{rival_name} // '',
			defined $l->{rival} ? $bench->show($l->{rival}, $unit) : '',
			defined $l->{ratio} ? sprintf($l->{ratio} < 0.1 ? '%.3f' : '%.2f', $l->{ratio}) : '',
			$l->{goal} // '',
			!defined $l->{met} ? '' : $l->{met} ? 'yes' : 'NO',
			$plain ? _pair('%.2f', 1, map { $_->{cpu} } @both) : '',
			$plain ? _pair('%.0f', 1024, map { $_->{memory} && $_->{memory}{total} } @both) : '',
			$plain ? _pair('%.1f', 1048576, map { $_->{bytes} } @both) : ''
		  ];
	}
	return @table;
}

sub _text
{
	my (@table) = @_;
	my @width;
	foreach my $line (@table)
	{
		foreach my $i (0 .. $#$line)
		{
			my $n = length($line->[$i]);
			$width[$i] = $n if $n > ($width[$i] // 0);
		}
	}
	my $out = '';
	foreach my $line (@table)
	{
		my $text = join('  ', map { sprintf('%-*s', $width[$_], $line->[$_]) } 0 .. $#$line);
		$out .= ($text =~ s/\s+$//r) . "\n";
	}
	return $out;
}

sub _markdown
{
	my ($bench, $f, $whole) = @_;
	my $row = sub { return '| ' . join(' | ', map { s/\|/\\|/gr } @_) . " |\n" };
	my ($head, @lines) = _columns($bench);
	my $out = "# Results of `make bench`\n\n";
	$out .= "**Not a whole run**: data of scale $f->{scale}, $f->{runs} runs, or not all rows.\n"
	  . "Small data shows that everything works, not how fast it is.\n\n" if !$whole;
	$out .= "Written by `bench/run` on $f->{date}, commit " . ($f->{commit} // 'unknown') . ". To repeat:\n\n";
	$out .= "```sh\nmake bench" . ($f->{scale} != 1 ? " SCALE=$f->{scale}" : '') . ($f->{runs} != 5 ? " RUNS=$f->{runs}" : '')
	  . ($bench->{only} ne '' ? " ONLY='$bench->{only}'" : '') . "\n```\n\n";
	$out .= "- $f->{processor}, $f->{cores} cores, $f->{memory_mb} MB of memory, $f->{file_system}; $f->{system}, Linux $f->{kernel}; load $f->{load_at_start} at the start\n";
	$out .= "- PostgreSQL $f->{server_version}, its own pg_dump and pg_restore; pg_dump 18: "
	  . ($f->{pg_dump_18_version} // 'could not be had, its lines are left out') . "\n";
	$out .= '- settings: ' . join(', ', map { "`$_ = $f->{settings}{$_}`" } sort keys %{ $f->{settings} })
	  . "; the rest PostgreSQL's and ours by default\n";
	$out .= "- medians of $f->{runs} runs, in turn; ratio: ours / rival\n\n";
	$out .= $row->(@$head) . $row->(('---') x @$head);
	$out .= $row->(@$_) foreach @lines;
	$out .= "\nCPU, peak of private memory, and archive: ours / the rival's. CPU is that of the server's\n"
	  . "processes and of the client's, the median of the runs. How it is measured is in [README.md](README.md).\n";
	my @notes = grep { $_->{note} } @{ $bench->{lines} };
	$out .= "\nNotes:\n\n" . join('', map { "- $_->{row}, $_->{what}: $_->{note}\n" } @notes) if @notes;
	$out .= "\n## Times of the runs\n\nSeconds, in order.\n\n" . $row->('row', 'who', 'runs') . $row->(('---') x 3);
	foreach my $name (sort keys %{ $bench->{measured} })
	{
		my $of = $bench->{measured}{$name};
		foreach my $who (sort keys %$of)
		{
			$out .= $row->($name, $who, join(', ', map { sprintf($_ < 1 ? '%.4f' : '%.2f', $_) } @{ $of->{$who}{walls} }))
			  if $of->{$who}{walls};
		}
	}
	if ($bench->{types})
	{
		$out .= "\n## Formatting by type\n\nTables of ten columns of a type, against COPY TO '/dev/null'.\n\n"
		  . $row->('type', 'ours, ms', 'COPY, ms', 'ratio')
		  . $row->(('---') x 4);
		$out .= $row->($_->{type}, map { sprintf('%.2f', $_) } @$_{qw(ours_ms copy_ms ratio)}) foreach @{ $bench->{types} };
	}
	if ($bench->{memory})
	{
		$out .= sprintf("\n## Peaks of private memory\n\nkB; an idle backend has %d.\n\n", $bench->{memory}{baseline_kb})
		  . $row->('', 'worker', 'largest backend', 'all together')
		  . $row->(('---') x 4);
		my $peaks = $bench->{memory}{peaks_kb};
		$out .= $row->($_, @{ $peaks->{$_} }{qw(worker backend total)}) foreach sort keys %$peaks;
	}
	return $out;
}

1;
