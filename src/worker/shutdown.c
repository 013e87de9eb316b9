/*-------------------------------------------------------------------------
 *
 * shutdown.c
 *	  How the worker learns of a smart shutdown.
 *
 * The postmaster announces a smart shutdown to no process: it waits until all
 * sessions have ended by themselves.  Our idle connections are sessions, and
 * so are the connections of clients that wait for a task.  Neither would ever
 * end.  So the worker reads the status line of postmaster.pid each second, as
 * long as there is a connection, or a task that a client could wait for.
 *
 * When the postmaster is stopping, the pool is shut: idle connections are
 * closed, and no new ones are opened.  Clients that wait for a task without
 * connections get an error; clients whose task is still at work go on waiting.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/shutdown.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "shared/slots.h"
#include "storage/fd.h"
#include "utils/pidfile.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/runs.h"
#include "worker/shutdown.h"

/* Does the status line of postmaster.pid say that the server is stopping? */
static bool
postmaster_is_stopping(void)
{
	FILE	   *f = AllocateFile("postmaster.pid", "r");
	char		line[256];
	bool		stopping = false;
	int			n = 0;

	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL)
		if (++n == LOCK_FILE_LINE_PM_STATUS)
			stopping = strncmp(line, PM_STATUS_STOPPING,
							   strlen(PM_STATUS_STOPPING)) == 0;
	FreeFile(f);
	return stopping;
}

bool
bp_shutdown_is_under_way(void)
{
	if (bp_pool_is_shut())
		return true;
	if (!postmaster_is_stopping())
		return false;
	bp_pool_shut();
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->stopping = true;
	LWLockRelease(bp_shared->lock);
	for (int i = 0; i < bp_shared->ntasks; i++)
		ConditionVariableBroadcast(&bp_shared->tasks[i].done);
	return true;
}

static bool
any_task_queued(void)
{
	bool		any;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	any = bp_slots_queued() > 0;
	LWLockRelease(bp_shared->lock);
	return any;
}

/*
 * A client may wait for any task that is queued or running.  It may also wait
 * for one that is only in the log: one that has no slot yet, or, on a standby,
 * one of the primary's.
 */
bool
bp_shutdown_must_look(void)
{
	if (bp_pool_is_shut())
		return false;
	return bp_pool_any_open() || bp_runs_all() != NIL ||
		bp_shared->standby || any_task_queued() ||
		bp_recover_is_unfinished();
}
