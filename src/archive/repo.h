/*-------------------------------------------------------------------------
 *
 * repo.h
 *	  The repository: where archives lie.
 *
 * REPOSITORY/DATABASE/ARCHIVE, where DATABASE is the name of the database as
 * bp_repo_encode_name writes it.  An archive in the making is ARCHIVE.partial;
 * one that has no such suffix is complete.  'name' below is "DATABASE/ARCHIVE".
 * See repo.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/repo.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_REPO_H
#define BP_ARCHIVE_REPO_H

#define BP_PARTIAL_SUFFIX	".partial"

/* Called for each archive; strings live until it returns. */
typedef void (*BpRepoListFn) (void *arg, const char *name, const char *path);

/*
 * Called for a partial archive that could not be removed, with the path that
 * it would have if it were complete.
 */
typedef void (*BpRepoLeftFn) (const char *path);

/*
 * The absolute path of the repository, palloc'd: the setting, if relative
 * below the data directory.  ERRCODE_INVALID_PARAMETER_VALUE if it is empty
 * or too long.
 */
extern char *bp_repo_root(const char *setting);

/*
 * A database's name as one safe path component, and back; palloc'd.  decode
 * returns NULL for what encode cannot have made.
 */
extern char *bp_repo_encode_name(const char *dbname);
extern char *bp_repo_decode_name(const char *component);

/* Exactly DATABASE/ARCHIVE, both safe, and not a partial one? */
extern bool bp_repo_valid_archive_name(const char *name);

/* "DATABASE/ARCHIVE" of a raw database name and an archive's, palloc'd. */
extern char *bp_repo_archive_name(const char *dbname, const char *archive);

/* Does the path or name end in ".partial"? */
extern bool bp_repo_is_partial(const char *path);

/*
 * ROOT/name, and ROOT/name.partial; palloc'd.
 * ERRCODE_INVALID_NAME if the name is not valid.
 */
extern char *bp_repo_archive_path(const char *root, const char *name);
extern char *bp_repo_partial_path(const char *root, const char *name);

/*
 * Makes ROOT and ROOT/DATABASE if missing, and ROOT/name.partial; returns the
 * path of the last, palloc'd.  ERRCODE_DUPLICATE_FILE if the archive exists,
 * whole or partial.
 */
extern char *bp_repo_create_partial(const char *root, const char *name);

/*
 * Makes the partial archive durable and then complete: syncs every file in
 * it, renames it, syncs the directories.  Returns its path, palloc'd.  If an
 * error leaves it with its name, which may then not outlive a crash, *unsafe
 * is true.
 */
extern char *bp_repo_publish(const char *root, const char *name,
							 bool *unsafe);

/*
 * Removes the directory of an archive, whole or partial.  It is first renamed
 * to be partial.  Refuses, before anything is removed,
 * (ERRCODE_WRONG_OBJECT_TYPE) a symbolic link, and a directory that holds
 * anything but regular files.  ERRCODE_UNDEFINED_FILE if there is none.
 */
extern void bp_repo_remove(const char *path);

/*
 * The same; elevel is the level of its errors, and false is returned if that
 * is less than ERROR and there was one.
 */
extern bool bp_repo_remove_extended(const char *path, int elevel);

/*
 * Tells one directory as repository from another: if its file system is not
 * mounted any more, ROOT is something else, or nothing (0).
 */
extern uint64 bp_repo_identity(const char *root);

/*
 * Calls fn for each complete archive, in no order.  What is no directory, or
 * has no valid name, is passed over; a repository that does not exist yet is
 * empty, and a directory in it that can't be read is a warning.  With 'all'
 * both are errors.
 */
extern void bp_repo_list(const char *root, bool all, BpRepoListFn fn,
						 void *arg);

/*
 * Removes what crashes left: all partial archives.  Failures are warnings, and
 * left is called.  Returns the count of those removed.
 */
extern int	bp_repo_sweep(const char *root, BpRepoLeftFn left);

#endif							/* BP_ARCHIVE_REPO_H */
