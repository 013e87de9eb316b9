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

/* Registers the transaction callbacks; only from _PG_init. */
extern void bp_queue_init(void);

/*
 * Reserves a slot and, in the home database, writes the log row; the task is
 * queued at COMMIT.  Returns the task's id.  Raises
 * configuration_limit_exceeded when all slots are in use,
 * object_not_in_prerequisite_state if the worker is not ready within 10
 * seconds, program_limit_exceeded for options that are too long, and
 * read_only_sql_transaction.
 */
extern int64 bp_queue_add(BpTaskKind kind, const char *database,
						  const char *target, const BpOptions *options,
						  int priority);

/*
 * The id of the last task that this session enqueued and did not roll back; 0 if
 * there is none.
 */
extern int64 bp_queue_last(void);

#endif							/* BP_API_QUEUE_H */
