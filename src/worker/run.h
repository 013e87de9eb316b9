/*-------------------------------------------------------------------------
 *
 * run.h
 *	  What a running task is made of: its step, its outcome, its connections.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RUN_H
#define BP_WORKER_RUN_H

#include "worker/run_turn.h"

#define BP_CANCEL_AGAIN_MS	500

/* Starts to run a queued task (its slot is RUNNING already). */
extern BpRun *bp_run_start(BpTask *task);

/* The only writer of the step. */
extern void bp_run_set_step(BpRun *run, BpStep step);

/* Ends it early; the first call decides. */
extern void bp_run_stop(BpRun *run, BpTaskState outcome,
						const BpTaskError *error);

/* The same, with BP_TASK_FAILED. */
extern void bp_run_fail(BpRun *run, const BpTaskError *error);

/* A connection of it, in use or not, is no longer its own. */
extern void bp_run_release(BpRun *run, BpConn *conn);

/*
 * In step STOP: all connections must come back, those at work are told to
 * cancel, again each BP_CANCEL_AGAIN_MS; -> OVER, DROP.
 */
extern void bp_run_stopping(BpRun *run, TimestampTz now);

/* Detaches the plan, which nobody needs any more. */
extern void bp_run_forget_plan(BpRun *run);

/* The database its units run in. */
extern const char *bp_run_database(const BpRun *run);

/* Gives back what it holds; the slot is not touched. */
extern void bp_run_free(BpRun *run);

/*
 * In a PG_CATCH block of the worker: reports the error, ends a transaction
 * that may be open, and goes on in the context given.  The first fills in
 * what happened; the second fails the run with it, if one is given.
 */
extern void bp_worker_caught_error(MemoryContext caller, BpTaskError *error);
extern void bp_worker_caught(MemoryContext caller, BpRun *run);

#endif							/* BP_WORKER_RUN_H */
