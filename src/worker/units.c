/*-------------------------------------------------------------------------
 *
 * units.c
 *	  Handing out the units of a plan to the connections of a task.
 *
 * A unit may start when all units that it depends on are done, and no running
 * unit of the task has a conflicting lock.  Of the units that may start, the
 * costliest is first, so that all connections end at about the same time.  The
 * order of the work is in the plan; the code here only executes it, and is the
 * same for backups, restores and verifications.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/units.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "utils/timestamp.h"
#include "worker/conn_state.h"
#include "worker/error.h"
#include "worker/pool.h"
#include "worker/units.h"

/* an index build or foreign key check that costs more keeps a core busy */
#define BP_BUILD_COST	((uint64) 8 * 1024 * 1024)

static bool units_conflict(BpRun *run, BpUnit *unit);
static int	units_choose(BpRun *run, BpConn *conn);
static void units_send(BpRun *run, BpConn *conn, int index);
static void units_recruit(BpRun *run, TimestampTz now);
static void units_set_phase(BpRun *run, BpUnit *unit);

static int
unit_compare(Datum a, Datum b, void *arg)
{
	BpUnit	   *units = bp_plan_units((BpPlan *) arg);
	uint64		ca = units[DatumGetInt32(a)].cost;
	uint64		cb = units[DatumGetInt32(b)].cost;

	if (ca != cb)
		return ca < cb ? -1 : 1;
	/* of the same cost: in the order of the plan */
	return DatumGetInt32(a) > DatumGetInt32(b) ? -1 : 1;
}

void
bp_units_begin(BpRun *run)
{
	BpTask	   *task = run->task;
	MemoryContext old = MemoryContextSwitchTo(run->cxt);
	BpUnit	   *units;
	int			limit;
	int			nentries;
	int			nunits = 0;

	if (task->plan != 0)
		run->plan = bp_plan_attach(task->plan, &run->plan_seg);
	if (run->plan == NULL)
	{
		BpTaskError error;

		bp_error_set(&error, ERRCODE_INTERNAL_ERROR,
					 "the plan of the task does not exist any more", NULL,
					 NULL);
		MemoryContextSwitchTo(old);
		bp_run_stop(run, BP_TASK_FAILED, &error);
		return;
	}
	units = bp_plan_units(run->plan);
	run->ready = binaryheap_allocate(Max(1, run->plan->nunits),
									 unit_compare, run->plan);
	for (uint32 i = 0; i < run->plan->nunits; i++)
	{
		if (units[i].pending == 0)
		{
			units[i].state = BP_UNIT_READY;
			binaryheap_add_unordered(run->ready, Int32GetDatum((int32) i));
		}
		nunits++;
	}
	binaryheap_build(run->ready);

	limit = run->options->parallel > 0 ? run->options->parallel :
		bp_setting_parallel > 0 ? bp_setting_parallel : bp_pool_size();
	/* entries of a backup are large objects, which only the leader writes */
	nentries = task->kind != BP_KIND_BACKUP ? run->plan->nentries : 0;
	run->want = Min(limit, bp_plan_connections(run->plan->bytes_total,
											   nentries));
	/* without an exported snapshot a backup can have no helpers */
	if (task->kind == BP_KIND_BACKUP && task->snapshot[0] == '\0')
		run->want = 1;
	run->want = Max(1, Min(run->want, nunits));
	task->phase = BP_PHASE_DATA;
	MemoryContextSwitchTo(old);
}

bool
bp_units_all_done(BpRun *run)
{
	return run->step == BP_STEP_UNITS && run->plan != NULL &&
		run->plan->units_done >= run->plan->nunits;
}

/*
 * Does a running unit of the task have a lock that conflicts with one of this
 * unit?  The sign of a lock is its mode: a positive one is exclusive.
 */
static bool
units_conflict(BpRun *run, BpUnit *unit)
{
	int32	   *ints = bp_plan_ints(run->plan);
	BpUnit	   *units = bp_plan_units(run->plan);

	if (unit->nlocks == 0)
		return false;
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);
		BpUnit	   *other;

		if (c->run != run || c->unit < 0)
			continue;
		other = &units[c->unit];
		for (uint32 j = 0; j < unit->nlocks; j++)
		{
			int32		mine = ints[unit->locks + j];

			for (uint32 k = 0; k < other->nlocks; k++)
			{
				int32		theirs = ints[other->locks + k];

				if (abs(mine) == abs(theirs) && (mine > 0 || theirs > 0))
					return true;
			}
		}
	}
	return false;
}

static bool
unit_is_build(const BpUnit *unit)
{
	return (unit->kind == BP_UNIT_DDL || unit->kind == BP_UNIT_FKEY_CHECK) &&
		unit->cost > BP_BUILD_COST;
}

/*
 * Are as many builds running as there are processors?  More of them would not
 * be done earlier, and would need more memory.
 */
static bool
units_enough_builds(BpRun *run)
{
	BpUnit	   *units = bp_plan_units(run->plan);
	int			builds = 0;

	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->run == run && c->unit >= 0 && unit_is_build(&units[c->unit]))
			builds++;
	}
	return builds >= bp_processors();
}

/* The costliest unit that may start now on the connection, or -1. */
static int
units_choose(BpRun *run, BpConn *conn)
{
	BpUnit	   *units = bp_plan_units(run->plan);
	int			found = -1;
	int			nheld = 0;
	int32		held[64];
	bool		no_builds = units_enough_builds(run);

	while (!binaryheap_empty(run->ready) && nheld < (int) lengthof(held))
	{
		int			i = DatumGetInt32(binaryheap_remove_first(run->ready));

		if (!(units[i].leader_only && conn != run->leader) &&
			!(no_builds && unit_is_build(&units[i])) &&
			!units_conflict(run, &units[i]))
		{
			found = i;
			break;
		}
		held[nheld++] = i;
	}
	for (int i = 0; i < nheld; i++)
		binaryheap_add(run->ready, Int32GetDatum(held[i]));
	return found;
}

static void
units_set_phase(BpRun *run, BpUnit *unit)
{
	BpPhase		phase = run->task->phase;

	switch (unit->kind)
	{
		case BP_UNIT_DATA_OUT:
		case BP_UNIT_LOBS_OUT:
		case BP_UNIT_CHECK:
		case BP_UNIT_COMPARE:
		case BP_UNIT_SUM_FILE:
		case BP_UNIT_SUM_TABLE:
		case BP_UNIT_COMPARE_LOBS:
		case BP_UNIT_CHECK_INDEX:
			return;
		case BP_UNIT_PREPARE:
		case BP_UNIT_DDL:
		case BP_UNIT_FKEY:
		case BP_UNIT_FKEY_CHECK:
			phase = run->data_seen ? BP_PHASE_POST_DATA : BP_PHASE_PRE_DATA;
			break;
		case BP_UNIT_DATA_IN:
		case BP_UNIT_LOBS_IN:
			run->data_seen = true;
			phase = BP_PHASE_DATA;
			break;
		case BP_UNIT_ANALYZE:
			phase = BP_PHASE_ANALYZE;
			break;
	}
	run->task->phase = phase;
}

/* Run a unit on a connection. */
static void
units_send(BpRun *run, BpConn *conn, int index)
{
	BpUnit	   *unit = &bp_plan_units(run->plan)[index];
	const char *text = bp_plan_string(run->plan, unit->text);
	StringInfoData sql;

	unit->state = BP_UNIT_RUNNING;
	conn->unit = index;
	run->running++;
	units_set_phase(run, unit);

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s WITH (task " INT64_FORMAT ", unit %d)",
					 text, run->task->id, index);
	bp_conn_send(conn, run->task->id, text, sql.data);
	pfree(sql.data);
}

/*
 * The helper imports the snapshot.  It should not have to wait for a lock,
 * since the leader has all of them; if it waits all the same, lock_timeout
 * ends the wait.
 */
void
bp_units_join(BpRun *run, BpConn *conn)
{
	char		sql[256];

	if (run->task->kind != BP_KIND_BACKUP)
		return;
	snprintf(sql, sizeof(sql),
			 "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '%s'; SET LOCAL lock_timeout = '60s'",
			 run->task->snapshot);
	bp_conn_send(conn, run->task->id, "importing the snapshot", sql);
}

void
bp_units_done(BpRun *run, BpConn *conn)
{
	BpUnit	   *units = bp_plan_units(run->plan);
	int32	   *ints = bp_plan_ints(run->plan);
	BpUnit	   *unit;

	if (conn->unit < 0)
		return;					/* it was the statement of bp_units_join */
	unit = &units[conn->unit];
	unit->state = BP_UNIT_DONE;
	conn->unit = -1;
	run->running--;
	run->plan->units_done++;
	pg_atomic_fetch_add_u64(&bp_shared->counters.units, 1);
	for (uint32 i = 0; i < unit->nnext; i++)
	{
		int32		n = ints[unit->next + i];

		if (--units[n].pending == 0)
		{
			units[n].state = BP_UNIT_READY;
			binaryheap_add(run->ready, Int32GetDatum(n));
		}
	}
}

void
bp_units_forget(BpRun *run, BpConn *conn)
{
	if (conn->unit >= 0)
		run->running--;
	conn->unit = -1;
}

static void
units_recruit(BpRun *run, TimestampTz now)
{
	while (run->nconns < run->want && now >= run->retry_at &&
		   run->ready->bh_size > 0 && !bp_pool_is_wanted())
	{
		BpConn	   *conn;
		BpAcquire	got = bp_pool_acquire(bp_run_database(run),
										  run->task->role, run->task->owner,
										  run, &conn);

		if (got == BP_ACQUIRE_WAIT)
			return;
		run->nconns++;
		run->task->nconnections = run->nconns;
		bp_conn_set_work(conn, run->task->id, "connecting");
		if (got == BP_ACQUIRE_READY)
			bp_units_join(run, conn);
	}
}

void
bp_units_advance(BpRun *run, TimestampTz now)
{
	if (run->plan == NULL)
		return;
	units_recruit(run, now);
	for (int i = 0; i < bp_pool_size() && run->step == BP_STEP_UNITS; i++)
	{
		BpConn	   *c = bp_pool_conn(i);
		int			unit;

		if (c->run != run || c->state != BP_CONN_HELD)
			continue;
		if (c != run->leader && bp_pool_is_wanted())
		{
			/*
			 * another task has no connection; this one can go on with its
			 * leader
			 */
			run->nconns--;
			run->task->nconnections = run->nconns;
			if (run->task->kind != BP_KIND_BACKUP)
				c->retire = true;
			bp_pool_release(c);
			continue;
		}
		unit = units_choose(run, c);
		if (unit < 0)
			continue;
		units_send(run, c, unit);
	}
}
