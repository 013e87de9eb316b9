/*-------------------------------------------------------------------------
 *
 * recover_task.h
 *	  What becomes of one task after a restart.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/recover_task.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RECOVER_TASK_H
#define BP_WORKER_RECOVER_TASK_H

#include "nodes/pg_list.h"
#include "shared/tasklog.h"

/*
 * Fills a RESERVED slot from a row of the log.  Raises out_of_memory if the
 * task's options have no room in shared memory.
 */
extern void bp_recover_fill(BpTask *task, const BpLogRow *row);

/*
 * A task was running when the server or the worker went down, and its slot is
 * RUNNING: it is queued again, or ends.  False if the log can't be written
 * now; then the slot stays RUNNING, and this has to be called again.
 */
extern bool bp_recover_task(BpTask *task);

#endif							/* BP_WORKER_RECOVER_TASK_H */
