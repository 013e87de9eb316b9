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
 * True if the role may read, restore and drop an archive of that owner: the
 * owner, members of the owner's role, superusers.  An owner that no longer
 * exists leaves superusers.
 */
extern bool bp_archive_is_visible(Oid role, const char *owner);

/*
 * Any archive may be removed at any moment, by drop_archive or by hand, so
 * that each look at one of its files may be the first that does not find it.
 * bp_archive_is_gone tells whether its directory is gone, too, and
 * bp_archive_not_found raises undefined_object.
 *
 * bp_archive_catch_gone is for a PG_CATCH block around a reader of files: it
 * raises undefined_object in place of the error at hand if that is a file
 * that is missing because the archive is gone; else it returns.
 */
extern bool bp_archive_is_gone(const char *path);
BP_NORETURN extern void bp_archive_not_found(const char *name);
extern void bp_archive_catch_gone(MemoryContext caller, const char *name,
								  const char *path);

/*
 * The path of an archive that is there, palloc'd: a valid name in the
 * repository, or an absolute path.  No rights are checked.  Raises
 * undefined_object if there is no such archive, wrong_object_type if it is no
 * directory.
 */
extern char *bp_archive_find(const char *name);

/*
 * The path of an archive that the current user may restore, palloc'd: by its
 * name in the repository, or any directory by its absolute path, for which
 * pg_read_server_files is needed.  *manifest is its manifest (without files),
 * or NULL if it has none: then it is pg_dump's, or damaged.
 *
 * schema, if not NULL, is all that is wanted of it: *part is then that part,
 * if the archive has one, and *manifest the part's; else *part is NULL.
 *
 * Raises the errors of bp_archive_find, insufficient_privilege, and the errors
 * of the manifest's reader.
 */
extern char *bp_archive_open(const char *name, const char *schema,
							 BpManifest **manifest, BpPart **part);

#endif							/* BP_SHARED_ARCHIVE_ACCESS_H */
