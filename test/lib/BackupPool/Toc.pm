
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::Toc - reads toc.dat, for comparisons of archives

=head1 SYNOPSIS

  use BackupPool::Toc;

  my $toc = read_toc("$dir/toc.dat");
  is_deeply(comparable($ours), comparable($theirs), 'the same entries');

  my $differences = toc_differences($ours, pg_dump_toc($connstr, '-t', 'x'));
  print @{ $differences->{texts} };

=cut

package BackupPool::Toc;

use strict;
use warnings;

use Carp;
use Exporter 'import';

our @EXPORT = qw(read_toc pg_dump_toc comparable toc_differences);

use constant CUSTOM => 1;

# A hash: vmin, dbname, server, dump, isdst, entries => [ {...}, ... ].
sub read_toc
{
	my ($file) = @_;
	open(my $fh, '<:raw', $file) or croak "$file: $!";
	my $toc = parse($fh, $file);
	croak "$file goes on after its end" if read($fh, my $more, 1);
	close($fh);
	return $toc;
}

# What pg_dump with these arguments says.  It writes the table of contents
# first when it writes to a pipe, so nobody waits for the data; the entries are
# those of a directory, but for the names of files.
sub pg_dump_toc
{
	my ($connstr, @args) = @_;
	open(my $fh, '-|:raw', 'pg_dump', '-Fc', '-Z0', @args, '-d', $connstr)
	  or croak "pg_dump: $!";
	my $toc = parse($fh, "pg_dump @args");
	close($fh);
	return $toc;
}

sub parse
{
	my ($fh, $file) = @_;
	my $take = sub {
		my $n = $_[0];
		croak "$file ends early" if read($fh, my $bytes, $n) != $n;
		return $bytes;
	};
	croak "$file is no table of contents" if $take->(5) ne 'PGDMP';
	my ($vmaj, $vmin, $vrev, $isize, $osize, $format) =
	  unpack('C6', $take->(6));
	croak "$file has numbers of $isize bytes" if $isize != 4;
	my $int = sub {
		my ($sign, $v) = unpack('CV', $take->(5));
		return $sign ? -$v : $v;
	};
	my $str = sub {
		my ($sign, $n) = unpack('CV', $take->(5));
		return $sign ? undef : $n ? $take->($n) : '';
	};
	my %toc = (
		version => "$vmaj.$vmin.$vrev",
		sizes => "$isize $osize",
		format => $format,
		compression => $vmin >= 15 ? ord($take->(1)) : $int->());
	$int->() foreach 1 .. 6;
	$toc{isdst} = $int->();
	$toc{$_} = $str->() foreach qw(dbname server dump);

	my $n = $int->();
	foreach (1 .. $n)
	{
		my %e;
		$e{id} = $int->();
		$e{dumper} = $int->();
		$e{$_} = $str->() foreach qw(tableoid oid tag desc);
		$e{section} = $int->();
		$e{$_} = $str->() foreach qw(defn drop copy nsp tablespace);
		$e{tableam} = $str->() if $vmin >= 14;
		$e{relkind} = $int->() if $vmin >= 16;
		$e{$_} = $str->() foreach qw(owner oids);
		my @deps;
		while (defined(my $dep = $str->()))
		{
			push @deps, $dep;
		}
		$e{deps} = \@deps;
		if ($format == CUSTOM)
		{
			$take->(1 + $osize);
		}
		else
		{
			$e{file} = $str->();
		}
		push @{ $toc{entries} }, \%e;
	}
	$toc{entries} //= [];
	return \%toc;
}

# The same with numbers that do not depend on who gave them: entries are
# counted from 1; what they depend on besides, which is not in the archive,
# from -1 down as it is met.  The time is left out, and compression, which is
# our own affair.
sub comparable
{
	my ($toc) = @_;
	my (%number, $outside);
	my $count = 0;
	$number{ $_->{id} } = ++$count foreach @{ $toc->{entries} };
	my %copy = %$toc;
	delete $copy{compression};
	$copy{entries} = [
		map {
			my %e = %$_;
			$e{deps} = [ map { $number{$_} //= --$outside } @{ $e{deps} } ];
			croak "file $e{file} of entry $e{id}"
			  if $e{dumper} && $e{file} !~ /^(blobs_)?$e{id}\.(dat|toc)$|^blobs\.toc$/;
			delete $e{file};
			$e{id} = $number{ $e{id} };
			\%e;
		} @{ $toc->{entries} }
	];
	return \%copy;
}

# -- the oracle's comparison, by content

my @head = qw(version sizes isdst dbname server dump);
my @fields = qw(dumper tableoid oid section tablespace tableam relkind oids drop copy defn deps);

sub shown
{
	my ($value) = @_;
	return defined $value ? $value : '(null)';
}

sub title
{
	my ($e) = @_;
	return join(' ', $e->{desc}, (defined $e->{nsp} ? "$e->{nsp}." : '') . $e->{tag});
}

# Gives each entry a key by which people know it, and its dependencies as a
# sorted text: those that are entries by what they are, for numbers mean
# nothing.  One that is no entry counts only where there is no other.
sub prepare
{
	my ($toc) = @_;
	my (%name, %place);
	my $entries = $toc->{entries};
	my $i = 0;
	foreach my $e (@$entries)
	{
		$e->{key} = join("\x01", $e->{desc}, map { shown($_) } @$e{qw(nsp tag owner)});
		$name{ $e->{id} } = title($e) . ($e->{oid} ? " [$e->{tableoid} $e->{oid}]" : '');
		$place{ $e->{id} } = $i++;
	}
	$i = 0;
	my %late;
	foreach my $e (@$entries)
	{
		my %deps;
		foreach my $dep (@{ $e->{deps} })
		{
			next unless defined $name{$dep};
			$deps{ $name{$dep} } = 1;
			$late{ title($e) . ' stands before ' . $name{$dep} } = 1
			  if $place{$dep} >= $i;
		}
		my @deps = sort keys %deps;
		@deps = ('(no entry)') if !@deps && @{ $e->{deps} };
		$e->{same} = join("\x01", map { shown($_) } (map { $e->{$_} } grep { $_ ne 'deps' } @fields), @deps);
		$e->{names} = join("\n", @deps);
		$i++;
	}
	return \%late;
}

sub field
{
	my ($e, $field) = @_;
	return shown($field eq 'deps' ? $e->{names} : $e->{$field});
}

# Where two texts part, with the lines around it.
sub parting
{
	my ($theirs, $ours) = @_;
	my @t = split(/\n/, $theirs, -1);
	my @o = split(/\n/, $ours, -1);
	my $i = 0;
	$i++ while $i < @t && $i < @o && $t[$i] eq $o[$i];
	my $j = 0;
	$j++ while $j < @t - $i && $j < @o - $i && $t[ -1 - $j ] eq $o[ -1 - $j ];
	my $from = $i > 2 ? $i - 2 : 0;
	return join('',
		(map { "      $t[$_]\n" } $from .. $i - 1),
		(map { "    - $t[$_]\n" } $i .. $#t - $j),
		(map { "    + $o[$_]\n" } $i .. $#o - $j));
}

sub pair_differences
{
	my ($theirs, $ours) = @_;
	my @texts;
	foreach my $f (@fields)
	{
		my ($t, $o) = (field($theirs, $f), field($ours, $f));
		push @texts, "  $f\n" . parting($t, $o) if $t ne $o;
	}
	return title($theirs) . "\n" . join('', @texts);
}

# What is different in two tables of contents of the same selection: texts, for
# people ("-" is pg_dump's, "+" ours); moved, the number of entries that stand
# elsewhere.  Entries are matched by kind, schema, name and owner.
sub toc_differences
{
	my ($ours, $theirs) = @_;
	my @texts;
	foreach my $f (@head)
	{
		push @texts, "$f of the archive\n    - " . shown($theirs->{$f}) . "\n    + " . shown($ours->{$f}) . "\n"
		  if shown($ours->{$f}) ne shown($theirs->{$f});
	}
	my $late = prepare($ours);
	my $late_there = prepare($theirs);
	push @texts, map { "$_\n" } grep { !$late_there->{$_} } sort keys %$late;

	my (%left, $moved);
	my ($o, $t) = ($ours->{entries}, $theirs->{entries});
	foreach my $i (0 .. ($#$o > $#$t ? $#$o : $#$t))
	{
		my ($key_o, $key_t) = map { defined $_ ? $_->{key} : '' } ($o->[$i], $t->[$i]);
		$moved++ if $key_o ne $key_t;
		next if $key_o eq $key_t && $o->[$i]{same} eq $t->[$i]{same};
		push @{ $left{$key_o}[0] }, $o->[$i] if $key_o ne '';
		push @{ $left{$key_t}[1] }, $t->[$i] if $key_t ne '';
	}
	foreach my $key (sort keys %left)
	{
		my ($mine, $its) = map { $_ // [] } @{ $left{$key} }[ 0, 1 ];
		# several may have one key: first those that are equal
		my %same;
		push @{ $same{ $_->{same} } }, $_ foreach @$its;
		my @mine = grep { my $s = $same{ $_->{same} }; !($s && shift @$s) } @$mine;
		my @its = map { @{ $same{$_} } } sort keys %same;
		@mine = sort { $a->{same} cmp $b->{same} } @mine;
		while (@mine && @its)
		{
			push @texts, pair_differences(shift @its, shift @mine);
		}
		push @texts, map { "missing: " . title($_) . "\n" . parting(shown($_->{defn}), '') } @its;
		push @texts, map { "too much: " . title($_) . "\n" . parting('', shown($_->{defn})) } @mine;
	}
	return { texts => \@texts, moved => $moved // 0, entries => scalar(@$t) };
}

1;
