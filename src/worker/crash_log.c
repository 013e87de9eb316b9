/*-------------------------------------------------------------------------
 *
 * crash_log.c
 *	  What a crash of the server kept from the task log.
 *
 * For the sake of speed not all that the worker knows is synced into the log
 * at once (log_writer.c).  After a crash it may have a backup as queued that was
 * begun, of which there is a note (start_note.c), or as unfinished one that had
 * succeeded, of which there is the archive: complete, with the task's number
 * in its name, and in its manifest.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/crash_log.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "archive/manifest.h"
#include "archive/repo.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "shared/settings.h"
#include "shared/slots.h"
#include "shared/tasklog.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "worker/crash_log.h"
#include "worker/start_note.h"

typedef struct BpAdoption
{
	BpLogOpen  *open;			/* in order of id */
	int			nopen;
	List	   *found;			/* of index into open */
	List	   *names;			/* of the archives, one for each */
	List	   *paths;
} BpAdoption;

static int
log_open_compare(const void *key, const void *elem)
{
	int64		a = *(const int64 *) key;
	int64		b = ((const BpLogOpen *) elem)->id;

	return a < b ? -1 : a > b ? 1 : 0;
}

/* Is that the archive of a task that the log has as unfinished? */
static void
adopt_look(void *arg, const char *name, const char *path)
{
	BpAdoption *a = arg;
	const char *dash = strrchr(name, '-');
	int64		id = dash ? strtoll(dash + 1, NULL, 10) : 0;
	BpLogOpen  *open;

	if (id <= 0)
		return;
	open = bsearch(&id, a->open, a->nopen, sizeof(BpLogOpen),
				   log_open_compare);
	if (open == NULL)
		return;
	a->found = lappend_int(a->found, (int) (open - a->open));
	a->names = lappend(a->names, pstrdup(name));
	a->paths = lappend(a->paths, pstrdup(path));
}

/*
 * Its manifest decides.  An archive of a task with the same number may be
 * from another cluster, or from before this one was set back in time.
 */
static BpManifest *
adopt_manifest(const BpLogOpen *open, const char *path)
{
	MemoryContext caller = CurrentMemoryContext;
	BpManifest *m = NULL;

	PG_TRY();
	{
		m = bp_manifest_read(path, false, true);
	}
	PG_CATCH();
	{
		/* then the backup is made again */
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		m = NULL;
	}
	PG_END_TRY();
	if (m == NULL || m->task != open->id ||
		m->database == NULL || strcmp(m->database, open->database) != 0 ||
		m->system_identifier == NULL ||
		strcmp(m->system_identifier,
			   psprintf(UINT64_FORMAT, GetSystemIdentifier())) != 0 ||
		m->started_at < open->enqueued_at)
		return NULL;
	return m;
}

/* Has it begun again, or does it still run, in this worker? */
static bool
adopt_is_known(int64 id)
{
	bool		known;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	known = bp_task_find(id) != NULL;
	LWLockRelease(bp_shared->lock);
	return known;
}

static void
adopt_found(void)
{
	const char *root = bp_repo_root(bp_setting_repository);
	BpAdoption	a = {0};
	ListCell   *found;
	ListCell   *name;
	ListCell   *path;

	a.open = bp_log_open_backups(&a.nopen);
	if (a.nopen == 0)
		return;
	/* what is missing elsewhere may be not mounted, here it is not made yet */
	if (path_is_prefix_of_path(DataDir, root) && access(root, F_OK) < 0 &&
		errno == ENOENT)
		return;
	bp_repo_list(root, true, adopt_look, &a);
	forthree(found, a.found, name, a.names, path, a.paths)
	{
		BpLogOpen  *open = &a.open[lfirst_int(found)];
		BpManifest *m = adopt_is_known(open->id) ? NULL :
			adopt_manifest(open, lfirst(path));

		if (m != NULL)
			bp_log_succeeded(open->id, m->started_at, m->finished_at,
							 lfirst(name), m->tables, m->rows);
	}
}

void
bp_adopt_notes(void)
{
	MemoryContext caller = CurrentMemoryContext;
	bool		exists;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	exists = bp_log_exists();
	if (exists)
	{
		int			n;
		BpBegun    *notes = bp_begun_read(&n);

		for (int i = 0; i < n; i++)
			bp_log_begun(notes[i].id, notes[i].attempt, notes[i].started_at);
		ForceSyncCommit();
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	if (exists)
		bp_begun_clear();
}

void
bp_adopt_archives(void)
{
	MemoryContext caller = CurrentMemoryContext;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (bp_log_exists())
	{
		adopt_found();
		ForceSyncCommit();
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->log_settled = true;
	LWLockRelease(bp_shared->lock);
}
