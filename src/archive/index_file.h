/*-------------------------------------------------------------------------
 *
 * index_file.h
 *	  The layout that frames.idx and parts.idx have in common.
 *
 * A header, records and a trailer, see index_file.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/index_file.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_INDEX_FILE_H
#define BP_ARCHIVE_INDEX_FILE_H

#include "base/compat.h"

/* Lengths in bytes */
#define BP_INDEX_HEADER		32
#define BP_INDEX_RECORD		32
#define BP_INDEX_TRAILER	4

/* One kind of index, and how messages call it */
typedef struct BpIndexFormat
{
	char		magic[8];
	uint32		version;
	const char *name;			/* "frame index" */
	const char *a_name;			/* "a frame index" */
	const char *hint;			/* if one is damaged; NULL: none */
} BpIndexFormat;

/* Raises ERRCODE_DATA_CORRUPTED; 'how' is the sentence of the detail. */
BP_NORETURN extern void bp_index_damaged(const BpIndexFormat *format,
										 const char *path, const char *how);

/*
 * Writes a header of BP_INDEX_HEADER bytes to p, with the two numbers that
 * each format gives a meaning of its own.
 */
extern void bp_index_put_header(const BpIndexFormat *format, uint64 number,
								uint32 number2, unsigned char *p);

/*
 * Checks a header of BP_INDEX_HEADER bytes; the numbers are at bytes 16 and 24
 * of it.  ERRCODE_DATA_CORRUPTED naming the path,
 * ERRCODE_FEATURE_NOT_SUPPORTED if another version wrote the file.
 */
extern void bp_index_check_header(const BpIndexFormat *format,
								  const char *path,
								  const unsigned char *header);

/*
 * The number of the first of n records whose key is at least this; n if there
 * is none.  The records are in memory, 'size' bytes each, sorted by their key,
 * which is a uint32 at their beginning.  O(log n).
 */
extern uint64 bp_index_lower_bound(const void *records, uint64 n, Size size,
								   uint32 key);

#endif							/* BP_ARCHIVE_INDEX_FILE_H */
