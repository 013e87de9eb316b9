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

/* Moves a task's slot to a state. */
extern void bp_sched_settle(BpTask *task, BpTaskState state);

/* A task that does not run, or not again, ends: into the log and its slot. */
extern void bp_sched_reject(BpTask *task, BpTaskState state,
							const char *sqlstate, const char *message,
							const char *detail, const char *hint);

/* One turn: cancels, starts, advances and ends tasks. */
extern void bp_sched_turn(TimestampTz now);

/* The time of the next thing to do, or 0. */
extern TimestampTz bp_sched_next_time(void);

/* Ends all runs without a word in the log: the worker is about to exit. */
extern void bp_sched_abandon(void);

#endif							/* BP_SCHEDULER_H */
