/*-------------------------------------------------------------------------
 *
 * parts.h
 *	  An excerpt of a large archive for each schema, for restores of one schema.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/parts.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BACKUP_PARTS_H
#define BP_BACKUP_PARTS_H

#include "archive/frame.h"
#include "archive/manifest.h"
#include "archive/toc.h"

/* An archive with fewer entries is quick to read as a whole. */
#define BP_PARTS_MIN_ENTRIES	1000

/*
 * Writes dir/parts.idx if the archive is large enough for it to pay.  The
 * manifest must describe the archive and list the tables' files, and
 * frames.idx must exist.  Returns whether the file was written; the caller
 * syncs it.
 */
extern bool bp_backup_parts(const char *dir, const BpToc *toc,
							const BpManifest *manifest);

#endif							/* BP_BACKUP_PARTS_H */
