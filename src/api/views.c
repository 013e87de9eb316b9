/*-------------------------------------------------------------------------
 *
 * views.c
 *	  SQL functions of the views: tasks, connections and counters in memory.
 *
 * All roles may call them.  They show the tasks and connections of roles whose
 * privileges the caller has, and all of them to a role with pg_read_all_stats.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/views.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "shared/task.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(bp_live_tasks);
PG_FUNCTION_INFO_V1(bp_connections);
PG_FUNCTION_INFO_V1(bp_stats);

#define BP_TASK_COLS	25
#define BP_CONN_COLS	9
#define BP_STATS_COLS	12

static bool
sees_all(void)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

static Datum
text_col(const char *s, bool *isnull)
{
	*isnull = s == NULL || s[0] == '\0';
	return *isnull ? (Datum) 0 : CStringGetTextDatum(s);
}

static Datum
time_col(TimestampTz t, bool *isnull)
{
	*isnull = t == 0;
	return TimestampTzGetDatum(t);
}

static Datum
count_col(pg_atomic_uint64 *counter)
{
	return Int64GetDatum((int64) pg_atomic_read_u64(counter));
}

static void
live_task_row(ReturnSetInfo *rsinfo, BpTask *t)
{
	Datum		v[BP_TASK_COLS];
	bool		n[BP_TASK_COLS] = {0};
	char	   *owner = GetUserNameFromId(t->owner, true);

	v[0] = Int64GetDatum(t->id);
	v[1] = CStringGetTextDatum(bp_task_kind_name(t->kind));
	v[2] = CStringGetTextDatum(t->database);
	v[3] = text_col(bp_task_get_text(t->target), &n[3]);
	v[4] = ObjectIdGetDatum(t->owner);
	v[5] = text_col(owner ? owner : t->role, &n[5]);
	v[6] = CStringGetTextDatum(bp_task_state_name(t->state));
	v[7] = text_col(t->state == BP_TASK_RUNNING ?
					bp_phase_name(t->phase) : NULL, &n[7]);
	v[8] = Int32GetDatum(t->priority);
	v[9] = text_col(bp_task_get_text(t->label), &n[9]);
	v[10] = Int32GetDatum(t->attempt);
	v[11] = time_col(t->enqueued_at, &n[11]);
	v[12] = time_col(t->started_at, &n[12]);
	v[13] = time_col(t->finished_at, &n[13]);
	v[14] = text_col(t->archive, &n[14]);
	v[15] = count_col(&t->tables_total);
	v[16] = count_col(&t->tables_done);
	v[17] = count_col(&t->bytes_total);
	v[18] = count_col(&t->bytes_done);
	v[19] = count_col(&t->rows_done);
	v[20] = Int32GetDatum(t->nconnections);
	v[21] = text_col(t->error.sqlstate, &n[21]);
	v[22] = text_col(t->error.message, &n[22]);
	v[23] = text_col(t->error.detail, &n[23]);
	v[24] = text_col(t->error.hint, &n[24]);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, v, n);
}

/* Copies each task under the lock, and makes its row without the lock. */
Datum
bp_live_tasks(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		all;
	BpTask	   *copy;

	bp_shared_require();
	InitMaterializedSRF(fcinfo, 0);
	all = sees_all();
	copy = palloc(sizeof(BpTask));
	for (int i = 0; i < bp_shared->ntasks; i++)
	{
		bool		shown;

		CHECK_FOR_INTERRUPTS();
		LWLockAcquire(bp_shared->lock, LW_SHARED);
		shown = bp_shared->tasks[i].state != BP_TASK_FREE &&
			bp_shared->tasks[i].state != BP_TASK_RESERVED;
		if (shown)
			bp_task_copy(copy, &bp_shared->tasks[i]);
		LWLockRelease(bp_shared->lock);
		if (!shown)
			continue;
		if (!all && !has_privs_of_role(GetUserId(), copy->owner))
			continue;
		live_task_row(rsinfo, copy);
	}
	return (Datum) 0;
}

Datum
bp_connections(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool		all;

	bp_shared_require();
	InitMaterializedSRF(fcinfo, 0);
	all = sees_all();
	for (int i = 0; i < bp_shared->nconns; i++)
	{
		BpConnSlot	c;
		Datum		v[BP_CONN_COLS];
		bool		n[BP_CONN_COLS] = {0};

		LWLockAcquire(bp_shared->lock, LW_SHARED);
		c = bp_shared->conns[i];
		LWLockRelease(bp_shared->lock);
		if (c.state == BP_CONN_FREE)
			continue;
		if (!all && (!OidIsValid(c.role_oid) ||
					 !has_privs_of_role(GetUserId(), c.role_oid)))
			continue;
		n[0] = c.pid == 0;
		v[0] = Int32GetDatum((int32) c.pid);
		v[1] = CStringGetTextDatum(c.database);
		v[2] = CStringGetTextDatum(c.role);
		v[3] = CStringGetTextDatum(bp_conn_state_name(c.state));
		n[4] = c.task_id == 0;
		v[4] = Int64GetDatum(c.task_id);
		v[5] = text_col(c.unit, &n[5]);
		v[6] = time_col(c.connected_at, &n[6]);
		v[7] = time_col(c.state_since, &n[7]);
		v[8] = Int64GetDatum((int64) c.uses);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, v, n);
	}
	return (Datum) 0;
}

Datum
bp_stats(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	BpCounters *c;
	Datum		v[BP_STATS_COLS];
	bool		n[BP_STATS_COLS] = {0};

	bp_shared_require();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	c = &bp_shared->counters;
	v[0] = count_col(&c->connections_opened);
	v[1] = count_col(&c->connections_reused);
	v[2] = count_col(&c->connections_failed);
	v[3] = count_col(&c->tasks_enqueued);
	v[4] = count_col(&c->tasks_succeeded);
	v[5] = count_col(&c->tasks_failed);
	v[6] = count_col(&c->tasks_cancelled);
	v[7] = count_col(&c->units);
	v[8] = count_col(&c->rows);
	v[9] = count_col(&c->raw_bytes);
	v[10] = count_col(&c->bytes);
	v[11] = TimestampTzGetDatum(c->since);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, v, n)));
}
