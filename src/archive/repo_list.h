/*-------------------------------------------------------------------------
 *
 * repo_list.h
 *	  Walking through the repository: listing archives, sweeping partial ones.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/repo_list.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_REPO_LIST_H
#define BP_ARCHIVE_REPO_LIST_H

/*
 * Called for each archive, with "DATABASE/ARCHIVE" and its absolute path; both
 * strings are valid until it returns.
 */
typedef void (*BpRepoListFn) (void *arg, const char *name, const char *path);

/*
 * Called for a partial archive that could not be removed, with the path that
 * it would have if it were complete.
 */
typedef void (*BpRepoLeftFn) (const char *path);

/*
 * Calls fn for each complete archive, in no order.  Files, and directories
 * without a valid name, are skipped.  A repository that does not exist yet
 * counts as empty, and for a directory in it that cannot be read a warning is
 * raised; with 'all' both are errors.  An archive may be removed before fn
 * looks into it.
 */
extern void bp_repo_list(const char *root, bool all, BpRepoListFn fn,
						 void *arg);

/*
 * Removes all partial archives, which crashes have left.  If a removal fails,
 * raises a warning and calls left.  Returns the count of archives removed.
 */
extern int	bp_repo_sweep(const char *root, BpRepoLeftFn left);

#endif							/* BP_ARCHIVE_REPO_LIST_H */
