
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::RandomSchema::Tables - tables of each form, and sequences

=head1 DESCRIPTION

A table is a hash: sql, its quoted name; kind, as relkind; cols, each with name,
sql (the quoted name), type, and not_null, generated, virtual; pk, the columns
of its primary key.

=cut

package BackupPool::RandomSchema::Tables;

use strict;
use warnings;

use BackupPool::RandomSchema::Lot;
use BackupPool::RandomSchema::Types;
use Exporter 'import';

our @EXPORT = qw(make_tables make_sequences fill stored);

my %pressed = map { $_ => 1 } qw(text bytea json jsonb);

# Columns that may stand in a key or an index
sub stored
{
	my ($t) = @_;
	return grep { !$_->{virtual} && !$_->{system} } @{ $t->{cols} };
}

sub column_name
{
	my ($taken) = @_;
	my $name = chance(22) ? odd_name() : draw(qw(id a b c d name at v data n state kind total));
	$name .= lot(10) while $taken->{$name};
	$taken->{$name} = 1;
	return $name;
}

sub sequence_options
{
	my ($type) = @_;
	return draw('', '', 'START 10', 'INCREMENT 2', 'INCREMENT BY -1', 'MINVALUE -5 START -5', 'MAXVALUE 100 CYCLE', 'CACHE 10',
		'INCREMENT BY -3 MINVALUE -1000 MAXVALUE 500 START WITH 100 CACHE 5 CYCLE', 'MINVALUE 0 START 0', 'MAXVALUE 32767',
		$type eq 'bigint' ? ('START 9223372036854775800', 'INCREMENT BY -1 MINVALUE -9223372036854775808 START -7') : ());
}

# Column $c as CREATE TABLE says it; %may: identity, serial, generated
sub column_definition
{
	my ($s, $t, $c, %may) = @_;
	my $type = $c->{type};
	my $sql = "$c->{sql} ";
	my $kind = lot(100);
	if ($may{serial} && $kind < 7)
	{
		my ($serial, $int) = @{ draw([ 'serial', 'integer' ], [ 'serial', 'integer' ], [ 'bigserial', 'bigint' ], [ 'smallserial', 'smallint' ]) };
		$c->{type} = { sql => $int, kind => 'int' };
		$c->{not_null} = 1;
		return $sql . $serial;
	}
	$sql .= $type->{sql};
	$sql .= draw(' COMPRESSION pglz', ' COMPRESSION lz4') if $pressed{ $type->{kind} } && $may{compression} && chance(10);
	$sql .= ' COLLATE ' . draw('"C"', '"POSIX"', 'pg_catalog."default"', 'public."rnd Coll"') if collatable($type) && chance(20);
	if ($may{identity} && $type->{kind} eq 'int' && $kind < 30 && !$t->{identity})
	{
		my @options = grep { $_ ne '' } (chance(25) ? 'SEQUENCE NAME ' . $s->name('id_seq') : ''), sequence_options($type->{sql});
		$t->{identity} = 1;
		$c->{not_null} = $c->{is_identity} = 1;
		return "$sql GENERATED " . draw('ALWAYS', 'BY DEFAULT') . ' AS IDENTITY' . (@options ? " (@options)" : '');
	}
	my $from = draw(grep { !$_->{generated} } @{ $t->{cols} });
	if ($may{generated} && $from && $kind > 92)
	{
		my ($expression, $result) = expression($from->{sql}, $from->{type});
		$c->{type} = $result;
		$c->{generated} = 1;
		$c->{virtual} = $s->{version} >= 18 && chance(50) && !$may{no_virtual};
		return "$c->{sql} $result->{sql} GENERATED ALWAYS AS ($expression) " . ($c->{virtual} ? 'VIRTUAL' : 'STORED');
	}
	if ($kind > 50)
	{
		my $f = draw(grep { $_->{result} eq $type->{kind} && $type->{kind} eq 'int' } @{ $s->{functions} });
		my $seq = draw(@{ $s->{sequences} });
		$sql .= ' DEFAULT ' . ($f && chance(30) ? $f->{call}->('2')
			: $seq && $type->{kind} eq 'int' && chance(20) ? 'nextval(' . l($seq) . draw('', '::regclass') . ')' : value($type));
		$c->{has_default} = 1;
	}
	if (chance(18))
	{
		$c->{not_null} = 1;
		$sql .= ($s->{version} >= 18 && chance(30) ? ' CONSTRAINT ' . ident($s->rawname('nn')) : '') . ' NOT NULL'
		  . ($s->{version} >= 18 && !$may{partitioned} && chance(10) ? ' NO INHERIT' : '');
	}
	$sql .= (chance(40) ? ' CONSTRAINT ' . ident($s->rawname('chk')) : '') . ' CHECK (' . condition($c->{sql}, $type) . ')' if chance(7) && !$may{partitioned};
	return $sql;
}

sub columns
{
	my ($s, $t, $n, %may) = @_;
	my (@definitions, %taken);
	%taken = map { $_->{name} => 1 } @{ $t->{cols} };
	foreach (1 .. $n)
	{
		my $name = column_name(\%taken);
		my $c = { name => $name, sql => ident($name), type => any_type($s) };
		push @definitions, column_definition($s, $t, $c, %may);
		push @{ $t->{cols} }, $c;
	}
	return @definitions;
}

# What stands behind the columns
sub storage
{
	my ($s, %may) = @_;
	my $sql = '';
	$sql .= ' USING ' . draw('rnd_heap', 'heap') if chance(6) && !$may{no_method};
	$sql .= ' WITH (' . join(', ', some(3, 'fillfactor = 70', 'autovacuum_enabled = false', 'toast.autovacuum_enabled = off', 'parallel_workers = 3',
		'autovacuum_vacuum_scale_factor = 0.25', 'toast_tuple_target = 256', 'user_catalog_table = true', 'toast.vacuum_truncate = false')) . ')'
	  if chance(12) && !$may{no_options};
	$sql .= ' TABLESPACE rnd_space' if chance(6);
	return $sql;
}

sub new_table
{
	my ($s, $kind, $where) = @_;
	my $t = { sql => ($where // $s)->name('t'), kind => $kind, cols => [], schema => $where // $s };
	return $t;
}

sub keep
{
	my ($s, $t) = @_;
	push @{ $s->{tables} }, $t;
	$s->object($t->{kind} eq 'f' ? 'FOREIGN TABLE' : 'TABLE', $t->{sql}, cols => [ map { $_->{sql} } @{ $t->{cols} } ]);
	return $t;
}

sub plain
{
	my ($s) = @_;
	my $t = new_table($s, 'r');
	my @d = columns($s, $t, chance(5) ? 0 : 1 + lot(8), serial => 1, identity => 1, generated => 1, compression => 1);
	my $sql = storage($s);
	$s->emit('CREATE ' . (chance(7) ? 'UNLOGGED ' : '') . "TABLE $t->{sql} (\n\t" . join(",\n\t", @d) . "\n)$sql");
	return keep($s, $t);
}

sub foreign
{
	my ($s) = @_;
	my $t = new_table($s, 'f');
	my @d = columns($s, $t, 1 + lot(4), no_virtual => 1);
	$s->emit("CREATE FOREIGN TABLE $t->{sql} (" . join(', ', @d) . ') SERVER ' . draw('rnd_server', '"rnd ""Odd"" server"')
		  . (chance(50) ? ' OPTIONS (a ' . l(some_text()) . ', "b c" ' . l(odd_name()) . ')' : ''));
	foreach my $c (@{ $t->{cols} })
	{
		$s->emit("ALTER FOREIGN TABLE $t->{sql} ALTER COLUMN $c->{sql} OPTIONS (ADD column_name " . l(odd_name()) . ')') if chance(25);
	}
	return keep($s, $t);
}

sub typed
{
	my ($s) = @_;
	my $type = draw(grep { $_->{kind} eq 'composite' && !$_->{row} && @{ $_->{cols} } } @{ $s->{types} }) or return plain($s);
	my $t = new_table($s, 'r');
	$t->{cols} = [ map { { name => $_->{name}, sql => ident($_->{name}), type => $_->{type}, system => 0 } } @{ $type->{cols} } ];
	$t->{typed} = 1;
	my @parts;
	foreach my $c (@{ $t->{cols} })
	{
		next unless chance(50);
		$c->{not_null} = chance(30);
		push @parts, "$c->{sql} " . draw('WITH OPTIONS ', '') . 'DEFAULT ' . value($c->{type}) . ($c->{not_null} ? ' NOT NULL' : '');
	}
	push @parts, 'CHECK (' . condition($t->{cols}[0]{sql}, $t->{cols}[0]{type}) . ')' if chance(30);
	$s->emit("CREATE TABLE $t->{sql} OF $type->{sql}" . (@parts ? ' (' . join(', ', @parts) . ')' : '') . storage($s));
	return keep($s, $t);
}

# Columns of parents are shared objects: what is known of them stays known.
sub inherited
{
	my ($s) = @_;
	my $ok = sub { $_[0]{kind} eq 'r' && !$_[0]{partition} && !$_[0]{typed} && !$_[0]{circle} };
	my @parents = some(2, grep { $ok->($_) } @{ $s->{tables} });
	my $earlier = draw(@{ $s->{earlier} });
	my $far = $earlier && draw(grep { $ok->($_) } @{ $earlier->{tables} });
	push @parents, $far if $far && (!@parents || chance(12));
	return plain($s) unless @parents;
	my $t = new_table($s, 'r');
	my %seen;
	foreach my $p (@parents)
	{
		foreach my $c (@{ $p->{cols} })
		{
			my $known = $seen{ $c->{name} };
			return plain($s) if $known && ($known->{type}{sql} ne $c->{type}{sql} || $known->{generated} || $c->{generated} || collatable($c->{type}));
			next if $known;
			$seen{ $c->{name} } = $c;
			push @{ $t->{cols} }, {%$c};
		}
	}
	my @local;
	foreach my $c (@{ $t->{cols} })
	{
		next if $c->{generated} || $c->{is_identity} || collatable($c->{type}) || !chance(25);
		push @local, "$c->{sql} $c->{type}{sql}" . (chance(60) ? ' DEFAULT ' . value($c->{type}) : '') . (chance(20) ? ' NOT NULL' : '');
	}
	push @local, columns($s, $t, lot(4), identity => 1);
	push @local, 'CONSTRAINT ' . ident($s->rawname('own')) . ' CHECK (' . condition($t->{cols}[0]{sql}, $t->{cols}[0]{type}) . ')' if @{ $t->{cols} } && chance(20);
	$s->emit("CREATE TABLE $t->{sql} (" . join(', ', @local) . ') INHERITS (' . join(', ', map { $_->{sql} } @parents) . ')' . storage($s));
	my ($c) = @{ $t->{cols} };
	if ($c && !$c->{generated})
	{
		$s->emit("ALTER TABLE $t->{sql} ALTER COLUMN $c->{sql} SET DEFAULT " . value($c->{type})) if chance(20) && !$c->{is_identity};
		$s->emit("ALTER TABLE $t->{sql} ALTER COLUMN $c->{sql} DROP DEFAULT") if chance(10) && !$c->{is_identity};
	}
	# what comes to a parent later comes to the child, too
	$s->emit("ALTER TABLE $parents[0]{sql} ADD CONSTRAINT " . ident($s->rawname('late')) . ' CHECK (' . condition($c->{sql}, $c->{type}) . ')' . (chance(30) ? ' NO INHERIT' : ''))
	  if $c && chance(20);
	my $back = chance(40);
	if (chance(15))
	{
		$s->emit("ALTER TABLE $t->{sql} NO INHERIT $parents[0]{sql}");
		$s->emit("ALTER TABLE $t->{sql} INHERIT $parents[0]{sql}") if $back;
	}
	return keep($s, $t);
}

# -- partitions

my @keys = (
	[ 'integer', 'int', [ 10, 20, 30, 40 ] ], [ 'bigint', 'int', [ -5, 0, 5000000000, 6000000000 ] ], [ 'date', 'date', [ "'2020-01-01'", "'2021-01-01'", "'2022-06-01'", "'2023-01-01'" ] ],
	[ 'text', 'text', [ "'a'", "'b''c'", "E'm\\\\\\n'", "'zz'" ] ], [ 'timestamp', 'ts', [ "'2020-01-01'", "'2021-01-01'", "'2022-06-01 12:00'", "'infinity'" ] ],
	[ 'numeric(6,2)', 'num', [ 1, 2.5, 3, 400 ] ], [ 'timestamptz', 'tstz', [ "'2020-01-01'", "'2021-01-01'", "'2022-06-01 12:00+02'", "'2023-01-01'" ] ]);

sub bounds
{
	my ($strategy, $key, $second) = @_;
	my @v = @{ $key->[2] };
	if ($strategy eq 'hash')
	{
		my $n = 1 + lot(3);
		return map { "FOR VALUES WITH (MODULUS $n, REMAINDER $_)" } some($n, 0 .. $n - 1);
	}
	my @bounds;
	if ($strategy eq 'list')
	{
		@bounds = ("FOR VALUES IN ($v[0])", "FOR VALUES IN ($v[1], $v[2])", "FOR VALUES IN ($v[3], NULL)", 'DEFAULT');
		return some(4, @bounds);
	}
	my ($low, $high) = ('MINVALUE', 'MAXVALUE');
	my $pair = sub { "FOR VALUES FROM ($_[0]" . ($second ? ', MINVALUE' : '') . ") TO ($_[1]" . ($second ? ', MINVALUE' : '') . ')' };
	@bounds = ($pair->($v[0], $v[1]), $pair->($v[1], $v[2]), $pair->($v[2], $v[3]));
	push @bounds, chance(50) ? 'DEFAULT' : $second ? "FOR VALUES FROM ($v[3], MINVALUE) TO (MAXVALUE, MAXVALUE)" : $pair->($v[3], 'MAXVALUE');
	return some(4, @bounds);
}

# PARTITION BY, for a key of the given sort in column $c; sets $t->{strategy}
sub partition_by
{
	my ($t, $c, $key, $second) = @_;
	my $strategy = $t->{strategy} = $second ? 'range' : draw(qw(range range list hash));
	my $sql = $c->{sql};
	$t->{key_columns} = [ $c, $second ? $second : () ];
	if (!$second && chance(12) && $key->[1] eq 'int')
	{
		$sql = "($sql + 0)";
		$t->{expression_key} = 1;
	}
	elsif ($key->[1] eq 'text')
	{
		$sql .= draw('', '', ' COLLATE "C"', ' text_pattern_ops') if $strategy ne 'hash';
	}
	return ' PARTITION BY ' . uc($strategy) . " ($sql" . ($second ? ", $second->{sql}" : '') . ')';
}

sub partition
{
	my ($s, $root, $bound, $key, $depth) = @_;
	my $earlier = draw(@{ $s->{earlier} });
	my $t = new_table($s, 'r', $earlier && chance(8) ? $earlier : $s);
	$t->{cols} = [ map { {%$_} } @{ $root->{cols} } ];
	$t->{partition} = 1;
	my @plain = grep { !$_->{generated} && !$_->{is_identity} } @{ $t->{cols} };
	my $odd = grep { $_->{generated} || $_->{is_identity} } @{ $t->{cols} };
	my ($c) = draw(@plain);
	if (chance(8) && !$depth)
	{
		$t->{kind} = 'f';
		$s->emit("CREATE FOREIGN TABLE $t->{sql} PARTITION OF $root->{sql} $bound SERVER rnd_server");
	}
	elsif ($depth < 2 && chance($depth ? 15 : 25))
	{
		$t->{kind} = 'p';
		my $by = partition_by($t, (grep { $_->{name} eq $root->{key_columns}[0]{name} } @{ $t->{cols} })[0], $key);
		$s->emit("CREATE TABLE $t->{sql} PARTITION OF $root->{sql} $bound$by" . (chance(8) ? ' TABLESPACE rnd_space' : ''));
		partitions($s, $t, $key, undef, $depth + 1);
	}
	elsif (chance(35) && !$odd)
	{
		# made alone, attached later: another order, a dropped column
		my @d = map { "$_->{sql} $_->{type}{sql}" . ($_->{collate} // '') . ($_->{not_null} ? ' NOT NULL' : '') . (chance(20) ? ' DEFAULT ' . value($_->{type}) : '') }
		  mixed(@{ $t->{cols} });
		my $gone = chance(40);
		splice(@d, lot(scalar(@d)), 0, 'gone_column int') if $gone;
		$s->emit("CREATE TABLE $t->{sql} (" . join(', ', @d) . ')' . storage($s));
		$s->emit("ALTER TABLE $t->{sql} DROP COLUMN gone_column") if $gone;
		$s->emit("ALTER TABLE $root->{sql} ATTACH PARTITION $t->{sql} $bound");
		$s->emit("ALTER TABLE $root->{sql} DETACH PARTITION $t->{sql}") if chance(6);
	}
	else
	{
		my @own;
		push @own, "$c->{sql} " . ($c->{type}{kind} eq 'text' ? 'WITH OPTIONS ' : '') . 'DEFAULT ' . value($c->{type}) if $c && chance(25);
		push @own, 'CONSTRAINT ' . ident($s->rawname('leaf')) . ' CHECK (' . condition($c->{sql}, $c->{type}) . ')' if $c && chance(20);
		$s->emit('CREATE ' . (chance(6) ? 'UNLOGGED ' : '') . "TABLE $t->{sql} PARTITION OF $root->{sql}" . (@own ? ' (' . join(', ', @own) . ')' : '') . " $bound" . storage($s));
	}
	push @{ $root->{children} }, $t;
	return keep($s, $t);
}

sub partitions
{
	my ($s, $root, $key, $second, $depth) = @_;
	partition($s, $root, $_, $key, $depth) foreach bounds($root->{strategy}, $key, $second);
	return;
}

sub partitioned
{
	my ($s) = @_;
	my $t = new_table($s, 'p');
	my $key = draw(@keys);
	my $name = chance(25) ? odd_name() : 'k';
	my $c = { name => $name, sql => ident($name), type => { sql => $key->[0], kind => $key->[1] }, not_null => chance(30) };
	push @{ $t->{cols} }, $c;
	my @d = ("$c->{sql} $key->[0]" . ($c->{not_null} ? ' NOT NULL' : ''));
	my $second;
	if (chance(20))
	{
		$second = { name => 'second key', sql => '"second key"', type => { sql => 'bigint', kind => 'int' } };
		push @{ $t->{cols} }, $second;
		push @d, '"second key" bigint';
	}
	push @d, columns($s, $t, lot(5), partitioned => 1, generated => 1, no_virtual => 1, $s->{version} >= 17 ? (identity => 1) : ());
	# what is attached has to have the same collations: leave them to the definition
	foreach my $i (0 .. $#d)
	{
		$t->{cols}[$i]{collate} = $1 if $d[$i] =~ /( COLLATE (?:pg_catalog\.|public\.)?"[\w ]+")/ && collatable($t->{cols}[$i]{type});
	}
	my $by = partition_by($t, $c, $key, $second);
	$s->emit("CREATE TABLE $t->{sql} (" . join(', ', @d) . ")$by" . ($s->{version} >= 17 && chance(8) ? ' USING rnd_heap' : '') . (chance(6) ? ' TABLESPACE rnd_space' : ''));
	partitions($s, $t, $key, $second, 0) unless chance(8);
	return keep($s, $t);
}

# -- what is done to a table after it was made

sub change
{
	my ($s, $t) = @_;
	my $alter = "ALTER TABLE $t->{sql} ";
	my @free = grep { !$_->{generated} && !$_->{is_identity} } @{ $t->{cols} };
	if (chance(15) && !$t->{typed} && !$t->{partition})
	{
		$s->emit("${alter}ADD COLUMN \"to go\" int DEFAULT 5");
		columns_added($s, $t, $alter) if chance(50);
		$s->emit("${alter}DROP COLUMN \"to go\"");
	}
	foreach my $c (@{ $t->{cols} })
	{
		$s->emit("${alter}ALTER COLUMN $c->{sql} SET STATISTICS " . draw(0, 10, 500, 10000)) if chance(6);
		$s->emit("${alter}ALTER COLUMN $c->{sql} SET (" . join(', ', some(2, 'n_distinct = -0.5', 'n_distinct_inherited = 100')) . ')') if chance(4) && $t->{kind} ne 'p';
		$s->emit("${alter}ALTER COLUMN $c->{sql} SET STORAGE " . draw(qw(PLAIN MAIN EXTERNAL EXTENDED))) if chance(8) && $pressed{ $c->{type}{kind} };
		$s->emit("${alter}ALTER COLUMN $c->{sql} SET COMPRESSION " . draw(qw(pglz lz4 default))) if chance(5) && $pressed{ $c->{type}{kind} } && $t->{kind} ne 'f' && !$c->{virtual};
		$s->remark('COLUMN', "$t->{sql}.$c->{sql}") if chance(12);
	}
	my ($c) = draw(@free);
	$s->emit("${alter}ALTER COLUMN $c->{sql} SET DEFAULT " . value($c->{type})) if $c && chance(10);
	$s->emit("${alter}ALTER COLUMN $c->{sql} DROP DEFAULT") if $c && chance(5);
	if ($t->{kind} eq 'r' && $s->{version} >= 18 && $c && chance(10) && !$c->{not_null} && !$t->{partition})
	{
		my $name = ident($s->rawname('nn'));
		$s->emit("${alter}ADD CONSTRAINT $name NOT NULL $c->{sql}" . draw('', ' NO INHERIT', ' NOT VALID'));
		$s->remark('CONSTRAINT', "$name ON $t->{sql}") if chance(50);
	}
	$s->emit("${alter}REPLICA IDENTITY " . draw('FULL', 'NOTHING', 'DEFAULT')) if chance(6) && $t->{kind} ne 'f';
	return;
}

sub columns_added
{
	my ($s, $t, $alter) = @_;
	my ($d) = columns($s, $t, 1, serial => 1, no_virtual => 1);
	$s->emit("${alter}ADD COLUMN $d");
	return;
}

sub fill
{
	my ($s, $t) = @_;
	return if $t->{kind} eq 'f' || !chance(30);
	$s->emit("DO \$rnd\$ BEGIN INSERT INTO $t->{sql} DEFAULT VALUES; EXCEPTION WHEN OTHERS THEN NULL; END \$rnd\$");
	$s->emit("ANALYZE $t->{sql}") if chance(40);
	return;
}

sub make_tables
{
	my ($s) = @_;
	foreach (1 .. 1 + lot(7))
	{
		my $make = draw((\&plain) x 8, (\&inherited) x 3, (\&partitioned) x 3, \&typed, \&foreign);
		my $t = $make->($s);
		# the row type of a table is a type, too
		push @{ $s->{types} }, { sql => $t->{sql}, kind => 'composite', row => 1, cols => [ map { { name => $_->{name}, type => $_->{type} } } @{ $t->{cols} } ] }
		  if chance(10) && !$t->{partition};
	}
	change($s, $_) foreach @{ $s->{tables} };
	return;
}

sub make_sequences
{
	my ($s) = @_;
	foreach (1 .. lot(3))
	{
		my $name = $s->name('seq');
		my $type = draw('', '', 'smallint', 'integer', 'bigint');
		my $options = sequence_options($type eq '' ? 'bigint' : $type);
		$options = '' if $type eq 'smallint' && $options =~ /\d{6}/;
		$s->emit('CREATE ' . (chance(6) ? 'UNLOGGED ' : '') . "SEQUENCE $name" . ($type ? " AS $type" : '') . " $options");
		$s->emit('SELECT ' . draw("nextval(" . l($name) . ')', 'setval(' . l($name) . ', ' . draw(1, 7, 100) . draw('', ', false') . ')')) if chance(50);
		push @{ $s->{sequences} }, $name;
		$s->object('SEQUENCE', $name);
	}
	return;
}

1;
