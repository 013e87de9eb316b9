/*-------------------------------------------------------------------------
 *
 * scheduler.h
 *	  Which task runs when.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scheduler.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_SCHEDULER_H
#define BP_WORKER_SCHEDULER_H

#include "worker/run_turn.h"

/* One turn: cancels, starts, advances and ends tasks. */
extern void bp_sched_turn(TimestampTz now);

/* Is there a task that waits to be begun? */
extern bool bp_sched_has_queued(void);

/* The time of the next thing to do, or 0. */
extern TimestampTz bp_sched_next_time(void);

/* Ends all runs without a word in the log: the worker is about to exit. */
extern void bp_sched_abandon(void);

#endif							/* BP_WORKER_SCHEDULER_H */
