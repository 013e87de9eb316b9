/*-------------------------------------------------------------------------
 *
 * scheduler.c
 *	  Which task runs when, and what becomes of it.
 *
 * Priority first, then order of arrival.  A task starts when a connection for
 * its leader can be had; since one connection is enough to finish, no task
 * waits for another while it holds any.  Tasks with several give back all but
 * one at their next unit when others wait for their first.
 *
 * The outcome of a task is in the log before the slot says so: whoever was
 * waiting finds it there.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scheduler.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "archive/repo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "shared/compat.h"
#include "shared/settings.h"
#include "shared/tasklog.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker/lookup.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/scheduler.h"

#define BP_LOG_RETRY_MS	1000
#define BP_LOG_TRIES	30

static List *bp_runs = NIL;		/* of BpRun */
static bool bp_others_wait = false;

static bool bp_sched_log(BpTask *task, BpTaskState state);
static BpTask *bp_sched_next(void);
static bool bp_sched_begin(BpTask *task);
static void bp_sched_cancels(void);
static void bp_sched_finish(BpRun *run, TimestampTz now);

bool
bp_sched_others_wait(void)
{
	return bp_others_wait;
}

/*
 * Write the task's state into the log, in a transaction of our own.  False if
 * that failed, and trying again may help.
 */
static bool
bp_sched_log(BpTask *task, BpTaskState state)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool ok = true;

	if (RecoveryInProgress())
		return true;
	PG_TRY();
	{
		StartTransactionCommand();
		PushActiveSnapshot(GetTransactionSnapshot());
		if (!bp_log_exists())
			task->logged = false;
		else if (task->logged)
			bp_log_update(task, state);
		else
		{
			bp_log_insert(task, bp_task_options(task), state);
			bp_log_update(task, state);
			task->logged = true;
		}
		PopActiveSnapshot();
		CommitTransactionCommand();
	}
	PG_CATCH();
	{
		HOLD_INTERRUPTS();
		EmitErrorReport();
		AbortCurrentTransaction();
		FlushErrorState();
		RESUME_INTERRUPTS();
		ok = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return ok;
}

void
bp_sched_settle(BpTask *task, BpTaskState state)
{
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_task_set_state(task, state);
	LWLockRelease(bp_shared->lock);
}

void
bp_sched_reject(BpTask *task, BpTaskState state, const char *sqlstate,
				const char *message, const char *detail, const char *hint)
{
	bp_task_error_set(&task->error, sqlstate, message, detail, hint);
	task->finished_at = GetCurrentTimestamp();
	(void) bp_sched_log(task, state);
	bp_sched_settle(task, state);
}

static BpTask *
bp_sched_next(void)
{
	BpTask	   *best = NULL;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	for (int i = 0; i < bp_shared->ntasks; i++)
	{
		BpTask	   *t = &bp_shared->tasks[i];

		if (t->state == BP_TASK_QUEUED && !t->cancel_requested &&
			(best == NULL || t->priority > best->priority ||
			 (t->priority == best->priority && t->order < best->order)))
			best = t;
	}
	LWLockRelease(bp_shared->lock);
	return best;
}

/* The archive's name: when it was begun, and by which task. */
static void
bp_sched_name_archive(BpTask *task)
{
	char		stamp[64];
	pg_time_t	t = timestamptz_to_time_t(task->started_at);
	char	   *name;

	pg_strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", pg_gmtime(&t));
	name = bp_repo_archive_name(task->database,
								psprintf("%s-" INT64_FORMAT, stamp, task->id));
	strlcpy(task->archive, name, BP_ARCHIVE_LEN);
}

/* Start a queued task.  False if it was ended at once instead. */
static bool
bp_sched_begin(BpTask *task)
{
	char	   *role = bp_lookup_role_name(task->owner);
	MemoryContext old;
	BpRun	   *run;

	if (role == NULL)
	{
		bp_sched_reject(task, BP_TASK_FAILED, "42704",
						"the role that enqueued the task does not exist any more",
						NULL, NULL);
		return false;
	}
	task->attempt++;
	task->started_at = GetCurrentTimestamp();
	strlcpy(task->role, role, NAMEDATALEN);
	if (task->kind == BP_KIND_BACKUP)
		bp_sched_name_archive(task);

	/*
	 * Before anything is done: a task that brings the server down must be
	 * known to have been begun, or it would be begun for ever.
	 */
	if (!bp_sched_log(task, BP_TASK_RUNNING))
	{
		bp_sched_reject(task, BP_TASK_FAILED, "58000",
						"could not write the task log", NULL,
						"Look into the server's log.");
		return false;
	}
	if (!task->logged && !RecoveryInProgress())
	{
		bp_sched_reject(task, BP_TASK_FAILED, "55000",
						psprintf("extension \"backup_pool\" is not installed in database \"%s\"",
								 bp_setting_database),
						"The task log is kept in that database.",
						psprintf("CREATE EXTENSION backup_pool in database \"%s\", or set \"backup_pool.database\".",
								 bp_setting_database));
		return false;
	}

	bp_sched_settle(task, BP_TASK_RUNNING);
	run = bp_run_start(task);
	if (task->kind == BP_KIND_RESTORE)
		strlcpy(task->archive, run->options->archive ?
				run->options->archive : "", BP_ARCHIVE_LEN);
	old = MemoryContextSwitchTo(TopMemoryContext);
	bp_runs = lappend(bp_runs, run);
	MemoryContextSwitchTo(old);
	return true;
}

static void
bp_sched_cancels(void)
{
	ListCell   *lc;
	BpTaskError error;

	bp_task_error_set(&error, "57014", "task was cancelled on request",
					  NULL, NULL);
	foreach(lc, bp_runs)
	{
		BpRun	   *run = lfirst(lc);

		if (run->task->cancel_requested)
			bp_run_stop(run, BP_TASK_CANCELLED, &error);
	}
	for (int i = 0; i < bp_shared->ntasks; i++)
	{
		BpTask	   *t = &bp_shared->tasks[i];

		if (t->state == BP_TASK_QUEUED && t->cancel_requested)
			bp_sched_reject(t, BP_TASK_CANCELLED, "57014",
							error.message, NULL, NULL);
	}
}

/* Nothing of a backup that did not succeed may stay. */
static void
bp_sched_remove_partial(BpTask *task)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		char	   *root = bp_repo_root(bp_setting_repository);
		char	   *path = bp_repo_partial_path(root, task->archive);

		if (access(path, F_OK) == 0)
			bp_repo_remove(path);
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(caller);
		edata = CopyErrorData();
		FlushErrorState();
		ereport(WARNING,
				(errcode(edata->sqlerrcode),
				 errmsg("could not remove partial archive \"%s\": %s",
						task->archive, edata->message),
				 errhint("It will be removed at the next start.")));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
}

/* A run is over: into the log, then into the slot, then forget it. */
static void
bp_sched_finish(BpRun *run, TimestampTz now)
{
	BpTask	   *task = run->task;
	BpCounters *c = &bp_shared->counters;

	if (now < run->log_at)
		return;
	if (run->log_tries == 0)
	{
		task->finished_at = now;
		if (run->outcome != BP_TASK_SUCCEEDED)
		{
			task->error = run->error;
			if (task->kind == BP_KIND_BACKUP)
			{
				bp_sched_remove_partial(task);
				task->archive[0] = '\0';
			}
		}
		pg_atomic_fetch_add_u64(&c->rows,
								pg_atomic_read_u64(&task->rows_done));
		pg_atomic_fetch_add_u64(&c->raw_bytes,
								pg_atomic_read_u64(&task->raw_bytes));
		pg_atomic_fetch_add_u64(&c->bytes,
								pg_atomic_read_u64(&task->stored_bytes));
	}
	if (!bp_sched_log(task, run->outcome) &&
		run->log_tries++ < BP_LOG_TRIES)
	{
		run->log_at = TimestampTzPlusMilliseconds(now, BP_LOG_RETRY_MS);
		return;
	}
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *conn = bp_pool_conn(i);

		if (conn->run == run)
			bp_pool_release(conn);
	}
	bp_runs = list_delete_ptr(bp_runs, run);
	bp_run_free(run);
	bp_sched_settle(task, run->outcome);
}

void
bp_sched_turn(TimestampTz now)
{
	ListCell   *lc;
	BpTask	   *task;

	if (bp_recover_has_backlog())
		bp_recover();
	bp_sched_cancels();

	/* what runs goes on, in order of arrival */
	foreach(lc, bp_runs)
		bp_run_advance(lfirst(lc), now);
	for (int i = list_length(bp_runs) - 1; i >= 0; i--)
	{
		BpRun	   *run = list_nth(bp_runs, i);

		if (run->step == BP_STEP_OVER)
			bp_sched_finish(run, now);
	}

	/* then new ones, as long as a leader can be had */
	bp_others_wait = false;
	while ((task = bp_sched_next()) != NULL)
	{
		if (bp_pool_is_shut())
			break;
		if (!bp_pool_has_room() ||
			list_length(bp_runs) >= bp_effective_max_connections())
		{
			bp_others_wait = true;
			break;
		}
		if (bp_sched_begin(task))
			bp_run_advance(llast(bp_runs), now);
	}
	foreach(lc, bp_runs)
	{
		BpRun	   *run = lfirst(lc);

		if (run->step == BP_STEP_CONNECT && run->leader == NULL &&
			now >= run->retry_at)
			bp_others_wait = true;
	}
}

TimestampTz
bp_sched_next_time(void)
{
	TimestampTz next = 0;
	ListCell   *lc;

	foreach(lc, bp_runs)
	{
		TimestampTz t = bp_run_next_time(lfirst(lc));

		if (t != 0 && (next == 0 || t < next))
			next = t;
	}
	return next;
}

void
bp_sched_abandon(void)
{
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->state == BP_CONN_BUSY)
			bp_conn_signal(c, SIGTERM);
	}
}
