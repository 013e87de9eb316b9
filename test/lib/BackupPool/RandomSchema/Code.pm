
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::RandomSchema::Code - functions, views, triggers, rules and policies

=head1 DESCRIPTION

A function is a hash: sql, its name; argument, the type of its first argument;
result, the kind of its result type; call, the SQL text of a call.  Functions that
may be used in definitions of tables are immutable and have an integer argument.

=cut

package BackupPool::RandomSchema::Code;

use strict;
use warnings;

use BackupPool::RandomSchema::Lot;
use BackupPool::RandomSchema::Types;
use Exporter 'import';

our @EXPORT = qw(make_functions make_late_functions make_views make_triggers make_rules make_policies);

sub attributes
{
	return join('', map { " $_" } grep { chance(15) } 'STRICT', 'PARALLEL SAFE', 'PARALLEL RESTRICTED', 'SECURITY DEFINER', 'LEAKPROOF', 'COST 7',
		"SET search_path TO pg_catalog, 'a b', \"Odd \"\"path\"\"\"", "SET work_mem = '5MB'", "SET datestyle TO ISO, DMY", "SET bp_random.setting = E'it''s\\\\'",
		"SET search_path TO ''", 'SET statement_timeout FROM CURRENT')
	  =~ s/ PARALLEL SAFE PARALLEL RESTRICTED/ PARALLEL SAFE/r;
}

sub argument_name
{
	my ($taken) = @_;
	return '' if chance(30);
	my $name = chance(40) ? odd_name() : draw(qw(a b c x y));
	return $taken->{$name}++ ? '' : ident($name) . ' ';
}

# For defaults, checks and indexes
sub simple
{
	my ($s) = @_;
	my $name = $s->name('fn');
	my %taken;
	my $volatile = draw('IMMUTABLE', 'IMMUTABLE', 'STABLE');
	my $body = draw('SELECT $1 + 1', 'SELECT abs($1)');
	my $how = draw("LANGUAGE sql $volatile" . attributes() . " AS '$body'",
		"LANGUAGE plpgsql $volatile" . attributes() . " AS \$odd\$\nBEGIN\n\t-- \$\$ and 'quotes' \\ and\tmore\n\tRETURN \$1;\nEND \$odd\$",
		"LANGUAGE sql $volatile BEGIN ATOMIC $body; END", "LANGUAGE sql $volatile RETURN (\$1 * 2)");
	$s->emit("CREATE FUNCTION $name(" . argument_name(\%taken) . "integer" . draw('', ' DEFAULT 5') . ") RETURNS integer $how");
	push @{ $s->{functions} }, { sql => $name, argument => 'integer', result => $volatile eq 'IMMUTABLE' ? 'int' : 'stable', call => sub { "$name($_[0])" } };
	return $s->object('FUNCTION', "$name(integer)");
}

# Any arguments; returns the list for CREATE, and the signature
sub arguments
{
	my ($s) = @_;
	my (%taken, @list, @signature, $defaults);
	foreach (1 .. lot(4))
	{
		my $type = any_type($s)->{sql} =~ s/\([^()]*\)//r =~ s/\[3\]/[]/r;
		$type = 'interval' if $type =~ /^interval/;
		my $mode = draw('', '', '', 'IN ', 'INOUT ');
		push @list, $mode . argument_name(\%taken) . $type . ($defaults ? ' DEFAULT NULL' : '');
		$defaults = 1, $list[-1] .= ' DEFAULT NULL' if !$defaults && chance(20);
		push @signature, $type;
	}
	if (!$defaults && chance(12))
	{
		push @list, 'VARIADIC ' . argument_name(\%taken) . 'text[]';
		push @signature, 'text[]';
	}
	return (\@list, join(', ', @signature));
}

sub other
{
	my ($s) = @_;
	my $name = $s->name('fn');
	my ($list, $signature) = arguments($s);
	my $type = any_type($s)->{sql};
	my $out = grep { /^INOUT/ } @$list;
	my $returns = $out ? '' : draw(" RETURNS $type", " RETURNS SETOF $type", " RETURNS TABLE (\"the n\" bigint, x $type)", ' RETURNS void', ' RETURNS record');
	$returns .= ' ROWS 7' if $returns =~ /SETOF|TABLE/ && chance(40);
	$s->emit("CREATE FUNCTION $name(" . join(', ', @$list) . ")$returns LANGUAGE " . draw('plpgsql', 'plpgsql', 'plpgsql', 'rnd_pl') . attributes() . ' AS ' . l("BEGIN\n\tRAISE NOTICE '" . odd_name() =~ s/'//gr =~ s/%/%%/gr . "';\nEND"));
	return $s->object('FUNCTION', "$name($signature)");
}

sub procedure
{
	my ($s) = @_;
	my $name = $s->name('proc');
	my ($list, $signature) = arguments($s);
	$s->emit("CREATE PROCEDURE $name(" . join(', ', @$list) . ') LANGUAGE plpgsql' . draw('', ' SECURITY DEFINER', ' SET work_mem = 1234') . " AS 'BEGIN NULL; END'");
	return $s->object('PROCEDURE', "$name($signature)");
}

sub native
{
	my ($s) = @_;
	my $name = $s->name('fn');
	my ($sql, $signature) = @{
		draw(
			[ "(integer) RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number'", '(integer)' ],
			[ "(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT \$1'", '(anyelement, anyarray)' ],
			[ "(double precision, double precision) RETURNS double precision LANGUAGE internal IMMUTABLE STRICT AS 'float8mi'", '(double precision, double precision)' ],
			[ "(anycompatible, VARIADIC anycompatiblearray) RETURNS anycompatible LANGUAGE sql AS 'SELECT \$1'", '(anycompatible, anycompatiblearray)' ],
			[ "() RETURNS integer LANGUAGE c AS '\$libdir/plpgsql', 'plpgsql_call_handler'", '()' ]) };
	$s->emit("CREATE FUNCTION $name$sql");
	return $s->object('FUNCTION', "$name$signature");
}

sub aggregate
{
	my ($s) = @_;
	my $name = $s->name('agg');
	my $mine = draw(grep { $_->{aggregates} } @{ $s->{functions} });
	my ($sql, $signature) = @{
		draw(
			[ "(integer) (sfunc = int4pl, stype = integer, initcond = '0')", '(integer)' ],
			[ "(integer) (sfunc = int4pl, stype = int4, initcond = '-1', combinefunc = int4pl, parallel = safe, msfunc = int4pl, minvfunc = int4mi, mstype = int4, minitcond = '0', sspace = 16)", '(integer)' ],
			[ '(double precision ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra)', '(double precision ORDER BY anyelement)' ],
			[ '(VARIADIC "any" ORDER BY VARIADIC "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical)', '(VARIADIC "any" ORDER BY VARIADIC "any")' ],
			[ '(text) (sfunc = text_larger, stype = text, sortop = >)', '(text)' ],
			[ '("the ""arg""" text) (sfunc = textcat, stype = text, finalfunc = upper, finalfunc_modify = read_write, initcond = ' . l(some_text()) . ')', '(text)' ],
			[ '(*) (sfunc = int8inc, stype = int8, initcond = 0)', '(*)' ]) };
	$s->emit("CREATE AGGREGATE $name$sql");
	return $s->object('AGGREGATE', "$name$signature");
}

sub make_functions
{
	my ($s) = @_;
	foreach (1 .. lot(4))
	{
		draw(\&simple, \&simple, \&other, \&other, \&procedure, \&native, \&aggregate)->($s);
	}
	return;
}

# -- functions that need tables or views

sub late
{
	my ($s) = @_;
	my $t = draw(@{ $s->{tables} }) or return;
	my $name = $s->name('late');
	my ($c) = draw(@{ $t->{cols} });
	my $column = $c ? $c->{sql} : '1';
	my ($sql, $signature) = @{
		draw(
			[ "($t->{sql}) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'", "($t->{sql})" ],
			[ "() RETURNS SETOF $t->{sql} LANGUAGE sql STABLE AS " . l("SELECT * FROM $t->{sql}"), '()' ],
			[ "(x $t->{sql}\[]) RETURNS $t->{sql} LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", "($t->{sql}\[])" ],
			[ "(n integer) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count($column) FROM $t->{sql}; SELECT count(*) + n FROM $t->{sql} x; END", '(integer)' ],
			$c ? [ "(x $t->{sql}.$column%TYPE) RETURNS boolean LANGUAGE sql AS 'SELECT true'", undef ] : ()) };
	$s->emit("SET client_min_messages = warning; CREATE FUNCTION $name$sql; RESET client_min_messages");
	$s->object('FUNCTION', "$name$signature") if defined $signature;
	# a cycle of a table and a function of its rows
	if (defined $signature && $signature eq "($t->{sql})" && chance(15) && !$t->{partition} && $t->{kind} eq 'r')
	{
		$s->emit("ALTER TABLE $t->{sql} ADD COLUMN \"in a circle\" integer DEFAULT $name(NULL::$t->{sql})") if !$t->{typed} && chance(50);
		$t->{circle} = 1;
		$s->emit("ALTER TABLE $t->{sql} ADD CHECK ($name($t->{sql}.*) > 0)");
	}
	return;
}

sub make_late_functions
{
	my ($s) = @_;
	foreach (1 .. lot(3))
	{
		late($s);
	}
	return;
}

# -- views

sub options_of_view
{
	return chance(18) ? ' WITH (' . join(', ', some(2, 'security_barrier', 'security_invoker = true', 'check_option = local')) . ')' : '';
}

# A query, whether it may be updated, and what it returns
sub query
{
	my ($s) = @_;
	my $from = draw(@{ $s->{tables} }, @{ $s->{views} }, chance(25) ? map { @{ $_->{tables} } } @{ $s->{earlier} } : ());
	my @cols = $from ? some(4, @{ $from->{cols} }) : ();
	return (draw("SELECT 1 AS \"a b\", 'x'::text COLLATE \"C\" AS \"select\"", 'VALUES (1, NULL::integer), (2, 3)', "SELECT g, (g * 2)::text AS t FROM generate_series(1, 3) g",
			"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT n FROM r"), []) if !@cols || chance(10);
	my $c = $cols[0];
	my $list = join(', ', map { "t.$_->{sql}" } @cols);
	my $where = chance(40) ? ' WHERE ' . condition("t.$c->{sql}", $c->{type}) : '';
	my $kept = [ map { { %$_, generated => 0, virtual => 0 } } @cols ];
	my $form = lot(10);
	my $key = $from->{pk} && sortable($c->{type});
	return ("SELECT $list, count(*) AS \"how many\" FROM $from->{sql} t GROUP BY " . join(', ', map { "t.$_->{sql}" } @{ $from->{pk} }), $kept, 0) if $key && chance(5);
	return ("SELECT " . (expression("t.$c->{sql}", $c->{type}))[0] . " AS \"ex\"\"pr\", row_number() OVER (), t.* FROM $from->{sql} t$where", [], 0) if $form < 5 && @{ $from->{cols} } && !grep { $_->{name} =~ /^(ex"pr|row_number)$/ } @{ $from->{cols} };
	return ("SELECT $list FROM $from->{sql} t JOIN $from->{sql} u ON t.$c->{sql} IS NOT DISTINCT FROM u.$c->{sql}$where ORDER BY 1", $kept, 0) if $form < 6 && sortable($c->{type});
	return ("SELECT $list FROM $from->{sql} t UNION ALL SELECT $list FROM $from->{sql} t", $kept, 0) if $form < 7;
	return ("SELECT $list, ROW(t.$c->{sql}, t)::text, (SELECT count(*) FROM $from->{sql}), ARRAY[t.$c->{sql}] FROM $from->{sql} t$where", [], 0) if $form < 8 && !$c->{type}{elem};
	return ("SELECT $list FROM ONLY $from->{sql} t$where", $kept, 1);
}

sub view
{
	my ($s) = @_;
	my ($query, $cols, $simple) = query($s);
	my $v = { sql => $s->name('v'), kind => 'v', cols => $cols };
	my $check = $simple && chance(30) ? draw(' WITH LOCAL CHECK OPTION', ' WITH CASCADED CHECK OPTION') : '';
	my $options = options_of_view();
	$options = '' if $options =~ /check_option/ && (!$simple || $check);
	$s->emit("CREATE VIEW $v->{sql}$options AS $query$check");
	foreach my $c (@$cols)
	{
		$s->emit("ALTER VIEW $v->{sql} ALTER COLUMN $c->{sql} SET DEFAULT " . value($c->{type})) if chance(8);
		$s->remark('COLUMN', "$v->{sql}.$c->{sql}") if chance(8);
	}
	push @{ $s->{views} }, $v;
	return $s->object('VIEW', $v->{sql}, cols => [ map { $_->{sql} } @$cols ]);
}

sub materialized
{
	my ($s) = @_;
	my ($query, $cols) = query($s);
	my $v = { sql => $s->name('mv'), kind => 'm', cols => $cols };
	my $far = grep { my $t = $_; $t->{kind} eq 'f' && index($query, $t->{sql}) >= 0 } map { @{ $_->{tables} } } $s, @{ $s->{earlier} };
	$s->emit("CREATE MATERIALIZED VIEW $v->{sql}" . (chance(10) ? ' USING rnd_heap' : '') . (chance(15) ? ' WITH (fillfactor = 90, autovacuum_enabled = off)' : '')
		  . (chance(8) ? ' TABLESPACE rnd_space' : '') . " AS $query" . ($far ? ' WITH NO DATA' : draw('', '', '', ' WITH NO DATA')));
	my $c = draw(grep { sortable($_->{type}) } @$cols);
	if ($c)
	{
		my $ix = ident($s->rawname('ix'));
		$s->emit("CREATE INDEX $ix ON $v->{sql} ($c->{sql})") if chance(50);
		$s->emit("ALTER MATERIALIZED VIEW $v->{sql} CLUSTER ON $ix") if chance(10);
		$s->emit("ALTER MATERIALIZED VIEW $v->{sql} ALTER COLUMN $c->{sql} SET STATISTICS 10") if chance(20);
	}
	push @{ $s->{views} }, $v;
	return $s->object('MATERIALIZED VIEW', $v->{sql}, cols => [ map { $_->{sql} } @$cols ]);
}

# A view and a function that need each other
sub circle
{
	my ($s) = @_;
	my $v = $s->name('v');
	my $f = $s->name('fn');
	$s->emit("CREATE VIEW $v AS SELECT 1 AS x, 2 AS y");
	$s->emit("CREATE FUNCTION $f($v) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'");
	$s->emit("CREATE OR REPLACE VIEW $v AS SELECT 1 AS x, $f(NULL::$v) AS y");
	return $s->object('VIEW', $v, cols => [ 'x', 'y' ]);
}

sub make_views
{
	my ($s) = @_;
	foreach (1 .. lot(5))
	{
		draw(\&view, \&view, \&view, \&materialized, \&materialized, \&view)->($s);
		circle($s) if chance(0.3);
	}
	return;
}

# -- what hangs on tables

sub trigger_function
{
	my ($s) = @_;
	return $s->{trigger_function} if $s->{trigger_function};
	my $name = $s->{trigger_function} = $s->name('trg');
	$s->emit("CREATE FUNCTION $name() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
	$s->object('FUNCTION', "$name()");
	return $name;
}

sub trigger
{
	my ($s, $t) = @_;
	my $function = trigger_function($s);
	my $name = ident($s->rawname('tr'));
	my @stored = grep { !$_->{virtual} } @{ $t->{cols} };
	my $c = draw(@stored);
	my $args = chance(30) ? join(', ', map { l($_) } 'an argument', odd_name(), '') : '';
	my $of = $c && chance(40) ? " OF $c->{sql}" : '';
	my $when = $c && chance(30) ? ' WHEN (' . condition("NEW.$c->{sql}", $c->{type}) . ')' : '';
	my $row = draw(
		"BEFORE INSERT OR UPDATE$of ON $t->{sql} FOR EACH ROW$when",
		"AFTER DELETE OR UPDATE$of ON $t->{sql} FOR EACH ROW",
		"AFTER INSERT ON $t->{sql} FOR EACH STATEMENT",
		"AFTER UPDATE$of OR DELETE ON $t->{sql} FOR EACH STATEMENT");
	$row = "BEFORE TRUNCATE ON $t->{sql}" if chance(10);
	$row = "AFTER UPDATE ON $t->{sql} REFERENCING OLD TABLE AS \"old ones\" NEW TABLE AS n FOR EACH STATEMENT" if chance(12) && $t->{kind} ne 'f';
	my $constraint = '';
	if (chance(20) && $t->{kind} =~ /[rp]/)
	{
		my $from = draw(grep { $_->{kind} eq 'r' } @{ $s->{tables} });
		$constraint = 'CONSTRAINT ';
		$row = "AFTER INSERT OR DELETE ON $t->{sql}" . ($from && $t->{kind} eq 'r' && chance(50) ? " FROM $from->{sql}" : '') . draw('', ' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED') . ' FOR EACH ROW';
	}
	$row = "INSTEAD OF INSERT ON $t->{sql} FOR EACH ROW" if $t->{kind} eq 'v';
	$s->emit("CREATE ${constraint}TRIGGER $name $row EXECUTE FUNCTION $function($args)");
	return if $t->{kind} eq 'v';
	$s->emit("ALTER TABLE $t->{sql} " . draw('DISABLE', 'ENABLE REPLICA', 'ENABLE ALWAYS') . " TRIGGER $name") if chance(25);
	my $child = draw(grep { $_->{kind} eq 'r' } @{ $t->{children} // [] });
	$s->emit("ALTER TABLE $child->{sql} DISABLE TRIGGER $name") if $child && $row =~ /EACH ROW/ && chance(50);
	$s->remark('TRIGGER', "$name ON $t->{sql}") if chance(20);
	return;
}

sub make_triggers
{
	my ($s) = @_;
	foreach my $t (@{ $s->{tables} }, grep { $_->{kind} eq 'v' } @{ $s->{views} })
	{
		trigger($s, $t) if chance(18);
		trigger($s, $t) if chance(6);
	}
	return;
}

sub make_rules
{
	my ($s) = @_;
	foreach my $t (grep { $_->{kind} ne 'f' && $_->{kind} ne 'm' } @{ $s->{tables} }, @{ $s->{views} })
	{
		next unless chance(9);
		my $name = ident($s->rawname('rule'));
		my $c = draw(@{ $t->{cols} });
		my $where = $c && chance(50) ? ' WHERE ' . condition("OLD.$c->{sql}", $c->{type}) : '';
		my $other = draw(grep { $_->{kind} eq 'r' } @{ $s->{tables} });
		$s->emit("CREATE RULE $name AS ON "
			  . draw("UPDATE TO $t->{sql}$where DO INSTEAD NOTHING", "DELETE TO $t->{sql}$where DO ALSO NOTHING", "INSERT TO $t->{sql} DO ALSO NOTIFY \"the channel\"",
				$other ? "DELETE TO $t->{sql}$where DO ALSO (DELETE FROM $other->{sql}; DELETE FROM ONLY $other->{sql} x)" : "UPDATE TO $t->{sql} DO ALSO NOTHING"));
		$s->emit("ALTER TABLE $t->{sql} " . draw('DISABLE', 'ENABLE REPLICA', 'ENABLE ALWAYS') . " RULE $name") if chance(30) && $t->{kind} =~ /[rp]/;
		$s->remark('RULE', "$name ON $t->{sql}") if chance(30);
	}
	return;
}

sub make_policies
{
	my ($s) = @_;
	foreach my $t (grep { $_->{kind} =~ /[rp]/ } @{ $s->{tables} })
	{
		$s->emit("ALTER TABLE $t->{sql} ENABLE ROW LEVEL SECURITY") if chance(8);
		$s->emit("ALTER TABLE $t->{sql} FORCE ROW LEVEL SECURITY") if chance(4);
		next unless chance(10);
		my $name = ident($s->rawname('pol'));
		my $c = draw(@{ $t->{cols} });
		my $condition = $c ? condition($c->{sql}, $c->{type}) : 'true';
		my $other = draw(grep { $_->{kind} eq 'r' } @{ $s->{tables} });
		$condition = "EXISTS (SELECT FROM $other->{sql} x)" if $other && chance(20);
		my $to = chance(40) ? ' TO ' . join(', ', some(2, @{ $s->{roles} }, 'CURRENT_USER')) : '';
		$s->emit("CREATE POLICY $name ON $t->{sql}" . draw('', ' AS RESTRICTIVE')
			  . draw("$to USING ($condition)", " FOR SELECT$to USING ($condition)", " FOR INSERT$to WITH CHECK ($condition)", " FOR ALL$to USING (true) WITH CHECK ($condition)", " FOR UPDATE$to USING ($condition)", " FOR DELETE$to USING ($condition)"));
		$s->remark('POLICY', "$name ON $t->{sql}") if chance(30);
	}
	return;
}

1;
