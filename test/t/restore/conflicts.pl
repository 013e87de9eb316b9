
# Copyright (c) 2026, backup_pool contributors

# Objects that exist in the target already are not harmed by a restore and not
# mistaken for objects of the archive, and no row is loaded twice.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');

sub restored
{
	my ($archive, $db, $args, $name) = @_;
	return run_task($node, "SELECT backup_pool.restore('$archive', database => '$db', $args)");
}

sub database
{
	my ($db, $sql) = @_;
	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $db");
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, $sql);
	return;
}

# a table that has the name of an index, and one that has a view's
database('src', q{
	CREATE TABLE ta (id int); INSERT INTO ta VALUES (1);
	CREATE UNIQUE INDEX tb ON ta (id);
	CREATE VIEW vpk AS SELECT 1 AS one;
	SELECT lo_from_bytea(70000, 'of the archive'); SELECT lo_from_bytea(70001, 'new');
	CREATE SEQUENCE s; SELECT setval('s', 10);
	CREATE SCHEMA app; CREATE TABLE app.t (v int);
});
my $archive = backup_ok($node, "SELECT backup_pool.backup_database('src')", 'the archive');

foreach my $mode (qw(replace skip append truncate))
{
	database('dst', q{CREATE TABLE tb (v text); INSERT INTO tb VALUES ('precious')});
	my $task = restored($archive, 'dst', "if_exists => '$mode'");
	is($task->{state}, 'failed', "$mode: a table in the place of an index");
	is($task->{sqlstate}, '42P07', "$mode: SQLSTATE");
	like($task->{error}, qr/same name as another object/, "$mode: says what is wrong");
	is($node->safe_psql('dst', 'SELECT v FROM tb'), 'precious', "$mode: the table is as it was");
	is($node->safe_psql('dst', "SELECT to_regclass('ta') IS NULL"), 't', "$mode: nothing was made");
}
database('dst', q{CREATE TABLE vpk (v text); INSERT INTO vpk VALUES ('precious')});
is(restored($archive, 'dst', "if_exists => 'replace'")->{state}, 'failed', 'a table in the place of a view');
is($node->safe_psql('dst', 'SELECT v FROM vpk'), 'precious', 'the table is as it was');

# large objects of others, and sequences that are ahead
foreach my $mode (qw(skip append))
{
	database('dst', q{SELECT lo_from_bytea(70000, 'precious'); CREATE SEQUENCE s; SELECT setval('s', 1000)});
	is(restored($archive, 'dst', "if_exists => '$mode'")->{state}, 'succeeded', "$mode: succeeds");
	is($node->safe_psql('dst', "SELECT convert_from(lo_get(70000), 'UTF8')"), 'precious', "$mode: a large object stays");
	is($node->safe_psql('dst', "SELECT convert_from(lo_get(70001), 'UTF8')"), 'new', "$mode: another is made");
	is($node->safe_psql('dst', "SELECT nextval('s')"), '1001', "$mode: a sequence does not go back");
}

# which of them would give the larger value next, whether called or not
database('ahead', q{CREATE SEQUENCE fresh; CREATE SEQUENCE begun; SELECT setval('begun', 5); CREATE SEQUENCE down INCREMENT -1;
	CREATE SEQUENCE behind; SELECT setval('behind', 20); CREATE SEQUENCE lowest MINVALUE -9223372036854775808 INCREMENT -1;
	CREATE SEQUENCE same; SELECT setval('same', 7, false); CREATE SEQUENCE made START 1000 MINVALUE 1; SELECT setval('made', 5)});
my $ahead = backup_ok($node, "SELECT backup_pool.backup_database('ahead')", 'sequences');
database('dst', q{CREATE SEQUENCE fresh; SELECT setval('fresh', 1000); CREATE SEQUENCE begun; ALTER SEQUENCE begun RESTART 1000;
	CREATE SEQUENCE down INCREMENT -1; SELECT setval('down', -50); CREATE SEQUENCE behind; SELECT setval('behind', 10);
	CREATE SEQUENCE lowest MINVALUE -9223372036854775808 INCREMENT -1; SELECT setval('lowest', -9223372036854775808, false);
	CREATE SEQUENCE same; SELECT setval('same', 7)});
is(restored($ahead, 'dst', "if_exists => 'append'")->{state}, 'succeeded', 'sequences are appended to');
is($node->safe_psql('dst', "SELECT nextval('fresh'), nextval('begun'), nextval('down'), nextval('behind'), nextval('lowest'), nextval('same'), nextval('made')"),
	'1001|1000|-51|21|-9223372036854775808|8|6', 'none goes back');

# nor is a view of a sequence's name asked, whose code might do anything
database('dst', q{CREATE TABLE called (v int); CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN INSERT INTO called VALUES (1); RETURN 1; END';
	CREATE VIEW begun AS SELECT f() AS last_value, true AS is_called});
my $viewed = restored($ahead, 'dst', "if_exists => 'append', content => 'data', tables => '{begun}'");
like($viewed->{err}, qr/42809: "begun" is not a sequence/, 'a view in the place of a sequence');
is($node->safe_psql('dst', 'SELECT count(*) FROM called'), 0, 'is not looked into');

# a null where the target's domain does not want one
database('nulls', q{CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a'), (2, NULL)});
my $nulls = backup_ok($node, "SELECT backup_pool.backup_database('nulls')", 'nulls');
foreach my $domain ('NOT NULL', 'CHECK (VALUE IS NOT NULL)', 'CHECK (VALUE IS NULL)', 'DEFAULT 1')
{
	my %want = ('NOT NULL' => '23502', 'DEFAULT 1' => '');
	database('dst', "CREATE DOMAIN d AS text $domain; CREATE TABLE t (id int, v d)");
	my $task = restored($nulls, 'dst', "if_exists => 'append'");
	is($task->{sqlstate}, $want{$domain} // '23514', "a domain $domain is asked");
	is($node->safe_psql('dst', 'SELECT count(*) FROM t'), $domain =~ /DEFAULT/ ? 2 : 0, 'before anything is loaded');
}

# a partition that the archive does not have is no part of what is replaced
database('parts', q{CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
	CREATE TABLE p11 PARTITION OF p1 FOR VALUES FROM (0) TO (5); INSERT INTO p VALUES (1)});
my $parts = backup_ok($node, "SELECT backup_pool.backup_database('parts')", 'partitions');
foreach my $new ('p2 PARTITION OF p FOR VALUES FROM (10) TO (20)', 'p12 PARTITION OF p1 FOR VALUES FROM (5) TO (20)')
{
	my ($name) = $new =~ /^(\w+)/;
	$node->safe_psql('parts', "CREATE TABLE $new; INSERT INTO p VALUES (2), (" . ($name eq 'p2' ? 12 : 7) . ')');
	my $task = restored($parts, 'parts', "if_exists => 'replace'");
	is($task->{sqlstate}, '2BP01', "a new partition $name is in the way");
	like($task->{detail}, qr/"$name" would be dropped/, 'and named');
	is($node->safe_psql('parts', "SELECT count(*) FROM $name"), 1, 'and has its row');
	$node->safe_psql('parts', "DROP TABLE $name");
}
is(restored($parts, 'parts', "if_exists => 'replace'")->{state}, 'succeeded', 'without it all is replaced');
is($node->safe_psql('parts', 'SELECT count(*) FROM p11'), 1, 'rows and all');

# a table that is replaced takes its sequences along: they are made anew, too
database('owned', q{CREATE SCHEMA s; CREATE SCHEMA o; CREATE ROLE reader;
	CREATE TABLE s.t (id serial, v int); INSERT INTO s.t (v) SELECT generate_series(1, 5);
	GRANT USAGE ON SEQUENCE s.t_id_seq TO reader; COMMENT ON SEQUENCE s.t_id_seq IS 'remark';
	CREATE SEQUENCE s.spare OWNED BY s.t.v; CREATE SEQUENCE s.free START 50;
	CREATE TABLE s.uses (id int DEFAULT nextval('s.free'), other int DEFAULT nextval('s.spare')); INSERT INTO s.uses DEFAULT VALUES;
	CREATE TABLE s.always (id int GENERATED ALWAYS AS IDENTITY, v int); INSERT INTO s.always (v) SELECT generate_series(1, 7);
	CREATE TABLE s.p (k int, v text) PARTITION BY LIST (k); CREATE TABLE o.p1 (n serial, v text, k int);
	ALTER TABLE o.p1 DROP COLUMN n; ALTER TABLE s.p ATTACH PARTITION o.p1 FOR VALUES IN (1); CREATE SEQUENCE o.beside OWNED BY o.p1.v;
	INSERT INTO s.p VALUES (1, 'one')});
my $owned = backup_ok($node, "SELECT backup_pool.backup_database('owned')", 'sequences of tables');
my $one = backup_ok($node, "SELECT backup_pool.backup_table('s.t', 'owned')", 'one such table');
my $as_archived = $node->safe_psql('owned', my $sequences = q{
	SELECT s.oid::regclass, s.relacl, obj_description(s.oid, 'pg_class'), d.refobjid::regclass, d.deptype
	FROM pg_class s LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
	WHERE s.relkind = 'S' ORDER BY s.relname});

# what the target has, instead of what the archive has
sub target
{
	my ($sql) = @_;
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS dst');
	$node->safe_psql('postgres', 'CREATE DATABASE dst TEMPLATE owned');
	$node->safe_psql('dst', "INSERT INTO s.t (v) SELECT generate_series(1, 90); $sql");
	return;
}

my $next = q{INSERT INTO s.t (v) VALUES (0) RETURNING id};
foreach my $from ($owned, $one)
{
	target('DROP TABLE s.uses; REVOKE ALL ON SEQUENCE s.t_id_seq FROM reader; COMMENT ON SEQUENCE s.t_id_seq IS NULL');
	my $free = $node->safe_psql('dst', "SELECT 's.free'::regclass::oid");
	is(restored($from, 'dst', "if_exists => 'replace', tables => '{s.t}'")->{state}, 'succeeded', 'a table with a serial is replaced');
	is($node->safe_psql('dst', "SELECT count(*) FROM s.t; $next"), "5\n6", 'with rows and the sequence of the archive');
	is($node->safe_psql('dst', $sequences), $as_archived, 'its owner, privileges, comment; and the other one that it owns');
	is($node->safe_psql('dst', "SELECT 's.free'::regclass::oid"), $free, 'a sequence of its own stays');
}

# what goes by itself or with another table, and is an error or made as in the archive
my $all = q{SELECT count(*) FROM s.t; SELECT count(*) FROM s.always; SELECT 's.t'::regclass::oid, 's.always'::regclass::oid, 's.free'::regclass::oid};
foreach my $case (
	[ 'another table uses it', 's.t', "CREATE TABLE s.more (id int DEFAULT nextval('s.t_id_seq'))", qr/other objects depend on them.*s\.more/s ],
	[ 'a table of the archive uses it', 's.t', '', qr/other objects depend on them.*s\.uses/s ],
	[ 'the archive lacks it', 's.t', 'DROP TABLE s.uses; CREATE SEQUENCE s.new OWNED BY s.t.v', qr/owns sequences.*"new" would be dropped/s ],
	[ 'the archive lacks it', undef, 'DROP TABLE s.uses; CREATE SEQUENCE s.new OWNED BY s.t.v', qr/owns sequences.*"new" would be dropped/s ],
	[ 'it is not selected', 's.t', 'DROP TABLE s.uses; ALTER SEQUENCE s.free OWNED BY s.t.v', qr/owns sequences.*"free" would be dropped/s ])
{
	my ($name, $table, $sql, $error) = @$case;
	my $args = "if_exists => 'replace'" . ($table ? ", tables => '{$table}'" : '');
	target($sql);
	my $before = $node->safe_psql('dst', $all);
	my $task = restored($owned, 'dst', $args);
	is($task->{sqlstate}, '2BP01', "$name: an error ($args)");
	like("$task->{error} $task->{detail}", $error, 'that names it');
	is($node->safe_psql('dst', $all), $before, 'and nothing was changed');
}
foreach my $case (
	[ 'the target ties it to the table', 's.uses', "ALTER TABLE s.uses ALTER id DROP DEFAULT; DROP SEQUENCE s.free; CREATE SEQUENCE s.free OWNED BY s.uses.id; ALTER TABLE s.uses ALTER id SET DEFAULT nextval('s.free')",
		'INSERT INTO s.uses DEFAULT VALUES RETURNING id', 51 ],
	[ 'the target has an identity', 's.t', 'DROP TABLE s.uses; ALTER TABLE s.t ALTER id DROP DEFAULT; DROP SEQUENCE s.t_id_seq; ALTER TABLE s.t ALTER id ADD GENERATED ALWAYS AS IDENTITY', $next, 6 ],
	[ 'the target has an identity of another use', 's.uses', 'DROP SEQUENCE s.free CASCADE; ALTER TABLE s.uses ALTER id SET NOT NULL; ALTER TABLE s.uses ALTER id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s.free)',
		'INSERT INTO s.uses DEFAULT VALUES RETURNING id', 51 ],
	[ 'the target has a serial', 's.always', "DROP TABLE s.always; CREATE TABLE s.always (id serial, v int)", 'INSERT INTO s.always DEFAULT VALUES RETURNING id', 8 ],
	[ 'the target has a sequence of the name', 's.always', "DROP TABLE s.always; CREATE TABLE s.always (id int); CREATE SEQUENCE s.always_id_seq", 'INSERT INTO s.always DEFAULT VALUES RETURNING id', 8 ],
	[ 'it has neither owner nor user', 's.t', 'DROP TABLE s.uses, s.t; CREATE SEQUENCE s.t_id_seq', $next, 6 ],
	[ 'of a partition elsewhere', 's.p', 'DROP SEQUENCE o.beside', "SELECT v FROM s.p", 'one' ],
	[ 'of a partition elsewhere, which is there', 's.p', '', "SELECT v FROM s.p", 'one' ])
{
	my ($name, $table, $sql, $query, $want) = @$case;
	foreach my $what ("tables => '{$table}'", undef)
	{
		my $args = join(', ', "if_exists => 'replace'", $what // ());
		target($sql);
		is(restored($owned, 'dst', $args)->{state}, 'succeeded', "$name: $args");
		is($node->safe_psql('dst', $query), $want, 'as in the archive');
		is($node->safe_psql('dst', $sequences), $as_archived, 'all sequences are as in the archive') if $sql !~ /s\.uses/ || !$what;
	}
}

# a table brings what it owns, but not the owner of what it needs
database('dst', '');
is(restored($owned, 'dst', "tables => '{s.t}'")->{state}, 'succeeded', 'a table alone');
is($node->safe_psql('dst', "SELECT to_regclass('s.spare')"), 's.spare', 'brings a sequence that only it owns');
database('dst', '');
is(restored($owned, 'dst', "tables => '{s.uses}'")->{state}, 'succeeded', "a table that needs another one's sequence");
is($node->safe_psql('dst', "SELECT to_regclass('s.t'), nextval('s.spare')"), '|2', 'has that, and not the other');
database('dst', 'CREATE SCHEMA s; CREATE TABLE s.t (id serial, v int)');
is(restored($owned, 'dst', "tables => '{s.t}', content => 'data'")->{state}, 'succeeded', 'rows alone do not');

# however names are quoted here, a table's rows are its own
$node->append_conf('postgresql.conf', 'quote_all_identifiers = on');
$node->reload;
$node->safe_psql('parts', 'INSERT INTO p VALUES (3)');
is(restored($parts, 'parts', "if_exists => 'truncate'")->{state}, 'succeeded', 'truncate, with quote_all_identifiers');
is($node->safe_psql('parts', 'SELECT count(*) FROM p'), 1, 'has the rows of the archive');
$node->safe_psql('parts', 'DROP TABLE p11');
is(restored($parts, 'parts', "if_exists => 'append'")->{state}, 'succeeded', 'a partition that is missing is made');
is($node->safe_psql('parts', 'SELECT count(*) FROM p11'), 1, 'and loaded');
$node->append_conf('postgresql.conf', 'quote_all_identifiers = off');
$node->reload;

# nor what a null in an array is
database('arrays', q{CREATE TABLE t (v text[], w text[] DEFAULT '{NULL,"NULL"}'); INSERT INTO t VALUES ('{{a,NULL},{"NULL",b}}', '{NULL,null,"NULL"}')});
my $arrays = backup_ok($node, "SELECT backup_pool.backup_database('arrays')", 'arrays');
$node->safe_psql('postgres', 'ALTER DATABASE arrays SET array_nulls = off');
is(restored($arrays, 'arrays', "if_exists => 'replace'")->{state}, 'succeeded', 'replace, with array_nulls off');
is($node->safe_psql('arrays', 'SET array_nulls = on; INSERT INTO t (v) VALUES (NULL); SELECT v, w FROM t'),
	qq({{a,NULL},{"NULL",b}}|{NULL,NULL,"NULL"}\n|{NULL,"NULL"}), 'nulls are nulls');

# a view that pg_dump makes in two steps stays as it is, like others
database('views', q{CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'one');
	CREATE VIEW grouped AS SELECT id, v, count(*) AS n FROM t GROUP BY id});
my $views = backup_ok($node, "SELECT backup_pool.backup_database('views')", 'views');
foreach my $mode (qw(skip truncate append replace))
{
	$node->safe_psql('views', 'CREATE OR REPLACE VIEW grouped AS SELECT id, v, 7::bigint AS n FROM t; TRUNCATE t');
	is(restored($views, 'views', "if_exists => '$mode'")->{state}, 'succeeded', "$mode: a view in two steps");
	is($node->safe_psql('views', 'SELECT n FROM grouped'), { skip => '', replace => 1 }->{$mode} // 7, "$mode: the view");
}

# and so does whether a trigger of a partition fires
database('fires', q{CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
	CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE p1 DISABLE TRIGGER t});
my $fires = backup_ok($node, "SELECT backup_pool.backup_database('fires')", 'triggers');
foreach my $mode (qw(skip append replace))
{
	$node->safe_psql('fires', 'ALTER TABLE p1 ENABLE ALWAYS TRIGGER t');
	is(restored($fires, 'fires', "if_exists => '$mode'")->{state}, 'succeeded', "$mode: a trigger that does not fire");
	is($node->safe_psql('fires', q{SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'p1'::regclass}), $mode eq 'replace' ? 'D' : 'A', "$mode: does as it did");
}

# which it has only if the trigger is there, or is made: then as in the archive
database('fires', q{CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
	CREATE TABLE "p 2" PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id); CREATE TABLE p3 PARTITION OF "p 2" FOR VALUES FROM (10) TO (20);
	CREATE TRIGGER "t t" BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
	ALTER TABLE p1 DISABLE TRIGGER "t t"; ALTER TABLE "p 2" ENABLE ALWAYS TRIGGER "t t"; ALTER TABLE p3 ENABLE REPLICA TRIGGER "t t";
	INSERT INTO p VALUES (1), (11)});
$fires = backup_ok($node, "SELECT backup_pool.backup_database('fires')", 'triggers of partitions');
my $states = q{SELECT string_agg(concat_ws(' ', tgrelid::regclass, tgenabled), ', ' ORDER BY tgrelid::regclass::text COLLATE "C") FROM pg_trigger};
my $states_archived = $node->safe_psql('fires', $states);
is($states_archived, '"p 2" A, p O, p1 D, p3 R', 'as they are');
foreach my $case (
	[ 'no trigger', 'DROP TRIGGER "t t" ON p', skip => '' ],
	[ 'no trigger of a kept table', 'DROP TRIGGER "t t" ON p; DROP TABLE p1, "p 2"', skip => '' ],
	[ 'no partition', 'ALTER TABLE p ENABLE REPLICA TRIGGER "t t"; DROP TABLE p1', skip => '"p 2" R, p R, p1 D, p3 R', append => '"p 2" R, p R, p1 D, p3 R', truncate => '"p 2" R, p R, p1 D, p3 R' ],
	[ 'neither', 'DROP TRIGGER "t t" ON p; DROP TABLE p3', skip => '' ],
	[ 'no partition of a partition', 'DROP TABLE p3' ],
	[ 'a table that is no partition', 'ALTER TABLE p DETACH PARTITION p1', map { $_ => '"p 2" A, p O, p3 R' } qw(skip append truncate) ],
	[ 'another trigger', 'DROP TRIGGER "t t" ON p; CREATE TRIGGER t BEFORE INSERT ON p1 FOR EACH ROW EXECUTE FUNCTION f()', skip => 'p1 O', append => "$states_archived, p1 O", truncate => "$states_archived, p1 O", replace => $states_archived ])
{
	my ($name, $sql, %want) = @$case;
	foreach my $mode (qw(skip append truncate replace))
	{
		$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS dst');
		$node->safe_psql('postgres', 'CREATE DATABASE dst TEMPLATE fires');
		$node->safe_psql('dst', $sql);
		is(restored($fires, 'dst', "if_exists => '$mode'")->{state}, 'succeeded', "$mode: $name");
		my $is = $node->safe_psql('dst', $states);
		is(join(', ', sort split(/, /, $is)), join(', ', sort split(/, /, $want{$mode} // $states_archived)), "$mode: what fires");
	}
}
database('dst', '');
is(restored($fires, 'dst', "tables => '{p1}'")->{state}, 'succeeded', 'a partition without its parent');
is($node->safe_psql('dst', "$states; SELECT count(*) FROM p1"), "\n1", 'has no trigger');
like(restored($fires, 'fires', "tables => '{p1}'")->{detail}, qr/^1 object of the archive exists: TABLE public\.p1\.$/m, 'nor is its state an object in the way');

# a constraint of a domain that was added later is a part of it
database('domains', q{CREATE DOMAIN d AS int; CREATE TABLE t (v d); INSERT INTO t VALUES (-1); CREATE TABLE u (v d);
	ALTER DOMAIN d ADD CONSTRAINT above CHECK (VALUE > 0) NOT VALID; COMMENT ON CONSTRAINT above ON DOMAIN d IS 'remark'});
my $domains = backup_ok($node, "SELECT backup_pool.backup_database('domains')", 'domains');
foreach my $mode (qw(skip append replace))
{
	is(restored($domains, 'domains', "if_exists => '$mode', tables => '{u}'")->{state}, 'succeeded', "$mode: a table of a domain");
	is(restored($domains, 'domains', "if_exists => '$mode'")->{state}, 'succeeded', "$mode: all") if $mode ne 'append';
}
database('dst', '');
is(restored($domains, 'dst', "tables => '{t}'")->{state}, 'succeeded', 'a table brings its domain');
is($node->safe_psql('dst', "SELECT conname, obj_description(oid) FROM pg_constraint WHERE contypid = 'd'::regtype"), 'above|remark', 'with its constraint');

# a publication of a schema that comes without its publication
SKIP:
{
	skip 'publications of schemas', 2 unless $node->pg_version >= 15;
	$node->safe_psql('src', 'SET client_min_messages = error; CREATE PUBLICATION pub FOR TABLES IN SCHEMA app');
	my $with = backup_ok($node, "SELECT backup_pool.backup_database('src')", 'with a publication');
	database('dst', 'SELECT 1');
	is(restored($with, 'dst', "schemas => '{app}'")->{state}, 'succeeded', 'a schema without its publication');
	is($node->safe_psql('dst', "SELECT to_regclass('app.t')"), 'app.t', 'is restored');
	$node->safe_psql('src', 'DROP PUBLICATION pub');
}

# the archive is another one when the second session looks
database('big', q{CREATE TABLE t AS SELECT g AS id, repeat(md5(g::text), 10) AS v FROM generate_series(1, 60000) g});
my $big = backup_ok($node, "SELECT backup_pool.backup_database('big', compression => 'none')", 'a larger one');
my $other = backup_ok($node, "SELECT backup_pool.backup_database('src')", 'another one');
my $blocker = $node->background_psql('big');
$blocker->query_safe('BEGIN; LOCK TABLE t');
my $id = $node->safe_psql('postgres',
	"SELECT backup_pool.restore('$big', database => 'big', content => 'data', if_exists => 'truncate', parallel => 4)");
$node->poll_query_until('big', "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted");
rename(archive_path($node, $big) . '/toc.dat', archive_path($node, $big) . '/toc.old');
system_or_bail('cp', archive_path($node, $other) . '/toc.dat', archive_path($node, $big) . '/toc.dat');
$blocker->query_safe('ROLLBACK');
$blocker->quit;
my ($rc, $out, $err) = run_sql($node, 'postgres', "SELECT backup_pool.wait($id)");
like($out . $err, qr/succeeded|toc\.dat was changed|manifest|frame/, 'an archive that was swapped: all of it, or an error');
is($node->safe_psql('postgres', 'SELECT 1'), '1', 'and the server lives');

$node->stop;
done_testing();
