/*-------------------------------------------------------------------------
 *
 * parts.h
 *	  What a restore of each schema needs of a large archive.
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

/* An archive of fewer entries is read as a whole soon enough. */
#define BP_PARTS_MIN_ENTRIES	1000

/*
 * Makes dir/parts.idx, if it is worth it.  The manifest must list the tables'
 * files by now, and describe the archive; frames.idx must be there.  Returns
 * whether the file was made; it is not yet synced.
 */
extern bool bp_backup_parts(const char *dir, const BpToc *toc,
							const BpManifest *manifest);

#endif							/* BP_BACKUP_PARTS_H */
