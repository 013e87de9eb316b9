
# Copyright (c) 2026, backup_pool contributors

# Tasks that are enqueued in functions, procedures, triggers and other places
# where SQL can call a function.  worker/queue.pl tests what COMMIT and
# ROLLBACK do to a task.

use strict;
use warnings;

use BackupPool;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('main', conf => "backup_pool.max_connections = 2\nbackup_pool.max_tasks = 320");
my $major = pg_version($node);
my $me = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', 'CREATE DATABASE db; CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE nobody LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA backup_pool TO alice, bob');
$node->safe_psql('db', 'CREATE SCHEMA s; CREATE TABLE s.t AS SELECT generate_series(1, 100) AS id; GRANT USAGE ON SCHEMA s TO alice; GRANT SELECT ON s.t TO alice');
$node->safe_psql('postgres', q{
	CREATE SCHEMA f; GRANT USAGE ON SCHEMA f TO PUBLIC;
	CREATE FUNCTION f.as_caller(label text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN backup_pool.backup_table('s.t', 'db', content => 'data', label => label); END $$;
	CREATE FUNCTION f.in_sql(label text) RETURNS bigint LANGUAGE sql AS $$ SELECT backup_pool.backup_table('s.t', 'db', content => 'data', label => label) $$;
	CREATE FUNCTION f.as_alice(label text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN RETURN backup_pool.backup_table('s.t', 'db', content => 'data', label => label); END $$;
	GRANT CREATE ON SCHEMA f TO alice; ALTER FUNCTION f.as_alice OWNER TO alice;
	CREATE PROCEDURE f.in_steps() LANGUAGE plpgsql AS $$ BEGIN
		FOR i IN 1 .. 4 LOOP
			PERFORM f.as_caller('step ' || i);
			IF i % 2 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
		END LOOP;
	END $$;
	CREATE TABLE f.wish (label text);
	CREATE FUNCTION f.fulfil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM f.as_caller(NEW.label); RETURN NEW; END $$;
	CREATE CONSTRAINT TRIGGER fulfil AFTER INSERT ON f.wish DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f.fulfil()});

sub tasks
{
	my ($where) = @_;
	return $node->safe_psql('postgres', "SELECT string_agg(concat_ws(' ', label, owner, state), ', ' ORDER BY task_id) FROM backup_pool.tasks WHERE $where");
}

sub all_over
{
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM backup_pool.tasks WHERE state IN ('queued', 'running')") or fail('all tasks end');
	return;
}

# functions: the caller owns the task; with SECURITY DEFINER the definer owns it
my ($rc, $out, $err) = run_sql($node, 'postgres', "SELECT f.as_caller('plpgsql'), f.in_sql('sql'); SELECT f.as_alice('definer')", user => 'alice');
is($rc, 0, 'in functions') or diag($err);
($rc, $out, $err) = run_sql($node, 'postgres', "SELECT f.as_alice('by nobody')", user => 'nobody');
is($rc, 0, 'in a function with the rights of its owner, by one who has none') or diag($err);
fails_like($node, "SELECT f.as_caller('no right')", '42501', qr/permission denied for function/, 'in a function without, by the same', user => 'nobody');
all_over();
is(tasks("owner = 'alice'"), 'plpgsql alice succeeded, sql alice succeeded, definer alice succeeded, by nobody alice succeeded', 'each is its owner\'s');
# who called gets no more out of it than what he was told
my ($id) = $out =~ /(\d+)/;
fails_like($node, "SELECT backup_pool.cancel($id)", '42501', qr/permission denied for task/, 'it is nobody else\'s', user => 'bob');
is($node->safe_psql('postgres', 'SELECT count(*) FROM backup_pool.tasks', extra_params => [ '-U', 'nobody' ]), '0', 'nor does he who called see it');

# a procedure that commits and rolls back in between
run_sql($node, 'postgres', 'CALL f.in_steps()');
all_over();
is(tasks("label LIKE 'step%'"), "step 1 $me succeeded, step 3 $me succeeded", 'in a procedure: those that were committed');

# a deferred trigger runs at COMMIT itself
($rc, $out, $err) = run_sql($node, 'postgres', "BEGIN; INSERT INTO f.wish VALUES ('deferred'); SELECT count(*) FROM backup_pool.tasks WHERE label = 'deferred'; COMMIT; BEGIN; INSERT INTO f.wish VALUES ('undone'); SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK");
is("$rc $out", '0 0', 'in a deferred trigger') or diag($err);
all_over();
is(tasks("label IN ('deferred', 'undone')"), "deferred $me succeeded", 'when it is committed');

# a transaction that fails at COMMIT itself
$node->safe_psql('postgres', "CREATE TABLE f.late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
fails_like($node, "BEGIN; SELECT f.as_caller('late'); INSERT INTO f.late VALUES (1), (1); COMMIT", '23505', qr/duplicate key/, 'a COMMIT that fails');
is(tasks("label = 'late'"), '', 'has enqueued nothing');
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool._live_tasks() WHERE label = 'late'"), '0', 'not in memory, either');

# a session that is killed with its transaction open
my $open = $node->background_psql('postgres');
$open->query_safe("BEGIN; SELECT f.as_caller('killed')");
my $pid = $open->query_safe('SELECT pg_backend_pid()');
$pid =~ s/\D//g;
$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid");
eval { $open->quit };
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool._live_tasks() WHERE label = 'killed'") . tasks("label = 'killed'"), '0', 'a session that was terminated leaves nothing');

# where nothing may be written
my $archive = $node->safe_psql('postgres', "SELECT archive FROM backup_pool.archives WHERE task_id = $id");
foreach my $sql ("backup_pool.backup_table('s.t', 'db')", "backup_pool.restore('$archive', 'db')")
{
	fails_like($node, "BEGIN READ ONLY; SELECT $sql", '25006', qr/read-only transaction/, "a read-only transaction: $sql");
}
is($node->safe_psql('postgres', "BEGIN READ ONLY; SELECT backup_pool.wait($id); SELECT count(*) FROM backup_pool.archives WHERE task_id = $id; COMMIT"), "succeeded\n1", 'looking is allowed there');

# parallel queries: enqueuing never happens in a worker of one, looking works
my $force = $major >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
($rc, $out, $err) = run_sql($node, 'postgres', "SET $force = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	CREATE TABLE f.many AS SELECT generate_series(1, 20) AS g; ANALYZE f.many;
	SELECT count(DISTINCT backup_pool.backup_table('s.t', 'db', content => 'data', label => 'parallel')) FROM f.many;
	SELECT count(*) > 0 FROM backup_pool.tasks, f.many; SELECT count(*) > 0 FROM backup_pool.archives, f.many; SELECT count(*) >= 0 FROM backup_pool.connections, f.many;");
is("$rc $out", "0 20\nt\nt\nt", 'parallel queries') or diag($err);
all_over();
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE label = 'parallel' AND state = 'succeeded'"), '20', 'each row enqueued one');

# 300 at once, each in a transaction of its own; and as many in one that fails
($rc, $out, $err) = run_sql($node, 'postgres', "SELECT format('SELECT backup_pool.backup_table(%L, %L, content => %L, label => %L)', 's.t', 'db', 'data', 'gexec') FROM generate_series(1, 300) \\gexec
	SELECT 'waited ' || backup_pool.wait();");
is($rc, 0, '300 tasks by \gexec') or diag($err);
like($out, qr/^waited succeeded$/m, 'the session waits for its last one');
all_over();
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.tasks WHERE label = 'gexec' AND state = 'succeeded' AND rows_done = 100"), '300', 'all 300 succeed');
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool.archives a JOIN backup_pool.tasks t USING (archive) WHERE t.label = 'gexec'"), '300', 'with an archive each');
run_sql($node, 'postgres', "SELECT count(backup_pool.backup_table('s.t', 'db', label => 'too many')) FROM generate_series(1, 300) g WHERE 1 / (300 - g) > -1");
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool._live_tasks() WHERE label = 'too many'"), '0', 'those of a statement that fails are forgotten');
run_sql($node, 'postgres', "SELECT count(backup_pool.backup_table('s.t', 'db', label => 'more than fit')) FROM generate_series(1, 400) g");
is($node->safe_psql('postgres', "SELECT count(*) FROM backup_pool._live_tasks() WHERE label = 'more than fit'"), '0', 'and those of one that asks for more than there are slots');
backup_ok($node, "SELECT backup_pool.backup_database('db')", 'and there is room for the next');

no_leftovers($node, 'transactions');
$node->stop;
done_testing();
