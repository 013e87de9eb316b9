/*-------------------------------------------------------------------------
 *
 * integrity.h
 *	  Is an archive what its manifest says?
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/integrity.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_INTEGRITY_H
#define BP_ARCHIVE_INTEGRITY_H

#include "archive/codec.h"
#include "archive/frame.h"
#include "archive/manifest.h"

/* Where frames are read to be checked; memory grows with the largest one. */
typedef struct BpFrameChecker BpFrameChecker;

/*
 * All of these raise ERRCODE_DATA_CORRUPTED naming the file for what is
 * wrong, ERRCODE_UNDEFINED_FILE for what is missing, the system's errors, and
 * are interruptible.
 */

/*
 * Every file of the manifest is a regular file of that size, and nothing else
 * lies in the directory.  Reads no file.
 */
extern void bp_integrity_check_directory(const char *dir,
										 const BpManifest *m);

/*
 * Manifest and frame index tell the same of every table's file, and neither
 * has one that the other has not.
 */
extern void bp_integrity_check_index(const char *dir, const BpManifest *m,
									 const BpFrameIndex *index);

/* Reads a whole file and compares length and checksum. */
extern void bp_integrity_check_file(const char *dir,
									const BpManifestFile *file);

/* A checker of files of one codec, in a child of CurrentMemoryContext. */
extern BpFrameChecker *bp_integrity_checker(BpCodecAlgo algo);
extern void bp_integrity_checker_free(BpFrameChecker *c);

/*
 * Reads one frame of an open file of 'size' bytes: its checksum, that it decodes, that its
 * text has as many rows as the index says, and the end marker where 'last' is
 * set.
 */
extern void bp_integrity_check_frame(BpFrameChecker *c, int fd,
									 const char *path, uint64 size,
									 const BpFrame *frame, bool last);

#endif							/* BP_ARCHIVE_INTEGRITY_H */
