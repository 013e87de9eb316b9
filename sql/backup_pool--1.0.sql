/* sql/backup_pool--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION backup_pool" to load this file. \quit

-- Raise a clear error if the library was not preloaded (the hint has the line
-- to add), or if the owner of the schema is not a superuser.
CREATE FUNCTION backup_pool._require_preload() RETURNS void
AS 'MODULE_PATHNAME', 'bp_require_preload' LANGUAGE C VOLATILE PARALLEL UNSAFE;
SELECT backup_pool._require_preload();
DROP FUNCTION backup_pool._require_preload();

--
-- The log
--
CREATE TABLE backup_pool.task (
	task_id      pg_catalog.int8 PRIMARY KEY,
	kind         pg_catalog.text NOT NULL,
	database     pg_catalog.text NOT NULL,
	target       pg_catalog.text,
	owner        pg_catalog.oid NOT NULL,
	owner_name   pg_catalog.text,
	state        pg_catalog.text NOT NULL,
	priority     pg_catalog.int4 NOT NULL DEFAULT 0,
	label        pg_catalog.text,
	attempt      pg_catalog.int4 NOT NULL DEFAULT 0,
	options      pg_catalog.jsonb NOT NULL DEFAULT '{}',
	enqueued_at  pg_catalog.timestamptz NOT NULL,
	started_at   pg_catalog.timestamptz,
	finished_at  pg_catalog.timestamptz,
	archive      pg_catalog.text,
	tables_total pg_catalog.int8,
	tables_done  pg_catalog.int8,
	bytes_total  pg_catalog.int8,
	bytes_done   pg_catalog.int8,
	rows_done    pg_catalog.int8,
	sqlstate     pg_catalog.text,
	error        pg_catalog.text,
	detail       pg_catalog.text,
	hint         pg_catalog.text
) WITH (fillfactor = 70);
CREATE INDEX task_unfinished ON backup_pool.task (task_id)
	WHERE state OPERATOR(pg_catalog.=) ANY ('{queued,running}'::pg_catalog.text[]);
REVOKE ALL ON backup_pool.task FROM PUBLIC;
COMMENT ON TABLE backup_pool.task IS
	'durable log of all tasks; use view backup_pool.tasks, which also shows their progress';

--
-- Functions that the views call.  All roles may call them: each function
-- returns only what the caller may see.
--
CREATE FUNCTION backup_pool._live_tasks(
	OUT task_id pg_catalog.int8, OUT kind pg_catalog.text, OUT database pg_catalog.text,
	OUT target pg_catalog.text, OUT owner pg_catalog.oid, OUT owner_name pg_catalog.text,
	OUT state pg_catalog.text, OUT phase pg_catalog.text, OUT priority pg_catalog.int4,
	OUT label pg_catalog.text, OUT attempt pg_catalog.int4,
	OUT enqueued_at pg_catalog.timestamptz, OUT started_at pg_catalog.timestamptz,
	OUT finished_at pg_catalog.timestamptz, OUT archive pg_catalog.text,
	OUT tables_total pg_catalog.int8, OUT tables_done pg_catalog.int8,
	OUT bytes_total pg_catalog.int8, OUT bytes_done pg_catalog.int8,
	OUT rows_done pg_catalog.int8, OUT connections pg_catalog.int4,
	OUT sqlstate pg_catalog.text, OUT error pg_catalog.text,
	OUT detail pg_catalog.text, OUT hint pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'bp_live_tasks' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION backup_pool._live_tasks() IS
	'tasks in shared memory that the caller may see; part of view backup_pool.tasks';

CREATE FUNCTION backup_pool._connections(
	OUT pid pg_catalog.int4, OUT database pg_catalog.text, OUT role pg_catalog.text,
	OUT state pg_catalog.text, OUT task_id pg_catalog.int8, OUT unit pg_catalog.text,
	OUT connected_at pg_catalog.timestamptz, OUT state_since pg_catalog.timestamptz,
	OUT uses pg_catalog.int8)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'bp_connections' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION backup_pool._connections() IS
	'pooled connections that the caller may see; part of view backup_pool.connections';

CREATE FUNCTION backup_pool._stats(
	OUT connections_opened pg_catalog.int8, OUT connections_reused pg_catalog.int8,
	OUT connections_failed pg_catalog.int8, OUT tasks_enqueued pg_catalog.int8,
	OUT tasks_succeeded pg_catalog.int8, OUT tasks_failed pg_catalog.int8,
	OUT tasks_cancelled pg_catalog.int8, OUT units pg_catalog.int8,
	OUT rows pg_catalog.int8, OUT raw_bytes pg_catalog.int8,
	OUT bytes pg_catalog.int8, OUT since pg_catalog.timestamptz)
RETURNS pg_catalog.record
AS 'MODULE_PATHNAME', 'bp_stats' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION backup_pool._stats() IS
	'counters since the server was started; part of view backup_pool.stats';

CREATE FUNCTION backup_pool._archives(
	OUT archive pg_catalog.text, OUT database pg_catalog.text, OUT label pg_catalog.text,
	OUT content pg_catalog.text, OUT owner pg_catalog.text, OUT task_id pg_catalog.int8,
	OUT server_version pg_catalog.text, OUT lsn pg_catalog.pg_lsn,
	OUT started_at pg_catalog.timestamptz, OUT finished_at pg_catalog.timestamptz,
	OUT tables pg_catalog.int8, OUT rows pg_catalog.int8, OUT raw_bytes pg_catalog.int8,
	OUT bytes pg_catalog.int8, OUT compression pg_catalog.text,
	OUT verified_at pg_catalog.timestamptz, OUT path pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'bp_archives' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION backup_pool._archives() IS
	'archives in the repository that the caller may see; part of view backup_pool.archives';

REVOKE ALL ON FUNCTION backup_pool._live_tasks(), backup_pool._connections(),
	backup_pool._stats(), backup_pool._archives() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION backup_pool._live_tasks(), backup_pool._connections(),
	backup_pool._stats(), backup_pool._archives() TO PUBLIC;

--
-- Views
--
CREATE VIEW backup_pool.tasks WITH (security_barrier) AS
WITH live AS MATERIALIZED (
	SELECT * FROM backup_pool._live_tasks()
), every AS (
	SELECT task_id, kind, database, target, owner, owner_name, state, phase,
		priority, label, attempt, enqueued_at, started_at, finished_at, archive,
		tables_total, tables_done, bytes_total, bytes_done, rows_done,
		connections, sqlstate, error, detail, hint
	FROM live
	UNION ALL
	SELECT t.task_id, t.kind, t.database, t.target, t.owner, t.owner_name,
		t.state, NULL::pg_catalog.text, t.priority, t.label, t.attempt, t.enqueued_at,
		t.started_at, t.finished_at, t.archive, t.tables_total, t.tables_done,
		t.bytes_total, t.bytes_done, t.rows_done, 0, t.sqlstate, t.error,
		t.detail, t.hint
	FROM backup_pool.task t
	WHERE (pg_catalog.pg_has_role(t.owner, 'USAGE')
		   OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))
	  AND NOT EXISTS (SELECT FROM live l
					  WHERE l.task_id OPERATOR(pg_catalog.=) t.task_id)
), counted AS (
	SELECT e.*,
		CASE
			WHEN state OPERATOR(pg_catalog.=) 'succeeded' THEN 1::pg_catalog.float8
			WHEN bytes_total OPERATOR(pg_catalog.>) 0 THEN
				LEAST(1::pg_catalog.float8,
					  bytes_done::pg_catalog.float8 OPERATOR(pg_catalog./) bytes_total::pg_catalog.float8)
			WHEN state OPERATOR(pg_catalog.=) 'queued' THEN 0::pg_catalog.float8
		END AS part
	FROM every e
)
SELECT task_id, kind, database, target, owner_name AS owner, state, phase,
	priority, label, attempt, enqueued_at, started_at, finished_at, archive,
	tables_total, tables_done, bytes_total, bytes_done, rows_done,
	pg_catalog.round((part OPERATOR(pg_catalog.*) 100::pg_catalog.float8)::pg_catalog.numeric, 1) AS progress,
	CASE
		WHEN state OPERATOR(pg_catalog.=) 'running' AND part OPERATOR(pg_catalog.>) 0::pg_catalog.float8 THEN
			pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+)
			((pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) started_at)
			 OPERATOR(pg_catalog.*) ((1::pg_catalog.float8 OPERATOR(pg_catalog.-) part) OPERATOR(pg_catalog./) part))
	END AS eta,
	connections, sqlstate, error, detail, hint
FROM counted;
COMMENT ON VIEW backup_pool.tasks IS
	'tasks of the caller, or all tasks for a role with pg_read_all_stats: what they do, their progress and their errors';
COMMENT ON COLUMN backup_pool.tasks.progress IS 'percent done, by bytes';
COMMENT ON COLUMN backup_pool.tasks.eta IS 'estimated time of completion, at the average speed so far';

CREATE VIEW backup_pool.archives WITH (security_barrier) AS
SELECT archive, database, label, content, owner, task_id, server_version, lsn,
	started_at, finished_at, tables, rows, raw_bytes, bytes, compression,
	verified_at, path
FROM backup_pool._archives();
COMMENT ON VIEW backup_pool.archives IS
	'complete archives in the repository that the caller may see';
COMMENT ON COLUMN backup_pool.archives.verified_at IS 'when verify() last found the archive to be undamaged';

CREATE VIEW backup_pool.connections WITH (security_barrier) AS
SELECT pid, database, role, state, task_id, unit, connected_at, state_since, uses
FROM backup_pool._connections();
COMMENT ON VIEW backup_pool.connections IS 'pooled connections';

CREATE VIEW backup_pool.stats WITH (security_barrier) AS
SELECT connections_opened, connections_reused, connections_failed,
	tasks_enqueued, tasks_succeeded, tasks_failed, tasks_cancelled, units, rows,
	raw_bytes, bytes, since
FROM backup_pool._stats();
COMMENT ON VIEW backup_pool.stats IS 'counters since the server was started';

REVOKE ALL ON backup_pool.tasks, backup_pool.archives, backup_pool.connections,
	backup_pool.stats FROM PUBLIC;
GRANT SELECT ON backup_pool.tasks, backup_pool.archives, backup_pool.connections,
	backup_pool.stats TO PUBLIC;
GRANT USAGE ON SCHEMA backup_pool TO PUBLIC;

--
-- Backup
--
CREATE FUNCTION backup_pool.backup_database(
	database pg_catalog.name DEFAULT pg_catalog.current_database(),
	exclude_schemas pg_catalog.text[] DEFAULT '{}',
	exclude_tables pg_catalog.text[] DEFAULT '{}',
	exclude_table_data pg_catalog.text[] DEFAULT '{}',
	content pg_catalog.text DEFAULT 'all',
	compression pg_catalog.text DEFAULT NULL,
	parallel pg_catalog.int4 DEFAULT NULL,
	priority pg_catalog.int4 DEFAULT 0,
	label pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'bp_backup_database' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.backup_database(pg_catalog.name, pg_catalog.text[], pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text) IS
	'enqueue a backup of a database; returns the task''s id';

CREATE FUNCTION backup_pool.backup_schema(
	schema pg_catalog.text,
	database pg_catalog.name DEFAULT pg_catalog.current_database(),
	exclude_tables pg_catalog.text[] DEFAULT '{}',
	exclude_table_data pg_catalog.text[] DEFAULT '{}',
	content pg_catalog.text DEFAULT 'all',
	compression pg_catalog.text DEFAULT NULL,
	parallel pg_catalog.int4 DEFAULT NULL,
	priority pg_catalog.int4 DEFAULT 0,
	label pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'bp_backup_schema' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.backup_schema(pg_catalog.text, pg_catalog.name, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text) IS
	'enqueue a backup of the schemas that match a pattern; returns the task''s id';

CREATE FUNCTION backup_pool.backup_schemas(
	schemas pg_catalog.text[],
	database pg_catalog.name DEFAULT pg_catalog.current_database(),
	exclude_tables pg_catalog.text[] DEFAULT '{}',
	exclude_table_data pg_catalog.text[] DEFAULT '{}',
	content pg_catalog.text DEFAULT 'all',
	compression pg_catalog.text DEFAULT NULL,
	parallel pg_catalog.int4 DEFAULT NULL,
	priority pg_catalog.int4 DEFAULT 0,
	label pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'bp_backup_schemas' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.backup_schemas(pg_catalog.text[], pg_catalog.name, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text) IS
	'enqueue a backup of the schemas that match at least one of the patterns; returns the task''s id';

CREATE FUNCTION backup_pool.backup_table(
	"table" pg_catalog.text,
	database pg_catalog.name DEFAULT pg_catalog.current_database(),
	content pg_catalog.text DEFAULT 'all',
	compression pg_catalog.text DEFAULT NULL,
	parallel pg_catalog.int4 DEFAULT NULL,
	priority pg_catalog.int4 DEFAULT 0,
	label pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'bp_backup_table' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.backup_table(pg_catalog.text, pg_catalog.name, pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text) IS
	'enqueue a backup of the tables that match a pattern; returns the task''s id';

CREATE FUNCTION backup_pool.backup_tables(
	tables pg_catalog.text[],
	database pg_catalog.name DEFAULT pg_catalog.current_database(),
	content pg_catalog.text DEFAULT 'all',
	compression pg_catalog.text DEFAULT NULL,
	parallel pg_catalog.int4 DEFAULT NULL,
	priority pg_catalog.int4 DEFAULT 0,
	label pg_catalog.text DEFAULT NULL)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'bp_backup_tables' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.backup_tables(pg_catalog.text[], pg_catalog.name, pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text) IS
	'enqueue a backup of the tables that match at least one of the patterns; returns the task''s id';

--
-- Restore
--
CREATE FUNCTION backup_pool.restore(
	archive pg_catalog.text,
	database pg_catalog.name DEFAULT NULL,
	create_database pg_catalog.bool DEFAULT false,
	schemas pg_catalog.text[] DEFAULT '{}',
	tables pg_catalog.text[] DEFAULT '{}',
	content pg_catalog.text DEFAULT 'all',
	if_exists pg_catalog.text DEFAULT 'error',
	owner pg_catalog.bool DEFAULT true,
	privileges pg_catalog.bool DEFAULT true,
	remap_schema pg_catalog.jsonb DEFAULT '{}',
	"where" pg_catalog.text DEFAULT NULL,
	parallel pg_catalog.int4 DEFAULT NULL,
	priority pg_catalog.int4 DEFAULT 0)
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'bp_restore' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.restore(pg_catalog.text, pg_catalog.name, pg_catalog.bool, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.bool, pg_catalog.bool, pg_catalog.jsonb, pg_catalog.text, pg_catalog.int4, pg_catalog.int4) IS
	'enqueue a restore of an archive, whole or in part; returns the task''s id';

--
-- Verify
--
CREATE FUNCTION backup_pool.verify(
	archive pg_catalog.text,
	level pg_catalog.text DEFAULT 'checksum')
RETURNS pg_catalog.int8
AS 'MODULE_PATHNAME', 'bp_verify' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.verify(pg_catalog.text, pg_catalog.text) IS
	'enqueue a check of an archive: read all its files and, at level restore, also restore it into a scratch database; returns the task''s id';

--
-- Control
--
CREATE FUNCTION backup_pool.wait(
	task pg_catalog.int8 DEFAULT NULL,
	timeout pg_catalog.interval DEFAULT NULL,
	progress pg_catalog.bool DEFAULT false)
RETURNS pg_catalog.text
AS 'MODULE_PATHNAME', 'bp_wait' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.wait(pg_catalog.int8, pg_catalog.interval, pg_catalog.bool) IS
	'wait for a task, by default the last one of this session; raises the error of a task that failed';

CREATE FUNCTION backup_pool.cancel(task pg_catalog.int8)
RETURNS pg_catalog.bool
AS 'MODULE_PATHNAME', 'bp_cancel' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.cancel(pg_catalog.int8) IS
	'cancel a task; returns true if it was still queued or running';

CREATE FUNCTION backup_pool.drop_archive(archive pg_catalog.text)
RETURNS pg_catalog.void
AS 'MODULE_PATHNAME', 'bp_drop_archive' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool.drop_archive(pg_catalog.text) IS
	'remove an archive from the repository';

CREATE FUNCTION backup_pool."check"(
	OUT item pg_catalog.text, OUT ok pg_catalog.bool,
	OUT detail pg_catalog.text, OUT hint pg_catalog.text)
RETURNS SETOF pg_catalog.record
AS 'MODULE_PATHNAME', 'bp_check' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION backup_pool."check"() IS
	'check what backup_pool needs to work for the calling role, and whether it is there';

REVOKE ALL ON FUNCTION
	backup_pool.backup_database(pg_catalog.name, pg_catalog.text[], pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text),
	backup_pool.backup_schema(pg_catalog.text, pg_catalog.name, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text),
	backup_pool.backup_schemas(pg_catalog.text[], pg_catalog.name, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text),
	backup_pool.backup_table(pg_catalog.text, pg_catalog.name, pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text),
	backup_pool.backup_tables(pg_catalog.text[], pg_catalog.name, pg_catalog.text, pg_catalog.text, pg_catalog.int4, pg_catalog.int4, pg_catalog.text),
	backup_pool.restore(pg_catalog.text, pg_catalog.name, pg_catalog.bool, pg_catalog.text[], pg_catalog.text[], pg_catalog.text, pg_catalog.text, pg_catalog.bool, pg_catalog.bool, pg_catalog.jsonb, pg_catalog.text, pg_catalog.int4, pg_catalog.int4),
	backup_pool.verify(pg_catalog.text, pg_catalog.text),
	backup_pool.wait(pg_catalog.int8, pg_catalog.interval, pg_catalog.bool),
	backup_pool.cancel(pg_catalog.int8),
	backup_pool.drop_archive(pg_catalog.text),
	backup_pool."check"()
FROM PUBLIC;
