/*-------------------------------------------------------------------------
 *
 * scheduler.c
 *	  Which task runs when.
 *
 * Tasks start by priority, then in order of arrival, each as soon as a
 * connection for its leader can be had.  One connection is enough to finish a
 * task, so no task waits for another while it holds a connection.  While a task
 * waits for its first connection, tasks that have several give back all but
 * one, each when its unit is done.
 *
 * The worker writes the log (log_batch.c) after it has started new tasks, so
 * that their backends work at the same time.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scheduler.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/repo_name.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/slots.h"
#include "utils/timestamp.h"
#include "worker/error.h"
#include "worker/leftovers.h"
#include "worker/log_batch.h"
#include "worker/log_writer.h"
#include "worker/lookup.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/run_end.h"
#include "worker/run_turn.h"
#include "worker/runs.h"
#include "worker/scheduler.h"
#include "worker/scratch.h"

#define BP_LOG_START_MS	1000	/* time until a noted start is logged */

static BpTask *sched_next(void);
static bool sched_start(BpTask *task);
static void sched_cancels(void);
static void sched_advance(BpRun *run, TimestampTz now);
static bool sched_try_start(BpTask *task);

static BpTask *
sched_next(void)
{
	BpTask	   *task;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	task = bp_task_first_queued();
	LWLockRelease(bp_shared->lock);
	return task;
}

/* Name the archive after the time of the start and the id of the task. */
static void
sched_name_archive(BpTask *task)
{
	char		stamp[64];
	pg_time_t	t = timestamptz_to_time_t(task->started_at);
	char	   *name;

	pg_strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", pg_gmtime(&t));
	name = bp_repo_archive_name(task->database,
								psprintf("%s-" INT64_FORMAT, stamp, task->id));
	strlcpy(task->archive, name, BP_ARCHIVE_LEN);
}

/*
 * Start a queued task.  False if it stays queued for now, or was ended at once.
 */
static bool
sched_start(BpTask *task)
{
	const char *role = bp_lookup_role_name(task->owner);
	int			note_index = bp_runs_free_note_index();
	bool		log_later;
	BpTaskError error;
	BpRun	   *run;

	if (role == NULL)
	{
		bp_error_set(&error, ERRCODE_UNDEFINED_OBJECT,
					 "the role that enqueued the task does not exist any more",
					 NULL, NULL);
		(void) bp_log_writer_end_task(task, BP_TASK_FAILED, &error);
		return false;
	}
	task->attempt++;
	task->started_at = GetCurrentTimestamp();
	task->published = false;
	task->made = false;
	task->unsafe = false;
	strlcpy(task->role, role, NAMEDATALEN);
	strlcpy(task->repository, bp_repo_root(bp_setting_repository), MAXPGPATH);
	if (task->kind == BP_KIND_BACKUP)
		sched_name_archive(task);
	if (!bp_log_writer_start_task(task, note_index, &log_later))
	{
		/* the log can't be written now: the task stays queued */
		task->attempt--;
		task->started_at = 0;
		return false;
	}
	if (!task->logged && !bp_shared->standby)
	{
		bp_error_set(&error, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
					 psprintf("extension \"backup_pool\" is not installed in database \"%s\"",
							  bp_setting_database),
					 "The task log is kept in that database.",
					 psprintf("Execute CREATE EXTENSION backup_pool in database \"%s\", or set \"backup_pool.database\".",
							  bp_setting_database));
		(void) bp_log_writer_end_task(task, BP_TASK_FAILED, &error);
		return false;
	}

	run = bp_run_start(task);
	bp_scratch_start(run);
	run->note_index = note_index;
	if (log_later)
		run->log_start_at = TimestampTzPlusMilliseconds(task->started_at,
														BP_LOG_START_MS);
	bp_worker_set_task_state(task, BP_TASK_RUNNING);
	if (task->kind != BP_KIND_BACKUP)
		strlcpy(task->archive, run->options->archive ?
				run->options->archive : "", BP_ARCHIVE_LEN);
	bp_runs_add(run);
	return true;
}

/*
 * Handle tasks that were cancelled since the last turn.  A running one is
 * stopped; a queued one stays in the list until its cancellation is logged
 * (bp_log_batch_write).
 */
static void
sched_cancels(void)
{
	BpTaskError error;
	BpTask	   *task;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	task = bp_task_next_cancel(NULL);
	LWLockRelease(bp_shared->lock);
	if (task == NULL)
		return;
	bp_error_set(&error, ERRCODE_QUERY_CANCELED,
				 "task was cancelled on request", NULL, NULL);
	while (task != NULL)
	{
		BpTask	   *next;
		bool		running;

		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		next = bp_task_next_cancel(task);
		running = task->state == BP_TASK_RUNNING;
		if (running)
			bp_task_cancel_seen(task);
		else
			task->error = error;
		LWLockRelease(bp_shared->lock);
		if (running && bp_runs_of(task) != NULL)
			bp_run_stop(bp_runs_of(task), BP_TASK_CANCELLED, &error);
		task = next;
	}
}

/* Let a run go on.  An error fails this run, and no other. */
static void
sched_advance(BpRun *run, TimestampTz now)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		bp_run_advance(run, now);
	}
	PG_CATCH();
	{
		bp_run_caught(caller, run);
	}
	PG_END_TRY();
}

static bool
sched_try_start(BpTask *task)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool started = false;

	PG_TRY();
	{
		started = sched_start(task);
	}
	PG_CATCH();
	{
		BpTaskError error;

		bp_worker_caught_error(caller, &error);
		/* another session has locked pg_authid: the task stays queued */
		if (task->started_at == 0 &&
			bp_error_is(&error, ERRCODE_LOCK_NOT_AVAILABLE))
			bp_log_writer_pause();
		else
			(void) bp_log_writer_end_task(task, BP_TASK_FAILED, &error);
	}
	PG_END_TRY();
	return started;
}

void
bp_sched_turn(TimestampTz now)
{
	ListCell   *lc;
	BpTask	   *task;
	bool		was_wanted;

	if (bp_recover_is_due(now))
		bp_recover_again();
	sched_cancels();
	bp_leftovers_retry(now);

	/* the runs go on, in order of their start */
	foreach(lc, bp_runs_all())
	{
		BpRun	   *run = lfirst(lc);

		if (run->step != BP_STEP_OVER)
			sched_advance(run, now);
		if (run->step == BP_STEP_OVER && !run->concluded)
			bp_run_conclude(run, now);
	}

	/* then new ones start, as long as a leader can be had */
	was_wanted = bp_pool_is_wanted();
	bp_pool_set_wanted(false);
	while ((task = sched_next()) != NULL)
	{
		if (bp_pool_is_shut() || now < bp_log_writer_paused_until() ||
			bp_recover_is_held_up())
			break;
		if (!bp_pool_has_room() ||
			bp_runs_active() >= bp_effective_max_connections())
		{
			bp_pool_set_wanted(true);
			break;
		}
		if (sched_try_start(task))
			sched_advance(llast(bp_runs_all()), now);
	}
	bp_log_batch_write(now);
	foreach(lc, bp_runs_all())
	{
		BpRun	   *run = lfirst(lc);

		if (run->step == BP_STEP_CONNECT && run->leader == NULL &&
			now >= run->retry_at)
			bp_pool_set_wanted(true);
	}
	/* runs that can give back connections do so in the next turn */
	if (bp_pool_is_wanted() && !was_wanted)
		bp_worker_wake();
}

TimestampTz
bp_sched_next_time(void)
{
	TimestampTz next = bp_recover_next_time();
	TimestampTz pause = bp_log_writer_paused_until();
	TimestampTz again = bp_leftovers_next_time();
	ListCell   *lc;

	if (pause > GetCurrentTimestamp() && (next == 0 || pause < next))
		next = pause;
	if (again != 0 && (next == 0 || again < next))
		next = again;
	foreach(lc, bp_runs_all())
	{
		BpRun	   *run = lfirst(lc);
		TimestampTz t = bp_run_next_time(run);

		if (t != 0 && (next == 0 || t < next))
			next = t;
		t = run->log_start_at;
		if (t != 0 && t > pause && (next == 0 || t < next))
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
