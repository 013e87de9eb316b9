
# Copyright (c) 2026, backup_pool contributors

=pod

=head1 NAME

BackupPool::RandomSchema - random schemas with all kinds of definitions

=head1 SYNOPSIS

  my $random = BackupPool::RandomSchema->new(seed => 7, version => 15, labels => 1);
  print $random->cluster, $random->database, map({ $random->schema } 1 .. 20), $random->finish;

=head1 DESCRIPTION

Returns SQL.  A few of its statements fail: the generator does not know all rules
of the server.  The same seed and version give the same SQL.  Schemas refer to
earlier schemas of the same generator.

=cut

package BackupPool::RandomSchema::Schema;

use strict;
use warnings;

use BackupPool::RandomSchema::Lot;

sub new
{
	my ($class, $random) = @_;
	my $s = bless {
		%$random,
		used => {},
		out => [],
		objects => [],
		types => [],
		functions => [],
		tables => [],
		sequences => [],
		views => [],
	}, $class;
	$s->{name} = chance(30) ? odd_name() : 'rnd';
	$s->{name} = 'rnd' if $s->{name} =~ /^(pg_x|public)/;
	$s->{name} .= '_' . @{ $random->{earlier} };
	$s->{sql} = ident($s->{name});
	return $s;
}

sub emit
{
	my ($s, $sql) = @_;
	push @{ $s->{out} }, $sql;
	return 1;
}

sub rawname
{
	my ($s, $stem) = @_;
	my $name = chance(25) ? odd_name() : $stem;
	my $bare = $name;
	my $n = 1;
	$name = $bare . '_' . $n++ while $s->{used}{$name};
	$s->{used}{$name} = 1;
	return $name;
}

sub name
{
	my ($s, $stem) = @_;
	return ident($s->{name}, $s->rawname($stem));
}

# Something that may have a comment, an owner, privileges and a label
sub object
{
	my ($s, $what, $sql, %more) = @_;
	push @{ $s->{objects} }, { what => $what, sql => $sql, %more };
	return;
}

sub remark
{
	my ($s, $what, $sql) = @_;
	$s->emit("COMMENT ON $what $sql IS " . l(some_text()));
	return;
}

package BackupPool::RandomSchema;

use strict;
use warnings;

use BackupPool::RandomSchema::Code;
use BackupPool::RandomSchema::Keys;
use BackupPool::RandomSchema::Lot;
use BackupPool::RandomSchema::Rights;
use BackupPool::RandomSchema::Tables;
use BackupPool::RandomSchema::Types;

my @roles = ('rnd_one', 'rnd_two', '"rnd Odd ""Role"""', '"rnd_Ünï"', '"rnd=a,b"');

sub new
{
	my ($class, %opt) = @_;
	seed_lot($opt{seed});
	return bless {
		version => $opt{version},
		labels => $opt{labels},
		roles => \@roles,
		earlier => [],
	}, $class;
}

sub script
{
	return join('', map { "$_;\n" } @_);
}

# What the cluster has to have; may be run again.
sub cluster
{
	return script(
		(map { "SELECT 'CREATE ROLE ' || " . l($_) . ' WHERE to_regrole(' . l($_) . ') IS NULL \gexec' . "\nSELECT" } @roles),
		"SELECT 'CREATE ROLE rnd_login LOGIN IN ROLE pg_read_all_data' WHERE to_regrole('rnd_login') IS NULL \\gexec\nSELECT",
		'SET allow_in_place_tablespaces = on',
		q{SELECT 'CREATE TABLESPACE rnd_space LOCATION ''''' WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'rnd_space') \gexec} . "\nSELECT");
}

# What the database has to have
sub database
{
	return script(
		'SET client_min_messages = warning', "SET timezone = 'UTC'",
		'CREATE ACCESS METHOD rnd_heap TYPE TABLE HANDLER heap_tableam_handler',
		'CREATE FOREIGN DATA WRAPPER rnd_fdw',
		'CREATE SERVER rnd_server FOREIGN DATA WRAPPER rnd_fdw',
		'CREATE SERVER "rnd ""Odd"" server" FOREIGN DATA WRAPPER rnd_fdw',
		# what definitions may need, and what is left to pg_dump itself
		'CREATE EXTENSION citext SCHEMA public',
		q{CREATE COLLATION public."rnd Coll" (provider = libc, locale = 'C')},
		'CREATE OPERATOR public.=== (leftarg = int4, rightarg = int4, function = int4eq, commutator = OPERATOR(public.===))',
		'CREATE OPERATOR CLASS public.rnd_int_ops FOR TYPE int4 USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4)',
		'CREATE TEXT SEARCH CONFIGURATION public.rnd_ts (COPY = pg_catalog.simple)',
		'CREATE TRUSTED LANGUAGE rnd_pl HANDLER pg_catalog.plpgsql_call_handler');
}

# One more schema
sub schema
{
	my ($self) = @_;
	my $s = BackupPool::RandomSchema::Schema->new($self);
	make_schema($s);
	make_types($s);
	make_functions($s);
	make_sequences($s);
	make_tables($s);
	make_keys($s);
	fill($s, $_) foreach @{ $s->{tables} };
	make_foreign_keys($s);
	make_views($s);
	make_late_functions($s);
	make_triggers($s);
	make_rules($s);
	make_policies($s);
	own_sequences($s);
	make_rights($s);
	$s->emit("REFRESH MATERIALIZED VIEW $_->{sql}") foreach grep { $_->{kind} eq 'm' && chance(20) } @{ $s->{views} };
	push @{ $self->{earlier} }, $s;
	return script(@{ $s->{out} });
}

sub own_sequences
{
	my ($s) = @_;
	my @tables = grep { $_->{kind} eq 'r' && $_->{schema} == $s && @{ $_->{cols} } } @{ $s->{tables} };
	foreach my $seq (@{ $s->{sequences} })
	{
		my $t = draw(@tables) or last;
		$s->emit("ALTER SEQUENCE $seq OWNED BY $t->{sql}." . draw(@{ $t->{cols} })->{sql}) if chance(30);
	}
	return;
}

# What is only done when all is made, for it changes names
sub changes
{
	my (@schemas) = @_;
	my @sql;
	foreach my $s (@schemas)
	{
		foreach my $t (grep { $_->{kind} =~ /[rp]/ } @{ $s->{tables} })
		{
			my $c = draw(grep { !$_->{generated} } @{ $t->{cols} });
			push @sql, "ALTER TABLE $t->{sql} RENAME COLUMN $c->{sql} TO " . ident($s->rawname('renamed')) if $c && chance(4) && !$t->{typed};
			push @sql, "ALTER TABLE $t->{sql} DROP COLUMN $c->{sql} CASCADE" if $c && chance(2) && !$t->{typed} && !$t->{partition};
			push @sql, "ALTER TABLE $t->{sql} SET SCHEMA " . draw(@schemas)->{sql} and next if chance(2);
			push @sql, "ALTER TABLE $t->{sql} RENAME TO " . ident($s->rawname('renamed')) if chance(4);
		}
		foreach my $seq (@{ $s->{sequences} })
		{
			push @sql, "ALTER SEQUENCE $seq RENAME TO " . ident($s->rawname('renamed')) if chance(5);
			push @sql, "ALTER SEQUENCE $seq INCREMENT BY 7 RESTART WITH 8" if chance(5);
		}
		foreach my $o (@{ $s->{objects} })
		{
			push @sql, "ALTER $o->{what} $o->{sql} SET SCHEMA " . draw(@schemas)->{sql} if chance(1) && $o->{what} =~ /^(FUNCTION|TYPE|DOMAIN|VIEW|AGGREGATE)$/;
			push @sql, "ALTER $o->{what} $o->{sql} RENAME TO " . ident($s->rawname('renamed')) if chance(1) && $o->{what} =~ /^(FUNCTION|TYPE|DOMAIN|VIEW|PROCEDURE)$/;
		}
	}
	return @sql;
}

# Settings of the database that bear on how the server prints things
sub settings
{
	my @sql = !chance(60) ? () : some(3, 'quote_all_identifiers = on', "datestyle = 'German, DMY'", 'intervalstyle = iso_8601', "timezone = 'America/New_York'",
	  'bytea_output = escape', 'extra_float_digits = -5', 'search_path = rnd_1, rnd_2, public', 'default_tablespace = rnd_space',
	  'default_table_access_method = rnd_heap', "lc_monetary = 'C.UTF-8'", 'xmloption = document', 'statement_timeout = 60000', 'enable_indexscan = off');
	push @sql, 'standard_conforming_strings = off' if chance(3);
	return map { "SELECT format('ALTER DATABASE %I SET $_', current_database()) \\gexec\nSELECT" =~ s/'(German, DMY|America\/New_York|C.UTF-8)'/''$1''/r } @sql;
}

# What the database may have besides: public is not as it was, publications,
# an extension whose objects stand in somebody's schema.
sub finish
{
	my ($self) = @_;
	my @schemas = @{ $self->{earlier} };
	my @tables = map { $_->{sql} } grep { $_->{kind} eq 'r' } map { @{ $_->{tables} } } @schemas;
	my @sql;
	push @sql, 'CREATE PUBLICATION rnd_all FOR ALL TABLES' if chance(30);
	push @sql, 'CREATE PUBLICATION rnd_some FOR TABLE ' . join(', ', some(5, @tables)) if @tables;
	push @sql, 'CREATE PUBLICATION rnd_schemas FOR TABLES IN SCHEMA ' . join(', ', map { $_->{sql} } some(3, @schemas)) if @schemas;
	push @sql, 'ALTER SCHEMA public OWNER TO ' . draw(@roles) if chance(30);
	push @sql, 'COMMENT ON SCHEMA public IS ' . draw('NULL', l(some_text())) if chance(50);
	push @sql, draw('REVOKE ALL ON SCHEMA public FROM PUBLIC', 'GRANT CREATE ON SCHEMA public TO PUBLIC', 'GRANT USAGE ON SCHEMA public TO rnd_one WITH GRANT OPTION', 'REVOKE ALL ON SCHEMA public FROM pg_database_owner')
	  if chance(60);
	push @sql, 'CREATE TABLE public.in_public (id serial PRIMARY KEY, v text)';
	# so that the schema may be handled
	push @sql, 'CREATE SCHEMA rnd_outside', 'ALTER OPERATOR FAMILY public.rnd_int_ops USING btree SET SCHEMA rnd_outside', 'ALTER OPERATOR CLASS public.rnd_int_ops USING btree SET SCHEMA rnd_outside',
	  'ALTER OPERATOR public.=== (int4, int4) SET SCHEMA rnd_outside', 'ALTER COLLATION public."rnd Coll" SET SCHEMA rnd_outside', 'ALTER TEXT SEARCH CONFIGURATION public.rnd_ts SET SCHEMA rnd_outside';
	if (chance(50) && @schemas)
	{
		my $s = draw(@schemas);
		push @sql, "CREATE EXTENSION hstore SCHEMA $s->{sql}", "CREATE TABLE $s->{sql}.of_extension (h $s->{sql}.hstore DEFAULT '\"a\"=>\"1\"', x int)",
		  "CREATE INDEX ON $s->{sql}.of_extension USING gin (h)", "GRANT EXECUTE ON FUNCTION $s->{sql}.hstore(text, text) TO rnd_one",
		  "CREATE INDEX ON $s->{sql}.of_extension ((h OPERATOR($s->{sql}.->) 'a')) WHERE h OPERATOR($s->{sql}.?) 'b'";
	}
	return script(@sql, changes(@schemas), settings());
}

1;
