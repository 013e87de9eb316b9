/*-------------------------------------------------------------------------
 *
 * repo_list.c
 *	  Walking through the repository: listing archives, sweeping partial ones.
 *
 * Other sessions make and remove archives at the same time, so a directory that
 * is gone when we look at it is skipped.  Only names that backup_pool can have
 * given count; other files and directories in the repository are ignored.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/repo_list.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "archive/repo.h"
#include "archive/repo_list.h"
#include "archive/repo_name.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "storage/fd.h"

/* Called for each directory; path is absolute, name its last component. */
typedef void (*WalkFn) (void *arg, const char *path, const char *name);

typedef enum WalkWhat
{
	WALK_TOP,					/* it need not exist */
	WALK_SUB,					/* it need not exist, nor be readable */
	WALK_ALL					/* it must exist and be readable */
} WalkWhat;

/*
 * Raises a warning, not an error, for a directory that cannot be read, so that
 * the others are still listed.  Raises nothing if it does not exist any more
 * or is no longer a directory.
 */
static void
left_out(const char *path, const char *what)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return;
	ereport(WARNING,
			(errcode_for_file_access(),
			 errmsg("could not %s \"%s\": %m", what, path)));
}

/* Calls fn for each directory in dirname. */
static void
walk(const char *dirname, WalkWhat what, WalkFn fn, void *arg)
{
	DIR		   *dir = AllocateDir(dirname);
	struct dirent *de;

	if (dir == NULL && errno == ENOENT && what != WALK_ALL)
		return;
	if (dir == NULL && what == WALK_SUB)
	{
		left_out(dirname, "open directory");
		return;
	}
	while ((de = ReadDirExtended(dir, dirname,
								 what == WALK_SUB ? WARNING : ERROR)) != NULL)
	{
		struct stat st;
		char	   *path;

		CHECK_FOR_INTERRUPTS();
		if (de->d_name[0] == '.')
			continue;
		path = psprintf("%s/%s", dirname, de->d_name);
		if (lstat(path, &st) == 0)
		{
			if (S_ISDIR(st.st_mode))
				fn(arg, path, de->d_name);
		}
		else if (what == WALK_SUB)
			left_out(path, "stat");
		else if (errno != ENOENT)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not stat \"%s\": %m", path)));
		pfree(path);
	}
	FreeDir(dir);
}

/* ----------------------------------------------------------------
 *		complete archives
 * ----------------------------------------------------------------
 */

typedef struct ListState
{
	BpRepoListFn fn;
	void	   *arg;
	const char *database;
	bool		all;
} ListState;

static void
list_archive(void *arg, const char *path, const char *component)
{
	ListState  *state = (ListState *) arg;
	char	   *name = psprintf("%s/%s", state->database, component);

	if (bp_repo_valid_archive_name(name))
		state->fn(state->arg, name, path);
	pfree(name);
}

static void
list_database(void *arg, const char *path, const char *component)
{
	if (bp_repo_decode_name(component) == NULL)
		return;					/* for example lost+found */
	((ListState *) arg)->database = component;
	walk(path, ((ListState *) arg)->all ? WALK_ALL : WALK_SUB, list_archive,
		 arg);
}

void
bp_repo_list(const char *root, bool all, BpRepoListFn fn, void *arg)
{
	ListState	state = {fn, arg, NULL, all};

	walk(root, all ? WALK_ALL : WALK_TOP, list_database, &state);
}

/* ----------------------------------------------------------------
 *		partial archives
 * ----------------------------------------------------------------
 */

typedef struct SweepState
{
	const char *database;
	List	   *paths;			/* of the archives, without the suffix */
} SweepState;

static void
sweep_archive(void *arg, const char *path, const char *component)
{
	SweepState *state = (SweepState *) arg;
	size_t		len = strlen(component);
	size_t		suffix = strlen(BP_PARTIAL_SUFFIX);
	char	   *name;

	if (len <= suffix ||
		strcmp(component + len - suffix, BP_PARTIAL_SUFFIX) != 0)
		return;
	name = psprintf("%s/%.*s", state->database, (int) (len - suffix),
					component);
	if (bp_repo_valid_archive_name(name))
		state->paths = lappend(state->paths,
							   pnstrdup(path, strlen(path) - suffix));
	pfree(name);
}

static void
sweep_database(void *arg, const char *path, const char *component)
{
	if (bp_repo_decode_name(component) == NULL)
		return;
	((SweepState *) arg)->database = component;
	walk(path, WALK_SUB, sweep_archive, arg);
}

int
bp_repo_sweep(const char *root, BpRepoLeftFn left)
{
	SweepState	state = {NULL, NIL};
	ListCell   *lc;
	int			removed = 0;

	walk(root, WALK_TOP, sweep_database, &state);
	foreach(lc, state.paths)
	{
		char	   *path = lfirst(lc);
		char	   *partial = psprintf("%s%s", path, BP_PARTIAL_SUFFIX);

		if (bp_repo_remove_extended(partial, WARNING))
			removed++;
		else
			left(path);
		pfree(partial);
	}
	list_free_deep(state.paths);
	return removed;
}
