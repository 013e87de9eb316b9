/*-------------------------------------------------------------------------
 *
 * runs.h
 *	  The tasks that have a run, in order of arrival.
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
#include "worker/run_turn.h"

/* All of them, as a list of BpRun that is not the caller's to change. */
extern List *bp_runs_all(void);

/* How many of them are not concluded. */
extern int	bp_runs_active(void);

/* The run of a task, or NULL. */
extern BpRun *bp_runs_of(const BpTask *task);

/* The first place for a note (start_note.h) that no run has. */
extern int	bp_runs_place(void);

extern void bp_runs_add(BpRun *run);

/* Its slot knows what came of it, the log not yet. */
extern void bp_runs_concluded(BpRun *run);

/* The log knows, too: it is freed. */
extern void bp_runs_forget(BpRun *run);

#endif							/* BP_WORKER_RUNS_H */
