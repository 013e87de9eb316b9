/*-------------------------------------------------------------------------
 *
 * log_writer.c
 *	  The worker writes states of tasks into the log, durably where needed.
 *
 * What must survive a crash of the server, and how it does:
 *
 * - A backup succeeded: its archive is the proof.  It is complete and synced,
 *	 its name and manifest tell its task, and the worker looks for it when the
 *	 log has that task as unfinished (crash_log.c).  So the commit need not be
 *	 synced.  drop_archive syncs the log before it removes the archive
 *	 (api/archives.c).
 * - A task ended in any other way: a synced commit.
 * - A backup was started: a note in a file (start_note.c), and a synced commit
 *	 if it runs for more than a second.
 * - A restore or verification was started: a synced commit before that.
 *
 * So a small backup costs the worker one commit, which waits for no disk.
 *
 * The final state of a task is in the log before it is in the slot: a session
 * that waits for the task finds it in the log.  If the log cannot be written,
 * because another session has locked it or for any other reason, the worker
 * tries again each second.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/log_writer.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "pgstat.h"
#include "shared/slots.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker/error.h"
#include "worker/log_writer.h"
#include "worker/start_note.h"

#define BP_LOG_RETRY_MS	1000

static TimestampTz paused_until = 0;	/* after a failed write */

TimestampTz
bp_log_writer_paused_until(void)
{
	return paused_until;
}

void
bp_log_writer_pause(void)
{
	paused_until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											   BP_LOG_RETRY_MS);
}

/* synchronous_commit is off in this process, so a sync has to be forced. */
BpLogResult
bp_log_writer_write(const BpLogEntry *entries, int n, bool sync)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile BpLogResult result = BP_LOGGED;

	if (n == 0 || bp_shared->standby)
		return BP_LOGGED;
	PG_TRY();
	{
		bool		exists;

		StartTransactionCommand();
		PushActiveSnapshot(GetTransactionSnapshot());
		exists = bp_log_exists();
		if (exists)
			bp_log_write(entries, n);
		PopActiveSnapshot();
		if (sync)
			ForceSyncCommit();
		CommitTransactionCommand();
		for (int i = 0; i < n; i++)
			entries[i].task->logged = exists;
		pgstat_report_stat(false);
	}
	PG_CATCH();
	{
		BpTaskError error;

		bp_worker_caught_error(caller, &error);
		result = bp_error_is(&error, ERRCODE_LOCK_NOT_AVAILABLE) ?
			BP_LOG_BUSY : BP_LOG_FAILED;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return result;
}

/*
 * Writes one state and syncs it.  Returns false if that has to be tried again
 * later.
 */
static bool
write_one_state(BpTask *task, BpTaskState state)
{
	BpLogEntry	entry = {task, state};

	if (GetCurrentTimestamp() < paused_until && !bp_shared->standby)
		return false;
	if (bp_log_writer_write(&entry, 1, true) == BP_LOGGED)
		return true;
	bp_log_writer_pause();
	return false;
}

void
bp_worker_set_task_state(BpTask *task, BpTaskState state)
{
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_task_set_state(task, state);
	LWLockRelease(bp_shared->lock);
}

bool
bp_log_writer_end_task(BpTask *task, BpTaskState state,
					   const BpTaskError *error)
{
	if (error != NULL)
		task->error = *error;
	else
		memset(&task->error, 0, sizeof(task->error));
	task->finished_at = GetCurrentTimestamp();
	/* write the log first: a restart starts again what is unfinished there */
	if (!write_one_state(task, state))
	{
		memset(&task->error, 0, sizeof(task->error));
		task->finished_at = 0;
		return false;
	}
	bp_worker_set_task_state(task, state);
	return true;
}

bool
bp_log_writer_start_task(BpTask *task, int note_index, bool *later)
{
	*later = false;
	if (bp_shared->standby)
		return true;
	if (task->kind == BP_KIND_BACKUP && task->logged &&
		bp_start_note_write(note_index, task->id, task->attempt,
							task->started_at))
	{
		*later = true;
		return true;
	}
	return write_one_state(task, BP_TASK_RUNNING);
}
