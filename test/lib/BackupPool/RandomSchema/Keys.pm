
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::RandomSchema::Keys - constraints, indexes and statistics of tables

=cut

package BackupPool::RandomSchema::Keys;

use strict;
use warnings;

use BackupPool::RandomSchema::Lot;
use BackupPool::RandomSchema::Tables;
use BackupPool::RandomSchema::Types;
use Exporter 'import';

our @EXPORT = qw(make_keys make_foreign_keys);

sub named
{
	my ($s, $t, $stem) = @_;
	return ('', undef) if chance(35);
	my $name = ident($s->rawname($stem));
	return ("CONSTRAINT $name ", $name);
}

sub remarked
{
	my ($s, $t, $name) = @_;
	$s->remark('CONSTRAINT', "$name ON $t->{sql}") if defined $name && chance(25);
	return;
}

sub sortable_columns
{
	my ($t) = @_;
	return grep { sortable($_->{type}) } stored($t);
}

sub deferred
{
	return draw('', '', '', ' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED');
}

sub with_parameters
{
	return (chance(12) ? ' WITH (fillfactor = 80)' : '') . (chance(6) ? ' USING INDEX TABLESPACE rnd_space' : '');
}

sub key_columns
{
	my ($t) = @_;
	return () if $t->{expression_key};
	my @sortable = sortable_columns($t);
	return some(2, @sortable) if $t->{kind} ne 'p';
	my @key = @{ $t->{key_columns} // [] };
	my %in = map { $_->{name} => 1 } @key;
	return mixed(@key, chance(30) ? some(1, grep { !$in{ $_->{name} } } @sortable) : ());
}

# Foreign partitions can't have what is unique
sub foreign_below
{
	my ($t) = @_;
	return grep { $_->{kind} eq 'f' || foreign_below($_) } @{ $t->{children} // [] };
}

sub primary_key
{
	my ($s, $t) = @_;
	return if $t->{pk} || foreign_below($t) || ($t->{partition} && chance(90));
	my @cols = key_columns($t) or return;
	my ($say, $name) = named($s, $t, 'pk');
	my $rest = chance(10) ? ' INCLUDE (' . draw(map { $_->{sql} } stored($t)) . ')' : '';
	my $deferred = $t->{kind} eq 'p' ? '' : deferred();
	$s->emit("ALTER TABLE $t->{sql} ADD ${say}PRIMARY KEY (" . join(', ', map { $_->{sql} } @cols) . ")$rest" . with_parameters() . $deferred);
	$t->{pk} = \@cols;
	$t->{referable} = $deferred eq '';
	$_->{not_null} = 1 foreach @cols;
	remarked($s, $t, $name);
	$s->emit("ALTER TABLE $t->{sql} CLUSTER ON $name") if defined $name && chance(15) && $t->{kind} eq 'r';
	return;
}

sub unique_key
{
	my ($s, $t) = @_;
	my @cols = key_columns($t);
	return if !@cols || foreign_below($t);
	my ($say, $name) = named($s, $t, 'un');
	my $list = join(', ', map { $_->{sql} } @cols);
	if (defined $name && chance(20) && $t->{kind} eq 'r')
	{
		$s->emit("CREATE UNIQUE INDEX $name ON $t->{sql} ($list)");
		$s->emit("ALTER TABLE $t->{sql} ADD ${say}UNIQUE USING INDEX $name" . deferred());
	}
	else
	{
		$s->emit("ALTER TABLE $t->{sql} ADD ${say}UNIQUE" . draw('', '', ' NULLS NOT DISTINCT') . " ($list)" . with_parameters() . ($t->{kind} eq 'p' ? '' : deferred()));
	}
	remarked($s, $t, $name);
	return;
}

sub check
{
	my ($s, $t) = @_;
	my $c = draw(@{ $t->{cols} }) or return;
	my ($say, $name) = named($s, $t, 'ck');
	my $f = draw(grep { $_->{result} eq 'int' && $_->{argument} eq 'integer' } @{ $s->{functions} });
	my $condition = $f && chance(25) && !$c->{virtual} ? $f->{call}->('3') . ' > 0' : condition($c->{sql}, $c->{type});
	my $other = draw(@{ $t->{cols} });
	$condition .= draw(' OR ', ' AND ') . '(' . condition($other->{sql}, $other->{type}) . ')' if chance(30);
	my $tail = $t->{kind} eq 'r' && !$t->{partition} ? draw('', '', ' NO INHERIT', ' NOT VALID', $s->{version} >= 18 ? ' NOT ENFORCED' : '') : '';
	$s->emit("ALTER TABLE $t->{sql} ADD ${say}CHECK ($condition)$tail");
	remarked($s, $t, $name);
	return;
}

sub exclusion
{
	my ($s, $t) = @_;
	return if $t->{kind} ne 'r';
	my ($range) = grep { $_->{type}{kind} eq 'range' } stored($t);
	my $c = draw(sortable_columns($t)) or return;
	my ($say, $name) = named($s, $t, 'ex');
	my $where = chance(30) ? ' WHERE (' . condition($c->{sql}, $c->{type}) . ')' : '';
	my $what = $range ? "gist ($range->{sql} WITH &&)" : "btree ($c->{sql} WITH =)";
	$s->emit("ALTER TABLE $t->{sql} ADD ${say}EXCLUDE USING $what" . with_parameters() . $where . deferred());
	remarked($s, $t, $name);
	return;
}

# -- indexes

sub btree_element
{
	my ($c) = @_;
	my $type = $c->{type};
	my ($sql, $t) = chance(25) ? expression($c->{sql}, $type) : ($c->{sql}, $type);
	$sql = "($sql)" if $sql ne $c->{sql};
	$sql .= ' COLLATE ' . draw('"C"', '"POSIX"', 'public."rnd Coll"') if collatable($t) && chance(15);
	$sql .= draw(' text_pattern_ops', '') if $t->{sql} eq 'text' && chance(20);
	$sql .= ' public.rnd_int_ops' if $t->{sql} eq 'integer' && chance(8);
	return $sql . draw('', '', '', ' DESC', ' ASC NULLS FIRST', ' DESC NULLS LAST');
}

# The access method and what is indexed, or nothing
sub other_method
{
	my ($c) = @_;
	my $kind = $c->{type}{kind};
	my $sql = $c->{sql};
	return draw("gin ($sql) WITH (fastupdate = off)", "gin ($sql)") if $kind eq 'array' && sortable($c->{type}{elem});
	return draw("gin ($sql)", "gin ($sql jsonb_path_ops)") if $kind eq 'jsonb';
	return draw("gin ($sql)", "gist ($sql)", "gist ($sql tsvector_ops (siglen = 32))") if $kind eq 'tsvector';
	return draw("gist ($sql) WITH (fillfactor = 60)", "spgist ($sql)") if $kind eq 'range';
	return draw("gist ($sql)", "spgist ($sql)", "spgist ($sql kd_point_ops)") if $kind eq 'point';
	return draw("gist ($sql)", "spgist ($sql)") if $kind eq 'box';
	return draw("gist ($sql inet_ops)", "spgist ($sql)") if $kind eq 'inet';
	return draw("hash ($sql)", "brin ($sql) WITH (pages_per_range = 16, autosummarize = on)", "brin ($sql int4_minmax_multi_ops (values_per_range = 16))", "brin ($sql int4_bloom_ops (n_distinct_per_range = 50))")
	  if $c->{type}{sql} eq 'integer';
	return draw("hash ($sql)", "hash ($sql) WITH (fillfactor = 90)") if hashable($c->{type});
	return;
}

sub make_index
{
	my ($s, $t) = @_;
	return if $t->{kind} eq 'f';
	my @stored = stored($t) or return;
	my @sortable = sortable_columns($t);
	my $c = draw(@stored);
	my $name = chance(70) ? $s->rawname('ix') : undef;
	my $quoted = defined $name ? ident($name) : '';
	my $what = chance(35) ? other_method($c) : undef;
	my $unique = '';
	if (!$what)
	{
		my @cols = some(3, @sortable) or return;
		$unique = chance(15) && $t->{kind} eq 'r' ? 'UNIQUE ' : '';
		my @elements = $unique ? map { $_->{sql} } @cols : map { btree_element($_) } @cols;
		$what = 'btree (' . join(', ', @elements) . ')';
		$what .= ' INCLUDE (' . join(', ', map { $_->{sql} } some(2, @stored)) . ')' if chance(12);
		$what .= ' NULLS NOT DISTINCT' if $unique && chance(20);
		$what .= ' WITH (fillfactor = 80, deduplicate_items = off)' if chance(10);
	}
	$what .= ' TABLESPACE rnd_space' if chance(6);
	my $partial = chance(20);
	$what .= ' WHERE ' . condition($c->{sql}, $c->{type}) if $partial;
	return half_index($s, $t, $what) if $t->{kind} eq 'p' && chance(30) && !$unique;
	$s->emit("CREATE ${unique}INDEX $quoted ON $t->{sql} USING $what");
	return if !defined $name;
	my $full = ident($t->{schema}{name}, $name);
	$s->remark('INDEX', $full) if chance(20);
	$s->emit("ALTER INDEX $full ALTER COLUMN 1 SET STATISTICS " . draw(77, 0, 1000)) if $what =~ /^btree \(\(/ && chance(50);
	$s->emit("ALTER TABLE $t->{sql} CLUSTER ON $quoted") if chance(12) && $t->{kind} eq 'r' && $what =~ /^btree/ && !$partial;
	$s->emit("ALTER TABLE $t->{sql} REPLICA IDENTITY USING INDEX $quoted") if $unique && !$partial && chance(50) && $what =~ /^btree \(([^,()]+)\)/ && grep { $_->{sql} eq $1 && $_->{not_null} } @stored;
	return;
}

# On the root alone; indexes of partitions are attached to it, or not.
sub half_index
{
	my ($s, $t, $what) = @_;
	my $name = $s->rawname('half');
	$s->emit('CREATE INDEX ' . ident($name) . " ON ONLY $t->{sql} USING $what");
	foreach my $child (@{ $t->{children} // [] })
	{
		next if $child->{kind} ne 'r' || chance(25);
		my $part = $s->rawname('part');
		$s->emit('CREATE INDEX ' . ident($part) . " ON $child->{sql} USING $what");
		$s->emit('ALTER INDEX ' . ident($t->{schema}{name}, $name) . ' ATTACH PARTITION ' . ident($child->{schema}{name}, $part));
	}
	return;
}

sub statistics
{
	my ($s, $t) = @_;
	my @cols = grep { sortable($_->{type}) } stored($t);
	return if @cols < 2;
	my $name = $s->name('st');
	my $kinds = draw('', '', ' (ndistinct)', ' (dependencies, mcv)', ' (mcv)', ' (ndistinct, dependencies, mcv)');
	my @on = map { $_->{sql} } some(3, @cols);
	if (chance(35))
	{
		push @on, map { '(' . (expression($_->{sql}, $_->{type}))[0] . ')' } some(2, @cols);
	}
	push @on, $cols[0]{sql} if @on == 1 && $on[0] ne $cols[0]{sql};
	push @on, $cols[1]{sql} if @on == 1;
	$s->emit("CREATE STATISTICS $name$kinds ON " . join(', ', @on) . " FROM $t->{sql}");
	$s->emit("ALTER STATISTICS $name SET STATISTICS " . draw(0, 123)) if chance(25);
	$s->object('STATISTICS', $name);
	return;
}

# -- foreign keys

sub actions
{
	my ($col) = @_;
	return draw('', '', ' ON DELETE CASCADE', ' ON DELETE SET NULL', " ON DELETE SET NULL ($col)", ' ON UPDATE CASCADE ON DELETE RESTRICT',
		' ON DELETE SET DEFAULT ON UPDATE SET NULL', ' ON UPDATE NO ACTION');
}

sub foreign_key
{
	my ($s, $t) = @_;
	return if $t->{kind} eq 'f';
	my @near = grep { $_->{referable} } @{ $s->{tables} };
	my @far = map { grep { $_->{referable} } @{ $_->{tables} } } @{ $s->{earlier} };
	my $other = chance(12) && @far ? draw(@far) : draw(@near) or return;
	my (@local, %taken);
	%taken = map { $_->{name} => 1 } @{ $t->{cols} };
	foreach my $c (@{ $other->{pk} })
	{
		my $mine = draw(grep { $_->{type}{sql} eq $c->{type}{sql} && !$_->{generated} } stored($t));
		if (!$mine || grep { $_ eq $mine->{sql} } @local)
		{
			return if $t->{partition} || $t->{typed};
			my $name = 'ref';
			$name .= '_' while $taken{$name}++;
			$mine = { name => $name, sql => ident($name), type => $c->{type} };
			$s->emit("ALTER TABLE $t->{sql} ADD COLUMN $mine->{sql} $c->{type}{sql}");
			push @{ $t->{cols} }, $mine;
		}
		push @local, $mine->{sql};
	}
	my ($say, $name) = named($s, $t, 'fk');
	my $tail = chance(15) ? ' MATCH FULL' : '';
	$tail .= actions($local[0]);
	$tail .= deferred();
	$tail .= draw(' NOT VALID', $s->{version} >= 18 ? ' NOT ENFORCED' : '') if chance(12) && $t->{kind} ne 'p';
	$s->emit("ALTER TABLE $t->{sql} ADD ${say}FOREIGN KEY (" . join(', ', @local) . ") REFERENCES $other->{sql}"
		  . (chance(50) ? ' (' . join(', ', map { $_->{sql} } @{ $other->{pk} }) . ')' : '') . $tail);
	remarked($s, $t, $name);
	return;
}

sub make_keys
{
	my ($s) = @_;
	foreach my $t (@{ $s->{tables} })
	{
		check($s, $t) if chance(25);
		next if $t->{kind} eq 'f';
		primary_key($s, $t) if chance(55);
		unique_key($s, $t) if chance(20);
		exclusion($s, $t) if chance(8);
		make_index($s, $t) foreach 1 .. draw(0, 0, 1, 1, 2, 3);
		statistics($s, $t) if chance(15);
	}
	return;
}

sub make_foreign_keys
{
	my ($s) = @_;
	foreach my $t (@{ $s->{tables} })
	{
		foreign_key($s, $t) if chance(30);
	}
	return;
}

1;
