/*-------------------------------------------------------------------------
 *
 * run.c
 *	  The state of a running task: its step, its connections, its outcome.
 *
 * The steps are described in run.h.  A run ends well when its steps come to
 * OVER by themselves; if not, the first call of bp_run_stop decides how.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <signal.h>

#include "shared/settings.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "worker/error.h"
#include "worker/made_database.h"
#include "worker/pool.h"
#include "worker/run.h"

#define BP_CANCEL_TRIES		20	/* after these, terminate the backend */

static bool step_is_allowed(BpStep from, BpStep to);

static bool
step_is_allowed(BpStep from, BpStep to)
{
	if (to == BP_STEP_STOP)
		return from < BP_STEP_STOP;
	switch (from)
	{
		case BP_STEP_CONNECT:
			return to == BP_STEP_DATABASE || to == BP_STEP_BEGIN ||
				to == BP_STEP_VERIFY || to == BP_STEP_PLAN ||
				to == BP_STEP_COMPARE;
		case BP_STEP_DATABASE:
			return to == BP_STEP_CREATE || to == BP_STEP_CONNECT;
		case BP_STEP_CREATE:
			return to == BP_STEP_CONNECT;
		case BP_STEP_BEGIN:
			return to == BP_STEP_DEFINE || to == BP_STEP_UNITS ||
				to == BP_STEP_OVER;
		case BP_STEP_DEFINE:
			return to == BP_STEP_UNITS || to == BP_STEP_OVER;
		case BP_STEP_VERIFY:
		case BP_STEP_PLAN:
		case BP_STEP_COMPARE:
			return to == BP_STEP_UNITS;
		case BP_STEP_UNITS:
			return to == BP_STEP_FINISH || to == BP_STEP_OVER ||
				to == BP_STEP_DROP || to == BP_STEP_CONNECT;
		case BP_STEP_FINISH:
		case BP_STEP_STOP:
			return to == BP_STEP_OVER || to == BP_STEP_DROP;
		case BP_STEP_DROP:
			return to == BP_STEP_OVER || to == BP_STEP_DATABASE;
		case BP_STEP_OVER:
			return false;
	}
	return false;
}

void
bp_run_set_step(BpRun *run, BpStep step)
{
	if (!step_is_allowed(run->step, step))
		elog(WARNING, "task " INT64_FORMAT " cannot go from step %d to %d",
			 run->task->id, run->step, step);
	run->step = step;
	run->step_since = GetCurrentTimestamp();
	/* a turn must get the connection, and perhaps no event would start one */
	if (step == BP_STEP_DROP)
		bp_worker_wake();
}

BpRun *
bp_run_start(BpTask *task)
{
	MemoryContext cxt = AllocSetContextCreate(TopMemoryContext,
											  "backup_pool task",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	BpRun	   *run = palloc0(sizeof(BpRun));

	run->cxt = cxt;
	run->task = task;
	run->outcome = BP_TASK_SUCCEEDED;
	run->options = bp_options_from_json(bp_task_options(task));
	task->phase = BP_PHASE_CONNECT;
	MemoryContextSwitchTo(old);
	return run;
}

void
bp_run_forget_plan(BpRun *run)
{
	if (run->plan_seg != NULL)
		dsm_detach(run->plan_seg);
	run->plan_seg = NULL;
	run->plan = NULL;
	if (run->task->plan != 0)
	{
		bp_plan_unpin(run->task->plan);
		run->task->plan = 0;
	}
}

void
bp_run_free(BpRun *run)
{
	bp_run_forget_plan(run);
	MemoryContextDelete(run->cxt);
}

const char *
bp_run_database(const BpRun *run)
{
	if (run->task->kind == BP_KIND_VERIFY && !run->created)
		return bp_setting_database;
	return bp_task_target_database(run->task);
}

void
bp_run_stop(BpRun *run, BpTaskState outcome, const BpTaskError *error)
{
	if (run->step >= BP_STEP_STOP)
	{
		/*
		 * it is dropping an old scratch database: it must not go on to the
		 * restore
		 */
		if (run->step == BP_STEP_DROP && run->outcome == BP_TASK_SUCCEEDED &&
			!run->created)
		{
			run->outcome = outcome;
			run->error = *error;
		}
		return;
	}
	run->outcome = outcome;
	run->error = *error;
	run->task->phase = BP_PHASE_CLEAN_UP;
	/* its pg_dump ends, too, and leaves room for that of another task */
	if (run->leader != NULL)
		run->leader->dumping = false;
	bp_run_set_step(run, BP_STEP_STOP);
}

void
bp_run_fail(BpRun *run, const BpTaskError *error)
{
	bp_run_stop(run, BP_TASK_FAILED, error);
}

void
bp_run_release(BpRun *run, BpConn *conn)
{
	run->nconns--;
	run->task->nconnections = run->nconns;
	if (conn == run->leader)
	{
		run->leader = NULL;
		run->leader_ready = false;
	}
	/* code from an archive has run in the session: do not use it again */
	if (run->task->kind != BP_KIND_BACKUP)
		conn->retire = true;
	bp_pool_release(conn);
}

void
bp_run_stopping(BpRun *run, TimestampTz now)
{
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->run != run)
			continue;
		if (c->state != BP_CONN_BUSY)
		{
			bp_run_release(run, c);
			continue;
		}
		if (c->signals > 0 &&
			!TimestampDifferenceExceeds(c->signalled_at, now,
										BP_CANCEL_AGAIN_MS))
			continue;
		bp_conn_signal(c, c->signals < BP_CANCEL_TRIES ? SIGINT : SIGTERM);
	}
	if (run->nconns <= 0)
		bp_run_set_step(run, run->scratch || bp_made_database_must_go(run) ?
						BP_STEP_DROP : BP_STEP_OVER);
}

void
bp_run_caught(MemoryContext caller, BpRun *run)
{
	BpTaskError error;

	bp_worker_caught_error(caller, &error);
	bp_run_fail(run, &error);
}
