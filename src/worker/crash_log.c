/*-------------------------------------------------------------------------
 *
 * crash_log.c
 *	  Brings the task log up to date after a crash of the server.
 *
 * To be fast, the worker does not sync all that it writes into the log
 * (log_writer.c), so a crash may lose some of it.  After a crash the log may
 * say that a backup is queued although it was started: a note in a file shows
 * that (start_note.c).  Or the log may say that a backup is unfinished
 * although it had succeeded: its complete archive shows that, with the task's
 * id in its name and its manifest.
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
#include "archive/manifest_read.h"
#include "archive/repo_list.h"
#include "archive/repo_name.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "shared/settings.h"
#include "shared/slots.h"
#include "shared/tasklog.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "worker/crash_log.h"
#include "worker/start_note.h"

typedef struct BpArchiveSearch
{
	BpLogOpen  *open;			/* unfinished backups, in order of id */
	int			nopen;
	/* archives that were found: three lists of the same length */
	List	   *found;			/* index into open */
	List	   *names;			/* name of the archive */
	List	   *paths;			/* its directory */
} BpArchiveSearch;

static int
log_open_compare(const void *key, const void *elem)
{
	int64		a = *(const int64 *) key;
	int64		b = ((const BpLogOpen *) elem)->id;

	return a < b ? -1 : a > b ? 1 : 0;
}

/*
 * For bp_repo_list: keep an archive whose name contains the id of an
 * unfinished task.
 */
static void
collect_archive(void *arg, const char *name, const char *path)
{
	BpArchiveSearch *a = arg;
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
 * The manifest if it belongs to that task, else NULL.  A task with the same id
 * may have made the archive in another cluster, or in this cluster before it
 * was restored to an earlier state.
 */
static BpManifest *
read_matching_manifest(const BpLogOpen *open, const char *path)
{
	MemoryContext caller = CurrentMemoryContext;
	BpManifest *m = NULL;

	PG_TRY();
	{
		m = bp_manifest_read(path, false, true);
	}
	PG_CATCH();
	{
		/*
		 * an archive that cannot be read does not count: the backup is made
		 * again
		 */
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

/* Does the task have a slot?  Then its state is known without the log. */
static bool
task_has_slot(int64 id)
{
	bool		known;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	known = bp_task_find(id) != NULL;
	LWLockRelease(bp_shared->lock);
	return known;
}

/* Log the success of unfinished backups whose archives are complete. */
static void
log_succeeded_backups(void)
{
	const char *root = bp_repo_root(bp_setting_repository);
	BpArchiveSearch a = {0};
	ListCell   *found;
	ListCell   *name;
	ListCell   *path;

	a.open = bp_log_open_backups(&a.nopen);
	if (a.nopen == 0)
		return;
	/*
	 * If the repository does not exist and its path is in the data directory,
	 * no backup was made yet.  A repository elsewhere may be on a file system
	 * that is not mounted, so bp_repo_list raises an error if it is missing.
	 */
	if (path_is_prefix_of_path(DataDir, root) && access(root, F_OK) < 0 &&
		errno == ENOENT)
		return;
	bp_repo_list(root, true, collect_archive, &a);
	forthree(found, a.found, name, a.names, path, a.paths)
	{
		BpLogOpen  *open = &a.open[lfirst_int(found)];
		BpManifest *m = task_has_slot(open->id) ? NULL :
			read_matching_manifest(open, lfirst(path));

		if (m != NULL)
			bp_log_succeeded(open->id, m->started_at, m->finished_at,
							 lfirst(name), m->tables, m->rows);
	}
}

void
bp_crash_log_apply_notes(void)
{
	MemoryContext caller = CurrentMemoryContext;
	bool		exists;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	exists = bp_log_exists();
	if (exists)
	{
		int			n;
		BpStartNote *notes = bp_start_note_read(&n);

		for (int i = 0; i < n; i++)
			bp_log_begun(notes[i].id, notes[i].attempt, notes[i].started_at);
		ForceSyncCommit();
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	if (exists)
		bp_start_note_clear();
}

void
bp_crash_log_apply_archives(void)
{
	MemoryContext caller = CurrentMemoryContext;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (bp_log_exists())
	{
		log_succeeded_backups();
		ForceSyncCommit();
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->log_settled = true;
	LWLockRelease(bp_shared->lock);
}
