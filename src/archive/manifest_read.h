/*-------------------------------------------------------------------------
 *
 * manifest_read.h
 *	  Reading manifest.json and verified.json.
 *
 * All functions need a transaction.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/manifest_read.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_MANIFEST_READ_H
#define BP_ARCHIVE_MANIFEST_READ_H

#include "archive/manifest.h"

/*
 * Reads dir/manifest.json into CurrentMemoryContext; NULL if there is none.
 * Strings are converted to the database's encoding, with '?' for characters
 * that it lacks.
 *
 * with_files: read the list of files too.  check: verify the file's checksum.
 * With neither, only the beginning of the file is read, which is cheap enough
 * for a view over many archives.
 *
 * ERRCODE_DATA_CORRUPTED naming the file for a wrong checksum or content,
 * ERRCODE_FEATURE_NOT_SUPPORTED if a later version wrote it, and the system's
 * errors.
 */
extern BpManifest *bp_manifest_read(const char *dir, bool with_files,
									bool check);

/*
 * The same for the text of a manifest: len bytes with a NUL behind them.
 * Errors name it 'path'.
 */
extern BpManifest *bp_manifest_parse(const char *path, const char *text,
									 size_t len, bool with_files, bool check);

/*
 * The time in dir/verified.json; 0 if there is no such file, or if it belongs
 * to another manifest, is damaged or cannot be read.  0 means that it is not
 * known whether the archive is undamaged.  The manifest must have been read
 * with its checksum.  Raises nothing but the cancellation of the query or
 * session.
 */
extern TimestampTz bp_manifest_read_verified(const char *dir,
											 const BpManifest *m);

#endif							/* BP_ARCHIVE_MANIFEST_READ_H */
