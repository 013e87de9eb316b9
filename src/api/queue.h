/*-------------------------------------------------------------------------
 *
 * queue.h
 *	  Enqueuing tasks as part of the caller's transaction.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/queue.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_API_QUEUE_H
#define BP_API_QUEUE_H

#include "shared/options.h"
#include "shared/task.h"

/* Registers the transaction callbacks; from _PG_init. */
extern void bp_queue_init(void);

/*
 * Reserves a slot and writes the log row; the task is queued at COMMIT.
 * Returns the task's id.  Raises configuration_limit_exceeded when all slots
 * are in use, and object_not_in_prerequisite_state without a worker.
 */
extern int64 bp_queue_add(BpTaskKind kind, const char *database,
						  const char *target, const BpOptions *options,
						  int priority);

/* The last task that this session enqueued and did not roll back, or 0. */
extern int64 bp_queue_last(void);

#endif							/* BP_API_QUEUE_H */
