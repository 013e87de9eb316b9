/*-------------------------------------------------------------------------
 *
 * run_turn.h
 *	  What drives a running task from step to step.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run_turn.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RUN_TURN_H
#define BP_WORKER_RUN_TURN_H

#include "worker/run.h"

/*
 * Does what the run can do now.  Called once in each turn of the worker, until
 * the step is OVER.  Raises any error, which fails the run.
 */
extern void bp_run_advance(BpRun *run, TimestampTz now);

/*
 * Something happened to one of its connections.  Raises any error, which fails
 * the run.
 */
extern void bp_run_conn_event(BpRun *run, BpConn *conn, BpConnEvent event);

/* The latest time of the next call of bp_run_advance; 0: none is due. */
extern TimestampTz bp_run_next_time(BpRun *run);

#endif							/* BP_WORKER_RUN_TURN_H */
