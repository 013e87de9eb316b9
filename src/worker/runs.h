/*-------------------------------------------------------------------------
 *
 * runs.h
 *	  The list of runs, in order of their start.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/runs.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RUNS_H
#define BP_WORKER_RUNS_H

#include "nodes/pg_list.h"
#include "worker/run.h"

/* All runs, as a list of BpRun, which the caller must not change. */
extern List *bp_runs_all(void);

/* The number of runs that are not concluded. */
extern int	bp_runs_active(void);

/* The run of a task, or NULL. */
extern BpRun *bp_runs_of(const BpTask *task);

/* The first index of a start note (start_note.h) that no run has. */
extern int	bp_runs_free_note_index(void);

/* Adds a run at the end. */
extern void bp_runs_add(BpRun *run);

/* Counts a run as concluded: its slot has the outcome, the log not yet. */
extern void bp_runs_concluded(BpRun *run);

/* Removes a run and frees it, when the log has its outcome, too. */
extern void bp_runs_forget(BpRun *run);

#endif							/* BP_WORKER_RUNS_H */
