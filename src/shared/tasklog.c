/*-------------------------------------------------------------------------
 *
 * tasklog.c
 *	  The durable log of tasks, table backup_pool.task of the home database.
 *
 * Both the enqueuing session and the worker write it, each in its own
 * transaction.  Callers have no rights on the table: the statements run as the
 * bootstrap superuser, with search_path set to pg_catalog, and take every value
 * as a parameter.
 *
 * The worker writes several states in one transaction, and decides whether its
 * commit must be synced (worker/log_writer.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/tasklog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/tasklog.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* bp_log_unfinished reads no further row after so many bytes of options */
#define BP_LOG_BYTES	(16 * 1024 * 1024)

/* The condition of index task_unfinished, word for word */
#define BP_LOG_IS_OPEN \
	"state OPERATOR(pg_catalog.=) ANY ('{queued,running}'::pg_catalog.text[])"

typedef struct BpLogScope
{
	Oid			userid;
	int			sec_context;
	int			guc_level;
} BpLogScope;

static void
log_enter(BpLogScope *scope)
{
	GetUserIdAndSecContext(&scope->userid, &scope->sec_context);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID,
						   scope->sec_context | SECURITY_LOCAL_USERID_CHANGE);
	scope->guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	SPI_connect();
}

static void
log_leave(BpLogScope *scope)
{
	SPI_finish();
	AtEOXact_GUC(true, scope->guc_level);
	SetUserIdAndSecContext(scope->userid, scope->sec_context);
}

bool
bp_log_is_home(void)
{
	char	   *name = get_database_name(MyDatabaseId);

	return name != NULL && strcmp(name, bp_setting_database) == 0;
}

/*
 * Looks for the table by name, and for the extension: a superuser must not
 * write into a table that another role made.  The table belongs to the
 * extension, so once both were found, the table's OID is enough.
 */
bool
bp_log_exists(void)
{
	static Oid	seen = InvalidOid;
	Oid			nsp = get_namespace_oid("backup_pool", true);
	Oid			relid = OidIsValid(nsp) ?
		get_relname_relid("task", nsp) : InvalidOid;

	if (!OidIsValid(relid))
		return false;
	if (relid != seen)
	{
		if (!OidIsValid(get_extension_oid("backup_pool", true)))
			return false;
		seen = relid;
	}
	return true;
}

static Datum
text_or_null(const char *s, char *null)
{
	*null = (s == NULL || s[0] == '\0') ? 'n' : ' ';
	return *null == 'n' ? (Datum) 0 : CStringGetTextDatum(s);
}

static Datum
time_or_null(TimestampTz t, char *null)
{
	*null = t == 0 ? 'n' : ' ';
	return TimestampTzGetDatum(t);
}

/* Prepares a statement at its first use, for the life of the process. */
static SPIPlanPtr
log_plan(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types)
{
	if (*plan == NULL)
	{
		SPIPlanPtr	p = SPI_prepare(sql, nargs, types);

		if (p == NULL || SPI_keepplan(p) != 0)
			elog(ERROR, "could not prepare a statement for the task log");
		*plan = p;
	}
	return *plan;
}

static void
log_insert_row(BpTask *task, const char *options, BpTaskState state)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[] = {INT8OID, TEXTOID, TEXTOID, TEXTOID, OIDOID, TEXTOID,
	INT4OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID};
	Datum		v[11];
	char		n[12];

	log_plan(&plan,
			 "INSERT INTO backup_pool.task (task_id, kind, database, target, "
			 "owner, owner_name, priority, label, options, enqueued_at, state) "
			 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::pg_catalog.jsonb, $10, $11)",
			 lengthof(types), types);
	memset(n, ' ', sizeof(n));
	n[11] = '\0';
	v[0] = Int64GetDatum(task->id);
	v[1] = CStringGetTextDatum(bp_task_kind_name(task->kind));
	v[2] = CStringGetTextDatum(task->database);
	v[3] = text_or_null(bp_task_get_text(task->target), &n[3]);
	v[4] = ObjectIdGetDatum(task->owner);
	v[5] = text_or_null(GetUserNameFromId(task->owner, true), &n[5]);
	v[6] = Int32GetDatum(task->priority);
	v[7] = text_or_null(bp_task_get_text(task->label), &n[7]);
	v[8] = CStringGetTextDatum(options);
	v[9] = TimestampTzGetDatum(task->enqueued_at);
	v[10] = CStringGetTextDatum(bp_task_state_name(state));
	if (SPI_execute_plan(plan, v, n, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not insert into the task log");
}

void
bp_log_insert(BpTask *task, const char *options, BpTaskState state)
{
	BpLogScope	scope;

	log_enter(&scope);
	log_insert_row(task, options, state);
	log_leave(&scope);
}

static void
log_update_row(BpTask *task, BpTaskState state)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[] = {INT8OID, TEXTOID, INT4OID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID,
	TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		v[15];
	char		n[16];

	log_plan(&plan,
			 "UPDATE backup_pool.task SET state = $2, attempt = $3, "
			 "started_at = $4, finished_at = $5, archive = $6, "
			 "tables_total = $7, tables_done = $8, bytes_total = $9, "
			 "bytes_done = $10, rows_done = $11, sqlstate = $12, "
			 "error = $13, detail = $14, hint = $15 "
			 "WHERE task_id OPERATOR(pg_catalog.=) $1",
			 lengthof(types), types);
	memset(n, ' ', sizeof(n));
	n[15] = '\0';
	v[0] = Int64GetDatum(task->id);
	v[1] = CStringGetTextDatum(bp_task_state_name(state));
	v[2] = Int32GetDatum(task->attempt);
	v[3] = time_or_null(task->started_at, &n[3]);
	v[4] = time_or_null(task->finished_at, &n[4]);
	v[5] = text_or_null(task->archive, &n[5]);
	v[6] = Int64GetDatum(pg_atomic_read_u64(&task->tables_total));
	v[7] = Int64GetDatum(pg_atomic_read_u64(&task->tables_done));
	v[8] = Int64GetDatum(pg_atomic_read_u64(&task->bytes_total));
	v[9] = Int64GetDatum(pg_atomic_read_u64(&task->bytes_done));
	v[10] = Int64GetDatum(pg_atomic_read_u64(&task->rows_done));
	v[11] = text_or_null(task->error.sqlstate, &n[11]);
	v[12] = text_or_null(task->error.message, &n[12]);
	v[13] = text_or_null(task->error.detail, &n[13]);
	v[14] = text_or_null(task->error.hint, &n[14]);
	if (SPI_execute_plan(plan, v, n, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not update the task log");
}

void
bp_log_write(const BpLogEntry *entries, int n)
{
	BpLogScope	scope;

	log_enter(&scope);
	for (int i = 0; i < n; i++)
	{
		BpTask	   *task = entries[i].task;

		if (!task->logged)
			log_insert_row(task, bp_task_options(task), entries[i].state);
		/* a queued task needs no update: the inserted row has its state */
		if (entries[i].state != BP_TASK_QUEUED)
			log_update_row(task, entries[i].state);
	}
	log_leave(&scope);
}

int64
bp_log_last_id(void)
{
	BpLogScope	scope;
	int64		last = 0;
	bool		isnull;

	log_enter(&scope);
	if (SPI_execute("SELECT pg_catalog.max(task_id) FROM backup_pool.task "
					"WHERE task_id OPERATOR(pg_catalog.<) 1099511627776",
					true, 0) == SPI_OK_SELECT && SPI_processed == 1)
	{
		Datum		d = SPI_getbinval(SPI_tuptable->vals[0],
									  SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull)
			last = DatumGetInt64(d);
	}
	log_leave(&scope);
	return last;
}

static char *
log_column(HeapTuple tuple, TupleDesc desc, int col)
{
	char	   *s = SPI_getvalue(tuple, desc, col);

	return s ? s : pstrdup("");
}

bool
bp_log_outcome(int64 id, Oid *owner, BpTaskState *state, BpTaskError *error)
{
	BpLogScope	scope;
	Oid			types[] = {INT8OID};
	Datum		v[] = {Int64GetDatum(id)};
	bool		found = false;

	log_enter(&scope);
	/* the caller's snapshot may be older than the outcome of the task */
	PushActiveSnapshot(GetLatestSnapshot());
	if (SPI_execute_with_args("SELECT owner, state, sqlstate, error, detail, hint "
							  "FROM backup_pool.task "
							  "WHERE task_id OPERATOR(pg_catalog.=) $1",
							  1, types, v, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the task log");
	if (SPI_processed == 1)
	{
		HeapTuple	t = SPI_tuptable->vals[0];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;

		found = true;
		*owner = DatumGetObjectId(SPI_getbinval(t, desc, 1, &isnull));
		if (!bp_task_state_parse(log_column(t, desc, 2), state))
			*state = BP_TASK_QUEUED;
		bp_task_error_set(error, log_column(t, desc, 3),
						  log_column(t, desc, 4),
						  log_column(t, desc, 5),
						  log_column(t, desc, 6));
	}
	PopActiveSnapshot();
	log_leave(&scope);
	return found;
}

/* One row of bp_log_unfinished, in CurrentMemoryContext */
static BpLogRow *
log_row(HeapTuple t, TupleDesc desc)
{
	BpLogRow   *row = palloc0(sizeof(BpLogRow));
	bool		isnull;

	row->id = DatumGetInt64(SPI_getbinval(t, desc, 1, &isnull));
	if (!bp_task_kind_parse(log_column(t, desc, 2), &row->kind))
		row->kind = BP_KIND_BACKUP;
	if (!bp_task_state_parse(log_column(t, desc, 3), &row->state))
		row->state = BP_TASK_QUEUED;
	row->database = log_column(t, desc, 4);
	row->target = log_column(t, desc, 5);
	row->label = log_column(t, desc, 6);
	row->owner = DatumGetObjectId(SPI_getbinval(t, desc, 7, &isnull));
	row->priority = DatumGetInt32(SPI_getbinval(t, desc, 8, &isnull));
	row->attempt = DatumGetInt32(SPI_getbinval(t, desc, 9, &isnull));
	row->options = log_column(t, desc, 10);
	row->enqueued_at = DatumGetTimestampTz(SPI_getbinval(t, desc, 11,
														 &isnull));
	row->started_at = DatumGetTimestampTz(SPI_getbinval(t, desc, 12,
														&isnull));
	if (isnull)
		row->started_at = 0;
	row->archive = log_column(t, desc, 13);
	for (int k = 0; k < (int) lengthof(row->counts); k++)
	{
		Datum		d = SPI_getbinval(t, desc, 14 + k, &isnull);

		row->counts[k] = isnull ? 0 : (uint64) DatumGetInt64(d);
	}
	return row;
}

List *
bp_log_unfinished(int64 after, int limit)
{
	Oid			types[] = {INT8OID};
	Datum		v[] = {Int64GetDatum(after)};
	BpLogScope	scope;
	MemoryContext caller = CurrentMemoryContext;
	List	   *rows = NIL;
	Size		bytes = 0;
	Portal		portal;

	log_enter(&scope);
	portal = SPI_cursor_open_with_args(NULL,
									   "SELECT task_id, kind, state, database, target, label, "
									   "owner, priority, attempt, options::pg_catalog.text, enqueued_at, "
									   "started_at, archive, tables_total, tables_done, bytes_total, "
									   "bytes_done, rows_done "
									   "FROM backup_pool.task "
									   "WHERE " BP_LOG_IS_OPEN
									   " AND task_id OPERATOR(pg_catalog.>) $1 "
									   "ORDER BY task_id USING OPERATOR(pg_catalog.<)",
									   1, types, v, NULL, true, 0);
	/* row by row, since options may be long */
	while (list_length(rows) < limit && bytes < BP_LOG_BYTES)
	{
		MemoryContext old;
		BpLogRow   *row;

		SPI_cursor_fetch(portal, true, 1);
		if (SPI_processed == 0)
			break;
		old = MemoryContextSwitchTo(caller);
		row = log_row(SPI_tuptable->vals[0], SPI_tuptable->tupdesc);
		rows = lappend(rows, row);
		MemoryContextSwitchTo(old);
		bytes += strlen(row->options);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	log_leave(&scope);
	return rows;
}

BpLogOpen *
bp_log_open_backups(int *n)
{
	BpLogScope	scope;
	MemoryContext caller = CurrentMemoryContext;
	BpLogOpen  *open;

	log_enter(&scope);
	if (SPI_execute("SELECT task_id, enqueued_at, database "
					"FROM backup_pool.task WHERE " BP_LOG_IS_OPEN
					" AND kind OPERATOR(pg_catalog.=) 'backup' "
					"ORDER BY task_id USING OPERATOR(pg_catalog.<)",
					true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the task log");
	*n = (int) SPI_processed;
	open = MemoryContextAllocHuge(caller, sizeof(BpLogOpen) * Max(1, *n));
	for (int i = 0; i < *n; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;
		char	   *database = SPI_getvalue(t, desc, 3);

		open[i].id = DatumGetInt64(SPI_getbinval(t, desc, 1, &isnull));
		open[i].enqueued_at = DatumGetTimestampTz(SPI_getbinval(t, desc, 2,
																&isnull));
		open[i].database = MemoryContextStrdup(caller, database);
	}
	log_leave(&scope);
	return open;
}

void
bp_log_begun(int64 id, int attempt, TimestampTz started_at)
{
	BpLogScope	scope;
	Oid			types[] = {INT8OID, INT4OID, TIMESTAMPTZOID};
	Datum		v[] = {Int64GetDatum(id), Int32GetDatum(attempt),
	TimestampTzGetDatum(started_at)};

	log_enter(&scope);
	if (SPI_execute_with_args("UPDATE backup_pool.task SET state = 'running', "
							  "attempt = $2, started_at = $3 "
							  "WHERE task_id OPERATOR(pg_catalog.=) $1 "
							  "AND attempt OPERATOR(pg_catalog.<) $2 "
							  "AND enqueued_at OPERATOR(pg_catalog.<=) $3 AND "
							  BP_LOG_IS_OPEN,
							  lengthof(types), types, v, NULL, false,
							  0) != SPI_OK_UPDATE)
		elog(ERROR, "could not update the task log");
	log_leave(&scope);
}

void
bp_log_succeeded(int64 id, TimestampTz started_at, TimestampTz finished_at,
				 const char *archive, uint64 tables, uint64 rows)
{
	BpLogScope	scope;
	Oid			types[] = {INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID,
	INT8OID, INT8OID};
	Datum		v[] = {Int64GetDatum(id), TimestampTzGetDatum(started_at),
		TimestampTzGetDatum(finished_at), CStringGetTextDatum(archive),
	Int64GetDatum((int64) tables), Int64GetDatum((int64) rows)};

	log_enter(&scope);
	if (SPI_execute_with_args("UPDATE backup_pool.task SET state = 'succeeded', "
							  "attempt = GREATEST(attempt, 1), "
							  "started_at = $2, finished_at = $3, archive = $4, "
							  "tables_total = $5, tables_done = $5, rows_done = $6 "
							  "WHERE task_id OPERATOR(pg_catalog.=) $1 AND "
							  BP_LOG_IS_OPEN,
							  lengthof(types), types, v, NULL, false,
							  0) != SPI_OK_UPDATE)
		elog(ERROR, "could not update the task log");
	log_leave(&scope);
}
