
# Copyright (c) 2026, backup_pool contributors

# Functions that read tables, in generated columns, indexes, checks, domains,
# triggers: a restore gives what a serial pg_restore gives, at any parallel.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => 'backup_pool.max_connections = 8');
my $n = 0;

# A table named "a_..." stands before the others in an archive.  The others
# are larger than a bundle of small tables, so they would be loaded first.
my $pad = "repeat(md5(g::text), 20)";
$node->safe_psql('postgres', 'CREATE DATABASE src');
$node->safe_psql(
	'src', qq{
	CREATE FUNCTION try(command text) RETURNS text LANGUAGE plpgsql AS
	\$\$BEGIN EXECUTE command; RETURN 'accepted'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END\$\$;
	CREATE TABLE a_look (k int, v text);
	INSERT INTO a_look SELECT g, 'v' || g FROM generate_series(1, 300) g;
	CREATE FUNCTION look(i int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
	\$\$BEGIN RETURN (SELECT v FROM public.a_look WHERE k = i); END\$\$;
	CREATE FUNCTION same_look(a int, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS
	\$\$SELECT public.look(a) = public.look(b)\$\$;
	CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same_look);

	-- a generated column that reads another, which in turn is read by a third
	CREATE TABLE data (k int, pad text, g text GENERATED ALWAYS AS (look(k)) STORED);
	INSERT INTO data SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE FUNCTION look_data(i int) RETURNS text LANGUAGE sql IMMUTABLE AS \$\$SELECT g FROM public.data WHERE k = i\$\$;
	CREATE TABLE data2 (k int, pad text, g text GENERATED ALWAYS AS (look_data(k)) STORED);
	INSERT INTO data2 SELECT g, $pad FROM generate_series(1, 200) g;

	CREATE TABLE ix (k int, pad text);
	INSERT INTO ix SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE INDEX ix_expr ON ix (look(k));
	CREATE INDEX ix_partial ON ix (k) WHERE look(k) IS NOT NULL;
	CREATE INDEX ix_operator ON ix (k) WHERE k === 7;
	CREATE TABLE un (k int, pad text);
	INSERT INTO un SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE UNIQUE INDEX un_expr ON un (look(k));
	CREATE TABLE ex (k int, pad text, EXCLUDE (look(k) WITH =));
	INSERT INTO ex SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE TABLE ch (k int CHECK (look(k) IS NOT NULL), pad text);
	ALTER TABLE ch ADD CONSTRAINT op CHECK (k === k);
	INSERT INTO ch SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE TABLE ch_not_valid (k int, pad text);
	INSERT INTO ch_not_valid SELECT g, $pad FROM generate_series(1, 200) g;
	ALTER TABLE ch_not_valid ADD CHECK (look(k) IS NOT NULL) NOT VALID;
	CREATE DOMAIN looked AS int CHECK (look(VALUE) IS NOT NULL);
	CREATE TYPE pair AS (a looked, b text);
	CREATE TABLE dom (k looked, pad text);
	INSERT INTO dom SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE TABLE dom_array (k looked[], p pair, pad text);
	INSERT INTO dom_array SELECT ARRAY[g], ROW(g, 'x')::pair, $pad FROM generate_series(1, 200) g;
	CREATE TABLE parted (k int, pad text) PARTITION BY LIST (look(k));
	CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN ('v1', 'v2', 'v3');
	CREATE TABLE parted_d PARTITION OF parted DEFAULT;
	INSERT INTO parted SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE TABLE st (k int, pad text);
	INSERT INTO st SELECT g, $pad FROM generate_series(1, 200) g;
	CREATE STATISTICS st_look ON (look(k)), k FROM st;
	ANALYZE;

	-- policies are made after what reads the table
	ALTER TABLE a_look ENABLE ROW LEVEL SECURITY;
	CREATE POLICY nothing ON a_look USING (false);
});

my @queries = (
	(   map {
			"SELECT '$_', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ONLY $_ t"
		} qw(a_look data data2 ix un ex ch ch_not_valid dom dom_array parted_1 parted_d st)
	),
	"SELECT 'ix_expr', count(*) FROM ix WHERE look(k) BETWEEN 'v' AND 'w'",
	"SELECT 'ix_partial', count(*) FROM ix WHERE look(k) IS NOT NULL AND k > 0",
	"SELECT 'ix_operator', count(*) FROM ix WHERE k === 7 AND k > 0",
	"SELECT 'un_expr', count(*) FROM un WHERE look(k) BETWEEN 'v' AND 'w'",
	"SELECT 'un', try('INSERT INTO un VALUES (5)')",
	"SELECT 'ex', try('INSERT INTO ex VALUES (5)')",
	"SELECT 'st', (SELECT round(null_frac::numeric, 2) FROM pg_stats_ext_exprs WHERE statistics_name = 'st_look')",
);

# from 18 on the archive has the planner's statistics, but not the extended ones
pop @queries if pg_version($node) >= 18;

sub contents
{
	my ($db, @sql) = @_;
	return $node->safe_psql($db, join(";\n", 'SET enable_seqscan = off', @sql));
}

sub fresh
{
	my ($template) = @_;
	my $db = 'r' . ++$n;
	$node->safe_psql('postgres', "CREATE DATABASE $db" . ($template ? " TEMPLATE $template" : ''));
	return $db;
}

my $tmp = PostgreSQL::Test::Utils::tempdir();
stock_dump($node, 'src', "$tmp/src");
stock_restore_new($node, 'stock', 'TEMPLATE template0', "$tmp/src");
$node->safe_psql('stock', 'ANALYZE');
my $expected = contents('stock', @queries);
is($expected, contents('src', @queries), 'a serial pg_restore gives what the source has');

my $archive = backup_ok($node, "SELECT backup_pool.backup_database('src')", 'the archive');
foreach my $parallel (1, 2, 8)
{
	foreach my $from ($archive, "$tmp/src")
	{
		my $db = fresh();
		my $name = ($from eq $archive ? 'our archive' : "pg_dump's archive") . " at $parallel";
		restore_ok($node, "SELECT backup_pool.restore('$from', '$db', parallel => $parallel)", $name);
		is(contents($db, @queries), $expected, "$name: as pg_restore");
		same_dump($node, 'src', $db, "$name: the same dump");
	}
}

# each table with what it reads, so that one failure does not hide another
my %name = (data2 => 'data,data2', parted_d => 'parted');
foreach my $table (qw(data data2 ix un ex ch dom dom_array parted_d st))
{
	my $db = fresh();
	my $list = 'a_look,' . ($name{$table} // $table);
	my @sql = grep { /^SELECT '$table(_\w+)?'/ && !/FROM ONLY $table\_\w/ } @queries;

	# the archive does not say that an exclusion constraint needs the function
	$node->safe_psql($db, $node->safe_psql('src', "SELECT pg_get_functiondef('look'::regproc)"));
	restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', tables => '{$list}', if_exists => 'append', parallel => 8)", "only $table");
	$node->safe_psql($db, $node->safe_psql('src', "SELECT pg_get_functiondef('try'::regproc)"));
	is(contents($db, @sql), contents('stock', @sql), "only $table: as pg_restore");
}

# over what is there already
my $db = fresh();
stock_restore($node, $db, "$tmp/src", '--section=pre-data', '--section=post-data');
my $schema = $db;
$db = fresh($schema);
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', if_exists => 'append', parallel => 8)", 'append');
is(contents($db, grep { !/'st'/ } @queries), contents('stock', grep { !/'st'/ } @queries), 'append: as pg_restore');
foreach my $mode ('truncate', 'replace')
{
	restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', if_exists => '$mode', parallel => 8)", $mode);
	is(contents($db, @queries), $expected, "$mode: as pg_restore");
}
$db = fresh($schema);
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', content => 'data', if_exists => 'append', parallel => 8)", 'only data');
is(contents($db, @queries), $expected, 'only data: as pg_restore');

# a selection without the function, which the target has
$db = fresh();
$node->safe_psql(
	$db, q{
	CREATE TABLE a_look (k int, v text); INSERT INTO a_look SELECT g, 'v' || g FROM generate_series(1, 300) g;
	CREATE FUNCTION look(i int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN (SELECT v FROM public.a_look WHERE k = i); END$$;
});
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', tables => '{ix}', parallel => 8, if_exists => 'append')", 'one table');
is(contents($db, $queries[13]), contents('stock', $queries[13]), 'one table: its index');

# Triggers of existing tables: they read other tables, or write to them, and a
# statement trigger fires once.  The large table is loaded by several units
# where no function forbids it.
$node->safe_psql('postgres', 'CREATE DATABASE trig');
$node->safe_psql(
	'trig', qq{
	CREATE TABLE a_look (k int, v text); INSERT INTO a_look SELECT g, 'v' || g FROM generate_series(1, 300) g;
	CREATE TABLE t (k int, note text, pad text);
	CREATE TABLE big (k int, pad text);
	CREATE TABLE z_log (what text, n bigint, id serial);
	CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
	\$\$BEGIN NEW.note := (SELECT v FROM public.a_look WHERE k = NEW.k); RETURN NEW; END\$\$;
	CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS
	\$\$BEGIN INSERT INTO public.z_log SELECT 'big', count(*) FROM news; RETURN NULL; END\$\$;
	CREATE TRIGGER fill BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fill();
	CREATE TRIGGER log AFTER INSERT ON big REFERENCING NEW TABLE AS news FOR EACH STATEMENT EXECUTE FUNCTION log();
	INSERT INTO t SELECT g, NULL, $pad FROM generate_series(1, 200) g;
	INSERT INTO big SELECT g, repeat('0123456789', 2500) FROM generate_series(1, 4000) g;
});
my @trig = (
	(   map { "SELECT '$_', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM $_ t" }
		  qw(a_look t big z_log)),
	'SELECT last_value FROM z_log_id_seq');
stock_dump($node, 'trig', "$tmp/trig");
my $trig = backup_ok($node, "SELECT backup_pool.backup_database('trig')", 'triggers: the archive');
$schema = fresh();
stock_restore($node, $schema, "$tmp/trig", '-s');
my $oracle = fresh($schema);
stock_restore($node, $oracle, "$tmp/trig", '-a');
foreach my $parallel (1, 2, 8)
{
	$db = fresh($schema);
	restore_ok($node, "SELECT backup_pool.restore('$trig', '$db', content => 'data', if_exists => 'append', parallel => $parallel)",
		"triggers at $parallel");
	is(contents($db, @trig), contents($oracle, @trig), "triggers at $parallel: as pg_restore");
}
restore_ok($node, "SELECT backup_pool.restore('$trig', '$db', content => 'data', if_exists => 'truncate', parallel => 8)", 'triggers: truncate');
is(contents($db, @trig[ 0 .. 2 ]), contents($oracle, @trig[ 0 .. 2 ]), 'triggers: truncate: as pg_restore');

# Configuration tables of extensions: keys, checks and functions need their rows
$node->safe_psql('postgres', 'CREATE DATABASE ext');
$node->safe_psql(
	'ext', qq{
	CREATE SCHEMA zoo_ext;
	CREATE EXTENSION bp_zoo_ext;
	INSERT INTO zoo_ext.setting VALUES ('mine', 'three');
	CREATE TABLE a_layer (name text REFERENCES zoo_ext.setting, pad text);
	INSERT INTO a_layer SELECT 'mine', $pad FROM generate_series(1, 200) g;
	CREATE TABLE checked (name text CHECK (zoo_ext.known(name)), pad text);
	INSERT INTO checked SELECT 'mine', $pad FROM generate_series(1, 200) g;
	CREATE INDEX known ON a_layer (name) WHERE zoo_ext.known(name);
});
my @ext = (
	(   map { "SELECT '$_', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM $_ t" }
		  qw(a_layer checked zoo_ext.setting)),
	"SELECT 'known', count(*) FROM a_layer WHERE zoo_ext.known(name) AND name > ''");
my $ext = backup_ok($node, "SELECT backup_pool.backup_database('ext')", 'extension: the archive');
foreach my $parallel (1, 2, 8)
{
	$db = fresh();
	restore_ok($node, "SELECT backup_pool.restore('$ext', '$db', parallel => $parallel)", "extension at $parallel");
	is(contents($db, @ext), contents('ext', @ext), "extension at $parallel: as the source");
}
$db = fresh();
$node->safe_psql($db, 'CREATE SCHEMA zoo_ext; CREATE EXTENSION bp_zoo_ext');
restore_ok($node, "SELECT backup_pool.restore('$ext', '$db', if_exists => 'append', parallel => 8)", 'extension: append');
is(contents($db, @ext), contents('ext', @ext), 'extension: append: as the source');

# Where no such function runs, nothing waits for all data: a function in a
# default or a trigger, and one of an extension that is not in SQL, do not count
$node->safe_psql('postgres', 'CREATE DATABASE free');
$node->safe_psql(
	'free', qq{
	CREATE SCHEMA zoo_ext;
	CREATE EXTENSION bp_zoo_ext;
	CREATE FUNCTION next() RETURNS int LANGUAGE plpgsql AS \$\$BEGIN RETURN 1; END\$\$;
	CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS \$\$BEGIN RETURN NEW; END\$\$;
	CREATE DOMAIN positive AS int CHECK (VALUE > 0);
	CREATE TABLE t (k int PRIMARY KEY DEFAULT next(), p positive, v text CHECK (zoo_ext.low(v) <> ''), g text GENERATED ALWAYS AS (lower(v)) STORED);
	INSERT INTO t SELECT g, g, $pad FROM generate_series(1, 200) g;
	CREATE INDEX ON t (zoo_ext.low(v));
	CREATE INDEX ON t (lower(v)) WHERE k > 0;
	CREATE TRIGGER fill BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fill();
});
my $free = backup_ok($node, "SELECT backup_pool.backup_database('free')", 'no such function: the archive');
$node->safe_psql('postgres', "ALTER SYSTEM SET log_statement = 'all'");
$node->reload;
foreach my $case ([ $free, 0 ], [ $archive, 1 ])
{
	my ($from, $waits) = @$case;
	my $offset = log_offset($node);
	$db = fresh();
	restore_ok($node, "SELECT backup_pool.restore('$from', '$db', parallel => 4)", "waits: $waits");
	is(log_since($node, $offset) =~ /wait for all data/ ? 1 : 0, $waits, "waits: $waits: so the log says");
}

no_leftovers($node, 'functions');
$node->stop;
done_testing();
