
# Copyright (c) 2026, backup_pool contributors

# Restores of parts of an archive, restores into existing objects, and the
# errors of a failed restore.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
load_shop($node, 'shop', 1);
$node->safe_psql(
	'shop', q{
	CREATE ROLE keeper; CREATE ROLE looker;
	CREATE SCHEMA extra AUTHORIZATION keeper;
	CREATE TABLE extra.one (id int PRIMARY KEY, v text); INSERT INTO extra.one SELECT g, 'one' FROM generate_series(1, 100) g;
	CREATE TABLE extra."Two ""2""" (id int); INSERT INTO extra."Two ""2""" SELECT generate_series(1, 50);
	ALTER TABLE extra.one OWNER TO keeper;
	GRANT SELECT ON extra.one TO looker;
	CREATE TABLE public.line (v text); INSERT INTO public.line VALUES ('not the shop''s');
	-- an archive of 18 has the source's statistics
	ANALYZE;
});
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('shop')", 'the archive');
my $n = 0;

sub fresh
{
	my ($sql) = @_;
	my $db = 'r' . ++$n;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, $sql) if $sql;
	return $db;
}

sub tables
{
	my ($db) = @_;
	return $node->safe_psql($db,
		"SELECT coalesce(string_agg(n.nspname || '.' || relname, ' ' ORDER BY 1), '') FROM (SELECT relnamespace, relname FROM pg_class WHERE relkind IN ('r', 'm', 'v', 'p') AND relnamespace >= 16384 OR relkind = 'r' AND relnamespace = 2200 ORDER BY relnamespace::regnamespace::text, relname COLLATE \"C\") c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname <> 'information_schema'"
	);
}

# by schema
my $db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', schemas => '{extra}')", 'one schema');
same_dump($node, 'shop', $db, 'one schema: is what pg_dump -n gives', args => [ '-n', 'extra' ]);
is($node->safe_psql($db, "SELECT count(*) FROM pg_namespace WHERE nspname = 'shop'"), '0', 'one schema: no other');

# by table: with and without its schema, quoted; as pg_restore -t, without what it hangs from
$db = fresh('CREATE SCHEMA shop; CREATE SCHEMA extra;');
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', tables => '{shop.product}')", 'one table');
is($node->safe_psql($db, 'SELECT count(*) FROM shop.product'), '500', 'one table: its rows');
is(tables($db), 'shop.product', 'one table: no other');
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', tables => ARRAY['extra.\"Two \"\"2\"\"\"', 'extra.one'])", 'two tables, one of an odd name');
is($node->safe_psql($db, 'SELECT (SELECT count(*) FROM extra.one) + (SELECT count(*) FROM extra."Two ""2""")'), '150', 'two tables: their rows');
my $err = run_task($node, "SELECT backup_pool.restore('$archive', '$db', tables => '{shop.nothing}')");
isnt($err->{rc}, 0, 'a table that the archive does not hold');
like($err->{err}, qr/nothing/, 'is named');
$err = run_task($node, "SELECT backup_pool.restore('$archive', '$db', schemas => '{nothing}')");
isnt($err->{rc}, 0, 'a schema that the archive does not hold');
like($err->{err}, qr/nothing/, 'is named');

# content
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', content => 'schema')", 'definitions only');
same_dump($node, 'shop', $db, 'definitions only: is what pg_dump -s gives', args => ['-s']);
is($node->safe_psql($db, 'SELECT count(*) FROM shop.line'), '0', 'definitions only: no rows');
$node->safe_psql($db, 'ALTER TABLE shop.product DROP CONSTRAINT product_price_check');
my $data = run_task($node, "SELECT backup_pool.restore('$archive', '$db', content => 'data', if_exists => 'append')");
is($data->{state}, 'succeeded', 'rows only, into definitions that are there') or diag($data->{err});
same_dump($node, 'shop', $db, 'rows only: is what pg_dump -a gives', args => [ '-a' ]);

# backups in parts
my $part = backup_ok($node, "SELECT backup_pool.backup_schema('ext*', 'shop')", 'backup of a schema by pattern');
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$part', '$db')", 'its restore');
same_dump($node, 'shop', $db, 'is what pg_dump -n gives', args => [ '-n', 'ext*' ]);
$part = backup_ok($node, "SELECT backup_pool.backup_tables('{shop.prod*,shop.cust*}', 'shop')", 'backup of tables by pattern');
$db = fresh('CREATE SCHEMA shop');
restore_ok($node, "SELECT backup_pool.restore('$part', '$db')", 'their restore');
same_dump($node, 'shop', $db, 'is what pg_dump -t gives', args => [ '-t', 'shop.prod*', '-t', 'shop.cust*' ]);
$part = backup_ok($node,
	"SELECT backup_pool.backup_database('shop', exclude_schemas => '{extra}', exclude_tables => '{shop.visit*}', exclude_table_data => '{shop.line}')",
	'backup with exclusions');
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$part', '$db')", 'its restore');
same_dump($node, 'shop', $db, 'is what pg_dump -N -T --exclude-table-data gives',
	args => [ '-N', 'extra', '-T', 'shop.visit*', '--exclude-table-data=shop.line' ]);
is($node->safe_psql($db, 'SELECT count(*) FROM shop.line'), '0', 'without the rows that were excluded');
is($node->safe_psql($db, "SELECT count(*) FROM pg_class WHERE relname ~ '^(visit|one)'"), '0', 'nor the tables');
foreach my $content ('schema', 'data')
{
	$part = backup_ok($node, "SELECT backup_pool.backup_database('shop', content => '$content')", "backup of content $content");
	is($node->safe_psql('postgres', "SELECT content FROM backup_pool.archives WHERE archive = '$part'"), $content, 'view archives tells');
	$db = fresh();
	if ($content eq 'data')
	{
		$node->safe_psql('postgres', "DROP DATABASE $db");
		# a data-only archive loads into definitions that stand already
		restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', create_database => true, content => 'schema')", 'definitions for it');
	}
	restore_ok($node, "SELECT backup_pool.restore('$part', '$db', if_exists => '" . ($content eq 'data' ? 'append' : 'error') . "')", 'its restore')
	  if $content eq 'schema';
	same_dump($node, 'shop', $db, "is what pg_dump gives", args => [ $content eq 'schema' ? '-s' : '-s' ]);
}

# owner, privileges
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', owner => false, privileges => false)", 'without owners and privileges');
is($node->safe_psql($db, "SELECT pg_get_userbyid(relowner) = current_user AND relacl IS NULL FROM pg_class WHERE oid = 'extra.one'::regclass"), 't', 'are the restorer\'s');
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', privileges => false)", 'without privileges');
is($node->safe_psql($db, "SELECT pg_get_userbyid(relowner) || (relacl IS NULL) FROM pg_class WHERE oid = 'extra.one'::regclass"), 'keepertrue', 'keeps owners');

# if_exists
my $there = q{CREATE SCHEMA extra; CREATE TABLE extra.one (id int PRIMARY KEY, v text); INSERT INTO extra.one VALUES (1000, 'mine');};
my $args = "schemas => '{extra}'";
$db = fresh($there);
my $same = dump_sorted($node, $db);
my $task = run_task($node, "SELECT backup_pool.restore('$archive', '$db', $args)");
is($task->{state}, 'failed', 'if_exists error: fails');
like($task->{err}, qr/ERROR:  42P0[67]:.*(extra|one).*already exists/s, 'if_exists error: names what is there');
same_dump($node, \$same, $db, 'if_exists error: before anything is changed');
foreach my $case (
	[ 'skip', '1', 'mine' ],
	[ 'append', '101', 'mine,one' ],
	[ 'truncate', '100', 'one' ],
	[ 'replace', '100', 'one' ])
{
	my ($how, $rows, $values) = @$case;
	$db = fresh($there . 'CREATE VIEW extra.v AS SELECT 1 AS x;');
	restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', schemas => '{extra}', if_exists => '$how')", "if_exists $how");
	is($node->safe_psql($db, 'SELECT count(*) FROM extra.one'), $rows, "if_exists $how: rows");
	is($node->safe_psql($db, "SELECT string_agg(DISTINCT v, ',' ORDER BY v) FROM extra.one"), $values, "if_exists $how: values");
	is($node->safe_psql($db, 'SELECT count(*) FROM extra."Two ""2"""'), '50', "if_exists $how: what was not there is made");
	is($node->safe_psql($db, "SELECT count(*) FROM pg_constraint WHERE conrelid = 'extra.one'::regclass AND contype = 'p'"), '1', "if_exists $how: one primary key");
}
# the same database again, in each way that allows it
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db')", 'a restore');
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', if_exists => '$_')", "again, $_") foreach ('truncate', 'replace', 'skip');
same_dump($node, 'shop', $db, 'and it is the same after all of them');

# a failed restore tells which entry and statement, and what stays
$db = fresh('CREATE EXTENSION IF NOT EXISTS plpgsql');
$node->safe_psql('shop', q{CREATE SCHEMA bad; CREATE FUNCTION bad.f(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF current_database() <> 'shop' THEN RAISE EXCEPTION 'not here' USING ERRCODE = 'ZZ001', DETAIL = 'some detail'; END IF; RETURN true; END $$;
	CREATE TABLE bad.t (v int CHECK (bad.f(v))); INSERT INTO bad.t VALUES (1), (2); CREATE TABLE bad.u AS SELECT 1 AS x;});
$part = backup_ok($node, "SELECT backup_pool.backup_schema('bad', 'shop')", 'an archive that cannot be loaded elsewhere');
$task = task_fails_like($node, "SELECT backup_pool.restore('$part', '$db')", 'ZZ001', qr/not here.*(TABLE DATA bad t|bad\.t|COPY)/s, 'a row that is refused');
like("$task->{detail}$task->{error}$task->{hint}", qr/bad/, 'names the entry');
is($node->safe_psql($db, "SELECT count(*) FROM pg_class WHERE oid = to_regclass('bad.t')"), '1', 'definitions made already stay');
$node->safe_psql('shop', 'CREATE TABLE bad.dup (v int); INSERT INTO bad.dup VALUES (1);');
$part = backup_ok($node, "SELECT backup_pool.backup_table('bad.dup', 'shop')", 'an archive of one table');
$db = fresh();
task_fails_like($node, "SELECT backup_pool.restore('$part', '$db')", '3F000', qr/schema "bad" does not exist.*(CREATE TABLE|TABLE bad dup)/s, 'a statement that fails');

# Keys to a table of several levels of partitions, while its partitions' indexes
# are being attached: stock pg_restore -j deadlocks one time in ten.
$node->safe_psql('postgres', 'CREATE DATABASE levels');
$node->safe_psql('levels', q{
	CREATE TABLE top (id int, at int, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
	CREATE TABLE mid PARTITION OF top FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (id);
	CREATE TABLE low PARTITION OF mid DEFAULT PARTITION BY HASH (id);
	SELECT format('CREATE TABLE low_%s PARTITION OF low FOR VALUES WITH (MODULUS 4, REMAINDER %1$s)', g) FROM generate_series(0, 3) g \gexec
	CREATE TABLE other PARTITION OF top DEFAULT;
	CREATE INDEX ON top (v); CREATE INDEX ON top (lower(v), id); CREATE INDEX ON top (at);
	INSERT INTO top SELECT g, g, 'v' FROM generate_series(1, 2000) g;
	SELECT format('CREATE TABLE ref_%s (id int, at int, FOREIGN KEY (id, at) REFERENCES top)', g) FROM generate_series(1, 4) g \gexec
	INSERT INTO ref_1 SELECT g, g FROM generate_series(1, 2000) g;
});
$part = backup_ok($node, "SELECT backup_pool.backup_database('levels')", 'levels of partitions: backup');
restore_ok($node, "SELECT backup_pool.restore('$part', 'levels_$_', true)", "levels of partitions: restore $_") foreach (1 .. 8);
same_dump($node, 'levels', 'levels_8', 'levels of partitions: the copy is the same');

# what runs in a restore sees the settings that it sees otherwise: those of the
# login, and in a database that is made with it, those of the archive's
$node->safe_psql('postgres', q{
	CREATE DATABASE zoned;
	ALTER DATABASE zoned SET timezone = 'America/New_York';
	ALTER DATABASE zoned SET datestyle = 'German';
	ALTER DATABASE zoned SET intervalstyle = 'sql_standard';
	ALTER DATABASE zoned SET extra_float_digits = -5;
	ALTER DATABASE zoned SET bytea_output = 'escape';
	ALTER DATABASE zoned SET statement_timeout = '1h';
	SELECT format('ALTER ROLE %I IN DATABASE zoned SET my.tenant = %L', current_user, 'blue, "green"') \gexec
});
$node->safe_psql('zoned', q{
	CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.noted := NEW.at::text; RETURN NEW; END $$;
	CREATE TABLE log (id int, at timestamptz, day date, span interval, f float8, b bytea, noted text,
		CHECK (day = at::date), CHECK (id >= 0 AND current_setting('my.tenant') = 'blue, "green"'));
	CREATE TABLE plain (LIKE log INCLUDING CONSTRAINTS);
	CREATE TRIGGER note BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION note();
	INSERT INTO log SELECT g, at, at::date, span, 0.1::float8 + 0.2, '\x00ff41'
		FROM (SELECT g, timestamptz '2026-01-02 03:04:05+00' + g * interval '5 h' AS at, interval '-1 month -2 days 03:04' * g AS span FROM generate_series(0, 99) g) s;
	INSERT INTO plain TABLE log;
	CREATE MATERIALIZED VIEW days AS SELECT at::date AS day, count(*), min(at)::text AS at, sum(span)::text AS span, min(f)::text AS f, min(b::text) AS b FROM plain GROUP BY 1;
});
my $seen = sub { return $node->safe_psql($_[0], "SET timezone = 'UTC'; SET datestyle = 'ISO'; SELECT * FROM days ORDER BY day; SELECT * FROM log ORDER BY id") };
my $want = $seen->('zoned');
my $zoned = backup_ok($node, "SELECT backup_pool.backup_database('zoned')", 'settings of the database');
restore_ok($node, "SELECT backup_pool.restore('$zoned', 'zoned', if_exists => 'replace')", 'settings of the login');
is($seen->('zoned'), $want, 'settings of the login: hold for checks, triggers and materialized views');
restore_ok($node, "SELECT backup_pool.restore('$zoned', 'zoned', content => 'data', if_exists => 'truncate')", 'settings of the login, data alone');
is($seen->('zoned'), $want, 'settings of the login: hold for data alone');
restore_ok($node, "SELECT backup_pool.restore('$zoned', 'zoned2', create_database => true)", 'settings of the archive');
is($seen->('zoned2'), $want, 'settings of the archive: hold from the start');
same_dump($node, 'zoned', 'zoned2', 'settings of the archive: the copy is the same');
restore_ok($node, "SELECT backup_pool.verify('$zoned', 'restore')", 'settings of the archive: in a verification, too');

# statistics
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db')", 'a restore');
is($node->safe_psql($db, "SELECT count(*) FROM pg_stats WHERE schemaname = 'shop' AND tablename IN ('line', 'customer')") > 5 ? 'yes' : 'no', 'yes', 'what was loaded is analyzed');
is($node->safe_psql($db, "SELECT reltuples FROM pg_class WHERE oid = 'shop.line'::regclass"), '6000', 'and counted');
if (pg_version($node) >= 18)
{
	$node->safe_psql('shop', 'DROP SCHEMA bad CASCADE; ANALYZE');
	my $dir = $node->basedir . '/with_stats';
	stock_dump($node, 'shop', $dir, '--statistics');
	$db = fresh();
	restore_ok($node, "SELECT backup_pool.restore('$dir', '$db')", 'an archive that has statistics');
	is( $node->safe_psql($db, "SELECT md5(string_agg(s::text, '' ORDER BY tablename, attname)) FROM (SELECT tablename, attname, null_frac, n_distinct, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE schemaname = 'shop') s"),
		$node->safe_psql('shop', "SELECT md5(string_agg(s::text, '' ORDER BY tablename, attname)) FROM (SELECT tablename, attname, null_frac, n_distinct, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE schemaname = 'shop') s"),
		'its statistics are the source\'s');
}

$node->stop;
done_testing();
