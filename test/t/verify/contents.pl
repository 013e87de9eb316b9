
# Copyright (c) 2026, backup_pool contributors

# verify at level 'restore' compares the contents of tables, large objects and
# indexes with the archive, not only the number of rows.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');

sub verified
{
	my ($archive, %opt) = @_;
	return run_task($node, "SELECT backup_pool.verify('$archive', 'restore')", %opt);
}

sub verify_ok
{
	my ($archive, $name) = @_;
	my $task = verified($archive);
	is($task->{state}, 'succeeded', $name) or diag(explain($task));
	return $task;
}

sub verify_fails
{
	my ($archive, $message, $detail, $name) = @_;
	my $task = verified($archive);
	is($task->{sqlstate}, 'XX001', "$name: fails") or diag(explain($task));
	like($task->{error}, $message, "$name: message");
	like($task->{detail}, $detail, "$name: detail");
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_database WHERE datname LIKE 'backup_pool_verify%'"),
		'0', "$name: the scratch database is dropped");
	return;
}

# ---- what must not be reported: order, generated columns, settings, formats

$node->safe_psql('postgres', 'CREATE DATABASE good');
$node->safe_psql('good', q{
	ALTER DATABASE good SET timezone = 'Asia/Tokyo';
	ALTER DATABASE good SET bytea_output = 'escape';
	ALTER DATABASE good SET datestyle = 'German, DMY';
	SET timezone = 'UTC'; SET datestyle = 'ISO, MDY';
	CREATE TYPE pair AS (a timestamptz, b bytea);
	CREATE DOMAIN posint AS int CHECK (value > 0);
	CREATE TABLE kinds (i posint, ts timestamptz, b bytea, f float8, n numeric, m money, r tstzrange, p pair,
		a timestamptz[], j jsonb, x text, d date, g int GENERATED ALWAYS AS (i * 2) STORED, iv interval);
	INSERT INTO kinds (i, ts, b, f, n, m, r, p, a, j, x, d, iv) SELECT g, '2020-01-01'::timestamptz + g * interval '1 hour', decode(md5(g::text), 'hex'), random(),
		g / 7.0, g::text::money, tstzrange(now(), now() + interval '1 day'), ROW(now(), '\x00ff')::pair, ARRAY[now()],
		jsonb_build_object('k', g), CASE WHEN g % 3 = 0 THEN NULL ELSE E'a\tb\\c\n' || g END, '2020-02-03', interval '3 days'
		FROM generate_series(1, 2000) g;
	ALTER TABLE kinds DROP COLUMN d;
	ALTER TABLE kinds ADD COLUMN late text DEFAULT 'x';
	CREATE TABLE nocolumns (); INSERT INTO nocolumns DEFAULT VALUES; INSERT INTO nocolumns DEFAULT VALUES;
	CREATE TABLE empty (i int);
	CREATE TABLE parent (i int, t text); CREATE TABLE child (u text) INHERITS (parent);
	INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (2, 'b', 'c');
	CREATE TABLE parted (k text, v int) PARTITION BY HASH (k);
	CREATE TABLE parted0 (v int, k text); ALTER TABLE parted ATTACH PARTITION parted0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO parted SELECT g::text, g FROM generate_series(1, 1000) g;
	CREATE TABLE big AS SELECT g AS i, repeat(md5(g::text), 8) AS t FROM generate_series(1, 300000) g;
	CREATE INDEX ON big (i); CREATE INDEX ON big (lower(t)) WHERE i % 2 = 0;
	CREATE INDEX ON kinds (x, n) INCLUDE (f); CREATE INDEX ON kinds USING gist (r); CREATE INDEX ON kinds USING spgist (x);
	CREATE INDEX ON kinds USING gin (j); CREATE INDEX ON kinds USING brin (ts); CREATE INDEX ON kinds USING hash (i);
	CREATE MATERIALIZED VIEW mv AS SELECT i, x FROM kinds; CREATE INDEX ON mv (i);
	CREATE TABLE names (n name); INSERT INTO names SELECT relname FROM pg_class; CREATE INDEX ON names (n);
	SELECT lo_from_bytea(7001, decode(repeat('00ff41', 200000), 'hex')), lo_from_bytea(7002, '');
});
my $good = backup_ok($node, q{SELECT backup_pool.backup_database('good')}, 'backup');
my $task = verify_ok($good, 'an archive of ours');
is($task->{tables_done}, $task->{tables_total}, 'all tables are counted');
my $stock = $node->basedir . '/stock';
stock_dump($node, 'good', $stock);
verify_ok($stock, "an archive of pg_dump's");
my $root = $node->basedir . '/root';
stock_dump($node, 'good', $root, '--load-via-partition-root');
verify_ok($root, 'rows that pg_dump loads by their root');

my $nothing = backup_ok($node, q{SELECT backup_pool.backup_table('empty', 'good', content => 'schema')}, 'nothing: backup');
verify_ok($nothing, 'nothing to compare');

# the same without amcheck, as a role that may not create it
$node->safe_psql('postgres', q{
	CREATE ROLE bob LOGIN CREATEDB; GRANT pg_read_all_data TO bob;
	GRANT USAGE ON SCHEMA backup_pool TO bob; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO bob;});
$node->safe_psql('good', q{ALTER DATABASE good RESET bytea_output; GRANT SELECT ON LARGE OBJECT 7001, 7002 TO bob});
my $bobs = run_task($node, q{SET SESSION AUTHORIZATION bob; SELECT backup_pool.backup_database('good')});
is($bobs->{state}, 'succeeded', 'backup by bob') or diag(explain($bobs));
$task = run_task($node, "SET SESSION AUTHORIZATION bob; SELECT backup_pool.verify('$bobs->{archive}', 'restore')");
is($task->{state}, 'succeeded', 'verified without amcheck') or diag(explain($task));

# ---- differences.  Functions of the archive do what they must not do, but
# only in the scratch database.

# An index over this function changes another table when it is built.
my $change = q{
	CREATE FUNCTION public.change() RETURNS int LANGUAGE plpgsql AS $$
	BEGIN
		IF current_database() LIKE 'backup\_pool\_verify%' THEN %s END IF;
		RETURN 0;
	END $$;
	CREATE FUNCTION public.calls(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
		BEGIN RETURN public.change(); END $$;
	CREATE TABLE zz_last (i int); INSERT INTO zz_last VALUES (1); CREATE INDEX ON zz_last (calls(i));
};

sub changed_db
{
	my ($db, $tables, $sql) = @_;
	(my $functions = $change) =~ s/%s/$sql/;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, $tables . $functions);
	return backup_ok($node, "SELECT backup_pool.backup_database('$db')", "$db: backup");
}

my $archive = changed_db('value', q{CREATE TABLE small (i int, t text); INSERT INTO small SELECT g, 'x' || g FROM generate_series(1, 100) g;},
	q{UPDATE public.small SET t = 'other' WHERE i = 50;});
verify_fails($archive, qr/^table public\.small differs from the archive/, qr/have 100 rows, but with different contents/, 'one value');
my $dir = $node->basedir . '/value';
stock_dump($node, 'value', $dir);
verify_fails($dir, qr/^table public\.small differs from the archive/, qr/have 100 rows, but with different contents/, "one value, pg_dump's archive");

$archive = changed_db('swapped', q{CREATE TABLE small (i int, t text); INSERT INTO small VALUES (1, 'a'), (2, 'b');},
	q{UPDATE public.small SET i = 3 - i;});
verify_fails($archive, qr/^table public\.small differs/, qr/2 rows, but with different contents/, 'values of other rows');

$archive = changed_db('large', q{CREATE TABLE large AS SELECT g AS i, repeat(md5(g::text), 8) AS t FROM generate_series(1, 300000) g;},
	q{UPDATE public.large SET t = upper(t) WHERE i = 299999;});
verify_fails($archive, qr/^table public\.large differs from the archive/, qr/have 300000 rows, but with different contents/, 'a large table');

$archive = changed_db('fewer', q{CREATE TABLE small (i int); INSERT INTO small VALUES (1), (2);}, q{DELETE FROM public.small WHERE i = 1;});
verify_fails($archive, qr/^table public\.small differs/, qr/archive has 2 rows, and the table has 1\b/, 'a row less');
$dir = $node->basedir . '/fewer';
stock_dump($node, 'fewer', $dir);
verify_fails($dir, qr/^table public\.small differs/, qr/archive has 2 rows, and the table has 1\b/, "a row less, pg_dump's archive");

$archive = changed_db('lobs', q{SELECT lo_from_bytea(8001, 'abc');}, q{PERFORM lo_put(8001, 1, 'X');});
verify_fails($archive, qr/^large object 8001 differs/, qr//, 'a large object');

# ---- indexes over functions that give another result later

my $index = q{
	CREATE TABLE data (k int, t text); INSERT INTO data SELECT g, 'x' FROM generate_series(1, 50) g;
	CREATE FUNCTION public.f(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
		BEGIN RETURN (random() * 1000000000)::int; END $$;
	CREATE INDEX di ON data (f(k));
	GRANT SELECT ON ALL TABLES IN SCHEMA public TO bob;
};
$node->safe_psql('postgres', 'CREATE DATABASE idx');
$node->safe_psql('idx', $index);
$archive = backup_ok($node, q{SELECT backup_pool.backup_database('idx')}, 'index: backup');
verify_fails($archive, qr/^index public\.di does not have what its table has/, qr/lacks matching index tuple/, 'index, by amcheck');
$bobs = run_task($node, q{SET SESSION AUTHORIZATION bob; SELECT backup_pool.backup_database('idx')});
is($bobs->{state}, 'succeeded', 'index: backup by bob') or diag(explain($bobs));
$task = run_task($node, "SET SESSION AUTHORIZATION bob; SELECT backup_pool.verify('$bobs->{archive}', 'restore')");
is($task->{sqlstate}, 'XX001', 'index, by reading it') or diag(explain($task));
like($task->{error}, qr/^index public\.di does not have what its table has/, 'its name');
like($task->{detail}, qr/another key than its row/, 'what is wrong');

# a partial index that lacks rows
$node->safe_psql('postgres', 'CREATE DATABASE part');
$node->safe_psql('part', q{
	CREATE TABLE data (k int); INSERT INTO data SELECT generate_series(1, 50);
	CREATE MATERIALIZED VIEW mv AS SELECT 1 AS i;
	-- the view is filled after indexes were built
	CREATE FUNCTION public.later(i int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$
		BEGIN RETURN (SELECT relispopulated FROM pg_catalog.pg_class WHERE relname = 'mv'); END $$;
	CREATE INDEX dp ON data (k) WHERE later(k);
	GRANT SELECT ON ALL TABLES IN SCHEMA public TO bob;
});
$archive = backup_ok($node, q{SELECT backup_pool.backup_database('part')}, 'partial index: backup');
verify_fails($archive, qr/^index public\.dp does not have/, qr/lacks matching index tuple/, 'partial index, by amcheck');
$bobs = run_task($node, q{SET SESSION AUTHORIZATION bob; SELECT backup_pool.backup_database('part')});
$task = run_task($node, "SET SESSION AUTHORIZATION bob; SELECT backup_pool.verify('$bobs->{archive}', 'restore')");
like($task->{error}, qr/^index public\.dp does not have/, 'partial index, by reading it') or diag(explain($task));
like($task->{detail}, qr/has 0 entries for 50 rows/, 'counts');

# an event trigger of the archive does not stop amcheck
$node->safe_psql('postgres', 'CREATE DATABASE evt');
$node->safe_psql('evt', q{
	CREATE TABLE t (i int PRIMARY KEY); INSERT INTO t VALUES (1);
	CREATE FUNCTION deny() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no DDL here'; END $$;
	CREATE EVENT TRIGGER deny ON ddl_command_start EXECUTE FUNCTION deny();});
$archive = backup_ok($node, q{SELECT backup_pool.backup_database('evt')}, 'event trigger: backup');
verify_ok($archive, 'event trigger');

done_testing();
