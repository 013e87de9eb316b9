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

/* Registers the worker with the postmaster; called by _PG_init. */
extern void bp_worker_register(void);

/* Its main function, which the postmaster looks up by this name. */
extern PGDLLEXPORT void bp_worker_main(Datum arg);

#endif							/* BP_WORKER_MAIN_H */
