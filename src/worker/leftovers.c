/*-------------------------------------------------------------------------
 *
 * leftovers.c
 *	  What a backup that did not succeed leaves in the repository.
 *
 * Nothing of it may stay.  What was wrong with the file system may be in the
 * way of that, too: then it is tried again each second.  That nothing is there
 * is no proof as long as the repository is another directory than it was: its
 * file system may be mounted again.
 *
 * Only what the task itself has made is touched.  Another server that uses
 * the same repository, or a clock that was set back, may have an archive of
 * the same name there already: that is why the backup failed, and no reason
 * to remove it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/leftovers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "archive/repo.h"
#include "archive/repo_name.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "worker/leftovers.h"

#define BP_REMOVE_AGAIN_MS	1000

typedef struct BpLeft
{
	char	   *path;			/* of the archive, as if it were complete */
	bool		whole;			/* it may have that name, and must lose it */
	const char *root;			/* of the repository, */
	uint64		made_in;		/* and its identity then; 0: unknown */
} BpLeft;

static List *left_dirs = NIL;		/* what could not be removed */
static TimestampTz again_at = 0; /* when to try again */

static bool try_remove(const BpLeft *left, int elevel);
static void left_keep(const BpLeft *left);

/* Removes it, if it is there.  False if that can't be done now. */
static bool
try_remove(const BpLeft *left, int elevel)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool gone = true;

	PG_TRY();
	{
		char	   *partial = psprintf("%s%s", left->path, BP_PARTIAL_SUFFIX);

		if (left->whole && access(left->path, F_OK) == 0)
			bp_repo_remove(left->path);
		else if (access(partial, F_OK) == 0 ||
				 (errno != ENOENT && errno != ENOTDIR))
			bp_repo_remove(partial);
		else if (left->made_in != 0 &&
				 bp_repo_identity(left->root) != left->made_in)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FILE),
					 errmsg("directory \"%s\" is not the one it was made in",
							left->root)));
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(caller);
		edata = CopyErrorData();
		FlushErrorState();
		gone = false;
		ereport(elevel,
				(errcode(edata->sqlerrcode),
				 errmsg("could not remove what is left of archive \"%s\": %s",
						left->path, edata->message),
				 errhint("It will be tried again until it succeeds.")));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return gone;
}

/* To be tried again */
static void
left_keep(const BpLeft *left)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	BpLeft	   *kept = palloc(sizeof(BpLeft));

	kept->path = pstrdup(left->path);
	kept->whole = left->whole;
	kept->root = left->root != NULL ? pstrdup(left->root) : NULL;
	kept->made_in = left->made_in;
	left_dirs = lappend(left_dirs, kept);
	MemoryContextSwitchTo(old);
	again_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
										   BP_REMOVE_AGAIN_MS);
}

void
bp_remove_archive(const BpTask *task)
{
	BpLeft		left;

	if (!task->made)
		return;
	left.path = bp_repo_archive_path(task->repository, task->archive);
	left.whole = task->unsafe;
	left.root = task->repository;
	left.made_in = task->made_in;
	if (try_remove(&left, WARNING))
		return;
	left_keep(&left);
}

void
bp_remove_later(const char *path)
{
	BpLeft		left = {.path = unconstify(char *, path)};

	left_keep(&left);
}

void
bp_remove_again(TimestampTz now)
{
	ListCell   *lc;

	if (left_dirs == NIL || now < again_at)
		return;
	foreach(lc, left_dirs)
	{
		BpLeft	   *left = lfirst(lc);

		if (!try_remove(left, DEBUG1))
			continue;
		left_dirs = foreach_delete_current(left_dirs, lc);
		pfree(left->path);
		if (left->root != NULL)
			pfree(unconstify(char *, left->root));
		pfree(left);
	}
	again_at = TimestampTzPlusMilliseconds(now, BP_REMOVE_AGAIN_MS);
}

TimestampTz
bp_remove_next_time(void)
{
	return left_dirs != NIL ? again_at : 0;
}
