/*-------------------------------------------------------------------------
 *
 * start_note.h
 *	  Notes of backups that were started, for the worker after a crash.
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

/* One entry of the file, in the format of this machine. */
typedef struct BpStartNote
{
	int64		id;				/* of the task; 0: the entry is empty */
	TimestampTz started_at;
	int32		attempt;
	uint32		magic;
} BpStartNote;

/*
 * Records the start of a task in the entry with that index (from 0), which no
 * running task may use.  False if the file can't be written, which is reported
 * once; then the start has to be in the log, synced.
 */
extern bool bp_start_note_write(int index, int64 id, int attempt,
								TimestampTz started_at);

/*
 * Returns all notes as an array in CurrentMemoryContext; *n is their number, 0
 * if the file can't be read.
 */
extern BpStartNote *bp_start_note_read(int *n);

/* Empties the file. */
extern void bp_start_note_clear(void);

#endif							/* BP_WORKER_START_NOTE_H */
