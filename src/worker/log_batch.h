/*-------------------------------------------------------------------------
 *
 * log_batch.h
 *	  What becomes of a task, and how the log gets to know.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/log_batch.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_LOG_BATCH_H
#define BP_WORKER_LOG_BATCH_H

#include "worker/run_turn.h"

/* Is the archive of the backup complete, whatever else went wrong? */
extern bool bp_outcome_is_published(const BpTask *task);

/*
 * A run that is over: what came of it gets into the slot, and its connections
 * are given back.  Its state has to wait for the log.
 */
extern void bp_outcome_conclude(BpRun *run, TimestampTz now);

/* Logs what is over, was cancelled, or has been running for a while. */
extern void bp_outcome_write(TimestampTz now);

#endif							/* BP_WORKER_LOG_BATCH_H */
