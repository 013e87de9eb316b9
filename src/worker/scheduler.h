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

#include "datatype/timestamp.h"

/*
 * One turn: stops runs that were cancelled, lets runs go on, starts queued
 * tasks, writes the log.  Errors of one task fail that task.
 */
extern void bp_sched_turn(TimestampTz now);

/* The latest time of the next turn; 0: none is due. */
extern TimestampTz bp_sched_next_time(void);

/*
 * The worker exits: terminates the pooled backends that run a statement, and
 * logs nothing.
 */
extern void bp_sched_abandon(void);

#endif							/* BP_WORKER_SCHEDULER_H */
