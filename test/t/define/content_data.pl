
# Copyright (c) 2026, backup_pool contributors

# Definitions made without pg_dump are the same as those of pg_dump, with
# content 'data': the same entries in the same order, for each relation, each
# schema, and whole databases with exclusions.
#
# Most of the time is spent running pg_dump.  So relations are selected
# several at a time, in groups that BACKUP_POOL_SEED determines.  A few of
# each kind are also selected alone; with BACKUP_POOL_ALL=1 each one is.

use strict;
use warnings;

use BackupPool;
use BackupPool::Toc;
use List::Util qw(shuffle);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main',
	labels => 1,
	conf =>
	  "max_locks_per_transaction = 256\nbackup_pool.max_tasks = 2000\nbackup_pool.definitions = native"
);
my ($native, $refused) = (0, 0);

my $seed = $ENV{BACKUP_POOL_SEED} // int(rand(1 << 30));
srand($seed);
note("groups of relations: BACKUP_POOL_SEED=$seed");

# Rows of hex-encoded columns: names may hold anything.
sub names
{
	my ($db, $query) = @_;
	return map {
		[ map { pack('H*', $_) } split(/,/, $_, -1) ]
	} split(/\n/, $node->safe_psql($db, $query));
}

sub hex_of
{
	my ($column) = @_;
	return "encode(convert_to($column, 'UTF8'), 'hex')";
}

sub pattern
{
	return join('.', map { '"' . s/"/""/gr . '"' } @_);
}

sub literal
{
	return "'" . $_[0] =~ s/'/''/gr . "'";
}

# Each selection is [name, SQL function with arguments, pg_dump arguments].
# All are backed up at once; then pg_dump is asked.
sub same_as_pg_dump
{
	my ($what, $db, @selections) = @_;
	my @ids = split(/\n/, $node->safe_psql('postgres',
			join('', map { "SELECT backup_pool.$_->[1];\n" } @selections)));
	$node->safe_psql('postgres',
		join('', map { "DO \$\$BEGIN PERFORM backup_pool.wait($_); EXCEPTION WHEN OTHERS THEN NULL; END\$\$;\n" } @ids));
	my $dir = $node->basedir . '/stock';
	my $bad = 0;

	foreach my $i (0 .. $#selections)
	{
		my ($name, $sql, @args) = @{ $selections[$i] };
		my $task = task_row($node, $ids[$i]);
		if ($task->{state} ne 'succeeded')
		{
			# left to pg_dump is right, if that was the reason
			$bad++ unless is($task->{sqlstate}, '0A000', "$what: $name: refused (BACKUP_POOL_SEED=$seed)");
			diag("$name: $task->{error}: $task->{detail}") if $task->{sqlstate} ne '0A000';
			note("$name: $task->{detail}");
			$refused++;
			next;
		}
		$native++;
		system_or_bail('rm', '-rf', $dir);
		run_log([ 'pg_dump', '-Fd', '-a', '--no-sync', '-f', $dir, @args, '-d', $node->connstr($db) ])
		  or die "pg_dump of $name failed";
		my $ours = comparable(read_toc(archive_path($node, $task->{archive}) . '/toc.dat'));
		my $theirs = comparable(read_toc("$dir/toc.dat"));
		is_deeply($ours, $theirs, "$what: $name (BACKUP_POOL_SEED=$seed)") or $bad++;
	}
	return $bad;
}

# A selection of relations, each given as [schema, name].
sub selection_of
{
	my ($db, @relations) = @_;
	my @patterns = map { pattern(@$_) } @relations;
	my $array = join(', ', map { literal($_) } @patterns);
	return [ join(', ', @patterns), "backup_tables(ARRAY[$array], '$db', content => 'data')",
		map { ('-t', $_) } @patterns ];
}

# Every relation in some group, two of each kind alone; every schema alone.
sub each_relation
{
	my ($db) = @_;
	my $user = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
	my @relations = names($db,
			"SELECT concat_ws(',', "
		  . hex_of('n.nspname') . ', ' . hex_of('c.relname') . ', ' . hex_of('c.relkind::text')
		  . ") FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
		  . " WHERE relkind IN ('r', 'S', 'v', 'm', 'f', 'p') AND $user ORDER BY 1");
	my @schemas = names($db, "SELECT " . hex_of('nspname') . " FROM pg_namespace n WHERE $user ORDER BY 1");

	my (%seen, @alone, @groups);
	foreach my $r (shuffle(@relations))
	{
		my $kind = pop @$r;
		push @alone, [$r] if $ENV{BACKUP_POOL_ALL} || $seen{$kind}++ < 2;
		push @groups, [] if !@groups || @{ $groups[-1] } == 8;
		push @{ $groups[-1] }, $r;
	}
	same_as_pg_dump($db, $db, map { selection_of($db, @$_) } @alone, @groups);
	same_as_pg_dump($db, $db, map {
		my $p = pattern(@$_);
		[ "schema $p", 'backup_schema(' . literal($p) . ", '$db', content => 'data')", '-n', $p ]
	} @schemas);
	return scalar(@relations);
}

sub whole
{
	my ($db) = @_;
	same_as_pg_dump($db, $db, [ 'database', "backup_database('$db', content => 'data')" ]);
	return;
}

# -- the zoo
load_zoo($node, 'zoo');
cmp_ok(each_relation('zoo'), '>', 50, 'the zoo has some relations');
task_fails_like($node, "SELECT backup_pool.backup_database('zoo', content => 'data')",
	'0A000', qr/there are large objects/, 'large objects');
$node->safe_psql('zoo', 'SELECT lo_unlink(oid) FROM pg_largeobject_metadata');
whole('zoo');

# -- patterns and exclusions
same_as_pg_dump(
	'patterns',
	'zoo',
	[ 'wildcards', "backup_tables('{*.a*,?*.*t*}', 'zoo', content => 'data')", '-t', '*.a*', '-t', '?*.*t*' ],
	[ 'visible', "backup_table('p*', 'zoo', content => 'data')", '-t', 'p*' ],
	[ 'all in a schema', "backup_table('zoo.*', 'zoo', content => 'data')", '-t', 'zoo.*' ],
	[ 'twice', "backup_tables('{*.p*,*.p*}', 'zoo', content => 'data')", '-t', '*.p*', '-t', '*.p*' ],
	[ 'schemas', "backup_schemas('{z*,p*}', 'zoo', exclude_tables => '{*.t*}', content => 'data')", '-n', 'z*', '-n', 'p*', '-T', '*.t*' ],
	[ 'exclusions', "backup_database('zoo', exclude_schemas => '{z*}', exclude_tables => '{*.*seq*}', exclude_table_data => '{*.p*}', content => 'data')",
		'-N', 'z*', '-T', '*.*seq*', '--exclude-table-data', '*.p*' ],
	[ 'the system\'s', "backup_table('pg_am', 'zoo', content => 'data')" ],
	[ 'everything visible', "backup_table('*', 'zoo', content => 'data')" ],
	[ 'a dot in a schema', "backup_schema('publi.', 'zoo', content => 'data')" ]);

# -- pagila, if it is there
if (-e datadir() . '/pagila.sql')
{
	$node->safe_psql('postgres', 'CREATE DATABASE pagila');
	load_file($node, 'pagila', 'pagila.sql');
	each_relation('pagila');
	whole('pagila');
}
else
{
	note('no pagila.sql');
}

# -- what the zoo has not: names, settings of the database
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE "odd ""role";
CREATE ROLE other;
CREATE DATABASE "odd ""db" TEMPLATE template0 OWNER "odd ""role" CONNECTION LIMIT 7;
ALTER DATABASE "odd ""db" IS_TEMPLATE true;
ALTER DATABASE "odd ""db" SET search_path = "$user", 'a,b', """q", public;
ALTER DATABASE "odd ""db" SET work_mem = '5MB';
ALTER DATABASE "odd ""db" SET application_name = 'a''b\';
ALTER DATABASE "odd ""db" SET quote_all_identifiers = on;
ALTER ROLE "odd ""role" IN DATABASE "odd ""db" SET datestyle = 'ISO, DMY';
ALTER ROLE other IN DATABASE "odd ""db" SET search_path = 'x y', pg_catalog;
COMMENT ON DATABASE "odd ""db" IS 'falls away';
GRANT CONNECT ON DATABASE "odd ""db" TO other;
SQL
$node->safe_psql('odd "db', <<'SQL');
SET search_path = public;
CREATE SCHEMA "Odd.s""";
CREATE TABLE "Odd.s"""."select" (a int, "B" int, "c""" text, "user" int,
	x int GENERATED ALWAYS AS (a + 1) STORED, d int, public int);
ALTER TABLE "Odd.s"""."select" DROP COLUMN d;
CREATE TABLE "line
break" (i serial, j int GENERATED BY DEFAULT AS IDENTITY (START 7), k bigserial);
SELECT setval('"line
break_i_seq"', 2147483647, false);
CREATE TABLE none ();
CREATE TABLE dropped (a int);
ALTER TABLE dropped DROP COLUMN a;
CREATE UNLOGGED TABLE unlogged (a serial);
CREATE SEQUENCE lonely INCREMENT -3 START -4;
SELECT nextval('lonely'), nextval('lonely');
CREATE VIEW just_a_view AS SELECT 1;
CREATE MATERIALIZED VIEW stored_view AS SELECT 1 AS one;
INSERT INTO "Odd.s"""."select" (a, "B") SELECT g, -g FROM generate_series(1, 10) g;
INSERT INTO "line
break" DEFAULT VALUES;
INSERT INTO none DEFAULT VALUES;
COMMENT ON TABLE none IS 'falls away';
GRANT SELECT ON none TO other;

-- tables that refer to themselves, to each other, and in cycles
CREATE TABLE z (id int PRIMARY KEY, y int);
CREATE TABLE y (id int PRIMARY KEY, z int REFERENCES z, x int);
CREATE TABLE x (id int PRIMARY KEY, y int REFERENCES y);
CREATE TABLE w (id int PRIMARY KEY, w int REFERENCES w, z int REFERENCES z);
CREATE TABLE v (id int REFERENCES z, x int REFERENCES x, y int REFERENCES y, y2 int REFERENCES y);
CREATE TABLE a (id int PRIMARY KEY REFERENCES w);
CREATE TABLE b (id int PRIMARY KEY, c int);
CREATE TABLE c (id int PRIMARY KEY REFERENCES b, e int);
CREATE TABLE d (id int PRIMARY KEY REFERENCES c, b int REFERENCES b);
CREATE TABLE e (id int PRIMARY KEY REFERENCES d);
ALTER TABLE b ADD FOREIGN KEY (c) REFERENCES d;
ALTER TABLE c ADD FOREIGN KEY (e) REFERENCES e;
ALTER TABLE z ADD FOREIGN KEY (y) REFERENCES x;

-- through the root, because of an enum's hash
CREATE TYPE color AS ENUM ('red', 'green');
CREATE TABLE "pa
rt" (c color, n int) PARTITION BY HASH (c);
CREATE TABLE part_0 PARTITION OF "pa
rt" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE "part ""1" PARTITION OF "pa
rt" FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY LIST (n);
CREATE TABLE part_11 PARTITION OF "part ""1" DEFAULT;
INSERT INTO "pa
rt" SELECT (ARRAY['red', 'green'])[g % 2 + 1]::color, g FROM generate_series(1, 10) g;
CREATE TABLE plain (n int) PARTITION BY RANGE (n);
CREATE TABLE plain_0 PARTITION OF plain DEFAULT;
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
SQL
same_as_pg_dump(
	'odd names',
	'odd "db',
	[ 'database', q{backup_database('odd "db', content => 'data')} ],
	[ 'exclusions', q{backup_database('odd "db', exclude_tables => '{part*,z}', content => 'data')}, '-T', 'part*', '-T', 'z' ],
	map { [ $_, 'backup_table(' . literal($_) . q{, 'odd "db', content => 'data')}, '-t', $_ ] } (
		'"Odd.s""".select', "line\nbreak", '"Odd.s""".*', 'none', 'dropped', 'unlogged',
		'lonely', '*_seq', '[abcde]', '[a-z]', 'part*', 'plain*', 'child', '"part ""1"',
		'x|y', '*view'));

# -- sequences that columns own
$node->safe_psql('postgres', 'CREATE DATABASE owned');
$node->safe_psql('owned', <<'SQL');
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE TABLE one.t (a int, b int GENERATED ALWAYS AS IDENTITY);
CREATE SEQUENCE one.far OWNED BY one.t.a;
CREATE TABLE two.u (a serial);
CREATE SEQUENCE two.free;
SQL
each_relation('owned');
same_as_pg_dump(
	'owned',
	'owned',
	[ 'without the schema', "backup_database('owned', exclude_schemas => '{two}', content => 'data')", '-N', 'two' ],
	[ 'without the table', "backup_database('owned', exclude_tables => '{one.t}', content => 'data')", '-T', 'one.t' ],
	[ 'without the sequences', "backup_database('owned', exclude_tables => '{*.*seq,one.far}', content => 'data')", '-T', '*.*seq', '-T', 'one.far' ],
	[ 'without their data', "backup_database('owned', exclude_table_data => '{*.*seq,one.t}', content => 'data')", '--exclude-table-data', '*.*seq', '--exclude-table-data', 'one.t' ]);

# -- databases of all sorts
my @databases = ("TABLESPACE elsewhere", "ENCODING 'LATIN1' LOCALE 'C'", "ENCODING 'SQL_ASCII' LOCALE 'C'",
	"LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'");
my $version = pg_version($node);
push @databases, "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C' ENCODING 'UTF8'" . ($version >= 16 ? " ICU_RULES '&a < g'" : '')
  if $node->safe_psql('postgres', "SELECT count(*) FROM pg_collation WHERE collprovider = 'i'") > 0;
push @databases, "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C' ENCODING 'UTF8'"
  if $version >= 17;
$node->safe_psql('postgres', "SET allow_in_place_tablespaces = on;\nCREATE TABLESPACE elsewhere LOCATION ''");
foreach my $i (0 .. $#databases)
{
	$node->safe_psql('postgres', "CREATE DATABASE sort_$i TEMPLATE template0 $databases[$i]");
	$node->safe_psql("sort_$i", 'CREATE TABLE t (a serial)');
	same_as_pg_dump($databases[$i], "sort_$i", [ 'database', "backup_database('sort_$i', content => 'data')" ]);
}

# -- such an archive restores: by pg_restore, and by us
{
	# it makes pg_dump's own texts differ
	$node->safe_psql('postgres', 'ALTER DATABASE "odd ""db" RESET quote_all_identifiers');
	my @none = $version < 16 ? (", compression => 'gzip:1'") : ('');
	my $archive = backup_ok($node,
		qq{SELECT backup_pool.backup_database('odd "db', exclude_tables => '{[abcdevwxyz]}', content => 'data'$none[0])},
		'odd names: backup');
	foreach my $copy ('stock', 'ours')
	{
		$node->safe_psql('postgres', "CREATE DATABASE $copy TEMPLATE template0");
		my $file = $node->basedir . "/$copy.sql";
		command_ok([ 'pg_dump', '-s', '-T', '[abcdevwxyz]', '-f', $file, '-d', $node->connstr('odd "db') ], "$copy: definitions");
		command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($copy), '-f', $file ], "$copy: and their copy");
	}
	stock_restore($node, 'stock', archive_path($node, $archive), '-a', '-j2');
	restore_ok($node, "SELECT backup_pool.restore('$archive', database => 'ours', if_exists => 'append')", 'our restore');
	# data alone does not refresh a materialized view
	same_dump($node, 'odd "db', $_, "odd names: $_ is the same", args => [ '-T', '[abcdevwxyz]', '-T', 'stored_view' ])
	  foreach 'stock', 'ours';
}

note("$native selections native, $refused left to pg_dump");
cmp_ok($native, '>', 10 * $refused, 'nearly all selections are handled');

# -- the setting
$node->safe_psql('postgres', "ALTER SYSTEM SET backup_pool.definitions = 'auto'");
$node->reload;
$node->safe_psql('owned', 'SELECT lo_create(4711)');
my $task = run_task($node, "SELECT backup_pool.backup_database('owned', content => 'data')");
is($task->{state}, 'succeeded', 'what is not handled is left to pg_dump');
like($task->{detail}, qr/definitions by pg_dump: there are large objects/, 'and the task says why');
$task = run_task($node, "SELECT backup_pool.backup_schema('one', 'owned', content => 'data')");
is($task->{detail}, '', 'what is handled needs no remark');

done_testing();
