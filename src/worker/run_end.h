/*-------------------------------------------------------------------------
 *
 * run_end.h
 *	  The end of a run: its outcome becomes that of the task.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run_end.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RUN_END_H
#define BP_WORKER_RUN_END_H

#include "worker/run.h"

/*
 * For a run in step OVER that is not concluded: writes its outcome into the
 * slot, except for the state, removes what a failed backup has left, and gives
 * back all connections.  Does nothing yet, and sets run->log_at, if the server
 * may be going down; then it has to be called again.
 */
extern void bp_run_conclude(BpRun *run, TimestampTz now);

#endif							/* BP_WORKER_RUN_END_H */
