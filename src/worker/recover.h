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
#ifndef BP_RECOVER_H
#define BP_RECOVER_H

#include "postgres.h"

/*
 * At the first call: ends sessions that a former worker left, sweeps partial
 * archives, revives slots.  At each: queues what the log has queued, begins
 * backups again, marks restores interrupted.
 */
extern void bp_recover(void);

/* The log holds more unfinished tasks than there were slots for. */
extern bool bp_recover_has_backlog(void);

#endif							/* BP_RECOVER_H */
