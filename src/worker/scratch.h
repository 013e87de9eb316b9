/*-------------------------------------------------------------------------
 *
 * scratch.h
 *	  The scratch database of a verification, as its run sees it.
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

#include "worker/run.h"

/*
 * To be called when a run has just started: if the verification was started
 * too often, lets the run fail; it then only drops the scratch database.
 */
extern void bp_scratch_start(BpRun *run);

/* All files are read: does a restore into a scratch database follow? */
extern bool bp_scratch_is_wanted(const BpRun *run);

/* In step DROP: gets a connection to the home database for the leader. */
extern void bp_scratch_advance(BpRun *run, TimestampTz now);

/* In step DROP, the leader is connected: sends the step. */
extern void bp_scratch_send(BpRun *run);

/* In step DROP, the statement has ended; conn->error is set if it failed. */
extern void bp_scratch_done(BpRun *run, BpConn *conn);

/* In step DROP, the connection was lost; the caller has released it. */
extern void bp_scratch_lost(BpRun *run, const BpTaskError *error);

#endif							/* BP_WORKER_SCRATCH_H */
