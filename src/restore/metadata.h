/*-------------------------------------------------------------------------
 *
 * metadata.h
 *	  Verifying the files that describe an archive.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/metadata.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_METADATA_H
#define BP_RESTORE_METADATA_H

#include "session/session.h"

/*
 * The manifest of the session's archive; NULL for an archive that pg_dump
 * made.  Raises data_corrupted if an archive of our own has no manifest.
 */
extern BpManifest *bp_restore_manifest(BpSession *session);

/*
 * Verifies the files that a restore relies on (the table of contents, the
 * frame index, lists of large objects) by their sums in the manifest.  Raises
 * data_corrupted or undefined_file.  An archive that pg_dump made has no
 * sums: nothing is verified.
 */
extern void bp_restore_verify_metadata(BpSession *session);

#endif							/* BP_RESTORE_METADATA_H */
