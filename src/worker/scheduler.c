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
#include "shared/slots.h"
#include "shared/tasklog.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker/lookup.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/scheduler.h"

#define BP_LOG_RETRY_MS	1000
#define BP_SHUTDOWN_MS	300

static List *bp_runs = NIL;		/* of BpRun */
static TimestampTz bp_log_not_before = 0;	/* it could not be written */
static bool bp_others_wait = false;

static bool bp_sched_log(BpTask *task, BpTaskState state);
static BpTask *bp_sched_next(void);
static bool bp_sched_begin(BpTask *task);
static void bp_sched_cancels(void);
static void bp_sched_advance(BpRun *run, TimestampTz now);
static bool bp_sched_try_begin(BpTask *task);
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
	if (GetCurrentTimestamp() < bp_log_not_before)
		return false;
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
		pgstat_report_stat(false);
	}
	PG_CATCH();
	{
		bp_worker_caught(caller, NULL);
		bp_log_not_before =
			TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
										BP_LOG_RETRY_MS);
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

bool
bp_sched_reject(BpTask *task, BpTaskState state, const char *sqlstate,
				const char *message, const char *detail, const char *hint)
{
	bp_task_error_set(&task->error, sqlstate, message, detail, hint);
	task->finished_at = GetCurrentTimestamp();
	/* what the log does not know would be begun again after a restart */
	if (!bp_sched_log(task, state))
	{
		memset(&task->error, 0, sizeof(task->error));
		task->finished_at = 0;
		return false;
	}
	bp_sched_settle(task, state);
	return true;
}

static BpTask *
bp_sched_next(void)
{
	BpTask	   *task;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	task = bp_task_first_queued();
	LWLockRelease(bp_shared->lock);
	return task;
}

static BpRun *
bp_sched_run_of(const BpTask *task)
{
	ListCell   *lc;

	foreach(lc, bp_runs)
		if (((BpRun *) lfirst(lc))->task == task)
			return lfirst(lc);
	return NULL;
}

bool
bp_sched_is_running(const BpTask *task)
{
	return bp_sched_run_of(task) != NULL;
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
		(void) bp_sched_reject(task, BP_TASK_FAILED, "42704",
						"the role that enqueued the task does not exist any more",
						NULL, NULL);
		return false;
	}
	task->attempt++;
	task->started_at = GetCurrentTimestamp();
	strlcpy(task->role, role, NAMEDATALEN);
	strlcpy(task->repository, bp_repo_root(bp_setting_repository), MAXPGPATH);
	if (task->kind == BP_KIND_BACKUP)
		bp_sched_name_archive(task);

	/*
	 * Before anything is done: a task that brings the server down must be
	 * known to have been begun, or it would be begun for ever.
	 */
	if (!bp_sched_log(task, BP_TASK_RUNNING))
	{
		/* somebody has it locked: later */
		task->attempt--;
		task->started_at = 0;
		return false;
	}
	if (!task->logged && !RecoveryInProgress())
	{
		(void) bp_sched_reject(task, BP_TASK_FAILED, "55000",
						psprintf("extension \"backup_pool\" is not installed in database \"%s\"",
								 bp_setting_database),
						"The task log is kept in that database.",
						psprintf("CREATE EXTENSION backup_pool in database \"%s\", or set \"backup_pool.database\".",
								 bp_setting_database));
		return false;
	}

	run = bp_run_start(task);
	bp_sched_settle(task, BP_TASK_RUNNING);
	if (task->kind == BP_KIND_RESTORE)
		strlcpy(task->archive, run->options->archive ?
				run->options->archive : "", BP_ARCHIVE_LEN);
	old = MemoryContextSwitchTo(TopMemoryContext);
	bp_runs = lappend(bp_runs, run);
	MemoryContextSwitchTo(old);
	return true;
}

/* What was asked to be cancelled since last time. */
static void
bp_sched_cancels(void)
{
	for (;;)
	{
		BpTask	   *task;
		BpRun	   *run;
		BpTaskError error;

		LWLockAcquire(bp_shared->lock, LW_SHARED);
		task = bp_task_first_cancel();
		LWLockRelease(bp_shared->lock);
		if (task == NULL)
			return;
		bp_task_error_set(&error, "57014", "task was cancelled on request",
						  NULL, NULL);
		if (task->state == BP_TASK_QUEUED)
		{
			if (!bp_sched_reject(task, BP_TASK_CANCELLED, error.sqlstate,
								 error.message, NULL, NULL))
				return;			/* it stays in the list */
			continue;
		}
		run = bp_sched_run_of(task);
		if (run != NULL)
			bp_run_stop(run, BP_TASK_CANCELLED, &error);
		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		bp_task_cancel_seen(task);
		LWLockRelease(bp_shared->lock);
	}
}

/* Nothing of a backup that did not succeed may stay. */
static void
bp_sched_remove_partial(BpTask *task)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		char	   *path = bp_repo_partial_path(task->repository,
												task->archive);

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

/*
 * An archive that has its name is complete and synced, whatever happened to
 * the connection after that: then the backup did succeed.
 */
static bool
bp_sched_is_published(BpTask *task)
{
	char		path[MAXPGPATH + BP_ARCHIVE_LEN];

	snprintf(path, sizeof(path), "%s/%s", task->repository, task->archive);
	return task->archive[0] != '\0' && access(path, F_OK) == 0;
}

/* Errors that our own shutdown causes, too. */
static bool
bp_sched_may_be_shutdown(const BpTaskError *error)
{
	return strncmp(error->sqlstate, "57P0", 4) == 0 ||
		strcmp(error->sqlstate, "08006") == 0;
}

/* A run is over: into the log, then into the slot, then forget it. */
static void
bp_sched_finish(BpRun *run, TimestampTz now)
{
	BpTask	   *task = run->task;
	BpCounters *c = &bp_shared->counters;
	BpTaskState outcome;

	if (now < run->log_at)
		return;
	if (run->log_at == 0 && run->outcome == BP_TASK_FAILED &&
		bp_sched_may_be_shutdown(&run->error))
	{
		/* if the server goes down we will know very soon, and say nothing */
		run->log_at = TimestampTzPlusMilliseconds(now, BP_SHUTDOWN_MS);
		return;
	}
	if (task->finished_at == 0)
	{
		task->finished_at = now;
		if (run->outcome != BP_TASK_SUCCEEDED &&
			task->kind == BP_KIND_BACKUP && bp_sched_is_published(task))
			run->outcome = BP_TASK_SUCCEEDED;
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
	if (!bp_sched_log(task, run->outcome))
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
	outcome = run->outcome;
	bp_runs = list_delete_ptr(bp_runs, run);
	bp_run_free(run);
	bp_sched_settle(task, outcome);
	/* there is a slot now for what the log has left */
	if (bp_recover_is_due(now))
		SetLatch(MyLatch);
}

/* What goes wrong in here with one task must not take the others along. */
static void
bp_sched_advance(BpRun *run, TimestampTz now)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		bp_run_advance(run, now);
	}
	PG_CATCH();
	{
		bp_worker_caught(caller, run);
	}
	PG_END_TRY();
}

static bool
bp_sched_try_begin(BpTask *task)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool begun = false;

	PG_TRY();
	{
		begun = bp_sched_begin(task);
	}
	PG_CATCH();
	{
		BpTaskError error;

		bp_worker_caught_error(caller, &error);
		(void) bp_sched_reject(task, BP_TASK_FAILED, error.sqlstate,
							   error.message, error.detail, error.hint);
	}
	PG_END_TRY();
	return begun;
}

void
bp_worker_caught_error(MemoryContext caller, BpTaskError *error)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(caller);
	edata = CopyErrorData();
	HOLD_INTERRUPTS();
	EmitErrorReport();
	if (IsTransactionState() || IsAbortedTransactionBlockState())
		AbortCurrentTransaction();
	LWLockReleaseAll();
	FlushErrorState();
	RESUME_INTERRUPTS();
	MemoryContextSwitchTo(caller);
	bp_task_error_set(error, unpack_sql_state(edata->sqlerrcode),
					  edata->message, edata->detail, edata->hint);
	FreeErrorData(edata);
}

void
bp_worker_caught(MemoryContext caller, BpRun *run)
{
	BpTaskError error;

	bp_worker_caught_error(caller, &error);
	if (run != NULL)
		bp_run_stop(run, BP_TASK_FAILED, &error);
}

void
bp_sched_turn(TimestampTz now)
{
	ListCell   *lc;
	BpTask	   *task;
	bool		waited;

	if (bp_recover_is_due(now))
		bp_recover();
	bp_sched_cancels();

	/* what runs goes on, in order of arrival */
	foreach(lc, bp_runs)
		bp_sched_advance(lfirst(lc), now);
	for (int i = list_length(bp_runs) - 1; i >= 0; i--)
	{
		BpRun	   *run = list_nth(bp_runs, i);

		if (run->step == BP_STEP_OVER)
			bp_sched_finish(run, now);
	}

	/* then new ones, as long as a leader can be had */
	waited = bp_others_wait;
	bp_others_wait = false;
	while ((task = bp_sched_next()) != NULL)
	{
		if (bp_pool_is_shut() || now < bp_log_not_before ||
			bp_recover_next_time() != 0)
			break;
		if (!bp_pool_has_room() ||
			list_length(bp_runs) >= bp_effective_max_connections())
		{
			bp_others_wait = true;
			break;
		}
		if (bp_sched_try_begin(task))
			bp_sched_advance(llast(bp_runs), now);
	}
	foreach(lc, bp_runs)
	{
		BpRun	   *run = lfirst(lc);

		if (run->step == BP_STEP_CONNECT && run->leader == NULL &&
			now >= run->retry_at)
			bp_others_wait = true;
	}
	/* those who have some to spare look at this in their next turn */
	if (bp_others_wait && !waited)
		SetLatch(MyLatch);
}

TimestampTz
bp_sched_next_time(void)
{
	TimestampTz next = bp_recover_next_time();
	ListCell   *lc;

	if (bp_log_not_before > GetCurrentTimestamp() &&
		(next == 0 || bp_log_not_before < next))
		next = bp_log_not_before;
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
