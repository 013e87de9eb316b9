/*-------------------------------------------------------------------------
 *
 * scratch.c
 *	  The scratch database of a verification, as its run sees it.
 *
 * verify(level => 'restore') restores the archive into a database of its own,
 * and drops it at the end, also after an error.
 *
 * A crash may leave the scratch database behind.  The task is then started
 * again, and drops that database before the restore; a task that was started
 * too often only drops it.  So a run comes to step DROP twice: before the
 * restore, when usually there is nothing to drop, and after it.
 *
 * The databases are made and dropped by the leader's backend, in the home
 * database, by steps "database" and "drop" (verify/scratch.c).
 *
 * A failed restore drops the database that it has made over the same step.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scratch.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "shared/settings.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "worker/conn_state.h"
#include "worker/error.h"
#include "worker/leader.h"
#include "worker/made_database.h"
#include "worker/pool.h"
#include "worker/scratch.h"

static void scratch_end(BpRun *run, const BpTaskError *error);
static void scratch_send_made(BpRun *run);

void
bp_scratch_start(BpRun *run)
{
	BpTask	   *task = run->task;

	if (task->kind != BP_KIND_VERIFY || RecoveryInProgress() ||
		run->options->level != BP_VERIFY_RESTORE ||
		task->attempt <= bp_setting_max_attempts)
		return;
	run->outcome = BP_TASK_FAILED;
	bp_error_set(&run->error, ERRCODE_CRASH_SHUTDOWN,
				 "the verification was interrupted by a restart too often",
				 NULL, "See \"backup_pool.max_attempts\".");
	run->scratch = true;
	run->step = BP_STEP_DROP;
}

bool
bp_scratch_is_wanted(const BpRun *run)
{
	return run->options->level == BP_VERIFY_RESTORE;
}

void
bp_scratch_advance(BpRun *run, TimestampTz now)
{
	BpTask	   *task = run->task;
	BpConn	   *conn;

	if (run->leader != NULL || now < run->retry_at)
		return;
	switch (bp_pool_acquire(bp_setting_database, task->role, task->owner, run,
							&conn))
	{
		case BP_ACQUIRE_WAIT:
			return;
		case BP_ACQUIRE_OPENING:
			bp_conn_set_work(conn, task->id, "connecting");
			break;
		case BP_ACQUIRE_READY:
			run->leader_ready = true;
			break;
	}
	run->leader = conn;
	run->nconns++;
	task->nconnections = run->nconns;
	if (run->leader_ready)
		bp_scratch_send(run);
}

/*
 * Drops the database that a failed restore has made; without FORCE, since
 * somebody may use it already.
 */
static void
scratch_send_made(BpRun *run)
{
	char		sql[NAMEDATALEN * 2 + 64];

	if (!bp_made_database_exists(run))
	{
		bp_run_release(run, run->leader);
		bp_run_set_step(run, BP_STEP_OVER);
		return;
	}
	snprintf(sql, sizeof(sql), "DROP DATABASE %s",
			 quote_identifier(bp_task_target_database(run->task)));
	bp_leader_send(run, sql, "DROP DATABASE");
}

void
bp_scratch_send(BpRun *run)
{
	run->retry_until = 0;
	if (run->task->kind == BP_KIND_RESTORE)
	{
		scratch_send_made(run);
		return;
	}
	run->task->phase = run->created ? BP_PHASE_CLEAN_UP :
		BP_PHASE_CREATE_DATABASE;
	bp_leader_send_step(run, "drop");
}

/*
 * End step DROP: if error is NULL, the database does not exist any more; else
 * error says why it could not be dropped.
 */
static void
scratch_end(BpRun *run, const BpTaskError *error)
{
	bool		before = !run->created && run->outcome == BP_TASK_SUCCEEDED;

	if (run->task->kind == BP_KIND_RESTORE)
		bp_made_database_dropped(run, error);
	else if (error != NULL)
	{
		ereport(WARNING,
				(errmsg("could not drop the scratch database of backup_pool verification " INT64_FORMAT ": %s",
						run->task->id, error->message),
				 run->task->scratch[0] == '\0' ? 0 :
				 errdetail("The database is \"%s\".", run->task->scratch),
				 errhint("Drop it when nothing uses it any more.")));
		if (run->outcome == BP_TASK_SUCCEEDED)
		{
			run->outcome = BP_TASK_FAILED;
			run->error = *error;
		}
		before = false;
	}
	if (before)
	{
		run->scratch = true;
		bp_run_set_step(run, BP_STEP_DATABASE);
		bp_leader_enter(run);
		return;
	}
	if (run->leader != NULL)
		bp_run_release(run, run->leader);
	bp_run_set_step(run, BP_STEP_OVER);
}

void
bp_scratch_done(BpRun *run, BpConn *conn)
{
	BpTaskError error = conn->error;

	scratch_end(run, error.sqlstate[0] != '\0' ? &error : NULL);
}

void
bp_scratch_lost(BpRun *run, const BpTaskError *error)
{
	TimestampTz now = GetCurrentTimestamp();

	if (run->retry_until == 0)
		run->retry_until =
			TimestampTzPlusMilliseconds(now, bp_setting_connect_timeout);
	run->retry_at = TimestampTzPlusMilliseconds(now, BP_RUN_RETRY_MS);
	if (now >= run->retry_until)
		scratch_end(run, error);
}
