--
-- The interface: what there is, and what it refuses at once.  What it does is
-- tried by the TAP tests.
--
-- The server may be in use (make installcheck).  The test drops these objects at
-- its end, so it stops here if one of them exists already.
SET lc_messages TO 'C';
\set ON_ERROR_STOP on
BEGIN;
CREATE EXTENSION backup_pool;
CREATE SCHEMA elsewhere;
CREATE TABLE things AS SELECT g AS id, 'thing ' || g AS name FROM generate_series(1, 1000) g;
COMMIT;
\set ON_ERROR_STOP off

-- everything has a comment
SELECT pg_describe_object(classid, objid, 0)
FROM pg_depend
WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'backup_pool') AND deptype = 'e'
  AND classid IN ('pg_proc'::regclass, 'pg_class'::regclass) AND obj_description(objid, classid::regclass::name) IS NULL
ORDER BY 1;

-- functions: arguments, defaults, results
\pset format unaligned
\pset expanded on
SELECT p.proname, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result,
	p.provolatile, p.proisstrict, p.proparallel, p.prosecdef
FROM pg_proc p WHERE p.pronamespace = 'backup_pool'::regnamespace AND p.proname NOT LIKE '\_%'
ORDER BY 1, 2;
\pset format aligned
\pset expanded off

-- nobody but the owner may execute them; the views are everybody's
SELECT p.proname, has_function_privilege('public', p.oid, 'EXECUTE')
FROM pg_proc p WHERE p.pronamespace = 'backup_pool'::regnamespace ORDER BY 1;
SELECT c.relname, has_table_privilege('public', c.oid, 'SELECT') AS sel, has_table_privilege('public', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS mod
FROM pg_class c WHERE c.relnamespace = 'backup_pool'::regnamespace AND c.relkind IN ('r', 'v', 'S') ORDER BY 1;

-- views and the log
\d backup_pool.tasks
\d backup_pool.archives
\d backup_pool.connections
\d backup_pool.stats
\d backup_pool.task

-- settings
SELECT name, boot_val, unit, context, vartype, min_val, max_val FROM pg_settings WHERE name LIKE 'backup\_pool.%' ORDER BY name COLLATE "C";
SET backup_pool.no_such_setting = 1;
SET backup_pool.parallel = 1;
ALTER SYSTEM SET backup_pool.compression = 'brotli';

-- not into another schema, not twice
ALTER EXTENSION backup_pool SET SCHEMA elsewhere;
CREATE EXTENSION backup_pool;

-- arguments
\set VERBOSITY terse
SELECT backup_pool.backup_database('no such database');
SELECT backup_pool.backup_database(NULL);
SELECT backup_pool.backup_database(content => 'some');
SELECT backup_pool.backup_database(compression => 'zip');
SELECT backup_pool.backup_database(compression => 'zstd:1000');
SELECT backup_pool.backup_database(parallel => 0);
SELECT backup_pool.backup_database(parallel => -1);
SELECT backup_pool.backup_database(priority => NULL);
SELECT backup_pool.backup_database(exclude_tables => NULL);
SELECT backup_pool.backup_database(exclude_tables => '{a,NULL}');
SELECT backup_pool.backup_schema(NULL);
SELECT backup_pool.backup_schemas('{}');
SELECT backup_pool.backup_table('');
SELECT backup_pool.backup_tables(NULL);
SELECT backup_pool.restore(NULL);
SELECT backup_pool.restore('no/such');
SELECT backup_pool.restore('../x');
SELECT backup_pool.restore('x/y', if_exists => 'maybe');
SELECT backup_pool.restore('x/y', if_exists => 'swap');
SELECT backup_pool.restore('x/y', remap_schema => '{"a": "b"}');
SELECT backup_pool.restore('x/y', tables => '{a}', "where" => 'true');
SELECT backup_pool.restore('x/y', content => 'none');
SELECT backup_pool.restore('x/y', parallel => 0);
SELECT backup_pool.wait();
SELECT backup_pool.wait(-1);
SELECT backup_pool.wait(1, timeout => '-1 s');
SELECT backup_pool.cancel(NULL);
SELECT backup_pool.cancel(0);
SELECT backup_pool.drop_archive(NULL);
SELECT backup_pool.drop_archive('no/such');
SELECT backup_pool.drop_archive('../x');
BEGIN;
SELECT backup_pool.backup_database() > 0 AS enqueued;
\set VERBOSITY sqlstate
SELECT backup_pool.wait();
\set VERBOSITY terse
ROLLBACK;
BEGIN;
SELECT backup_pool.backup_database() > 0 AS enqueued;
PREPARE TRANSACTION 'x';
ROLLBACK;
COPY backup_pool.task TO 'backup_pool' WITH (task 1, unit 0);
COPY backup_pool.task FROM 'backup_pool' WITH (task 1, unit 0);
\set VERBOSITY default

-- a task from beginning to end
SELECT backup_pool.backup_table('things', label => 'first', compression => 'zstd:1') AS task \gset
SELECT backup_pool.wait();
SELECT kind, database = current_database() AS this, target, owner = current_user AS mine, state, phase, priority, label, attempt,
	tables_total, tables_done, rows_done, progress, eta, sqlstate, error FROM backup_pool.tasks WHERE task_id = :task \gx
SELECT archive FROM backup_pool.tasks WHERE task_id = :task \gset
SELECT archive ~ ('^' || database || '/\d{8}T\d{6}Z-' || :task || '$') AS named, label, content, owner = current_user AS mine, tables, rows,
	raw_bytes > bytes AS smaller, compression, verified_at, path LIKE '%/' || archive AS at_path
FROM backup_pool.archives WHERE archive = :'archive' \gx
DROP TABLE things;
SELECT backup_pool.restore(:'archive') > :task AS later;
SELECT backup_pool.wait();
SELECT count(*), min(name) FROM things;
SELECT count(*) > 4 AS items, bool_and(ok) AS all_well FROM backup_pool.check();
SELECT backup_pool.drop_archive(:'archive');
SELECT count(*) FROM backup_pool.archives WHERE archive = :'archive';

-- it goes away whole, comes back, and leaves nothing
DROP EXTENSION backup_pool;
SELECT count(*) FROM pg_proc WHERE proname = 'backup_database';
CREATE EXTENSION backup_pool;
DROP EXTENSION backup_pool;
DROP TABLE things;
DROP SCHEMA backup_pool, elsewhere;
