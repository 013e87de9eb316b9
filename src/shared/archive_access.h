/*-------------------------------------------------------------------------
 *
 * archive_access.h
 *	  Who may use which archive.
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

/*
 * True if the role may read, restore and drop an archive of that owner: the
 * owner, members of the owner's role, superusers.  An owner that no longer
 * exists leaves superusers.
 */
extern bool bp_archive_is_visible(Oid role, const char *owner);

/*
 * The path of an archive that the current user may restore, palloc'd: by its
 * name in the repository, or any directory by its absolute path, for which
 * pg_read_server_files is needed.  *manifest is its manifest (without files),
 * or NULL if it is none of ours.
 *
 * schema, if not NULL, is all that is wanted of it: *part is then that part,
 * if the archive has one, and *manifest the part's; else *part is NULL.
 *
 * Raises undefined_object if there is no such archive,
 * insufficient_privilege, and the errors of the manifest's reader.
 */
extern char *bp_archive_open(const char *name, const char *schema,
							 BpManifest **manifest, BpPart **part);

#endif							/* BP_SHARED_ARCHIVE_ACCESS_H */
