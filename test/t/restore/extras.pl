
# Copyright (c) 2026, backup_pool contributors

# What must not fail a restore, what must fail it before anything is made, and
# what it says then.  The oracle is a serial pg_restore.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');
my $n = 0;

# A database with this SQL run in it
sub source
{
	my ($sql) = @_;
	my $db = 's' . ++$n;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, $sql);
	return $db;
}

sub archive_of
{
	my ($db, $name) = @_;
	return backup_ok($node, "SELECT backup_pool.backup_database('$db')", "$name: backup");
}

sub fresh
{
	my $db = 'r' . ++$n;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	return $db;
}

sub value
{
	my ($db, $sql) = @_;
	return $node->safe_psql($db, $sql);
}

# Replaces text in the table of contents of pg_dump's archive by as many bytes.
sub edit_toc
{
	my ($dir, $from, $to) = @_;
	$to .= ' ' x (length($from) - length($to));
	my $toc = slurp_file("$dir/toc.dat");
	$toc =~ s/\Q$from\E/$to/g or die "no $from";
	open(my $fh, '>', "$dir/toc.dat") or die;
	binmode($fh);
	print $fh $toc;
	close($fh);
	return;
}

sub exists_database
{
	my ($name) = @_;
	return value('postgres', "SELECT count(*) FROM pg_database WHERE datname = '$name'");
}

# ANALYZE is an extra of ours: extended statistics over a function that needs a
# search_path make it fail.
my $src = source(
	q{
	CREATE TABLE factor (f int); INSERT INTO factor VALUES (2);
	CREATE FUNCTION times(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE
	  AS $$BEGIN RETURN i * (SELECT f FROM factor); END$$;
	CREATE TABLE a (k int, l int); INSERT INTO a SELECT g, g FROM generate_series(1, 1000) g;
	CREATE STATISTICS st ON (times(k)), l FROM a;
	CREATE TABLE b (k int); INSERT INTO b SELECT generate_series(1, 1000);
});
my $archive = archive_of($src, 'analyze');
my $db = fresh();
my $task = restore_ok($node, "SELECT backup_pool.restore('$archive', '$db')", 'ANALYZE that fails does not fail the restore');
SKIP:
{
	skip 'statistics come with the archive', 2 if pg_version($node) >= 18;
	like($task->{detail}, qr/Could not analyze public\.a: .*factor/, 'but is a remark');
	is(value($db, "SELECT count(DISTINCT tablename) FROM pg_stats WHERE tablename IN ('b', 'factor')"),
		'2', 'the other tables are analyzed');
}
is(value($db, 'SELECT count(*) FROM a'), '1000', 'the rows are there');

# All roles and extensions that the server does not have, at once
$node->safe_psql('postgres', 'CREATE ROLE "The Owner"; CREATE ROLE grantee; CREATE ROLE definer; CREATE ROLE policed; CREATE ROLE setter; CREATE ROLE kept');
$src = source(
	q{
	CREATE SCHEMA one AUTHORIZATION "The Owner";
	CREATE TABLE one.t (k int); INSERT INTO one.t VALUES (1);
	CREATE TABLE kept (k int); ALTER TABLE kept OWNER TO kept;
	GRANT SELECT ON one.t TO grantee, PUBLIC;
	GRANT "The Owner" TO CURRENT_USER;
	ALTER DEFAULT PRIVILEGES FOR ROLE definer IN SCHEMA one GRANT SELECT ON TABLES TO kept;
	CREATE TABLE p (k int);
	CREATE POLICY pp ON p TO policed USING (true);
	CREATE EXTENSION citext;
	CREATE EXTENSION hstore;
});
$node->safe_psql('postgres', "ALTER ROLE setter IN DATABASE $src SET work_mem = '5MB'");
$archive = archive_of($src, 'missing roles');
# the same by pg_dump, with an extension that nobody has
my $strange = $node->basedir . '/strange';
stock_dump($node, $src, $strange);
edit_toc($strange, 'citext', 'gitext');
$node->safe_psql('postgres', "DROP DATABASE $src");
$node->safe_psql('postgres', 'DROP ROLE "The Owner", grantee, definer, policed, setter');

$db = fresh();
$task = task_fails_like($node, "SELECT backup_pool.restore('$strange', '$db')", '42704', qr/does not have all roles/, 'missing roles');
like($task->{detail}, qr/^Missing roles: (?=.*"The Owner")(?=.*"grantee")(?=.*"definer")(?=.*"policed").*\.$/m, 'all are listed');
unlike($task->{detail}, qr/"(kept|public|PUBLIC|setter)"/, 'and no other');
like($task->{detail}, qr/^Missing extensions: "gitext"\.$/m, 'and the extension');
like($task->{hint}, qr/Create the roles\.  Install/, 'the hint says what to do');
is(value($db, "SELECT count(*) FROM pg_class WHERE relnamespace = 2200"), '0', 'nothing was made');

$task = task_fails_like($node, "SELECT backup_pool.restore('$archive', 'made', create_database => true)", '42704', qr/"setter"/, 'missing roles, new database');
is(exists_database('made'), '0', 'the database was not made');

$task = task_fails_like($node, "SELECT backup_pool.restore('$archive', '$db', schemas => '{one}')", '42704', qr/Missing roles/, 'selected entries');
unlike($task->{detail}, qr/policed/, 'what is not selected does not count');
like($task->{hint}, qr/set owner and privileges to false/, 'the hint names the arguments');
$task = task_fails_like($node, "SELECT backup_pool.restore('$archive', '$db', schemas => '{one}', owner => false)", '42704', qr/Missing roles: "grantee", "definer"/, 'owner => false');
$task = task_fails_like($node, "SELECT backup_pool.restore('$archive', '$db', schemas => '{one}', privileges => false)", '42704', qr/role "The Owner" does not exist/, 'privileges => false');
restore_ok($node, "SELECT backup_pool.restore('$archive', '$db', schemas => '{one}', owner => false, privileges => false)", 'neither');
$node->safe_psql('postgres', 'CREATE ROLE "The Owner"; CREATE ROLE grantee; CREATE ROLE definer; CREATE ROLE policed; CREATE ROLE setter');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'made', create_database => true)", 'with the roles');

# A locale that the server does not have
$src = source('CREATE TABLE t (k int)');
my $localised = $node->basedir . '/localised';
stock_dump($node, $src, $localised);
edit_toc($localised, " LOCALE = 'C'", " LOCALE = 'Q'");
$task = task_fails_like($node, "SELECT backup_pool.restore('$localised', 'abroad', create_database => true)", '42704', qr/Missing locales: "Q"\./, 'missing locale');
is(exists_database('abroad'), '0', 'missing locale: the database was not made');
$db = fresh();
restore_ok($node, "SELECT backup_pool.restore('$localised', '$db')", 'missing locale: an existing database has its own');

# Event triggers come last of all
$src = source(
	q{
	CREATE TABLE log (tag text);
	CREATE TABLE t (k int); INSERT INTO t SELECT generate_series(1, 100);
	CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
	GRANT SELECT ON t TO kept;
	CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
	  $$BEGIN INSERT INTO public.log VALUES (tg_tag); END$$;
});
$node->safe_psql('postgres', "GRANT CONNECT ON DATABASE $src TO kept; COMMENT ON DATABASE $src IS 'mine'");
$node->safe_psql($src,
	q{CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION note(); ALTER EVENT TRIGGER e ENABLE ALWAYS; COMMENT ON EVENT TRIGGER e IS 'x'; TRUNCATE log});
$archive = archive_of($src, 'event trigger');
restore_ok($node, "SELECT backup_pool.restore('$archive', 'events', create_database => true)", 'event trigger: restore');
is(value('events', 'SELECT count(*) FROM log'), '0', 'event trigger: did not fire during the restore');
is(value('events', "SELECT evtname, evtenabled, obj_description(oid) FROM pg_event_trigger"), 'e|A|x', 'event trigger: is there');
is(value('events', 'SELECT count(*) FROM m'), '100', 'event trigger: the materialized view is refreshed');

# What only waits in order is done before a refresh that fails
$src = source(
	q{
	CREATE TABLE zero (k int); INSERT INTO zero VALUES (1);
	CREATE FUNCTION fails(i int) RETURNS int LANGUAGE plpgsql AS
	  $$BEGIN IF current_database() = 'halfway' THEN RAISE 'not here'; END IF; RETURN i; END$$;
	CREATE MATERIALIZED VIEW m AS SELECT fails(k) FROM zero;
	GRANT SELECT ON zero TO kept;
});
$node->safe_psql('postgres', "ALTER DATABASE $src SET work_mem = '7MB'; COMMENT ON DATABASE $src IS 'mine'");
$archive = archive_of($src, 'refresh');
$task = task_fails_like($node, "SELECT backup_pool.restore('$archive', 'halfway', create_database => true)", 'P0001', qr/not here/, 'refresh that fails');
like($task->{detail}, qr/Database "halfway", which this task has created, was not dropped, since data was loaded/, 'the database stays, and the detail says so');
is(value('halfway', 'SHOW work_mem'), '7MB', 'the settings of the database are there');
is(value('halfway', "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'halfway'"), 'mine', 'and its comment');
is(value('halfway', "SELECT has_table_privilege('kept', 'zero', 'SELECT')"), 't', 'and privileges');

# A row that is rejected: the detail has COPY's own context, as pg_restore has.
# The first table has several frames.
$src = source(
	q{
	CREATE TABLE big (k int, pad text, v text);
	INSERT INTO big SELECT g, repeat(md5(g::text), 40), g FROM generate_series(1, 8000) g;
	UPDATE big SET v = '4x' || repeat(U&'\00f6', 80) WHERE k = 7001;
	CREATE TABLE nulls (k int); INSERT INTO nulls VALUES (1), (2), (NULL);
	CREATE TABLE short (k int, l int); INSERT INTO short VALUES (1, 2), (3, 4);
	CREATE TABLE doc (j text); INSERT INTO doc VALUES ('{"a": 1}'), ('{"a": b}');
});
$archive = archive_of($src, 'rejected row');
my $stock_dir = $node->basedir . '/rejected';
stock_dump($node, $src, $stock_dir);
my %target = (
	big => 'CREATE TABLE big (k int, pad text, v int)',
	nulls => 'CREATE DOMAIN d AS int NOT NULL; CREATE TABLE nulls (k d)',
	short => 'CREATE TABLE short (k int, l int CHECK (l < 4))',
	doc => 'CREATE TABLE doc (j json)');
foreach my $table (sort keys %target)
{
	my $stock = fresh();
	$node->safe_psql($stock, $target{$table});
	my ($out, $err) = run_command([ 'pg_restore', '-a', '-t', $table, '-d', $node->connstr($stock), $stock_dir ]);
	my ($context) = $err =~ /^CONTEXT:.*?(COPY \w+, line \d+(?:, column \w+: (?:null input|"[^"]*"))?)/ms;
	ok($context, "rejected row of $table: by pg_restore") or diag($err);
	foreach my $parallel (1, 2)
	{
		$db = fresh();
		$node->safe_psql($db, $target{$table});
		$task = run_task($node, "SELECT backup_pool.restore('$archive', '$db', tables => '{$table}', content => 'data', if_exists => 'append', parallel => $parallel)");
		is($task->{state}, 'failed', "rejected row of $table, parallel $parallel: fails");
		like($task->{detail}, qr/^\Q$context\E/m, "rejected row of $table, parallel $parallel: line and column");
	}
}

# A database that a restore has made goes again if nothing was loaded into it
$src = source(
	q{
	CREATE TABLE t (k int); INSERT INTO t VALUES (1);
	COMMENT ON TABLE t IS 'a comment that is long enough for a statement';
});
my ($broken, $slow) = map { $node->basedir . "/$_" } qw(broken slow);
stock_dump($node, $src, $broken);
stock_dump($node, $src, $slow);
edit_toc($slow, "COMMENT ON TABLE public.t IS 'a comment that is long enough for a statement';", 'SELECT pg_catalog.pg_sleep(100);');
edit_toc($broken, 'COMMENT ON TABLE public.t IS', 'COMMENT ON TABLE public.u IS');
$task = task_fails_like($node, "SELECT backup_pool.restore('$broken', 'gone', create_database => true)", '42P01', qr/public\.u/, 'error before any data');
is(exists_database('gone'), '0', 'error before any data: the new database is dropped');
like($task->{detail}, qr/Database "gone" was dropped again\.$/, 'error before any data: the detail says so');
unlink(grep { !/toc\.dat$/ } glob("$broken/*")) or die;
task_fails_like($node, "SELECT backup_pool.restore('$broken', 'gone', create_database => true)", '58P01', qr/missing/, 'error of the plan');
is(exists_database('gone'), '0', 'error of the plan: the new database is dropped');
$db = fresh();
task_fails_like($node, "SELECT backup_pool.restore('$broken', '$db')", '58P01', qr/missing/, 'database of somebody else');
is(exists_database($db), '1', 'database of somebody else: stays');

# Starts the restore that sleeps before any data; returns the task.
sub sleeping
{
	my ($name) = @_;
	my $id = $node->safe_psql('postgres', "SELECT backup_pool.restore('$slow', '$name', create_database => true)");
	ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$name' AND wait_event = 'PgSleep'"), "$name: sleeps");
	return $id;
}

my $id = sleeping('stopped');
$node->safe_psql('postgres', "SELECT backup_pool.cancel($id)");
ok(wait_state($node, $id, 'cancelled'), 'cancelled before any data');
is(exists_database('stopped'), '0', 'cancelled before any data: the new database is dropped');

$id = sleeping('another');
$node->safe_psql('postgres', 'DROP DATABASE another WITH (FORCE)');
$node->safe_psql('postgres', 'CREATE DATABASE another');
ok(wait_state($node, $id, 'failed'), 'its database was dropped by somebody');
is(exists_database('another'), '1', 'the next database of the same name stays');

$id = sleeping('used');
my $user = $node->background_psql('used');
$node->safe_psql('postgres', "SELECT backup_pool.cancel($id)");
ok(wait_state($node, $id, 'cancelled'), 'cancelled while somebody uses the database');
is(exists_database('used'), '1', 'cancelled while somebody uses the database: it stays');
like(task_row($node, $id)->{detail}, qr/"used", which this task has created, could not be dropped: .*accessed/, 'and the detail says why');
$user->quit;

# The owner and the comment of schema public, which each database has
$src = source(
	q{
	ALTER SCHEMA public OWNER TO kept; COMMENT ON SCHEMA public IS 'our own';
	GRANT CREATE ON SCHEMA public TO grantee; CREATE TABLE t (k int);
});
my $public = "SELECT nspowner::regrole, nspacl, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'public'";
my $dump = $node->basedir . '/public';
stock_dump($node, $src, $dump, '-n', 'public');
my $stock = fresh();
run_command([ 'pg_restore', '-d', $node->connstr($stock), $dump ]);
is(value($stock, $public), value($src, $public), 'schema public: by pg_restore');
my $part = backup_ok($node, "SELECT backup_pool.backup_schema('public', '$src')", 'schema public: backup');
$archive = archive_of($src, 'schema public');
foreach my $from ($part, $archive, $dump)
{
	$db = fresh();
	restore_ok($node, "SELECT backup_pool.restore('$from', '$db')", 'schema public: restore');
	is(value($db, $public), value($stock, $public), 'schema public: owner, privileges and comment');
	$node->safe_psql($db, "DROP TABLE t; COMMENT ON SCHEMA public IS 'another'; ALTER SCHEMA public OWNER TO setter");
	restore_ok($node, "SELECT backup_pool.restore('$from', '$db', if_exists => 'skip')", 'schema public: restore, skip');
	like(value($db, $public), qr/^setter\|.*\|another$/, 'schema public: stays with skip');
}

# Data of foreign tables, which pg_dump writes if it is told to
SKIP:
{
	my $has = value('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'");
	skip 'postgres_fdw is not installed', 1 unless $has;
	my ($host, $port) = ($node->host, $node->port);
	my $far = source('CREATE TABLE t (k int, v text); CREATE TABLE p1 (k int); CREATE TABLE fired (k int)');
	$src = source(
		qq{
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname '$far');
		CREATE USER MAPPING FOR CURRENT_USER SERVER far;
		CREATE FOREIGN TABLE ft (k int, v text) SERVER far OPTIONS (table_name 't');
		INSERT INTO ft SELECT g, 'row ' || g FROM generate_series(1, 1000) g;
		CREATE TABLE p (k int) PARTITION BY RANGE (k);
		CREATE FOREIGN TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10) SERVER far;
		CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
		INSERT INTO p VALUES (1), (11);
		CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.k = NEW.k * 2; RETURN NEW; END';
		CREATE TRIGGER twice BEFORE INSERT ON ft FOR EACH ROW EXECUTE FUNCTION twice();
	});
	my $sums = 'SELECT (SELECT sum(k) FROM ft), (SELECT count(*) FROM ft), (SELECT string_agg(k::text, $$,$$ ORDER BY k) FROM p)';
	my $before = value($src, $sums);
	foreach my $how ([], ['--load-via-partition-root'])
	{
		my $dir = $node->basedir . '/foreign' . @$how;
		stock_dump($node, $src, $dir, '--include-foreign-data=far', @$how);
		$db = fresh();
		$node->safe_psql($far, 'TRUNCATE t, p1');
		stock_restore($node, $db, $dir);
		is(value($db, $sums), $before, "foreign data @$how: by pg_restore");
		$db = fresh();
		$node->safe_psql($far, 'TRUNCATE t, p1');
		restore_ok($node, "SELECT backup_pool.restore('$dir', '$db')", "foreign data @$how: restore");
		is(value($db, $sums), $before, "foreign data @$how: the same rows");
		next if @$how;
		restore_ok($node, "SELECT backup_pool.restore('$dir', '$db', if_exists => 'truncate', content => 'data', tables => '{p1}')", 'foreign data: again, truncated before');
		is(value($db, $sums), $before, 'foreign data: the same rows');
	}
}

done_testing();
