/*-------------------------------------------------------------------------
 *
 * runs.c
 *	  The list of runs, in order of their start.
 *
 * A run is in the list until its outcome is in the task log.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/runs.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "worker/run.h"
#include "worker/runs.h"

static List *runs = NIL;		/* of BpRun */
static int	nactive = 0;		/* runs that are not concluded */

List *
bp_runs_all(void)
{
	return runs;
}

int
bp_runs_active(void)
{
	return nactive;
}

void
bp_runs_add(BpRun *run)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	runs = lappend(runs, run);
	MemoryContextSwitchTo(old);
	nactive++;
}

void
bp_runs_concluded(BpRun *run)
{
	run->concluded = true;
	nactive--;
}

void
bp_runs_forget(BpRun *run)
{
	runs = list_delete_ptr(runs, run);
	bp_run_free(run);
}

BpRun *
bp_runs_of(const BpTask *task)
{
	ListCell   *lc;

	foreach(lc, runs)
		if (((BpRun *) lfirst(lc))->task == task)
			return lfirst(lc);
	return NULL;
}

int
bp_runs_free_note_index(void)
{
	for (int index = 0;; index++)
	{
		ListCell   *lc;
		bool		taken = false;

		foreach(lc, runs)
			taken |= ((BpRun *) lfirst(lc))->note_index == index;
		if (!taken)
			return index;
	}
}
