/*-------------------------------------------------------------------------
 *
 * repo.h
 *	  The repository: making, publishing and removing archives.
 *
 * 'name' is "DATABASE/ARCHIVE", see repo_name.h; 'root' is the repository's
 * path.  All functions raise the system's errors, naming the path.  See repo.c.
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

/*
 * Makes ROOT and ROOT/DATABASE if missing, and ROOT/name.partial; returns the
 * path of the last, palloc'd.  ERRCODE_DUPLICATE_FILE if the archive exists,
 * whole or partial.
 */
extern char *bp_repo_create_partial(const char *root, const char *name);

/*
 * Makes the partial archive durable and then complete: syncs every file in
 * it, renames it, syncs the directories.  Returns its path, palloc'd.  After an
 * error *unsafe is true if the archive has its final name, but a crash may undo
 * the renaming.
 */
extern char *bp_repo_publish(const char *root, const char *name,
							 bool *unsafe);

/*
 * Removes the directory of an archive, whole or partial.  It is first renamed
 * to be partial.  Before anything is removed, raises ERRCODE_WRONG_OBJECT_TYPE
 * for a symbolic link, and for a directory that holds anything but regular
 * files.  ERRCODE_UNDEFINED_FILE if there is none, or another session removes
 * it at the same time.
 */
extern void bp_repo_remove(const char *path);

/*
 * The same, with errors raised at elevel; if that is less than ERROR, returns
 * false after an error.
 */
extern bool bp_repo_remove_extended(const char *path, int elevel);

/*
 * A number that identifies the directory ROOT: it changes when another
 * directory takes its place, for example because a file system is mounted or
 * unmounted there.  0 if there is no such directory.
 */
extern uint64 bp_repo_identity(const char *root);

#endif							/* BP_ARCHIVE_REPO_H */
