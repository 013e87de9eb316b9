
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::Toc - reads toc.dat, for comparisons of archives

=head1 SYNOPSIS

  use BackupPool::Toc;

  my $toc = read_toc("$dir/toc.dat");
  is_deeply(comparable($ours), comparable($theirs), 'the same entries');

=cut

package BackupPool::Toc;

use strict;
use warnings;

use Carp;
use Exporter 'import';

our @EXPORT = qw(read_toc comparable);

# A hash: vmin, dbname, server, dump, isdst, entries => [ {...}, ... ].
sub read_toc
{
	my ($file) = @_;
	open(my $fh, '<:raw', $file) or croak "$file: $!";
	my $bytes = do { local $/; <$fh> };
	close($fh);
	my $at = 0;
	my $take = sub {
		my ($n) = @_;
		croak "$file ends at $at" if $at + $n > length($bytes);
		$at += $n;
		return substr($bytes, $at - $n, $n);
	};
	croak "$file is no table of contents" if $take->(5) ne 'PGDMP';
	my ($vmaj, $vmin, $vrev, $isize, $osize, $format) =
	  unpack('C6', $take->(6));
	my $int = sub {
		my ($sign, @b) = unpack('C*', $take->(1 + $isize));
		my $v = 0;
		$v = $v * 256 + $_ foreach reverse @b;
		return $sign ? -$v : $v;
	};
	my $str = sub {
		my $n = $int->();
		return $n < 0 ? undef : $take->($n);
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
		$e{file} = $str->();
		push @{ $toc{entries} }, \%e;
	}
	croak "$file goes on after its end" if $at != length($bytes);
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

1;
