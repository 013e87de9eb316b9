/*-------------------------------------------------------------------------
 *
 * repo.c
 *	  The repository: making, publishing and removing archives.
 *
 * REPOSITORY/DATABASE/ARCHIVE are plain directories.  The name alone says whether
 * an archive is complete: ARCHIVE.partial is being made or removed, or a crash
 * left it; an archive without the suffix is complete, since it gets its name by
 * one rename after everything in it was synced.  Removal begins with the opposite
 * rename, so that at no time does a listed archive lack a file.
 *
 * A failed fsync is an error here, not a panic: a backup is lost, not the
 * cluster's data.
 *
 * The root may be a symbolic link, since administrators move it to another disk.
 * Below it no symbolic link is followed.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/repo.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/file.h"
#include "archive/repo.h"
#include "archive/repo_name.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "storage/fd.h"

/* Files that stay open from the beginning of their sync to its end */
#define MAX_OPEN_TO_SYNC	16

/* The directory that a path is in, palloc'd. */
static char *
parent_of(const char *path)
{
	char	   *parent = pstrdup(path);

	get_parent_directory(parent);
	return parent;
}

/* ----------------------------------------------------------------
 *		making an archive
 * ----------------------------------------------------------------
 */

static void
sync_path(const char *path, bool isdir)
{
	if (fsync_fname_ext(path, isdir, false, ERROR) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not fsync \"%s\": %m", path)));
}

/* Makes a directory that may exist already. */
static void
make_directory(const char *path, bool follow)
{
	struct stat st;
	char	   *parent;

	if (MakePGDirectory(path) == 0)
	{
		PG_TRY();
		{
			parent = parent_of(path);
			sync_path(parent, true);
			pfree(parent);
		}
		PG_CATCH();
		{
			/* the next call would assume that an existing one is synced */
			(void) rmdir(path);
			PG_RE_THROW();
		}
		PG_END_TRY();
		return;
	}
	if (errno != EEXIST)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create directory \"%s\": %m", path),
				 errhint("The directory above it must exist, and the server must be allowed to write there.")));
	if ((follow ? stat(path, &st) : lstat(path, &st)) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat \"%s\": %m", path)));
	if (!S_ISDIR(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a directory", path)));
}

static void
must_not_exist(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_FILE),
				 errmsg("archive \"%s\" exists already", path)));
	if (errno != ENOENT)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat \"%s\": %m", path)));
}

char *
bp_repo_create_partial(const char *root, const char *name)
{
	char	   *path = bp_repo_archive_path(root, name);
	char	   *partial = bp_repo_partial_path(root, name);
	char	   *database = parent_of(path);

	make_directory(root, true);
	make_directory(database, false);
	must_not_exist(path);
	must_not_exist(partial);
	if (MakePGDirectory(partial) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create directory \"%s\": %m", partial)));
	pfree(database);
	pfree(path);
	return partial;
}

uint64
bp_repo_identity(const char *root)
{
	struct stat st;
	uint64		id[2];

	if (stat(root, &st) < 0)
		return 0;
	id[0] = (uint64) st.st_dev;
	id[1] = (uint64) st.st_ino;
	return hash_bytes_extended((const unsigned char *) id, sizeof(id), 0) | 1;
}

/*
 * Syncs all files of a directory, and the directory.  It first asks the system
 * to begin writing all of them, and then waits for each: most of what a file
 * system does for one it does for the others at the same time.  The first few
 * files stay open in between.
 */
static void
sync_directory(const char *dirname)
{
	DIR		   *dir = AllocateDir(dirname);
	struct dirent *de;
	List	   *paths = NIL;
	int			fds[MAX_OPEN_TO_SYNC];
	int			n = 0;
	ListCell   *lc;

	while ((de = ReadDir(dir, dirname)) != NULL)
	{
		char	   *path;
		int			fd;

		CHECK_FOR_INTERRUPTS();
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		path = psprintf("%s/%s", dirname, de->d_name);
		fd = bp_file_open_write(path);
		bp_file_begin_sync(fd, 0, 0);
		if (n < MAX_OPEN_TO_SYNC)
			fds[n++] = fd;
		else
			CloseTransientFile(fd);
		paths = lappend(paths, path);
	}
	FreeDir(dir);
	foreach(lc, paths)
	{
		const char *path = lfirst(lc);
		int			i = foreach_current_index(lc);
		int			fd = i < n ? fds[i] : bp_file_open_write(path);

		CHECK_FOR_INTERRUPTS();
		if (pg_fsync(fd) != 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not fsync file \"%s\": %m", path)));
		bp_file_close(fd, path);
	}
	list_free_deep(paths);
	sync_path(dirname, true);
}

char *
bp_repo_publish(const char *root, const char *name, bool *unsafe)
{
	char	   *path = bp_repo_archive_path(root, name);
	char	   *partial = bp_repo_partial_path(root, name);
	char	   *database = parent_of(path);

	sync_directory(partial);
	must_not_exist(path);
	if (rename(partial, path) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rename directory \"%s\" to \"%s\": %m",
						partial, path)));

	/*
	 * An archive with its final name counts as complete and safe
	 * (worker/leftovers.c).  If a crash may undo the renaming, rename it back.
	 */
	*unsafe = true;
	PG_TRY();
	{
		sync_path(database, true);
	}
	PG_CATCH();
	{
		if (rename(path, partial) == 0)
			*unsafe = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	*unsafe = false;
	pfree(database);
	pfree(partial);
	return path;
}

/* ----------------------------------------------------------------
 *		removing
 * ----------------------------------------------------------------
 */

static bool
not_removed(const char *path, int elevel)
{
	ereport(elevel,
			(errcode_for_file_access(),
			 errmsg("could not remove \"%s\": %m", path)));
	return false;
}

/* Syncs the parent directory after a removal, unless the parent is gone too. */
static void
sync_parent(const char *path, int elevel)
{
	char	   *parent = parent_of(path);

	if (access(parent, F_OK) == 0 || errno != ENOENT)
		(void) fsync_fname_ext(parent, true, false, elevel);
	pfree(parent);
}

/*
 * Lists the paths of all files in a directory; false after an error, or if
 * something in it is not a regular file.
 */
static bool
collect_files(const char *dirname, int elevel, List **files)
{
	DIR		   *dir = AllocateDir(dirname);
	struct dirent *de;
	bool		ok = true;

	*files = NIL;
	while (ok && (de = ReadDirExtended(dir, dirname, elevel)) != NULL)
	{
		struct stat st;
		char	   *path;

		CHECK_FOR_INTERRUPTS();
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		path = psprintf("%s/%s", dirname, de->d_name);
		if (lstat(path, &st) < 0)
			ok = errno == ENOENT || not_removed(path, elevel);
		else if (!S_ISREG(st.st_mode))
		{
			ereport(elevel,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("will not remove directory \"%s\"", dirname),
					 errdetail("\"%s\" in it is not a regular file, so it is not an archive of backup_pool.",
							   de->d_name)));
			ok = false;
		}
		else
			*files = lappend(*files, path);
	}
	if (dir != NULL)
		FreeDir(dir);
	return ok && dir != NULL;
}

/*
 * Gives a complete archive the name of a partial one; returns its new path, or
 * NULL.
 */
static char *
make_partial(const char *path, int elevel)
{
	char	   *partial;

	if (bp_repo_is_partial(path))
		return pstrdup(path);
	partial = psprintf("%s%s", path, BP_PARTIAL_SUFFIX);
	if (rename(path, partial) < 0)
	{
		ereport(elevel,
				(errcode_for_file_access(),
				 errmsg("could not rename directory \"%s\" to \"%s\": %m",
						path, partial)));
		return NULL;
	}
	sync_parent(path, elevel);
	return partial;
}

/* Removes files, by the names that these paths end in, from a partial archive. */
static bool
remove_files(const char *partial, List *files, int elevel)
{
	ListCell   *lc;

	foreach(lc, files)
	{
		const char *name = strrchr((char *) lfirst(lc), '/');
		char	   *file = psprintf("%s%s", partial, name);

		CHECK_FOR_INTERRUPTS();
		if (unlink(file) < 0 && errno != ENOENT)
			return not_removed(file, elevel);
		pfree(file);
	}
	list_free_deep(files);
	return true;
}

/*
 * Removes a partial archive that should be empty.  A verification may have
 * written its file into it after the others were collected.
 */
static bool
remove_directory(const char *partial, int elevel)
{
	List	   *files;

	if (rmdir(partial) == 0 || errno == ENOENT)
		return true;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return not_removed(partial, elevel);
	if (!collect_files(partial, elevel, &files) ||
		!remove_files(partial, files, elevel))
		return false;
	if (rmdir(partial) < 0 && errno != ENOENT)
		return not_removed(partial, elevel);
	return true;
}

bool
bp_repo_remove_extended(const char *path, int elevel)
{
	struct stat st;
	List	   *files;
	char	   *partial;

	if (lstat(path, &st) < 0)
		return not_removed(path, elevel);
	if (!S_ISDIR(st.st_mode))
	{
		ereport(elevel,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a directory", path),
				 errdetail("Symbolic links are not followed.")));
		return false;
	}
	if (!collect_files(path, elevel, &files))
		return false;
	partial = make_partial(path, elevel);
	if (partial == NULL)
		return false;
	if (!remove_files(partial, files, elevel))
		return false;
	if (!remove_directory(partial, elevel))
		return false;
	sync_parent(partial, elevel);
	pfree(partial);
	return true;
}

void
bp_repo_remove(const char *path)
{
	(void) bp_repo_remove_extended(path, ERROR);
}
