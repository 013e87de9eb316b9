#!/usr/bin/perl
#
# test/fuzz/server.pl SERVER LIBRARY
#	Makes LIBRARY, a shared library, from the server program SERVER.
#
# The server is a position-independent program that exports all its functions,
# so that libraries like ours can call them.  Two things prevent a linker from
# using it as a library: a flag that says that it is a program, and versions on
# the variables of other libraries that it has copies of.  This script removes
# both; code that calls functions of the server needs neither.
#
# Copyright (c) 2026, backup_pool contributors

use strict;
use warnings;

# Of elf.h
use constant {
	DT_NULL => 0, DT_FLAGS_1 => 0x6ffffffb, DF_1_PIE => 0x08000000,
	SHT_DYNAMIC => 6, SHT_DYNSYM => 11, SHT_VERSYM => 0x6fffffff,
	VER_NDX_GLOBAL => 1
};

my ($server, $library) = @ARGV;
open(my $in, '<:raw', $server) or die "$server: $!\n";
my $elf = do { local $/; <$in> };
die "$server is no program of 64 bits, little-endian\n" if substr($elf, 0, 6) ne "\x7fELF\2\1";

# offset and length of each kind of section
my %section;
my $sections = unpack('Q<', substr($elf, 40, 8));
my ($size, $n) = unpack('S<2', substr($elf, 58, 4));
foreach my $i (0 .. $n - 1)
{
	my (undef, $type, undef, undef, $offset, $len) = unpack('L<2Q<4', substr($elf, $sections + $i * $size, $size));
	$section{$type} = [ $offset, $len ];
}

my ($offset, $len) = @{ $section{ +SHT_DYNAMIC } };
for (my $at = $offset; $at < $offset + $len; $at += 16)
{
	my ($tag, $value) = unpack('Q<2', substr($elf, $at, 16));
	last if $tag == DT_NULL;
	substr($elf, $at + 8, 8) = pack('Q<', $value & ~DF_1_PIE) if $tag == DT_FLAGS_1;
}

# symbols that are defined here need no version
my $versions = $section{ +SHT_VERSYM }->[0];
($offset, $len) = @{ $section{ +SHT_DYNSYM } };
foreach my $i (0 .. $len / 24 - 1)
{
	my $at = $versions + 2 * $i;
	my $defined = unpack('S<', substr($elf, $offset + 24 * $i + 6, 2)) != 0;
	substr($elf, $at, 2) = pack('S<', VER_NDX_GLOBAL)
	  if $defined && (unpack('S<', substr($elf, $at, 2)) & 0x7fff) > VER_NDX_GLOBAL;
}

open(my $out, '>:raw', $library) or die "$library: $!\n";
print $out $elf;
close($out) or die "$library: $!\n";
