/*-------------------------------------------------------------------------
 *
 * scratch.h
 *	  The scratch database of a verification, as its run sees it.
 *
 * The functions of run_turn.c that only this needs are declared here, too.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scratch.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_SCRATCH_H
#define BP_WORKER_SCRATCH_H

#include "worker/run_turn.h"

#define BP_RUN_RETRY_MS		200 /* ask for a connection again */

/* A new run: one that was begun too often has nothing to do but to drop. */
extern void bp_scratch_start(BpRun *run);

/* Files are read: is a restore to follow? */
extern bool bp_scratch_is_wanted(const BpRun *run);

/* In step DROP: get a connection, */
extern void bp_scratch_advance(BpRun *run, TimestampTz now);

/* it is there, */
extern void bp_scratch_send(BpRun *run);

/* its statement ended, well or not, */
extern void bp_scratch_done(BpRun *run, BpConn *conn);

/* or it was lost (and released already). */
extern void bp_scratch_lost(BpRun *run, const BpTaskError *error);

/* run_turn.c */
extern void bp_run_send(BpRun *run, BpConn *conn, const char *sql,
						const char *what);
extern void bp_run_enter(BpRun *run);

#endif							/* BP_WORKER_SCRATCH_H */
