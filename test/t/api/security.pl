
# Copyright (c) 2026, backup_pool contributors

# Rights: every function, view, setting and file is tried with every kind of
# role.  After that attacks by statements of units that a user types, by names
# and paths, and by archives that contain code.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main');

# owner: made the tasks; member: of owner's role; granted: may execute and no
# more; stats, reads: the predefined roles, without EXECUTE; nobody: nothing
my @roles = qw(super owner member granted stats reads nobody);
$node->safe_psql('postgres', q{
	CREATE ROLE super SUPERUSER LOGIN;
	CREATE ROLE owner LOGIN CREATEDB;
	CREATE ROLE member LOGIN CREATEDB IN ROLE owner;
	CREATE ROLE granted LOGIN;
	CREATE ROLE stats LOGIN IN ROLE pg_read_all_stats;
	CREATE ROLE reads LOGIN IN ROLE pg_read_all_data;
	CREATE ROLE nobody LOGIN;
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO owner, granted;
	CREATE DATABASE src OWNER owner;});
$node->safe_psql('src', q{SET ROLE owner; CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, v text);
	INSERT INTO app.t VALUES (1, 'one')});

sub as
{
	my ($role, $sql) = @_;
	my ($rc, $out, $err) = run_sql($node, 'postgres', $sql, user => $role);
	return $out if $rc == 0;
	return "error $1" if $err =~ /ERROR:  (\w{5}): /;
	return "died: $err";
}

sub diag_error { my ($t) = @_; diag(explain($t)); return; }

my $task = run_task($node, "SELECT backup_pool.backup_database('src')", user => 'owner');
is($task->{state}, 'succeeded', 'the archive') or diag_error($task);
my $archive = $task->{archive};
my $id = $task->{id};

# ---- functions.  Expected: SQLSTATE, or ok
my %functions = (
	# call => { role => expected }; a role that is not named gets 42501
	"backup_database('src')" => { super => 'ok', owner => 'ok', member => 'ok', granted => 'ok' },
	"backup_schema('app', 'src')" => { super => 'ok', owner => 'ok', member => 'ok', granted => 'ok' },
	"backup_schemas(ARRAY['app'], 'src')" => { super => 'ok', owner => 'ok', member => 'ok', granted => 'ok' },
	"backup_table('app.t', 'src')" => { super => 'ok', owner => 'ok', member => 'ok', granted => 'ok' },
	"backup_tables(ARRAY['app.t'], 'src')" => { super => 'ok', owner => 'ok', member => 'ok', granted => 'ok' },
	"restore('$archive', 'src', content => 'schema', if_exists => 'skip')" => { super => 'ok', owner => 'ok', member => 'ok' },
	"verify('$archive')" => { super => 'ok', owner => 'ok', member => 'ok' },
	"wait($id)" => { super => 'ok', owner => 'ok', member => 'ok' },
	"cancel($id)" => { super => 'ok', owner => 'ok', member => 'ok' },
	"check()" => { super => 'ok', owner => 'ok', member => 'ok', granted => 'ok' },
	"drop_archive('src/20200101T000000Z-1')" => { super => '42704', owner => '42704', member => '42704', granted => '42704' },
	"drop_archive('$archive')" => { granted => '42501' });
my $cells = 0;
foreach my $call (sort keys %functions)
{
	foreach my $role (@roles)
	{
		my $want = $functions{$call}{$role} // '42501';
		# who could drop it does so at the end
		next if $call =~ /drop_archive\('\Q$archive\E/ && grep { $_ eq $role } qw(super owner member);
		# in a transaction that is rolled back: the right to call is what is asked
		my $got = as($role, "BEGIN; SELECT count(*) FROM backup_pool.$call; ROLLBACK;");
		$got = $got =~ /^error (\w+)/ ? $1 : $got =~ /^died/ ? $got : 'ok';
		is($got, $want, "$role: $call");
		$cells++;
	}
}

# ---- views: how much of the owner's a role sees
my %sees = (super => 1, owner => 1, member => 1, granted => 0, stats => 1, reads => 0, nobody => 0);
foreach my $role (@roles)
{
	is(as($role, "SELECT count(*) FROM backup_pool.tasks WHERE task_id = $id"), $sees{$role}, "$role: view tasks");
	is(as($role, "SELECT count(*) FROM backup_pool._live_tasks() WHERE task_id = $id"), $sees{$role}, "$role: the function behind it");
	is(as($role, "SELECT count(*) FROM backup_pool.archives WHERE archive = '$archive'"), $sees{$role}, "$role: view archives");
	is(as($role, "SELECT count(*) FROM backup_pool._archives() WHERE archive = '$archive'"), $sees{$role}, "$role: the function behind it");
	is(as($role, "SELECT count(*) > 0 FROM backup_pool.connections WHERE role = 'owner'"), $sees{$role} ? 't' : 'f', "$role: view connections");
	is(as($role, 'SELECT count(*) FROM backup_pool.stats'), '1', "$role: view stats");
	# pg_read_all_data reads every table, the log too
	my $log = as($role, "SELECT count(*) FROM backup_pool.task WHERE task_id = $id");
	is($log, $role =~ /^(super|reads)$/ ? '1' : 'error 42501', "$role: the log's table");
	is(as($role, "UPDATE backup_pool.task SET owner = owner WHERE task_id = $id"),
		$role eq 'super' ? '' : 'error 42501', "$role: writing to it");
	is(as($role, 'CREATE TABLE backup_pool.mine ()'), $role eq 'super' ? '' : 'error 42501', "$role: a table in its schema");
	# a filter that shows what it is given must not see others' rows
	is(as($role, q{CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
			BEGIN RAISE EXCEPTION 'saw %', $1; END $$; SELECT count(*) FROM backup_pool.tasks WHERE pg_temp.leak(target)}),
		$sees{$role} ? 'error P0001' : '0', "$role: view tasks is a barrier");
	$cells += 10;
}
$node->safe_psql('postgres', 'DROP TABLE backup_pool.mine');

# ---- settings: who may see, and nobody sets them in a session
my @settings = split(/\n/, $node->safe_psql('postgres', q{SELECT name FROM pg_settings WHERE name LIKE 'backup_pool.%' ORDER BY 1}));
cmp_ok(scalar(@settings), '>=', 13, 'the settings are there');
foreach my $name (@settings)
{
	foreach my $role (@roles)
	{
		like(as($role, "SET $name = DEFAULT"), qr/^error 55P02$/, "$role: SET $name");
		my $hidden = $name eq 'backup_pool.repository' && $role ne 'super';
		my $got = as($role, "SELECT current_setting('$name')");
		$hidden ? is($got, 'error 42501', "$role: $name is not shown") : unlike($got, qr/^error/, "$role: $name is shown");
		$cells += 2;
	}
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_settings WHERE name LIKE 'backup_pool.%' AND setting ~* 'password'}),
	'0', 'no setting holds a password');

# ---- files
sub loose
{
	my ($repo, $dir, $file) = @_;
	my @all = ($repo, glob("$repo/*"), glob("$repo/*/*"), glob("$repo/*/*/*"));
	cmp_ok(scalar(@all), '>', 5, 'there are files');
	return join(' ', grep { ((stat($_))[2] & 07777) != (-d $_ ? $dir : $file) } @all);
}
my $repo = repository($node);
is(loose($repo, 0700, 0600), '', 'modes of directories and files');
{
	my $shared = new_node('shared', initdb => ['--allow-group-access']);
	$shared->safe_psql('postgres', 'CREATE TABLE t AS SELECT 1 AS id; SELECT lo_create(0)');
	backup_ok($shared, "SELECT backup_pool.backup_database('postgres', exclude_schemas => '{backup_pool}')", 'where a group may read the cluster');
	is(loose(repository($shared), 0750, 0640), '', 'it may read archives');
	$shared->stop;
}
note("$cells cells");

# ---- a unit statement typed by a user
foreach my $role (qw(super owner nobody))
{
	foreach my $sql (
		"COPY app.t TO 'backup_pool' WITH (task $id, unit 0)",
		"COPY app.t FROM 'backup_pool' WITH (task $id, unit 0)",
		"COPY (SELECT 1) TO 'backup_pool' WITH (task $id, step 'begin')",
		"COPY (SELECT 1) TO 'backup_pool' WITH (task 99999999999999999999, step 'plan')",
		"COPY (SELECT 1) TO 'backup_pool' WITH (task -1, unit -1)",
		"COPY (SELECT 1) TO 'backup_pool'",
		"SET application_name = 'backup_pool'; COPY (SELECT 1) TO 'backup_pool' WITH (task $id, step 'finish')",
		"DO \$\$ BEGIN EXECUTE 'COPY (SELECT 1) TO ''backup_pool'' WITH (task $id, step ''plan'')'; END \$\$")
	{
		my ($rc, undef, $err) = run_sql($node, 'src', $sql, user => $role);
		like($err, $sql =~ /9{19}/ ? qr/ERROR:  22003:/ : qr/ERROR:  42501:/, "$role: $sql");
	}
}
is($node->safe_psql('src', 'SELECT count(*) FROM app.t'), '1', 'nothing came of it');

# ---- names that are SQL, or more than a line
my $evil = q{x"; DROP TABLE app.t; --};
my $lines = "two\nlines";
$node->safe_psql('postgres', q{CREATE ROLE "o'wn""er; --" LOGIN SUPERUSER});
foreach my $name ($evil, $lines, q{it's}, q{back\slash}, '%s%n', '../../etc', ' ')
{
	(my $ident = $name) =~ s/"/""/g;
	(my $literal = $name) =~ s/'/''/g;

	$node->safe_psql('postgres', qq{CREATE DATABASE "$ident"});
	my ($rc, undef, $err) = run_sql($node, $name, qq{CREATE SCHEMA "$ident"; CREATE TABLE "$ident"."$ident" ("$ident" text);
		INSERT INTO "$ident"."$ident" VALUES ('$literal');
		COMMENT ON TABLE "$ident"."$ident" IS '$literal'});
	is($rc, 0, "made: $name") or diag($err);
	my $b = run_task($node, qq{SET SESSION AUTHORIZATION "o'wn""er; --"; SELECT backup_pool.backup_database('$literal', label => '$literal')});
	is($b->{state}, 'succeeded', "backed up: $name") or diag_error($b);
	like($b->{archive}, qr{^[A-Za-z0-9_.%-]+/[0-9TZ-]+$}, "its archive's name is plain: $b->{archive}");
	my $v = run_task($node, "SELECT backup_pool.verify('$b->{archive}', 'restore')");
	is($v->{state}, 'succeeded', "verified: $name") or diag_error($v);
	(my $pattern = qq{"$ident"."$ident"}) =~ s/'/''/g;
	my $p = run_task($node, qq{SELECT backup_pool.backup_table('$pattern', '$literal', content => 'data')});
	# pg_dump's patterns know * and ?, none of which is here
	is($p->{state}, 'succeeded', "by pattern: $name") or diag_error($p);
	$node->safe_psql('postgres', qq{DROP DATABASE "$ident"});
}
is($node->safe_psql('src', 'SELECT count(*) FROM app.t'), '1', 'no name was executed');
foreach my $pattern (q{app.t'; DROP TABLE app.t; --}, q{app.t"; DROP TABLE app.t; --}, q{$(touch x)}, '`touch x`', "app.t\n", '-Fc', '--file=x')
{
	(my $literal = $pattern) =~ s/'/''/g;
	my $t = run_task($node, "SELECT backup_pool.backup_table('$literal', 'src')");
	isnt($t->{state} // 'refused', 'succeeded', "pattern $pattern matches nothing");
}
is($node->safe_psql('src', 'SELECT count(*) FROM app.t'), '1', 'no pattern was executed');

# ---- paths
foreach my $path ('../src/x', 'src/../../x', "$archive/../x", 'src/.', '/etc', '/dev/null', '', 'src', "$archive\n", "$archive/toc.dat")
{
	(my $literal = $path) =~ s/'/''/g;
	foreach my $call ('restore', 'verify', 'drop_archive')
	{
		my ($rc, $out, $err) = run_sql($node, 'postgres', "SELECT backup_pool.$call('$literal')", user => 'owner');
		isnt($rc, 0, "$call('$path') as its owner");
		unlike($err, qr/XX000/, 'is a proper error');
	}
}
my $where = archive_path($node, $archive);
{
	# links in the place of an archive, and of its files
	my $other = "$repo/src/20200101T000000Z-77";
	symlink($where, $other) or die "$other: $!";
	fails_like($node, "SELECT backup_pool.verify('src/20200101T000000Z-77')", '42809', qr/not a directory/, 'a link to an archive');
	unlink($other);
	mkdir($other, 0700) or die "$other: $!";
	foreach my $file (glob("$where/*"))
	{
		(my $name = $file) =~ s{.*/}{};
		$name eq 'toc.dat' ? symlink($file, "$other/$name") : link($file, "$other/$name") or die "$file: $!";
	}
	my $v = run_task($node, q{SELECT backup_pool.verify('src/20200101T000000Z-77')});
	is($v->{state}, 'failed', 'a link in an archive');
	unlink("$other/toc.dat");
	system('mkfifo', "$other/toc.dat") == 0 or die 'mkfifo';
	$v = run_task($node, q{SELECT backup_pool.verify('src/20200101T000000Z-77')});
	is($v->{state}, 'failed', 'a pipe in an archive');
	unlink("$other/toc.dat");
	link("$where/toc.dat", "$other/toc.dat") or die $!;
	# a hard link of the manifest keeps its owner
	fails_like($node, q{SELECT backup_pool.restore('src/20200101T000000Z-77', 'src')}, '42501', qr/belongs to another role/,
		'an archive by hard links', user => 'granted');
	unlink(glob("$other/*"));
	rmdir($other) or die "$other: $!";
}

# ---- a forged archive drops nothing that its restorer could not drop: a user's
# mapping to another's server, without the server itself
{
	my $dir = $node->basedir . '/mappings';
	$node->safe_psql('postgres', 'CREATE DATABASE fdw; GRANT pg_read_server_files TO granted');
	$node->safe_psql('fdw', q{CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
		CREATE USER MAPPING FOR member SERVER s; CREATE USER MAPPING FOR PUBLIC SERVER s});
	foreach my $user ('member', 'public', 'granted')
	{
		$node->safe_psql('fdw', 'CREATE USER MAPPING FOR granted SERVER s') if $user eq 'granted';
		command_ok(['pg_dump', '-Fd', '-f', "$dir.$user", $node->connstr('fdw')], 'an archive of user mappings');
		my $toc = slurp_file("$dir.$user/toc.dat");
		$toc =~ s/(DROP (?:FOREIGN DATA WRAPPER|SERVER)) \w;/$1 q;/g;
		$toc =~ s/(DROP USER MAPPING FOR) (?!$user)(\w)/$1 q/g;
		unlink("$dir.$user/toc.dat");
		append_to_file("$dir.$user/toc.dat", $toc);
		my $drop = run_task($node, "SELECT backup_pool.restore('$dir.$user', 'fdw', if_exists => 'replace')", user => 'granted');
		is($drop->{state}, 'failed', "$user: its restore");
		is($node->safe_psql('fdw', "SELECT count(*) FROM pg_user_mappings WHERE usename = '$user'"), 1, 'leaves the mapping');
	}
	$node->safe_psql('postgres', 'REVOKE pg_read_server_files FROM granted');
}

# ---- code of an archive runs with its restorer's rights, and has no way out
$node->safe_psql('postgres', q{CREATE DATABASE trap OWNER owner; CREATE TABLE public.secret (v text); INSERT INTO public.secret VALUES ('s3cret');
	GRANT CREATE ON SCHEMA public TO owner});
run_sql($node, 'trap', q{
	CREATE SCHEMA app;
	CREATE FUNCTION app.evil(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
	DECLARE what text := '';
	BEGIN
		BEGIN EXECUTE 'RESET ROLE'; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN EXECUTE 'SET ROLE super'; what := what || ' became super'; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN EXECUTE 'SET SESSION AUTHORIZATION super'; what := what || ' was super'; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN EXECUTE 'COPY (SELECT 1) TO ''backup_pool'' WITH (task 1, step ''finish'')'; what := what || ' ran a step';
			EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN PERFORM pg_read_file('postgresql.conf'); what := what || ' read a file'; EXCEPTION WHEN OTHERS THEN NULL; END;
		BEGIN EXECUTE 'ALTER ROLE owner SUPERUSER'; what := what || ' made itself super'; EXCEPTION WHEN OTHERS THEN NULL; END;
		IF current_user <> 'owner' OR session_user <> 'owner' THEN what := what || ' is ' || current_user; END IF;
		IF what <> '' THEN RAISE WARNING 'TRAP:%', what; END IF;
		RETURN t;
	END $$;
	CREATE DOMAIN app.d AS text CHECK (app.evil(VALUE) IS NOT NULL);
	CREATE TABLE app.v (id int, v text CHECK (app.evil(v) IS NOT NULL), d app.d, g text GENERATED ALWAYS AS (app.evil(v)) STORED,
		w text DEFAULT app.evil('x'));
	CREATE INDEX ON app.v (app.evil(v));
	INSERT INTO app.v SELECT i, 'v' || i, 'd' FROM generate_series(1, 100) i;
	CREATE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM app.evil('t'); RETURN NEW; END $$;
	CREATE TRIGGER t BEFORE INSERT ON app.v FOR EACH ROW EXECUTE FUNCTION app.trg();
	CREATE MATERIALIZED VIEW app.m AS SELECT app.evil(v) FROM app.v;
	CREATE FUNCTION app.eq(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM app.evil('op'); RETURN true; END $$;
	CREATE OPERATOR app.= (LEFTARG = int, RIGHTARG = int, FUNCTION = app.eq);
	CREATE FUNCTION app.count() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM app.evil('count'); RETURN 0; END $$;
	ALTER DATABASE trap SET search_path = app, pg_catalog;
	ALTER ROLE owner SET search_path = app, pg_catalog;}, user => 'owner');
my $log = -s $node->logfile;
my $t = run_task($node, q{SELECT backup_pool.backup_database('trap')}, user => 'owner');
is($t->{state}, 'succeeded', 'backup of a database full of traps') or diag_error($t);
my $again = run_task($node, "SELECT backup_pool.restore('$t->{archive}', database => 'trap2', create_database => true)", user => 'owner');
is($again->{state}, 'succeeded', 'and its restore') or diag_error($again);
is(run_task($node, "SELECT backup_pool.verify('$t->{archive}', 'restore')", user => 'owner')->{state}, 'succeeded', 'and its verification');
unlike(slurp_file($node->logfile, $log), qr/TRAP:/, 'none had more rights than the owner');
is($node->safe_psql('postgres', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'}), 'f', 'who is no superuser');
# a superuser's backup of it runs none of the owner's code with his rights
$log = -s $node->logfile;
my $supers = run_task($node, q{SELECT backup_pool.backup_database('trap')}, user => 'super');
is($supers->{state}, 'succeeded', "a superuser's backup of it") or diag_error($supers);
unlike(slurp_file($node->logfile, $log), qr/TRAP:/, 'runs nothing of it');
$node->safe_psql('postgres', 'ALTER ROLE owner RESET search_path');

# ---- a session of the pool is no way round a login that would be refused now
$node->safe_psql('src', 'GRANT USAGE ON SCHEMA app TO granted; GRANT SELECT ON app.t TO granted; CREATE ROLE friends; REVOKE CONNECT ON DATABASE src FROM PUBLIC; GRANT CONNECT ON DATABASE src TO friends; GRANT friends TO granted');
my $mine = q{SELECT backup_pool.backup_table('app.t', 'src')};
is(run_task($node, $mine, user => 'granted')->{state}, 'succeeded', 'who may connect has a backup made');
$node->safe_psql('postgres', 'REVOKE friends FROM granted');
task_fails_like($node, $mine, '42501', qr/permission denied for database "src"/, 'who may not any more', user => 'granted');
$node->safe_psql('postgres', 'GRANT CONNECT ON DATABASE src TO granted');
is(run_task($node, $mine, user => 'granted')->{state}, 'succeeded', 'who may again');
$node->safe_psql('postgres', 'REVOKE CONNECT ON DATABASE src FROM granted');
task_fails_like($node, $mine, '42501', qr/permission denied for database "src"/, 'and who was refused himself', user => 'granted');

# ---- settings of an archived database are no way to set what is a superuser's
$node->safe_psql('postgres', 'CREATE DATABASE tuned OWNER owner; ALTER DATABASE tuned SET session_replication_role = replica; ALTER DATABASE tuned SET lo_compat_privileges = on; ALTER DATABASE tuned SET "DateStyle" = german');
run_sql($node, 'tuned', q{
	SET session_replication_role = origin; SET lo_compat_privileges = off;
	CREATE FUNCTION tell() RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT string_agg(current_setting(n), ' ' ORDER BY n) FROM unnest(array['session_replication_role', 'lo_compat_privileges', 'DateStyle']) n$$;
	CREATE TABLE told (id int, now text GENERATED ALWAYS AS (public.tell()) STORED);
	INSERT INTO told VALUES (1)}, user => 'super');
$node->safe_psql('tuned', 'ALTER FUNCTION tell() OWNER TO owner; ALTER TABLE told OWNER TO owner; ALTER SCHEMA public OWNER TO owner');
my $tuned = backup_ok($node, q{SELECT backup_pool.backup_database('tuned')}, 'a backup of a database with settings', user => 'owner');
run_task($node, "SELECT backup_pool.restore('$tuned', 'tuned2', create_database => true)", user => 'owner');
like($node->safe_psql('tuned2', 'SELECT now FROM told'), qr/^\w+, DMY off origin$/, "its restorer may set the date's style, and not the rest");
run_task($node, "SELECT backup_pool.restore('$tuned', 'tuned3', create_database => true)", user => 'super');
like($node->safe_psql('tuned3', 'SELECT now FROM told'), qr/^German, DMY on replica$/, 'a superuser may');

# ---- the owner of the schema could put functions beside ours
run_sql($node, 'trap', 'CREATE SCHEMA backup_pool', user => 'owner');
fails_like($node, 'CREATE EXTENSION backup_pool', '42501', qr/schema "backup_pool" exists and does not belong to a superuser/, "the extension in somebody's schema", db => 'trap');
$node->safe_psql('trap', 'ALTER SCHEMA backup_pool OWNER TO super; CREATE EXTENSION backup_pool; DROP EXTENSION backup_pool; DROP SCHEMA backup_pool; CREATE EXTENSION backup_pool');

# ---- nothing secret in the log, the views, the process list
$node->safe_psql('postgres', q{CREATE ROLE pw LOGIN PASSWORD 'hunter2-hunter2'});
is($node->safe_psql('postgres', q{SELECT count(*) FROM backup_pool.task t WHERE t::text LIKE '%hunter2%'}), '0', 'the log holds no password');
unlike(slurp_file($node->logfile), qr/PGPASSWORD/, "nor does the server's log");

# ---- and at the end: who may, drops it
is(as('member', "SELECT backup_pool.drop_archive('$archive')"), '', 'a member of the owner may drop it');
ok(!-e $where, 'it is gone');

done_testing();
