/*-------------------------------------------------------------------------
 *
 * run_end.c
 *	  The end of a run: its outcome becomes that of the task.
 *
 * The state of the slot follows later, when the outcome is in the task log
 * (log_batch.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run_end.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"
#include "worker/error.h"
#include "worker/leftovers.h"
#include "worker/pool.h"
#include "worker/run_end.h"
#include "worker/runs.h"
#include "worker/shutdown.h"

#define BP_SHUTDOWN_MS	300

/* Is it an error that a shutdown of the server causes, too? */
static bool
may_be_shutdown(const BpTaskError *error)
{
	return bp_error_is(error, ERRCODE_ADMIN_SHUTDOWN) ||
		bp_error_is(error, ERRCODE_CRASH_SHUTDOWN) ||
		bp_error_is(error, ERRCODE_CANNOT_CONNECT_NOW) ||
		bp_error_is(error, ERRCODE_DATABASE_DROPPED) ||
		bp_error_is(error, ERRCODE_IDLE_SESSION_TIMEOUT) ||
		bp_error_is(error, ERRCODE_CONNECTION_FAILURE);
}

void
bp_run_conclude(BpRun *run, TimestampTz now)
{
	BpTask	   *task = run->task;
	BpCounters *c = &bp_shared->counters;

	if (now < run->log_at)
		return;
	if (run->outcome == BP_TASK_FAILED && may_be_shutdown(&run->error))
	{
		/*
		 * If the server goes down, the worker gets a signal very soon: wait
		 * for that, and log nothing.  A smart shutdown may take any time.
		 * After the next start the task is treated as one that a crash
		 * interrupted.
		 */
		if (run->log_at == 0 || bp_shutdown_is_under_way())
		{
			run->log_at = TimestampTzPlusMilliseconds(now, BP_SHUTDOWN_MS);
			ConditionVariableBroadcast(&task->done);
			return;
		}
	}
	task->finished_at = now;
	if (run->outcome != BP_TASK_SUCCEEDED &&
		task->kind == BP_KIND_BACKUP && bp_leftovers_are_complete(task))
		run->outcome = BP_TASK_SUCCEEDED;
	if (run->outcome != BP_TASK_SUCCEEDED)
	{
		task->error = run->error;
		if (task->kind == BP_KIND_BACKUP)
		{
			bp_leftovers_remove(task);
			task->archive[0] = '\0';
		}
	}
	pg_atomic_fetch_add_u64(&c->rows, pg_atomic_read_u64(&task->rows_done));
	pg_atomic_fetch_add_u64(&c->raw_bytes,
							pg_atomic_read_u64(&task->raw_bytes));
	pg_atomic_fetch_add_u64(&c->bytes,
							pg_atomic_read_u64(&task->stored_bytes));
	for (int i = 0; run->nconns > 0 && i < bp_pool_size(); i++)
	{
		BpConn	   *conn = bp_pool_conn(i);

		if (conn->run == run)
		{
			run->nconns--;
			bp_pool_release(conn);
		}
	}
	run->leader = NULL;
	run->leader_ready = false;
	bp_runs_concluded(run);
}
