/*-------------------------------------------------------------------------
 *
 * start_note.h
 *	  Which backups were begun, for the worker after a crash.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/start_note.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_START_NOTE_H
#define BP_WORKER_START_NOTE_H

#include "datatype/timestamp.h"

/* One place of the file; written as it is. */
typedef struct BpBegun
{
	int64		id;				/* of the task; 0: nothing here */
	TimestampTz started_at;
	int32		attempt;
	uint32		magic;
} BpBegun;

/*
 * Notes that a task is about to be begun, at a place (from 0) that no running
 * task has.  False if that can't be written, which is told in the log once;
 * then the log must say so, durably.
 */
extern bool bp_begun_note(int place, int64 id, int attempt,
						  TimestampTz started_at);

/* What was noted, an array in CurrentMemoryContext; and forgetting it. */
extern BpBegun *bp_begun_read(int *n);
extern void bp_begun_clear(void);

#endif							/* BP_WORKER_START_NOTE_H */
