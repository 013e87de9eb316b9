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
#include "archive/frame_index.h"
#include "archive/manifest.h"

/*
 * All functions here raise ERRCODE_DATA_CORRUPTED if a file is damaged,
 * ERRCODE_UNDEFINED_FILE if it is missing, and the system's errors.  The
 * messages name the file.  The functions are interruptible.
 */

/*
 * Checks that every file of the manifest is a regular file of its size, and
 * that the directory holds nothing else.  Reads no file.
 */
extern void bp_integrity_check_directory(const char *dir, BpManifest *m);

/*
 * Checks that manifest and frame index agree about every table's file, and
 * that neither lists a file that the other does not.  index may be NULL if the
 * archive has none.
 */
extern void bp_integrity_check_index(const char *dir, const BpManifest *m,
									 const BpFrameIndex *index);

/* Reads a whole file and compares its length and checksum. */
extern void bp_integrity_check_file(const char *dir,
									const BpManifestFile *file);

/*
 * Reads and checks frames, of files of one codec.  Lives in a child of
 * CurrentMemoryContext; its memory grows with the largest frame.
 */
typedef struct BpFrameChecker BpFrameChecker;

extern BpFrameChecker *bp_integrity_checker(BpCodecAlgo algo);
extern void bp_integrity_checker_free(BpFrameChecker *c);

/*
 * Reads one frame of an open file of 'size' bytes.  Checks its checksum, that
 * it can be decompressed, that its text has as many rows as the index says,
 * and, if 'last' is set, that it ends with the end marker.
 */
extern void bp_integrity_check_frame(BpFrameChecker *c, int fd,
									 const char *path, uint64 size,
									 const BpFrame *frame, bool last);

#endif							/* BP_ARCHIVE_INTEGRITY_H */
