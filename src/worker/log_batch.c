/*-------------------------------------------------------------------------
 *
 * log_batch.c
 *	  What the worker has to log in one turn, in one transaction.
 *
 * These are: runs that are over; runs that have been running for a second and
 * whose start was only noted in a file; queued tasks that were cancelled; and
 * queued tasks of other databases, which have no row in the log yet.
 *
 * The final state of a task is in the log before it is in the slot: a session
 * that waits for the task finds it in the log.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/log_batch.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "shared/slot_lists.h"
#include "shared/slots.h"
#include "utils/timestamp.h"
#include "worker/log_batch.h"
#include "worker/log_writer.h"
#include "worker/recover.h"
#include "worker/runs.h"

#define BP_LOG_BATCH	256		/* states in one transaction */

static int	batch_collect(BpLogEntry *entries, int max, TimestampTz now,
						  bool *sync);
static void batch_logged(const BpLogEntry *entries, int n);

/*
 * Was the task enqueued in another database, and is it still queued without a
 * row in the log?  It must be logged, or a crash would lose it.  A task that
 * has started or was cancelled is logged with its new state instead.
 */
static bool
is_unlogged(const BpTask *task)
{
	return task->state == BP_TASK_QUEUED && !task->logged &&
		!task->cancel_requested;
}

static int
batch_collect_unlogged(BpLogEntry *entries, int n, int max)
{
	BpTask	   *task;

	if (bp_shared->standby)
		return n;
	for (task = bp_task_next_unlogged(NULL); task != NULL && n < max;
		 task = bp_task_next_unlogged(task))
	{
		if (!is_unlogged(task))
			continue;
		entries[n].task = task;
		entries[n++].state = BP_TASK_QUEUED;
	}
	return n;
}

/*
 * Remove tasks that need not be logged any more from the front of the list of
 * unlogged tasks.
 */
static void
batch_trim_unlogged(void)
{
	BpTask	   *task;

	/* read without the lock: adding a task wakes the worker again */
	if (bp_task_next_unlogged(NULL) == NULL)
		return;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	while ((task = bp_task_next_unlogged(NULL)) != NULL &&
		   !is_unlogged(task))
		bp_task_unlogged_seen(task);
	LWLockRelease(bp_shared->lock);
}

/*
 * Collect up to max states that have to be logged now.  *sync is set if the
 * commit has to be synced, which only the success of a backup does not need.
 */
static int
batch_collect(BpLogEntry *entries, int max, TimestampTz now, bool *sync)
{
	int			n = 0;
	int			ncollected;
	ListCell   *lc;
	BpTask	   *task;

	*sync = false;
	foreach(lc, bp_runs_all())
	{
		BpRun	   *run = lfirst(lc);
		BpTaskState state;

		if (run->concluded && now >= run->log_at)
			state = run->outcome;
		else if (!run->concluded && run->log_start_at != 0 &&
				 now >= run->log_start_at)
			state = BP_TASK_RUNNING;
		else
			continue;
		if (n >= max)
			return n;
		entries[n].task = run->task;
		entries[n++].state = state;
		*sync |= state != BP_TASK_SUCCEEDED ||
			run->task->kind != BP_KIND_BACKUP;
	}
	LWLockAcquire(bp_shared->lock, LW_SHARED);
	for (task = bp_task_next_cancel(NULL); task != NULL && n < max;
		 task = bp_task_next_cancel(task))
	{
		/* only tasks that the scheduler has seen; it has set their error */
		if (task->state != BP_TASK_QUEUED || task->error.sqlstate[0] == '\0')
			continue;
		task->finished_at = now;
		entries[n].task = task;
		entries[n++].state = BP_TASK_CANCELLED;
		*sync = true;
	}
	ncollected = n;
	n = batch_collect_unlogged(entries, n, max);
	*sync |= n > ncollected;
	LWLockRelease(bp_shared->lock);
	return n;
}

/*
 * The states are in the log now: free the runs, and set the same states in the
 * slots.
 */
static void
batch_logged(const BpLogEntry *entries, int n)
{
	for (int i = 0; i < n; i++)
	{
		BpRun	   *run = bp_runs_of(entries[i].task);

		if (run == NULL)
			continue;
		run->log_start_at = 0;
		if (entries[i].state == BP_TASK_RUNNING)
			continue;
		bp_runs_forget(run);
	}
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->log_lsn = XactLastCommitEnd;
	for (int i = 0; i < n; i++)
	{
		if (entries[i].state == BP_TASK_QUEUED)
			bp_task_unlogged_seen(entries[i].task);
		else if (entries[i].state != BP_TASK_RUNNING)
			bp_task_set_state(entries[i].task, entries[i].state);
	}
	LWLockRelease(bp_shared->lock);
}

/* A queued task that can't be logged now is logged when it starts. */
static void
batch_leave_unlogged(const BpLogEntry *entry)
{
	if (entry->state != BP_TASK_QUEUED)
		return;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_task_unlogged_seen(entry->task);
	LWLockRelease(bp_shared->lock);
}

/*
 * If the transaction fails for a reason other than a lock, write each state in
 * a transaction of its own, so that one that can't be logged does not stop the
 * others.
 */
void
bp_log_batch_write(TimestampTz now)
{
	BpLogEntry	entries[BP_LOG_BATCH];
	bool		sync;
	int			n;
	BpLogResult result;

	batch_trim_unlogged();
	if (now < bp_log_writer_paused_until())
		return;
	n = batch_collect(entries, BP_LOG_BATCH, now, &sync);
	if (n == 0)
		return;
	result = bp_log_writer_write(entries, n, sync);
	if (result == BP_LOGGED)
		batch_logged(entries, n);
	for (int i = 0; i < n && n > 1 && result == BP_LOG_FAILED; i++)
	{
		BpLogResult one = bp_log_writer_write(&entries[i], 1, true);

		if (one == BP_LOGGED)
			batch_logged(&entries[i], 1);
		else if (one == BP_LOG_FAILED)
			batch_leave_unlogged(&entries[i]);
		else
			break;
	}
	if (n == 1 && result == BP_LOG_FAILED)
		batch_leave_unlogged(&entries[0]);
	if (result != BP_LOGGED)
		bp_log_writer_pause();

	/* there is more to log, or a free slot for an unfinished logged task */
	if (n == BP_LOG_BATCH || bp_recover_is_due(now))
		bp_worker_wake();
}
