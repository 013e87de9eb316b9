/*-------------------------------------------------------------------------
 *
 * scheduler.h
 *	  Which task runs when, and what becomes of it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scheduler.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SCHEDULER_H
#define BP_SCHEDULER_H

#include "worker/run.h"

/* Is it a task that this worker runs? */
extern bool bp_sched_is_running(const BpTask *task);

/* Is the archive of the backup complete, whatever else went wrong? */
extern bool bp_sched_is_published(const BpTask *task);

/*
 * In a PG_CATCH block of the worker: reports the error, ends a transaction
 * that may be open, and goes on in the context given.  The first fills in
 * what happened; the second fails the run with it, if one is given.
 */
extern void bp_worker_caught_error(MemoryContext caller, BpTaskError *error);
extern void bp_worker_caught(MemoryContext caller, BpRun *run);

/* Is there any task that has a run? */
extern bool bp_sched_has_runs(void);

/* One turn: cancels, starts, advances and ends tasks. */
extern void bp_sched_turn(TimestampTz now);

/* The time of the next thing to do, or 0. */
extern TimestampTz bp_sched_next_time(void);

/* Ends all runs without a word in the log: the worker is about to exit. */
extern void bp_sched_abandon(void);

#endif							/* BP_SCHEDULER_H */
