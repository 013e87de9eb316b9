
# Copyright (c) 2026, backup_pool contributors

# A restore of one schema reads only that schema's part of a large
# archive.  It must do the same as a restore that reads the whole
# archive.  The expected result comes from a copy of the archive without
# parts.idx.

use strict;
use warnings;

use BackupPool;
use File::Copy;
use File::Path qw(make_path remove_tree);
use List::Util qw(shuffle);
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BACKUP_POOL_SEED} // int(rand(1 << 30));
my $ntables = $ENV{BACKUP_POOL_ALL} ? 1000 : 10;
srand($seed);
note("which tables: BACKUP_POOL_SEED=$seed");

# VACUUM takes away the pages that COPY has extended the table by for nothing,
# and believes that rows were in them: reltuples is what a restore has made it
my $node = new_node('main', labels => 1, conf => "max_locks_per_transaction = 256\nbackup_pool.max_tasks = 2000\nautovacuum = off");
load_zoo($node, 'zoo');

# more of the same kind, so that no schema is most of the archive
$node->safe_psql('zoo', q{
	DO $do$ BEGIN FOR s IN 1 .. 60 LOOP
		EXECUTE format($$
			CREATE SCHEMA %1$I;
			CREATE TYPE %1$I.mood AS ENUM ('sad', 'ok');
			CREATE FUNCTION %1$I.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
			CREATE TABLE %1$I.parent (id int PRIMARY KEY, m %1$I.mood DEFAULT 'ok', v int CHECK (%1$I.f(v) > 0)) ;
			CREATE TABLE %1$I.child (id serial PRIMARY KEY, parent int REFERENCES %1$I.parent, at timestamptz NOT NULL);
			COMMENT ON TABLE %1$I.child IS 'of %1$s';
			CREATE INDEX ON %1$I.child (at);
			INSERT INTO %1$I.parent SELECT i, 'sad', i FROM generate_series(1, 10) i;
			INSERT INTO %1$I.child (parent, at) SELECT i, now() FROM generate_series(1, 10) i;
		$$, 'more' || s);
		IF s > 1 THEN
			-- one needs what lies in the one before
			EXECUTE format('CREATE TABLE %1$I.other (id int PRIMARY KEY REFERENCES %2$I.parent, m %2$I.mood, f int DEFAULT %2$I.f(1))', 'more' || s, 'more' || s - 1);
		END IF;
		IF s % 4 = 0 THEN
			EXECUTE format('CREATE VIEW %1$I.both AS SELECT p.m FROM %2$I.parent p JOIN %1$I.other USING (id)', 'more' || s, 'more' || s - 1);
		END IF;
		IF s % 7 = 0 THEN
			EXECUTE format('CREATE TABLE %1$I.p (k int, v text) PARTITION BY LIST (k)', 'more' || s);
			EXECUTE format('CREATE TABLE %1$I.p PARTITION OF %2$I.p FOR VALUES IN (1)', 'more' || s - 1, 'more' || s);
			EXECUTE format('INSERT INTO %1$I.p VALUES (1, ''x'')', 'more' || s);
			EXECUTE format('ALTER SEQUENCE %1$I.child_id_seq OWNED BY NONE; ALTER SEQUENCE %1$I.child_id_seq RENAME TO moved; ALTER SEQUENCE %1$I.moved SET SCHEMA %2$I', 'more' || s, 'more' || s - 1);
		END IF;
	END LOOP; END $do$;
	CREATE SCHEMA "Ödd ""name"".x"; CREATE TABLE "Ödd ""name"".x"."t.1" AS SELECT 1 AS v;
	CREATE SCHEMA "Жук"; CREATE TABLE "Жук".t AS SELECT 1 AS v; CREATE SCHEMA "?"; CREATE TABLE "?".wrong AS SELECT 2 AS v;
});
# what a schema has to do with another one's partitions
my $roots = q{
	CREATE SCHEMA top; CREATE SCHEMA mid;
	CREATE TABLE top.root (k int, sub int, v text) PARTITION BY LIST (k);
	CREATE TABLE mid.part PARTITION OF top.root FOR VALUES IN (1) PARTITION BY LIST (sub);
	CREATE TABLE mid.beside PARTITION OF top.root FOR VALUES IN (2);
	CREATE TABLE top.pk (id int PRIMARY KEY) PARTITION BY HASH (id);
	CREATE TABLE top.pk0 PARTITION OF top.pk FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE top.pk1 PARTITION OF top.pk FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO top.pk SELECT generate_series(1, 10);
	INSERT INTO top.root SELECT 2, 1, 'there' FROM generate_series(1, 7);
};
$node->safe_psql('zoo', $roots . q{
	CREATE SCHEMA leaf;
	CREATE TABLE leaf.part PARTITION OF mid.part FOR VALUES IN (1);
	-- a partition brings what it owns, though only its table is in the part's schema
	CREATE SEQUENCE leaf.spare OWNED BY leaf.part.sub;
	INSERT INTO top.root SELECT 1, 1, g::text FROM generate_series(1, 100) g;
	-- so large that its foreign key is added first and checked later
	CREATE TABLE leaf.large AS SELECT g AS id, g % 10 + 1 AS pk, repeat(md5(g::text), 10) AS v FROM generate_series(1, 5000) g;
	ALTER TABLE leaf.large ADD FOREIGN KEY (pk) REFERENCES top.pk;
});
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('zoo')", 'a large archive');
my $path = archive_path($node, $archive);
ok(-s "$path/parts.idx", 'it has parts');
my $without = $node->basedir . '/without';
make_path($without);
copy($_, $without) foreach (grep { !m{/parts\.idx$} } glob("$path/*"));
my $parts = $node->basedir . '/parts.idx';
copy("$path/parts.idx", $parts);

my @cases;
foreach my $schema (split(/\n/, $node->safe_psql('zoo', "SELECT quote_literal(nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|more)' OR nspname IN ('more1', 'more6', 'more7', 'more8', 'more20') ORDER BY 1")))
{
	push @cases, [ "schema $schema", "schemas => ARRAY[$schema]" ];
}
my @tables = shuffle(
	split(/\n/, $node->safe_psql('zoo', "SELECT quote_literal(format('%I.%I', nspname, relname)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^(pg_|information_schema)' AND relkind IN ('r', 'p', 'v', 'm') AND relname !~ E'\n' AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e') ORDER BY 1")));
push @cases, map { [ "table $_", "tables => ARRAY[$_]" ] } splice(@tables, 0, $ntables);
push @cases, [ 'two tables of one schema', "tables => '{more8.other,more8.both}'" ];
push @cases, [ 'definitions only', "schemas => '{more8}', content => 'schema'" ];
push @cases, [ 'schema and a table in it', "schemas => '{more8}', tables => '{more8.child}'" ];

# What is there before, for every third: then it is used
my $n = 0;
foreach my $case (@cases)
{
	my ($name, $what) = @$case;
	foreach my $side ([ 'part', "'$archive'" ], [ 'whole', "'$without'" ])
	{
		my $db = "$side->[0]$n";
		$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
		$node->safe_psql($db, 'CREATE SCHEMA more7; CREATE TYPE more7.mood AS ENUM (\'sad\'); CREATE TABLE more7.parent (id int PRIMARY KEY)') if $n % 3 == 0 && $what !~ /more7/;
		push @$case, $node->safe_psql('postgres', "SELECT backup_pool.restore($side->[1], '$db', $what)");
	}
	$n++;
}
my $restored = 0;
$n = 0;
foreach my $case (@cases)
{
	my ($name, $what, @ids) = @$case;
	run_sql($node, 'postgres', "SELECT backup_pool.wait($_)") foreach (@ids);
	my ($part, $whole) = map {
		join("\n", $node->safe_psql('postgres', "SELECT state, sqlstate, error, replace(detail, '$without', '$path'), tables_done, rows_done FROM backup_pool.tasks WHERE task_id = $_"))
		  =~ s/(part|whole)\d+/DB/gr
	} @ids;
	is($part, $whole, "$name: the task ends alike");
	same_dump($node, "part$n", "whole$n", "$name: the same is restored");
	$restored++ if $part =~ /^succeeded/;
	note("$name: $part") if $part !~ /^succeeded/;
	$n++;
}
cmp_ok($restored, '>', @cases * 0.6, 'most of them can be restored');

# what is there is replaced, with the sequences that are chosen for that
foreach my $what ("tables => '{more8.child}'", "tables => '{more7.child}'", "tables => '{top.root}'", "schemas => '{more7}'", "schemas => '{leaf}'")
{
	my ($schema) = $what =~ /\{(\w+)/;
	my @ends;
	foreach my $side ([ 'part', $archive ], [ 'whole', $without ])
	{
		my $db = "replace_$side->[0]";
		$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $db");
		restore_ok($node, "SELECT backup_pool.restore('$side->[1]', '$db', schemas => '{more6,more7,more8,top,mid,leaf}', create_database => true)", "$side->[0]: to be replaced");
		# those of another owner go with the table, or do not
		$node->safe_psql($db, 'ALTER SEQUENCE more6.moved OWNED BY NONE; ALTER SEQUENCE more8.child_id_seq OWNED BY NONE');
		my $task = run_task($node, "SELECT backup_pool.restore('$side->[1]', '$db', $what, if_exists => 'replace')");
		push @ends, join('|', map { $task->{$_} // '' } qw(state sqlstate error detail)) =~ s/\Q$without\E/$path/gr;
	}
	is($ends[0], $ends[1], "replace, $what: the task ends alike");
	same_dump($node, 'replace_part', 'replace_whole', "replace, $what: the same is there");
	note("$what: $ends[0]");
}

# a partition whose root is there, and a foreign key to a table that has some
my @same;
foreach my $side ([ 'part', $archive ], [ 'whole', $without ])
{
	my $db = "leaf_$side->[0]";
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	$node->safe_psql($db, $roots);
	restore_ok($node, "SELECT backup_pool.restore('$side->[1]', '$db', schemas => '{leaf}')", "$side->[0]: a schema with partitions of others");
	push @same, $node->safe_psql($db, q{
		SELECT conname, conrelid::regclass, confrelid::regclass, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2, 3;
		SELECT oid::regclass, reltuples FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('top', 'mid', 'leaf') ORDER BY 1;});
}
is($same[0], $same[1], 'the same constraints are valid, the same tables analyzed');
like($same[0], qr/top\.root\|107/, 'the root, too');
unlike($same[0], qr/\|f$/m, 'no constraint is left to be validated');

# Into a database that is made for it.
sub restored
{
	my ($what) = @_;
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS made');
	return run_task($node, "SELECT backup_pool.restore('$archive', 'made', $what, create_database => true)");
}

like(restored("schemas => '{nowhere}'")->{err}, qr/schema "nowhere" is not in the archive/, 'no such schema');
like(restored("tables => '{more1.nothing}'")->{err}, qr/table "more1.nothing" is not in the archive/, 'no such table');

# Each damage is found, by verify and by a restore that reads the damaged part;
# the error says whether the header, the records or the part has a wrong checksum.
is(run_task($node, "SELECT backup_pool.verify('$archive')")->{state}, 'succeeded', 'verify: whole');
my $size = -s "$path/parts.idx";
foreach my $at (3, 20, 40, $size / 2, $size - 40, $size - 2)
{
	flip("$path/parts.idx", int($at));
	like(run_task($node, "SELECT backup_pool.verify('$archive')")->{err}, qr/parts\.idx.* is damaged/, "verify: byte $at of parts.idx is wrong");
	my $failed = 0;
	foreach my $schema ('more1', 'more31', 'code')
	{
		my $task = restored("schemas => '{$schema}'");
		next if $task->{rc} == 0;
		$failed++;
		like($task->{err}, qr/parts\.idx" is damaged/, "restore: byte $at of parts.idx is wrong");
	}
	# a byte of one body is one part's
	my $one = $at >= 32 && $at < $size / 2 + 1;
	cmp_ok($failed, $one ? '<=' : '==', $one ? 1 : 3, "restore: byte $at concerns $failed of three");
	flip("$path/parts.idx", int($at));
}
truncate("$path/parts.idx", $size - 1) or die;
like(restored("schemas => '{more1}'")->{err}, qr/parts\.idx.*does not fit/s, 'restore: it is too short');

# as the hint says
unlink("$path/parts.idx");
is(restored("schemas => '{more1}'")->{state}, 'succeeded', 'without the file');
like(run_task($node, "SELECT backup_pool.verify('$archive')")->{err}, qr/parts\.idx/, 'which verify tells');

sub flip
{
	my ($file, $at) = @_;
	open(my $fh, '+<:raw', $file) or die "$file: $!";
	seek($fh, $at, 0);
	read($fh, my $byte, 1);
	seek($fh, $at, 0);
	print $fh chr(ord($byte) ^ 0x10);
	close($fh);
	return;
}

# another owner's archive is no more open by its parts
$node->safe_psql('postgres', 'CREATE ROLE other LOGIN; CREATE DATABASE others OWNER other; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO other; GRANT USAGE ON SCHEMA backup_pool TO other');
my $again = backup_ok($node, "SELECT backup_pool.backup_database('zoo')", 'another archive');
fails_like($node, "SELECT backup_pool.restore('$again', 'others', schemas => '{more1}')", '42501', qr/permission denied for archive/, 'an archive of somebody else', user => 'other');

# the index of another archive of the same database
rename(archive_path($node, $again) . '/parts.idx', "$parts.again") or die $!;
copy($parts, archive_path($node, $again) . '/parts.idx') or die $!;
my $task = run_task($node, "SELECT backup_pool.restore('$again', 'again', schemas => '{more1}', create_database => true)");
like($task->{err}, qr/XX001: .*parts\.idx" belongs to another archive/, 'an index of parts that was swapped');
rename("$parts.again", archive_path($node, $again) . '/parts.idx') or die $!;

# A home database whose encoding lacks the schema's name: the database is made
# from there.  And a target that does: it is not taken for another name.
$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('latin', 'CREATE EXTENSION backup_pool; CREATE SCHEMA x; CREATE TABLE x.t AS SELECT 1 AS v; CREATE TABLE x.other AS SELECT 1 AS v');
$node->safe_psql('postgres', "ALTER SYSTEM SET backup_pool.database = 'latin'");
$node->restart;
$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS made');
foreach my $case ([ '{"Жук"}', 't' ], [ '{"Ödd \"name\".x"}', 't.1' ])
{
	my ($schemas, $table) = @$case;
	my ($rc, $out, $err) = run_sql($node, 'postgres', "SELECT backup_pool.restore('$again', 'made', schemas => '$schemas', create_database => true);\nSELECT backup_pool.wait();");
	like($out, qr/succeeded/, "home database in LATIN1: schemas $schemas") or diag($err);
	is($node->safe_psql('made', "SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r' AND oid > 16383"), $table, 'that and no other');
	$node->safe_psql('postgres', 'DROP DATABASE made');
}
foreach my $case ("schemas => '{\"Жук\"}'", "tables => ARRAY['\"Жук\".t']")
{
	my (undef, undef, $err) = run_sql($node, 'postgres', "SELECT backup_pool.restore('$again', 'latin', $case);\nSELECT backup_pool.wait();");
	like($err, qr/has no equivalent in encoding "LATIN1"|is not in the archive/, "target in LATIN1: $case is not in it");
}
is($node->safe_psql('latin', "SELECT count(*) FROM pg_class WHERE relname = 'wrong'"), '0', 'nor is it taken for another');
# nor in patterns
(undef, undef, my $err) = run_sql($node, 'postgres', "SELECT backup_pool.backup_schema('Ж', 'latin');\nSELECT backup_pool.wait();");
like($err, qr/no matching schemas/, 'a pattern with a character that the database lacks matches nothing');
(undef, my $out, $err) = run_sql($node, 'postgres', "SELECT backup_pool.backup_schema('x', 'latin', exclude_tables => '{x.Ж}', label => 'Ж');\nSELECT backup_pool.wait();");
like($out, qr/succeeded/, 'a pattern that excludes nothing') or diag($err);
is($node->safe_psql('latin', "SELECT tables FROM backup_pool.archives WHERE database = 'latin'"), '2', 'all tables are there');

no_leftovers($node, 'parts');
done_testing();
