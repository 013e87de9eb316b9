/*-------------------------------------------------------------------------
 *
 * run.h
 *	  The state of a running task: its step, its connections, its outcome.
 *
 * A BpRun exists from the start of a task until its outcome is in the task
 * log.  Only the worker sees it; what others see is in the task's slot.
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

#include "lib/binaryheap.h"
#include "shared/options.h"
#include "shared/plan.h"
#include "shared/task.h"
#include "worker/conn.h"

#define BP_CANCEL_AGAIN_MS	500 /* send the cancel signal again */
#define BP_RUN_RETRY_MS		200 /* ask the pool for a connection again */

/*
 * What the task does now, and the steps that may follow.  Only bp_run_set_step
 * writes the step, except that bp_scratch_start may change the first one.
 */
typedef enum BpStep
{
	BP_STEP_CONNECT = 0,		/* get a connection for the leader; ->
								 * DATABASE, BEGIN, VERIFY, PLAN, COMPARE,
								 * STOP */
	BP_STEP_DATABASE,			/* restore: the leader writes the text of
								 * CREATE DATABASE; -> CREATE.  verify: it
								 * makes the scratch database; -> CONNECT */
	BP_STEP_CREATE,				/* restore: CREATE DATABASE; -> CONNECT */
	BP_STEP_BEGIN,				/* backup: locks, snapshot, definitions, plan;
								 * a small backup is complete after it; ->
								 * DEFINE, UNITS, OVER */
	BP_STEP_DEFINE,				/* backup: definitions by pg_dump, then the
								 * rest of BEGIN; -> UNITS, OVER */
	BP_STEP_VERIFY,				/* verify: plan of what to read; -> UNITS */
	BP_STEP_PLAN,				/* restore: -> UNITS */
	BP_STEP_COMPARE,			/* verify, after the restore: plan of what to
								 * compare; -> UNITS */
	BP_STEP_UNITS,				/* -> FINISH (backup, verify), OVER (restore),
								 * DROP (verify: files are read, a restore
								 * follows), CONNECT (verify: restored) */
	BP_STEP_FINISH,				/* backup: toc, manifest, publish, COMMIT; ->
								 * OVER.  verify: record; -> OVER, DROP */
	BP_STEP_STOP,				/* failed or cancelled, from any step before;
								 * -> OVER, DROP */
	BP_STEP_DROP,				/* verify: drop the scratch database, over a
								 * connection to the home database; ->
								 * DATABASE, OVER.  restore: the same, of the
								 * database that the failed task has made; ->
								 * OVER */
	BP_STEP_OVER				/* has to be logged and freed */
} BpStep;

typedef struct BpRun
{
	BpTask	   *task;
	MemoryContext cxt;			/* all memory of the run */
	BpStep		step;
	TimestampTz step_since;
	BpOptions  *options;
	BpConn	   *leader;			/* NULL while there is none */
	bool		leader_ready;	/* the leader is HELD or BUSY */
	int			nconns;			/* connections, even if CONNECTING */
	int			note_index;		/* of its start note (start_note.h) */
	bool		making;			/* CREATE DATABASE was sent */
	bool		created;		/* this run has created the database */
	bool		restored;		/* verify: the scratch database is complete,
								 * and is to be compared */
	Oid			made;			/* restore: oid of that database */
	bool		scratch;		/* verify: there may be a scratch database,
								 * which has to be dropped */
	TimestampTz retry_at;		/* no new connection before it */
	TimestampTz retry_until;	/* from then on "too many connections" is an
								 * error; 0: not set */

	/* from step UNITS on; see units.c */
	BpPlan	   *plan;
	dsm_segment *plan_seg;
	binaryheap *ready;			/* units that may start, costliest first */
	int			running;		/* number of units that run */
	int			want;			/* number of connections worth having */
	bool		data_seen;		/* restore: pre-data is over */

	/* when to log that the task was started; 0: logged, or not needed */
	TimestampTz log_start_at;

	/* how it ends */
	BpTaskState outcome;
	BpTaskError error;			/* set unless outcome is SUCCEEDED */
	bool		concluded;		/* the slot has the outcome, but not yet the
								 * state */
	TimestampTz log_at;			/* do not log the outcome before */
} BpRun;

/*
 * Makes the run of a task that is about to start, in a memory context of its
 * own.  Raises an error if the task's options cannot be read.
 */
extern BpRun *bp_run_start(BpTask *task);

/* Sets the step; warns if it may not follow the current one. */
extern void bp_run_set_step(BpRun *run, BpStep step);

/*
 * Ends the run early, with that outcome and error (copied); -> STOP.  The
 * first call decides; later ones change nothing.
 */
extern void bp_run_stop(BpRun *run, BpTaskState outcome,
						const BpTaskError *error);

/* The same, with outcome BP_TASK_FAILED. */
extern void bp_run_fail(BpRun *run, const BpTaskError *error);

/*
 * For a PG_CATCH block: bp_worker_caught_error, then the run fails with that
 * error.
 */
extern void bp_run_caught(MemoryContext caller, BpRun *run);

/* Gives one of its connections, in any state, back to the pool. */
extern void bp_run_release(BpRun *run, BpConn *conn);

/*
 * In step STOP: gives back its connections that run no statement, and cancels
 * the statements of the others, again each BP_CANCEL_AGAIN_MS.  When no
 * connection is left: -> OVER or DROP.
 */
extern void bp_run_stopping(BpRun *run, TimestampTz now);

/* Detaches the plan and frees it in shared memory. */
extern void bp_run_forget_plan(BpRun *run);

/* The database that its units run in; valid until the next call. */
extern const char *bp_run_database(const BpRun *run);

/*
 * Frees the run and all that it holds.  In the slot only the plan is changed.
 */
extern void bp_run_free(BpRun *run);

#endif							/* BP_WORKER_RUN_H */
