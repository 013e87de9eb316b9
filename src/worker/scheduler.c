/*-------------------------------------------------------------------------
 *
 * scheduler.c
 *	  Which task runs when.
 *
 * Priority first, then order of arrival.  A task starts when a connection for
 * its leader can be had; since one connection is enough to finish, no task
 * waits for another while it holds any.  Tasks with several give back all but
 * one at their next unit when others wait for their first.
 *
 * What is over is logged (log_batch.c) after new tasks were started: they work
 * meanwhile.
 *
 * What must survive a crash of the server, and how it does, stands in
 * log_writer.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scheduler.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/repo.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/slots.h"
#include "utils/timestamp.h"
#include "worker/leftovers.h"
#include "worker/log_batch.h"
#include "worker/log_writer.h"
#include "worker/lookup.h"
#include "worker/main.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/run.h"
#include "worker/runs.h"
#include "worker/scheduler.h"

#define BP_LOG_START_MS	1000	/* then the log gets to know of a start */

static bool others_wait = false;

static BpTask *sched_next(void);
static bool sched_begin(BpTask *task);
static void sched_cancels(void);
static void sched_advance(BpRun *run, TimestampTz now);
static bool sched_try_begin(BpTask *task);

bool
bp_sched_others_wait(void)
{
	return others_wait;
}

static BpTask *
sched_next(void)
{
	BpTask	   *task;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	task = bp_task_first_queued();
	LWLockRelease(bp_shared->lock);
	return task;
}

bool
bp_sched_has_queued(void)
{
	return sched_next() != NULL;
}

/* The archive's name: when it was begun, and by which task. */
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

/* Start a queued task.  False if it was ended at once instead. */
static bool
sched_begin(BpTask *task)
{
	const char *role = bp_lookup_role_name(task->owner);
	int			place = bp_runs_place();
	bool		log_later;
	BpRun	   *run;

	if (role == NULL)
	{
		(void) bp_journal_reject(task, BP_TASK_FAILED, "42704",
								 "the role that enqueued the task does not exist any more",
								 NULL, NULL);
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
	if (!bp_journal_start(task, place, &log_later))
	{
		/* somebody has it locked: later */
		task->attempt--;
		task->started_at = 0;
		return false;
	}
	if (!task->logged && !bp_shared->standby)
	{
		(void) bp_journal_reject(task, BP_TASK_FAILED, "55000",
								 psprintf("extension \"backup_pool\" is not installed in database \"%s\"",
										  bp_setting_database),
								 "The task log is kept in that database.",
								 psprintf("CREATE EXTENSION backup_pool in database \"%s\", or set \"backup_pool.database\".",
										  bp_setting_database));
		return false;
	}

	run = bp_run_start(task);
	run->place = place;
	if (log_later)
		run->log_start_at = TimestampTzPlusMilliseconds(task->started_at,
														BP_LOG_START_MS);
	bp_journal_settle(task, BP_TASK_RUNNING);
	if (task->kind != BP_KIND_BACKUP)
		strlcpy(task->archive, run->options->archive ?
				run->options->archive : "", BP_ARCHIVE_LEN);
	bp_runs_add(run);
	return true;
}

/*
 * What was asked to be cancelled since last time: what runs is stopped, what
 * is queued stays in the list until it is logged (bp_outcome_write).
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
	bp_task_error_set(&error, "57014", "task was cancelled on request",
					  NULL, NULL);
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

/* What goes wrong in here with one task must not take the others along. */
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
		bp_worker_caught(caller, run);
	}
	PG_END_TRY();
}

static bool
sched_try_begin(BpTask *task)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool begun = false;

	PG_TRY();
	{
		begun = sched_begin(task);
	}
	PG_CATCH();
	{
		BpTaskError error;

		bp_worker_caught_error(caller, &error);
		/* somebody has pg_authid locked: later */
		if (task->started_at == 0 && strcmp(error.sqlstate, "55P03") == 0)
			bp_journal_pause();
		else
			(void) bp_journal_reject(task, BP_TASK_FAILED, error.sqlstate,
									 error.message, error.detail, error.hint);
	}
	PG_END_TRY();
	return begun;
}

void
bp_sched_turn(TimestampTz now)
{
	ListCell   *lc;
	BpTask	   *task;
	bool		waited;

	if (bp_recover_is_due(now))
		bp_recover_again();
	sched_cancels();
	bp_remove_again(now);

	/* what runs goes on, in order of arrival */
	foreach(lc, bp_runs_all())
	{
		BpRun	   *run = lfirst(lc);

		if (run->step != BP_STEP_OVER)
			sched_advance(run, now);
		if (run->step == BP_STEP_OVER && !run->concluded)
			bp_outcome_conclude(run, now);
	}

	/* then new ones, as long as a leader can be had */
	waited = others_wait;
	others_wait = false;
	while ((task = sched_next()) != NULL)
	{
		if (bp_pool_is_shut() || now < bp_journal_not_before() ||
			bp_recover_is_held_up())
			break;
		if (!bp_pool_has_room() ||
			bp_runs_active() >= bp_effective_max_connections())
		{
			others_wait = true;
			break;
		}
		if (sched_try_begin(task))
			sched_advance(llast(bp_runs_all()), now);
	}
	bp_outcome_write(now);
	foreach(lc, bp_runs_all())
	{
		BpRun	   *run = lfirst(lc);

		if (run->step == BP_STEP_CONNECT && run->leader == NULL &&
			now >= run->retry_at)
			others_wait = true;
	}
	/* those who have some to spare look at this in their next turn */
	if (others_wait && !waited)
		bp_worker_wake();
}

TimestampTz
bp_sched_next_time(void)
{
	TimestampTz next = bp_recover_next_time();
	TimestampTz pause = bp_journal_not_before();
	TimestampTz again = bp_remove_next_time();
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
