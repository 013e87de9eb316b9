/*-------------------------------------------------------------------------
 *
 * log_batch.c
 *	  What becomes of a task, and how the log gets to know.
 *
 * The outcome of a task is in the log before the slot says so: whoever was
 * waiting finds it there.  What is to be logged in one turn goes into one
 * transaction.
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
#include "miscadmin.h"
#include "shared/slot_lists.h"
#include "shared/slots.h"
#include "utils/timestamp.h"
#include "worker/leftovers.h"
#include "worker/log_batch.h"
#include "worker/log_writer.h"
#include "worker/main.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/run.h"
#include "worker/runs.h"

#define BP_LOG_BATCH	256		/* states in one transaction */
#define BP_SHUTDOWN_MS	300

static bool may_be_shutdown(const BpTaskError *error);
static int	outcome_collect(BpLogEntry *entries, int max, TimestampTz now,
							bool *sync);
static void outcome_logged(const BpLogEntry *entries, int n);

/*
 * An archive that we made and that has its name is complete and synced,
 * whatever happened to the connection after that: then the backup did
 * succeed.
 */
bool
bp_outcome_is_published(const BpTask *task)
{
	char		path[MAXPGPATH + BP_ARCHIVE_LEN];

	snprintf(path, sizeof(path), "%s/%s", task->repository, task->archive);
	return task->made && !task->unsafe &&
		task->repository[0] != '\0' && task->archive[0] != '\0' &&
		access(path, F_OK) == 0;
}

/* Errors that our own shutdown causes, too. */
static bool
may_be_shutdown(const BpTaskError *error)
{
	return strncmp(error->sqlstate, "57P0", 4) == 0 ||
		strcmp(error->sqlstate, "08006") == 0;
}

/*
 * A run is over: what came of it gets into the slot, and its connections are
 * given back.  Its state has to wait for the log.
 */
void
bp_outcome_conclude(BpRun *run, TimestampTz now)
{
	BpTask	   *task = run->task;
	BpCounters *c = &bp_shared->counters;

	if (now < run->log_at)
		return;
	if (run->outcome == BP_TASK_FAILED && may_be_shutdown(&run->error))
	{
		/*
		 * If the server goes down we will know very soon, and say nothing.  A
		 * smart shutdown may take any time: the task is done again after it.
		 */
		if (run->log_at == 0 || bp_worker_is_stopping())
		{
			run->log_at = TimestampTzPlusMilliseconds(now, BP_SHUTDOWN_MS);
			ConditionVariableBroadcast(&task->done);
			return;
		}
	}
	task->finished_at = now;
	if (run->outcome != BP_TASK_SUCCEEDED &&
		task->kind == BP_KIND_BACKUP && bp_outcome_is_published(task))
		run->outcome = BP_TASK_SUCCEEDED;
	if (run->outcome != BP_TASK_SUCCEEDED)
	{
		task->error = run->error;
		if (task->kind == BP_KIND_BACKUP)
		{
			bp_remove_archive(task);
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

/*
 * Tasks from other databases that have to wait: should the server go down
 * meanwhile, the log is all that knows of them.  Those that have begun, or are
 * logged as cancelled, are not among them.
 */
static bool
outcome_is_queued(const BpTask *task)
{
	return task->state == BP_TASK_QUEUED && !task->logged &&
		!task->cancel_requested;
}

static int
outcome_collect_queued(BpLogEntry *entries, int n, int max)
{
	BpTask	   *task;

	if (bp_shared->standby)
		return n;
	for (task = bp_task_next_unlogged(NULL); task != NULL && n < max;
		 task = bp_task_next_unlogged(task))
	{
		if (!outcome_is_queued(task))
			continue;
		entries[n].task = task;
		entries[n++].state = BP_TASK_QUEUED;
	}
	return n;
}

/* Keeps the list of them short. */
static void
outcome_trim_queued(void)
{
	BpTask	   *task;

	/* one that comes just now wakes us up */
	if (bp_task_next_unlogged(NULL) == NULL)
		return;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	while ((task = bp_task_next_unlogged(NULL)) != NULL &&
		   !outcome_is_queued(task))
		bp_task_unlogged_seen(task);
	LWLockRelease(bp_shared->lock);
}

/* What is to be logged now, at most so many; *sync if one needs that. */
static int
outcome_collect(BpLogEntry *entries, int max, TimestampTz now, bool *sync)
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
		/* one that bp_sched_cancels has seen */
		if (task->state != BP_TASK_QUEUED || task->error.sqlstate[0] == '\0')
			continue;
		task->finished_at = now;
		entries[n].task = task;
		entries[n++].state = BP_TASK_CANCELLED;
		*sync = true;
	}
	ncollected = n;
	n = outcome_collect_queued(entries, n, max);
	*sync |= n > ncollected;
	LWLockRelease(bp_shared->lock);
	return n;
}

/* The log knows: forget the runs, and tell everybody. */
static void
outcome_logged(const BpLogEntry *entries, int n)
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

/* One that can't be logged is tried again when it is begun. */
static void
outcome_leave_queued(const BpLogEntry *entry)
{
	if (entry->state != BP_TASK_QUEUED)
		return;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_task_unlogged_seen(entry->task);
	LWLockRelease(bp_shared->lock);
}

/*
 * Log what is over, was cancelled, or has been running for a while.  If that
 * fails for another reason than a lock, each is tried on its own, so that one
 * that can't be logged is not in the way of the others.
 */
void
bp_outcome_write(TimestampTz now)
{
	BpLogEntry	entries[BP_LOG_BATCH];
	bool		sync;
	int			n;
	BpLogResult result;

	outcome_trim_queued();
	if (now < bp_journal_not_before())
		return;
	n = outcome_collect(entries, BP_LOG_BATCH, now, &sync);
	if (n == 0)
		return;
	result = bp_journal_write(entries, n, sync);
	if (result == BP_LOGGED)
		outcome_logged(entries, n);
	for (int i = 0; i < n && n > 1 && result == BP_LOG_FAILED; i++)
	{
		BpLogResult one = bp_journal_write(&entries[i], 1, true);

		if (one == BP_LOGGED)
			outcome_logged(&entries[i], 1);
		else if (one == BP_LOG_FAILED)
			outcome_leave_queued(&entries[i]);
		else
			break;
	}
	if (n == 1 && result == BP_LOG_FAILED)
		outcome_leave_queued(&entries[0]);
	if (result != BP_LOGGED)
		bp_journal_pause();

	/* more is waiting, or there is a slot now for what the log has left */
	if (n == BP_LOG_BATCH || bp_recover_is_due(now))
		bp_worker_wake();
}
