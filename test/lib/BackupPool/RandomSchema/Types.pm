
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::RandomSchema::Types - types, values of types, and columns

=head1 DESCRIPTION

A type is a hash: sql, its name in SQL; kind, which says how it can be used; for a
domain also base, its base type; for an array also elem, its element type.

=cut

package BackupPool::RandomSchema::Types;

use strict;
use warnings;

use BackupPool::RandomSchema::Lot;
use Exporter 'import';

our @EXPORT = qw(any_type array_of value condition expression make_types sortable hashable collatable);

my @base = map { { sql => $_->[0], kind => $_->[1] } } (
	(map { [ 'integer', 'int' ] } 1 .. 8), (map { [ 'text', 'text' ] } 1 .. 8),
	[ 'smallint', 'int' ], [ 'bigint', 'int' ], [ 'bigint', 'int' ], [ 'numeric', 'num' ], [ 'numeric(10,3)', 'num' ],
	[ 'numeric(4,-2)', 'num' ], [ 'numeric(7)', 'num' ], [ 'real', 'float' ], [ 'double precision', 'float' ], [ 'boolean', 'bool' ],
	[ 'varchar(20)', 'text' ], [ 'varchar', 'text' ], [ 'character(3)', 'text' ], [ 'character(1)', 'text' ], [ 'bpchar', 'text' ],
	[ '"char"', 'char' ], [ 'name', 'name' ], [ 'date', 'date' ], [ 'time', 'time' ], [ 'time(2)', 'time' ], [ 'timetz', 'time' ],
	[ 'timetz(0)', 'time' ], [ 'timestamp', 'ts' ], [ 'timestamp(3)', 'ts' ], [ 'timestamptz', 'tstz' ], [ 'timestamptz', 'tstz' ],
	[ 'timestamptz(0)', 'tstz' ], [ 'interval', 'interval' ], [ 'interval(3)', 'interval' ], [ 'interval year to month', 'interval' ],
	[ 'interval day to second(2)', 'interval' ], [ 'bytea', 'bytea' ], [ 'uuid', 'uuid' ], [ 'json', 'json' ], [ 'jsonb', 'jsonb' ],
	[ 'jsonb', 'jsonb' ], [ 'xml', 'xml' ], [ 'inet', 'inet' ], [ 'cidr', 'inet' ], [ 'macaddr', 'mac' ], [ 'macaddr8', 'mac' ],
	[ 'bit(3)', 'bit' ], [ 'bit', 'bit1' ], [ 'varbit', 'bit' ], [ 'varbit(9)', 'bit' ], [ 'point', 'point' ], [ 'box', 'box' ],
	[ 'circle', 'circle' ], [ 'polygon', 'polygon' ], [ 'line', 'line' ], [ 'path', 'polygon' ], [ 'tsvector', 'tsvector' ],
	[ 'tsquery', 'tsquery' ], [ 'int4range', 'range' ], [ 'numrange', 'range' ], [ 'tsrange', 'range' ], [ 'daterange', 'range' ],
	[ 'int4multirange', 'multirange' ], [ 'money', 'money' ], [ 'oid', 'oid' ], [ 'regclass', 'reg' ], [ 'regtype', 'reg' ],
	[ 'pg_lsn', 'lsn' ], [ 'xid8', 'xid8' ], [ 'public.citext', 'text' ], [ 'information_schema.sql_identifier', 'name' ],
	[ 'information_schema.cardinal_number', 'int' ]);

my %values = (
	int => [ '0', '1', '-1', '42', '(1 + 2)', "length('abc')", "'7'", 'NULL', '+5', '1::smallint', 'abs(-3)', 'CASE WHEN true THEN 1 ELSE 2 END' ],
	num => [ '0', '1.50', '-2.25', 'NULL', '(1.5 * 2)', "'NaN'", '1e3', 'pi()::numeric' ],
	float => [ '0', '1.5', "'NaN'", "'-Infinity'", 'random()', 'NULL', '1e-10', '-0.5' ],
	bool => [ 'true', 'false', '(NOT true)', 'NULL', '(1 > 2)', "('a' IN ('b', 'c'))", '(1 IS DISTINCT FROM NULL)' ],
	text => [ "''", "'x'", "'it''s'", "E'a\\\\b\\n\\tc'", "'ünï'", "upper('abc')", 'CURRENT_USER', 'SESSION_USER', "('a' || 'b')", 'NULL', "md5('x')",
		"('x'::text COLLATE \"C\")", "COALESCE(NULL, 'y')", "E'new\\nline'", "'\$\$'", "current_setting('search_path')", "substring('abc' FROM 2 FOR 1)", "'null'" ],
	char => [ "'a'", "''", 'NULL' ],
	name => [ "'x'", 'CURRENT_USER', 'current_database()', 'NULL' ],
	date => [ "'2020-01-01'", 'CURRENT_DATE', "('now'::text)::date", "'infinity'", 'NULL', "(CURRENT_DATE + 1)" ],
	time => [ "'12:34:56'", 'NULL', 'LOCALTIME' ],
	ts => [ "'2020-01-01 00:00'", 'LOCALTIMESTAMP', "(now() AT TIME ZONE 'UTC')", "'-infinity'", 'LOCALTIMESTAMP(2)' ],
	tstz => [ 'now()', 'CURRENT_TIMESTAMP', "'2020-01-01 00:00+02'", 'clock_timestamp()', "(now() - '1 day'::interval)", 'CURRENT_TIMESTAMP(2)', 'NULL' ],
	interval => [ "'1 day'", "'1 mon 2 days 03:04:05'", "age('2020-01-01'::timestamp)", "'00:00:00'" ],
	bytea => [ "'\\x00ff'", "decode('00', 'hex')", "''" ],
	uuid => [ "'00000000-0000-0000-0000-000000000001'", 'gen_random_uuid()', 'NULL' ],
	json => [ q{'{"a": "it''s"}'}, "'[]'", 'NULL', "json_build_object('a', 1)" ],
	jsonb => [ q{'{"a": "it''s"}'}, "'[]'", "jsonb_build_object('a', 1)", "to_jsonb(1)", "'{}'" ],
	xml => [ "'<a/>'", 'NULL', 'XMLELEMENT(NAME "b c", XMLATTRIBUTES(1 AS a))' ],
	inet => [ "'10.0.0.0/8'", 'NULL' ],
	mac => ["'08:00:2b:01:02:03'"],
	bit => [ "B'101'", 'NULL' ],
	bit1 => ["B'1'"],
	point => [ "'(1,2)'", 'point(1, 2)' ],
	box => ["'(1,1),(0,0)'"],
	circle => ["'<(0,0),1>'"],
	polygon => ["'((0,0),(1,1))'"],
	line => ["'{1,2,3}'"],
	tsvector => [ "'a b'", "to_tsvector('public.rnd_ts', 'x')", "to_tsvector('simple', 'x y')" ],
	tsquery => ["'a & b'"],
	range => [ "'empty'", 'NULL' ],
	multirange => ["'{}'"],
	money => ["'1.00'"],
	oid => [ '0', '1259', "'pg_class'::regclass" ],
	reg => [ '0', 'NULL' ],
	lsn => ["'0/0'"],
	xid8 => ["'1'"]);

my %unsorted = map { $_ => 1 } qw(json xml point box circle polygon line char);
my %hashed = map { $_ => 1 } qw(int text date ts tstz uuid bool enum inet name jsonb);

sub sortable
{
	my ($t) = @_;
	return sortable($t->{base}) if $t->{base};
	return sortable($t->{elem}) if $t->{elem};
	return 0 if $t->{kind} eq 'composite';
	return !$unsorted{ $t->{kind} };
}

sub hashable
{
	my ($t) = @_;
	return hashable($t->{base}) if $t->{base};
	return $hashed{ $t->{kind} };
}

sub collatable
{
	my ($t) = @_;
	$t = $t->{elem} // $t->{base} // $t;
	return $t->{kind} eq 'text' || $t->{kind} eq 'name';
}

sub array_of
{
	my ($t) = @_;
	return { sql => $t->{sql} . draw('[]', '[]', '[][]', '[3]'), kind => 'array', elem => $t };
}

# Of the server's, of the schema's own, or of an earlier schema's
sub any_type
{
	my ($s) = @_;
	my $t = draw(@base);
	$t = draw(@{ $s->{types} }) if @{ $s->{types} } && chance(25);
	my $earlier = draw(@{ $s->{earlier} });
	$t = draw(@{ $earlier->{types} }) if $earlier && @{ $earlier->{types} } && chance(5);
	return !$t->{elem} && chance(8) ? array_of($t) : $t;
}

# An expression without columns that a column of this type takes as default
sub value
{
	my ($t) = @_;
	return value($t->{base}) if $t->{base};
	return draw("'{}'", 'NULL', "'{}'::$t->{elem}{sql}\[]", 'ARRAY[' . value($t->{elem}) . "]::$t->{elem}{sql}\[]") if $t->{elem};
	return draw(map { (l($_), l($_) . "::$t->{sql}") } @{ $t->{labels} }) // 'NULL' if $t->{kind} eq 'enum';
	return 'NULL' if $t->{row};
	return draw('NULL', 'ROW(' . join(', ', map { value($_->{type}) } @{ $t->{cols} }) . ")::$t->{sql}") if $t->{kind} eq 'composite';
	return draw(@{ $values{ $t->{kind} } });
}

# Something that is true or not of the column written as $c
sub condition
{
	my ($c, $t) = @_;
	$t = $t->{base} while $t->{base};
	my $kind = $t->{kind};
	return draw("($c > 0)", "$c <> ALL (ARRAY[1, 2])", "$c BETWEEN 1 AND 500", "($c % 2) = 0 OR $c IS NULL", "$c IN (1, 2, 3)", "NOT ($c = 3)", "$c OPERATOR(public.===) 4") if $kind eq 'int';
	return draw("$c <> ''", "length($c) < 1000", "$c ~ E'^x\\\\s'", "$c IN ('a', 'b''c')", "$c LIKE E'a\\\\_%'", "$c IS DISTINCT FROM 'x'", "upper($c) = $c", "$c > 'b' COLLATE \"C\"")
	  if $kind eq 'text';
	return draw($c, "NOT $c", "$c IS NOT TRUE") if $kind eq 'bool';
	return draw("$c > '2000-01-01'", "$c IS NOT NULL") if $kind =~ /^(date|ts)$/;
	return "$c <> 'NaN'" if $kind eq 'float';
	return draw("($c ->> 'a') IS NULL", "$c \@> '{\"a\": 1}'", "$c ? 'a'") if $kind eq 'jsonb';
	return "$c = " . l($t->{labels}[0]) if $kind eq 'enum' && @{ $t->{labels} };
	return draw("$c IS NULL", "$c IS NOT NULL");
}

# An immutable expression of the column written as $c, with its type
sub expression
{
	my ($c, $t) = @_;
	$t = $t->{base} while $t->{base};
	my $kind = $t->{kind};
	my $int = $t->{sql} eq 'bigint' ? 'bigint' : 'integer';
	my ($sql, $type) =
	    $kind eq 'int' ? (draw("($c + 1)", "($c % 10)", "(-$c)", "CASE WHEN $c > 0 THEN 1 ELSE 0 END"), $int)
	  : $kind eq 'text' ? (draw("lower($c)", "($c || 'x')", "replace($c, '\\', '''')", "(\"left\"($c, 3))"), 'text')
	  : $kind =~ /^(date|ts)$/ ? ("date_part('year', $c)", 'double precision')
	  : $kind eq 'float' ? ("($c * 2)", 'double precision')
	  : $kind eq 'num' ? ("round($c)", 'numeric')
	  : $kind eq 'jsonb' ? (draw("($c ->> 'a')", "($c #>> '{a,\"b c\"}')"), 'text')
	  : $kind eq 'bool' ? ("(NOT $c)", 'boolean')
	  : $kind eq 'array' ? ("cardinality($c)", 'integer')
	  : ("($c IS NULL)", 'boolean');
	return ($sql, { sql => $type, kind => { 'double precision' => 'float', text => 'text', numeric => 'num', boolean => 'bool' }->{$type} // 'int' });
}

# -- types of a schema's own

sub make_enum
{
	my ($s) = @_;
	my %seen;
	my @labels = grep { !$seen{$_}++ } map { chance(40) ? odd_name() : draw(qw(red green blue sad happy new gone)) } 1 .. lot(6);
	my $t = { sql => $s->name('enum'), kind => 'enum', labels => \@labels };
	$s->emit("CREATE TYPE $t->{sql} AS ENUM (" . join(', ', map { l($_) } @labels) . ')');
	if (@labels && chance(25))
	{
		$s->emit("ALTER TYPE $t->{sql} ADD VALUE 'added' " . draw('BEFORE ', 'AFTER ') . l(draw(@labels)));
		$s->emit("ALTER TYPE $t->{sql} ADD VALUE " . l("it's last")) if chance(30);
	}
	if (@labels && chance(10))
	{
		$s->emit("ALTER TYPE $t->{sql} RENAME VALUE " . l($labels[0]) . " TO 'renamed'");
		$labels[0] = 'renamed';
	}
	return [ $t, 'TYPE' ];
}

sub make_composite
{
	my ($s) = @_;
	my (@cols, %seen);
	foreach (1 .. lot(5))
	{
		my $name = chance(30) ? odd_name() : draw(qw(a b c d x y z));
		push @cols, { name => $name, type => any_type($s) } unless $seen{$name}++;
	}
	my $t = { sql => $s->name('comp'), kind => 'composite', cols => \@cols };
	$s->emit("CREATE TYPE $t->{sql} AS ("
		  . join(', ', map { ident($_->{name}) . " $_->{type}{sql}" . (collatable($_->{type}) && chance(25) ? ' COLLATE "C"' : '') } @cols) . ')');
	if (@cols && chance(25))
	{
		my $gone = shift @cols;
		$s->emit("ALTER TYPE $t->{sql} DROP ATTRIBUTE " . ident($gone->{name}) . draw('', ' CASCADE'));
		push @cols, { name => 'late', type => { sql => 'text', kind => 'text' } };
		$s->emit("ALTER TYPE $t->{sql} ADD ATTRIBUTE late text");
	}
	foreach my $c (@cols)
	{
		$s->remark('COLUMN', "$t->{sql}." . ident($c->{name})) if chance(25);
	}
	return [ $t, 'TYPE' ];
}

sub make_domain
{
	my ($s) = @_;
	my $base = any_type($s);
	my $t = { sql => $s->name('dom'), kind => 'domain', base => $base };
	my (@parts, @constraints);
	push @parts, 'COLLATE ' . draw('"C"', '"POSIX"') if collatable($base) && chance(30);
	push @parts, 'DEFAULT ' . value($base) if chance(40);
	push @parts, 'NOT NULL' if chance(15);
	foreach my $i (1 .. lot(3))
	{
		my $name = chance(60) ? (chance(30) ? odd_name() : 'dc') . $i : undef;
		push @parts, (defined $name ? 'CONSTRAINT ' . ident($name) . ' ' : '') . 'CHECK (' . condition('VALUE', $base) . ')';
		push @constraints, $name if defined $name;
	}
	$s->emit("CREATE DOMAIN $t->{sql} AS $base->{sql} " . join(' ', @parts));
	if (chance(15))
	{
		$s->emit("ALTER DOMAIN $t->{sql} ADD CONSTRAINT not_yet CHECK (" . condition('VALUE', $base) . ') NOT VALID');
		push @constraints, 'not_yet';
	}
	$s->remark('CONSTRAINT', ident($_) . " ON DOMAIN $t->{sql}") foreach grep { chance(30) } @constraints;
	return [ $t, 'DOMAIN' ];
}

sub make_range
{
	my ($s) = @_;
	my $t = { sql => $s->name('range'), kind => 'range' };
	my @parts = draw(
		['subtype = float8'], [ 'subtype = float8', 'subtype_diff = float8mi' ], [ 'subtype = text', 'collation = "C"' ], ['subtype = text'],
		['subtype = time'], [ 'subtype = text', 'subtype_opclass = text_pattern_ops' ], [ 'subtype = timestamptz' ], ['subtype = inet']);
	@parts = @{ $parts[0] };
	push @parts, 'multirange_type_name = ' . $s->name('multi') if chance(40);
	$s->emit("CREATE TYPE $t->{sql} AS RANGE (" . join(', ', @parts) . ')');
	return [ $t, 'TYPE' ];
}

sub make_shell
{
	my ($s) = @_;
	$s->emit('CREATE TYPE ' . $s->name('shell'));
	return;
}

sub make_types
{
	my ($s) = @_;
	foreach (1 .. lot(5))
	{
		my $made = draw(\&make_enum, \&make_enum, \&make_composite, \&make_composite, \&make_domain, \&make_domain, \&make_range, chance(2) ? \&make_shell : \&make_enum)->($s)
		  or next;
		my ($t, $what) = @$made;
		push @{ $s->{types} }, $t;
		$s->object($what, $t->{sql});
	}
	return;
}

1;
