/*-------------------------------------------------------------------------
 *
 * control.c
 *	  SQL functions wait and cancel.
 *
 * A session that waits for a task in memory pins its slot, so that the slot is
 * not reused before the session has read the outcome.  A task without a slot
 * is looked up in the log.  If it is unfinished there, it will get a slot;
 * wait waits for that, and cancel does so for a few seconds.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/control.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "api/arguments.h"
#include "api/queue.h"
#include "base/compat.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "shared/slots.h"
#include "shared/task.h"
#include "shared/tasklog.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Milliseconds between two searches for a slot; how long cancel searches */
#define BP_WAIT_SLOT_MS		100
#define BP_CANCEL_SLOT_MS	5000

PG_FUNCTION_INFO_V1(bp_wait);
PG_FUNCTION_INFO_V1(bp_cancel);

/* What is known of a task when the waiting ends */
typedef struct BpOutcome
{
	BpTaskState state;
	BpTaskError error;
} BpOutcome;

static BpTask *wait_pin(int64 id);
static void wait_unpin(int code, Datum arg);
static bool wait_slot(BpTask *task, TimestampTz deadline, bool progress,
					  BpOutcome *outcome);
static bool wait_log(int64 id, BpOutcome *outcome);
static bool wait_for_slot(int64 id, TimestampTz deadline);
static void wait_no_more(int64 id);
static void wait_notice(BpTask *task);
static bool task_in_memory(int64 id);
static void cancel_wait(int64 id);
static void check_member(Oid owner, int64 id);

static void
unknown_task(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("task " INT64_FORMAT " does not exist", id)));
}

/* Raises an error unless the caller has the privileges of the task's owner. */
static void
check_member(Oid owner, int64 id)
{
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for task " INT64_FORMAT, id),
				 errdetail("It belongs to another role.")));
}

/*
 * True if the task has a slot.  Raises an error unless the caller has the
 * privileges of its owner.  That check reads catalogs, so it must not be made
 * under the lock, nor after the slot was pinned.
 */
static bool
task_in_memory(int64 id)
{
	BpTask	   *task;
	Oid			owner = InvalidOid;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	task = bp_task_find(id);
	if (task != NULL)
		owner = task->owner;
	LWLockRelease(bp_shared->lock);
	if (task == NULL)
		return false;
	check_member(owner, id);
	return true;
}

/*
 * Finds the slot and pins it.  NULL if the task is not in memory.  Raises an
 * error if the transaction that enqueued it is still open: it may be our own
 * transaction, which would then wait for itself.
 */
static BpTask *
wait_pin(int64 id)
{
	BpTask	   *task;
	BpTaskState state = BP_TASK_FREE;

	if (!task_in_memory(id))
		return NULL;

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	task = bp_task_find(id);
	if (task != NULL)
	{
		state = task->state;
		if (state != BP_TASK_RESERVED)
			bp_task_pin(task);
	}
	LWLockRelease(bp_shared->lock);
	if (task == NULL)
		return NULL;
	if (state == BP_TASK_RESERVED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("task " INT64_FORMAT " is not queued yet", id),
				 errdetail("The transaction that enqueued it is still open."),
				 errhint("COMMIT first; a task is queued when its transaction commits.")));
	return task;
}

static void
wait_unpin(int code, Datum arg)
{
	BpTask	   *task = (BpTask *) DatumGetPointer(arg);

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_task_unpin(task);
	LWLockRelease(bp_shared->lock);
}

static void
wait_notice(BpTask *task)
{
	uint64		total = pg_atomic_read_u64(&task->bytes_total);
	uint64		done = pg_atomic_read_u64(&task->bytes_done);
	const char *phase = bp_phase_name(task->phase);

	ereport(NOTICE,
			(errmsg("task " INT64_FORMAT " %s: %s, %.1f%%, " UINT64_FORMAT " rows",
					task->id, bp_task_state_name(task->state),
					phase ? phase : "waiting",
					total > 0 ? Min(100.0, 100.0 * done / total) : 0.0,
					pg_atomic_read_u64(&task->rows_done))));
}

/*
 * In a smart shutdown the postmaster waits for this session, and the task would
 * start only after the next start of the server.
 */
static void
wait_no_more(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_CANNOT_CONNECT_NOW),
			 errmsg("the server is shutting down before task " INT64_FORMAT " is over",
					id),
			 errhint("Queued tasks, and backups that were interrupted, will run after the next start.")));
}

/* Waits until the task is final; returns false at the deadline. */
static bool
wait_slot(BpTask *task, TimestampTz deadline, bool progress,
		  BpOutcome *outcome)
{
	TimestampTz next_notice = 0;

	ConditionVariablePrepareToSleep(&task->done);
	for (;;)
	{
		long		ms = 60000;
		TimestampTz now;
		bool		stopping;

		LWLockAcquire(bp_shared->lock, LW_SHARED);
		outcome->state = task->state;
		if (bp_task_is_final(task->state))
			outcome->error = task->error;
		stopping = bp_shared->stopping && task->nconnections == 0;
		LWLockRelease(bp_shared->lock);
		if (bp_task_is_final(outcome->state))
			break;

		if (stopping)
			wait_no_more(task->id);

		now = GetCurrentTimestamp();
		if (deadline != 0)
		{
			if (now >= deadline)
				break;
			ms = Min(ms, TimestampDifferenceMilliseconds(now, deadline) + 1);
		}
		if (progress)
		{
			if (now >= next_notice)
			{
				wait_notice(task);
				next_notice = TimestampTzPlusMilliseconds(now, 1000);
			}
			ms = Min(ms, TimestampDifferenceMilliseconds(now, next_notice) + 1);
		}
		(void) ConditionVariableTimedSleep(&task->done, ms, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	return bp_task_is_final(outcome->state);
}

/* Reads the outcome from the log; false if the log does not have the task. */
static bool
wait_log(int64 id, BpOutcome *outcome)
{
	Oid			owner;
	bool		found;

	if (!bp_log_is_home() || !bp_log_exists())
		return false;
	found = bp_log_outcome(id, &owner, &outcome->state, &outcome->error);
	if (found)
		check_member(owner, id);
	return found;
}

/*
 * Waits a moment for a task that is unfinished in the log but has no slot,
 * because the worker has not read its row yet, or there is no free slot.
 * Returns false at the deadline.
 */
static bool
wait_for_slot(int64 id, TimestampTz deadline)
{
	TimestampTz now = GetCurrentTimestamp();
	long		ms = BP_WAIT_SLOT_MS;
	bool		stopping;

	if (deadline != 0 && now >= deadline)
		return false;
	LWLockAcquire(bp_shared->lock, LW_SHARED);
	stopping = bp_shared->stopping;
	LWLockRelease(bp_shared->lock);
	if (stopping)
		wait_no_more(id);
	if (deadline != 0)
		ms = Min(ms, TimestampDifferenceMilliseconds(now, deadline) + 1);
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	return true;
}

Datum
bp_wait(PG_FUNCTION_ARGS)
{
	int64		id;
	TimestampTz deadline = 0;
	bool		progress;
	BpTask	   *task;
	BpOutcome	outcome;

	bp_shared_require();
	id = PG_ARGISNULL(0) ? bp_queue_last() : PG_GETARG_INT64(0);
	if (id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("this session has not enqueued a task"),
				 errhint("Give the task's id.")));
	if (!PG_ARGISNULL(1))
	{
		Datum		d = DirectFunctionCall2(timestamptz_pl_interval,
											TimestampTzGetDatum(GetCurrentTimestamp()),
											PG_GETARG_DATUM(1));

		deadline = DatumGetTimestampTz(d);
	}
	bp_arg_require(fcinfo, 2, "progress");
	progress = PG_GETARG_BOOL(2);

	memset(&outcome, 0, sizeof(outcome));
	while ((task = wait_pin(id)) == NULL)
	{
		if (!wait_log(id, &outcome))
			unknown_task(id);
		if (bp_task_is_final(outcome.state) || !wait_for_slot(id, deadline))
			break;
	}
	if (task != NULL)
	{
		PG_ENSURE_ERROR_CLEANUP(wait_unpin, PointerGetDatum(task));
		{
			(void) wait_slot(task, deadline, progress, &outcome);
		}
		PG_END_ENSURE_ERROR_CLEANUP(wait_unpin, PointerGetDatum(task));
		wait_unpin(0, PointerGetDatum(task));
	}

	if (bp_task_is_final(outcome.state) &&
		outcome.state != BP_TASK_SUCCEEDED)
	{
		BpTaskError *e = &outcome.error;
		const char *state = e->sqlstate;

		ereport(ERROR,
				(errcode(strlen(state) == 5 ?
						 MAKE_SQLSTATE(state[0], state[1], state[2],
									   state[3], state[4]) :
						 ERRCODE_INTERNAL_ERROR),
				 errmsg("%s", e->message[0] ? e->message :
						bp_task_state_name(outcome.state)),
				 e->detail[0] ? errdetail("%s", e->detail) : 0,
				 e->hint[0] ? errhint("%s", e->hint) : 0,
				 errcontext("backup_pool task " INT64_FORMAT, id)));
	}
	PG_RETURN_TEXT_P(cstring_to_text(bp_task_state_name(outcome.state)));
}

/*
 * Returns when the task has a slot, or has ended.  Cancelling needs the slot,
 * since only the worker changes a task's row in the log, and only for tasks that
 * have a slot.
 */
static void
cancel_wait(int64 id)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   BP_CANCEL_SLOT_MS);
	BpOutcome	outcome;

	while (!task_in_memory(id))
	{
		if (!wait_log(id, &outcome))
			unknown_task(id);
		/* a standby does not run the tasks of its primary */
		if (bp_task_is_final(outcome.state) || RecoveryInProgress())
			return;
		if (!wait_for_slot(id, deadline))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("task " INT64_FORMAT " cannot be cancelled yet", id),
					 bp_shared->log_settled ?
					 errdetail("It waits for one of %d task slots, \"backup_pool.max_tasks\".",
							   bp_shared->ntasks) :
					 errdetail("It is not known whether it succeeded until the repository can be read."),
					 bp_shared->log_settled ?
					 errhint("Try again when other tasks have ended.") :
					 errhint("See the server's log for what is wrong with the repository.")));
	}
}

Datum
bp_cancel(PG_FUNCTION_ARGS)
{
	int64		id;
	BpTask	   *task;
	BpTaskState state = BP_TASK_FREE;
	bool		asked = false;

	bp_shared_require();
	bp_arg_require(fcinfo, 0, "task");
	id = PG_GETARG_INT64(0);
	cancel_wait(id);

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	task = bp_task_find(id);
	if (task != NULL)
	{
		state = task->state;
		asked = bp_task_cancel(task);
	}
	LWLockRelease(bp_shared->lock);
	if (state == BP_TASK_RESERVED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("task " INT64_FORMAT " is not queued yet", id),
				 errdetail("The transaction that enqueued it is still open."),
				 errhint("ROLLBACK removes the task.")));
	if (asked)
		bp_worker_wake();
	PG_RETURN_BOOL(asked);
}
