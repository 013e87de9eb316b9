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

#include "nodes/pg_list.h"
#include "shared/tasklog.h"

typedef enum BpLogResult
{
	BP_LOGGED = 0,
	BP_LOG_BUSY,				/* the log is or was locked */
	BP_LOG_FAILED				/* for another reason */
} BpLogResult;

/*
 * Writes states into the log in a transaction of its own, which is synced
 * before this returns if sync is true.  The states of the slots do not change.
 * On a standby, and without the extension, there is no log: does nothing and
 * returns BP_LOGGED.  Errors are reported to the server log, not raised.
 */
extern BpLogResult bp_log_writer_write(const BpLogEntry *entries, int n,
									   bool sync);

/*
 * bp_log_writer_pause notes that a write has failed, after which nothing is to
 * be written for a second.  bp_log_writer_paused_until returns the end of the
 * last such pause, which may be in the past.
 */
extern TimestampTz bp_log_writer_paused_until(void);
extern void bp_log_writer_pause(void);

/* Moves a task's slot to a state, under the lock. */
extern void bp_worker_set_task_state(BpTask *task, BpTaskState state);

/*
 * Ends a task that has no run: writes the state and the error (NULL: none)
 * into the log, synced, then into the slot.  False if the log can't be written
 * now; then the slot has its old state and no error.
 */
extern bool bp_log_writer_end_task(BpTask *task, BpTaskState state,
								   const BpTaskError *error);

/*
 * Records, before anything is done for a task, that it is started, so that a
 * crash cannot hide it.  Returns false if that can't be done now.  *later is
 * set if the start is only noted in a file, and has to be logged if the task
 * runs for a while.  note_index is the run's index in that file
 * (start_note.h).
 */
extern bool bp_log_writer_start_task(BpTask *task, int note_index,
									 bool *later);

#endif							/* BP_WORKER_LOG_WRITER_H */
