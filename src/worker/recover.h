/*-------------------------------------------------------------------------
 *
 * recover.h
 *	  Taking stock after a start of the server or of the worker.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/recover.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RECOVER_H
#define BP_WORKER_RECOVER_H

#include "datatype/timestamp.h"

/*
 * At the start.  Ends sessions that a former worker
 * left, sweeps partial archives, revives slots; queues what the log has
 * queued, begins backups again, marks restores interrupted.
 */
extern void bp_recover(void);

/* The rest of it, when it is due. */
extern void bp_recover_again(void);

/*
 * To be called again: the log could not be read, or holds more unfinished
 * tasks than there were slots for, and there are some now, or this server was
 * promoted.
 */
extern bool bp_recover_is_due(TimestampTz now);

/* Nothing must be begun before the log has been read. */
extern bool bp_recover_is_held_up(void);

/* Are there tasks that are not over and that only the log knows of? */
extern bool bp_recover_is_unfinished(void);

/* When it will be due without anything happening, or 0. */
extern TimestampTz bp_recover_next_time(void);

#endif							/* BP_WORKER_RECOVER_H */
