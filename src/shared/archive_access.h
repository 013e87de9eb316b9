/*-------------------------------------------------------------------------
 *
 * archive_access.h
 *	  Whether a role may use an archive.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/archive_access.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_ARCHIVE_ACCESS_H
#define BP_SHARED_ARCHIVE_ACCESS_H

#include "archive/manifest.h"
#include "archive/part.h"
#include "base/compat.h"

/*
 * May the role read, restore and drop an archive of that owner?  The owner,
 * roles with the owner's privileges and superusers may; if the owner no longer
 * exists or is NULL, only superusers.
 */
extern bool bp_archive_is_visible(Oid role, const char *owner);

/*
 * An archive may be removed at any moment, by drop_archive or by hand, so each
 * access to one of its files may be the first that does not find it.
 */

/* Is there no directory at the path of the archive any more? */
extern bool bp_archive_is_gone(const char *path);

/* Raises undefined_object. */
BP_NORETURN extern void bp_archive_not_found(const char *name);

/*
 * For a PG_CATCH block around a reader of files: if the current error is a
 * missing file, and the archive is gone, raises undefined_object instead of it;
 * otherwise returns.
 */
extern void bp_archive_catch_gone(MemoryContext caller, const char *name,
								  const char *path);

/*
 * The path of an existing archive, palloc'd.  'name' is a valid name in the
 * repository, or an absolute path.  Checks no privileges.  Raises
 * undefined_object if there is no such archive, wrong_object_type if it is not a
 * directory.
 */
extern char *bp_archive_find(const char *name);

/*
 * The path of an archive that the current user may restore, palloc'd: by its
 * name in the repository, or any directory by its absolute path, for which
 * pg_read_server_files is needed.  *manifest is its manifest (without files),
 * or NULL if it has none: then pg_dump made it, or it is damaged.
 *
 * If schema is not NULL, the caller needs only that schema: *part is then its
 * part and *manifest the part's manifest, if the archive has that part.
 * Otherwise *part is NULL.
 *
 * Raises the errors of bp_archive_find, insufficient_privilege, and the errors
 * of the manifest's reader.
 */
extern char *bp_archive_open(const char *name, const char *schema,
							 BpManifest **manifest, BpPart **part);

#endif							/* BP_SHARED_ARCHIVE_ACCESS_H */
