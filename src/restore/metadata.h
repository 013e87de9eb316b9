/*-------------------------------------------------------------------------
 *
 * metadata.h
 *	  Looking at an archive before anything is done with it.
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
 * Raises ERRCODE_DATA_CORRUPTED or ERRCODE_UNDEFINED_FILE unless the files
 * that a restore is guided by (table of contents, frame index, lists of large
 * objects) are what the manifest says.  An archive of pg_dump's has none, and
 * passes.
 */
extern void bp_restore_verify_metadata(BpSession *session);

#endif							/* BP_RESTORE_METADATA_H */
