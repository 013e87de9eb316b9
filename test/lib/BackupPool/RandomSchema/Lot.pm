
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::RandomSchema::Lot - random numbers, names and texts

=head1 DESCRIPTION

This is a random number generator of its own, so that a seed gives the same
schemas with every version of perl, even if other code calls rand().

=cut

package BackupPool::RandomSchema::Lot;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(seed_lot lot chance draw some mixed ident l odd_name some_text);

my $state = 1;

sub seed_lot
{
	my ($seed) = @_;
	$state = ($seed * 2654435761 + 88172645) & 0xffffffff;
	$state ||= 1;
	lot(2) foreach 1 .. 20;
	return;
}

# A number from 0 to $n - 1
sub lot
{
	my ($n) = @_;
	$state ^= ($state << 13) & 0xffffffff;
	$state ^= $state >> 17;
	$state ^= ($state << 5) & 0xffffffff;
	return ($state >> 3) % $n;
}

# In so many of a hundred cases
sub chance
{
	my ($percent) = @_;
	return lot(1000) < $percent * 10;
}

sub draw
{
	my (@from) = @_;
	return @from ? $from[ lot(scalar(@from)) ] : undef;
}

sub mixed
{
	my (@list) = @_;
	foreach my $i (reverse 1 .. $#list)
	{
		my $j = lot($i + 1);
		@list[ $i, $j ] = @list[ $j, $i ];
	}
	return @list;
}

# At least one, at most $most of them, in any order
sub some
{
	my ($most, @from) = @_;
	return () unless @from;
	my $n = 1 + lot($most < @from ? $most : scalar(@from));
	return (mixed(@from))[ 0 .. $n - 1 ];
}

sub ident
{
	return join('.', map { '"' . s/"/""/gr . '"' } @_);
}

sub l
{
	my ($text) = @_;
	my $quoted = "'" . $text =~ s/'/''/gr . "'";
	return $text =~ /\\/ ? 'E' . $quoted =~ s/\\/\\\\/gr : $quoted;
}

my @odd = (
	'select', 'user', 'order', 'default', 'values', 'between', 'left', 'end', 'table', 'public', 'new', 'old',
	'Table', 'UPPER', 'camelCase', 'My "one"', '"', "it's", "a''b", 'back\\slash', '\\.', "new\nline", "tab\tx",
	"cr\rlf\n", 'ünïcödé', 'é', '日本語', 'таблица 😀', '$1', '$$', 'a$b', '%s %d', '%', '-- x', '/* y */', 'a.b', 'x,y',
	'(p)', ' lead', 'trail ', ' ', '1a', '42', 'a-b', 'x;y', '{}', '{a,b}', '*', '?', '[a]', 'a|b', '_', ':x', '@', '#x', '~', '`id`',
	'x' x 55, 'é' x 27, 'pg_x', 'nan');

sub odd_name
{
	return draw(@odd);
}

sub some_text
{
	return draw(
		'a comment', "it's", "two\nlines", "\nstarts with a newline", 'back\\slash \\n', '"double"', "tab\there", 'ünïcödé 日本語 😀',
		'$$ $1 $body$', '-- no comment', '/* nor this */', '\\.', '; DROP TABLE x;', ' ', 'x' x 300, "''", "'", "\r\n", '%s %n', "line\n\n\\connect x\n");
}

1;
