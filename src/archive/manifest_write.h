/*-------------------------------------------------------------------------
 *
 * manifest_write.h
 *	  Writing manifest.json and verified.json.
 *
 * All functions need a transaction.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/manifest_write.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_MANIFEST_WRITE_H
#define BP_ARCHIVE_MANIFEST_WRITE_H

#include "archive/manifest.h"
#include "lib/stringinfo.h"

/*
 * Appends the text of the file to out: valid UTF-8, in a database of any
 * encoding.
 */
extern void bp_manifest_to_json(const BpManifest *m, StringInfo out);

/* Writes dir/manifest.json, not yet synced; the system's errors. */
extern void bp_manifest_write(const char *dir, const BpManifest *m);

/*
 * Makes or replaces dir/verified.json, which says that a verification of this
 * level found the archive with this manifest to be whole.  The system's
 * errors.
 */
extern void bp_manifest_write_verified(const char *dir, const BpManifest *m,
									   TimestampTz at, const char *level);

#endif							/* BP_ARCHIVE_MANIFEST_WRITE_H */
