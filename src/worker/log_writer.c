/*-------------------------------------------------------------------------
 *
 * log_writer.c
 *	  The worker writes states of tasks into the log, durably where needed.
 *
 * What must survive a crash of the server, and how it does:
 *
 * - That a backup succeeded: by its archive, which is complete and synced,
 *	 tells by its name and manifest which task it is of, and is looked for when
 *	 the log has that task as unfinished (recover.c).  The commit need not be
 *	 synced.  Who removes the archive syncs the log first (api/archives.c).
 * - Any other outcome: by a synced commit.
 * - That a backup was begun: by a note in a file (start_note.c), and if it runs for
 *	 a while by a synced commit.
 * - That a restore was begun: by a synced commit, before it is.
 *
 * So a small backup costs one commit here, which waits for no disk.
 *
 * The outcome of a task is in the log before its slot says so: whoever was
 * waiting finds it there.  What the log cannot take, because somebody has
 * locked it, is tried again each second.
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
#include "worker/log_writer.h"
#include "worker/run.h"
#include "worker/start_note.h"

#define BP_JOURNAL_RETRY_MS	1000

static TimestampTz not_before = 0;	/* it could not be written */

TimestampTz
bp_journal_not_before(void)
{
	return not_before;
}

void
bp_journal_pause(void)
{
	not_before = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											 BP_JOURNAL_RETRY_MS);
}

/*
 * Write states into the log, in a transaction of our own.  synchronous_commit
 * is off in this process: what must be synced says so.
 */
BpLogResult
bp_journal_write(const BpLogEntry *entries, int n, bool sync)
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
		result = strcmp(error.sqlstate, "55P03") == 0 ?
			BP_LOG_BUSY : BP_LOG_FAILED;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return result;
}

/* One state, synced; false if it has to be tried again later. */
static bool
journal_one(BpTask *task, BpTaskState state)
{
	BpLogEntry	entry = {task, state};

	if (GetCurrentTimestamp() < not_before && !bp_shared->standby)
		return false;
	if (bp_journal_write(&entry, 1, true) == BP_LOGGED)
		return true;
	bp_journal_pause();
	return false;
}

void
bp_journal_settle(BpTask *task, BpTaskState state)
{
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_task_set_state(task, state);
	LWLockRelease(bp_shared->lock);
}

bool
bp_journal_reject(BpTask *task, BpTaskState state, const char *sqlstate,
				  const char *message, const char *detail, const char *hint)
{
	bp_task_error_set(&task->error, sqlstate, message, detail, hint);
	task->finished_at = GetCurrentTimestamp();
	/* what the log does not know would be begun again after a restart */
	if (!journal_one(task, state))
	{
		memset(&task->error, 0, sizeof(task->error));
		task->finished_at = 0;
		return false;
	}
	bp_journal_settle(task, state);
	return true;
}

bool
bp_journal_start(BpTask *task, int place, bool *later)
{
	*later = false;
	if (bp_shared->standby)
		return true;
	if (task->kind == BP_KIND_BACKUP && task->logged &&
		bp_begun_note(place, task->id, task->attempt, task->started_at))
	{
		*later = true;
		return true;
	}
	return journal_one(task, BP_TASK_RUNNING);
}
