/*-------------------------------------------------------------------------
 *
 * manifest_sum.h
 *	  What the reader and the writer of the manifest share.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/manifest_sum.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_MANIFEST_SUM_H
#define BP_ARCHIVE_MANIFEST_SUM_H

#include "archive/manifest.h"

#define BP_MANIFEST_SUM_LEN 64

/*
 * SHA-256 of len bytes in lower-case hex, with a NUL, at hex.  Needs a
 * resource owner, so a transaction or what a base backup has.
 */
extern void bp_manifest_sum(const char *data, size_t len, char *hex);

/* False if no kind has this name. */
extern bool bp_manifest_kind_parse(const char *name, BpManifestKind *kind);

#endif							/* BP_ARCHIVE_MANIFEST_SUM_H */
