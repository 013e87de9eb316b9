/*-------------------------------------------------------------------------
 *
 * repo_name.h
 *	  Names and paths in the repository.
 *
 * An archive is the directory REPOSITORY/DATABASE/ARCHIVE, where DATABASE is the
 * name of the database as bp_repo_encode_name writes it.  An archive that is
 * being made or removed is ARCHIVE.partial; one without that suffix is complete.
 * 'name' below is "DATABASE/ARCHIVE".
 *
 * Nothing here looks at the file system.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/repo_name.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_REPO_NAME_H
#define BP_ARCHIVE_REPO_NAME_H

#define BP_PARTIAL_SUFFIX	".partial"

/*
 * The absolute path of the repository, palloc'd.  A relative path in the
 * setting is below the data directory.  Raises ERRCODE_INVALID_PARAMETER_VALUE
 * if the setting is empty or too long.
 */
extern char *bp_repo_root(const char *setting);

/*
 * A database's name as one safe path component, and back; palloc'd.  decode
 * returns NULL for a component that encode cannot have made.
 */
extern char *bp_repo_encode_name(const char *dbname);
extern char *bp_repo_decode_name(const char *component);

/* Is it DATABASE/ARCHIVE, both safe components, and not a partial archive? */
extern bool bp_repo_valid_archive_name(const char *name);

/* "DATABASE/ARCHIVE" from the names of a database and an archive, palloc'd. */
extern char *bp_repo_archive_name(const char *dbname, const char *archive);

/* Does the path or name end in ".partial"? */
extern bool bp_repo_is_partial(const char *path);

/*
 * ROOT/name, and ROOT/name.partial; palloc'd.
 * ERRCODE_INVALID_NAME if the name is not valid.
 */
extern char *bp_repo_archive_path(const char *root, const char *name);
extern char *bp_repo_partial_path(const char *root, const char *name);

#endif							/* BP_ARCHIVE_REPO_NAME_H */
