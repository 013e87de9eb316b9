/*-------------------------------------------------------------------------
 *
 * log_batch.h
 *	  What the worker has to log in one turn, in one transaction.
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

#include "datatype/timestamp.h"

/*
 * Logs what has to be logged now, and moves the slots of tasks that are over
 * to their final states.  If the log can't be written, it is tried again after
 * a pause (log_writer.h).  Raises no errors of the log.
 */
extern void bp_log_batch_write(TimestampTz now);

#endif							/* BP_WORKER_LOG_BATCH_H */
