/*-------------------------------------------------------------------------
 *
 * leftovers.c
 *	  What a backup that did not succeed leaves in the repository.
 *
 * All of it is removed.  If that fails, for example because of the file system
 * error that ended the backup, the removal is tried again each second.  If
 * there is nothing to remove, but the repository is another directory than
 * during the backup, that counts as a failure, too: the file system with the
 * remains may be mounted again later.
 *
 * Only what the task itself has made is removed.  If another server uses the
 * same repository, or the clock was set back, there may already be an archive
 * of the same name.  The backup then fails, but that archive must not be
 * removed.
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

#define BP_LEFTOVERS_RETRY_MS	1000

typedef struct BpLeftover
{
	char	   *path;			/* of the archive, without ".partial" */
	bool		whole;			/* remove it under that name, too, not only
								 * as .partial */
	const char *root;			/* directory of the repository */
	uint64		made_in;		/* bp_repo_identity(root) during the backup;
								 * 0: unknown */
} BpLeftover;

static List *leftovers = NIL;	/* of BpLeftover that could not be removed */
static TimestampTz retry_leftovers_at = 0;	/* when to try again */

static bool remove_leftover(const BpLeftover *left, int elevel);
static void keep_leftover(const BpLeftover *left);

/*
 * Removes the archive, if it is there.  Returns false, after a report at
 * elevel, if the removal failed.
 */
static bool
remove_leftover(const BpLeftover *left, int elevel)
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
					 errmsg("directory \"%s\" is not the one that the backup was written to",
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
				 errhint("The removal is tried again until it succeeds.")));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return gone;
}

/* Remember the archive, to try the removal again later. */
static void
keep_leftover(const BpLeftover *left)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	BpLeftover *kept = palloc(sizeof(BpLeftover));

	kept->path = pstrdup(left->path);
	kept->whole = left->whole;
	kept->root = left->root != NULL ? pstrdup(left->root) : NULL;
	kept->made_in = left->made_in;
	leftovers = lappend(leftovers, kept);
	MemoryContextSwitchTo(old);
	retry_leftovers_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													 BP_LEFTOVERS_RETRY_MS);
}

bool
bp_leftovers_are_complete(const BpTask *task)
{
	char		path[MAXPGPATH + BP_ARCHIVE_LEN];

	snprintf(path, sizeof(path), "%s/%s", task->repository, task->archive);
	return task->made && !task->unsafe &&
		task->repository[0] != '\0' && task->archive[0] != '\0' &&
		access(path, F_OK) == 0;
}

void
bp_leftovers_remove(const BpTask *task)
{
	BpLeftover	left;

	if (!task->made)
		return;
	left.path = bp_repo_archive_path(task->repository, task->archive);
	left.whole = task->unsafe;
	left.root = task->repository;
	left.made_in = task->made_in;
	if (remove_leftover(&left, WARNING))
		return;
	keep_leftover(&left);
}

void
bp_leftovers_add(const char *path)
{
	BpLeftover	left = {.path = unconstify(char *, path)};

	keep_leftover(&left);
}

void
bp_leftovers_retry(TimestampTz now)
{
	ListCell   *lc;

	if (leftovers == NIL || now < retry_leftovers_at)
		return;
	foreach(lc, leftovers)
	{
		BpLeftover *left = lfirst(lc);

		if (!remove_leftover(left, DEBUG1))
			continue;
		leftovers = foreach_delete_current(leftovers, lc);
		pfree(left->path);
		if (left->root != NULL)
			pfree(unconstify(char *, left->root));
		pfree(left);
	}
	retry_leftovers_at = TimestampTzPlusMilliseconds(now,
													 BP_LEFTOVERS_RETRY_MS);
}

TimestampTz
bp_leftovers_next_time(void)
{
	return leftovers != NIL ? retry_leftovers_at : 0;
}
