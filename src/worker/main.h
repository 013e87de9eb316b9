/*-------------------------------------------------------------------------
 *
 * main.h
 *	  The background worker.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/main.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_MAIN_H
#define BP_WORKER_MAIN_H

/* Registers it with the postmaster; from _PG_init. */
extern void bp_worker_register(void);

extern PGDLLEXPORT void bp_worker_main(Datum arg);

/* Does the postmaster wait for sessions to end (a smart shutdown)? */
extern bool bp_worker_is_stopping(void);

#endif							/* BP_WORKER_MAIN_H */
