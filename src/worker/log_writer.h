/*-------------------------------------------------------------------------
 *
 * log_writer.h
 *	  The worker writes states of tasks into the log, durably where needed.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/log_writer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_LOG_WRITER_H
#define BP_WORKER_LOG_WRITER_H

#include "shared/tasklog.h"

typedef enum BpLogResult
{
	BP_LOGGED = 0,
	BP_LOG_BUSY,				/* somebody has locked it, or so it was */
	BP_LOG_FAILED				/* for another reason */
} BpLogResult;

/*
 * Writes states in a transaction of its own, which is synced before this
 * returns, or not; the slots' states are not changed.  On a standby, and
 * without the extension, there is no log, and all is well.
 */
extern BpLogResult bp_journal_write(const BpLogEntry *entries, int n,
									bool sync);

/* After a failure: no further try before this time; and saying so. */
extern TimestampTz bp_journal_not_before(void);
extern void bp_journal_pause(void);

/* Moves a task's slot to a state. */
extern void bp_journal_settle(BpTask *task, BpTaskState state);

/*
 * A task that does not run, or not again, ends: into the log, synced, and its
 * slot.  False if the log can't be written now; the task is as it was then.
 */
extern bool bp_journal_reject(BpTask *task, BpTaskState state,
							  const char *sqlstate, const char *message,
							  const char *detail, const char *hint);

/*
 * Before anything is done it must be known, whatever happens, that the task
 * was begun.  False if that can't be said now; *later tells whether the log
 * is still to be told.  place is the run's (start_note.h).
 */
extern bool bp_journal_start(BpTask *task, int place, bool *later);

#endif							/* BP_WORKER_LOG_WRITER_H */
