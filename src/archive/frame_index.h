/*-------------------------------------------------------------------------
 *
 * frame_index.h
 *	  The frame index of an archive: frames.idx.
 *
 * The frames of all data files of an archive are listed in one index, sorted by
 * (dump_id, offset); those of one file cover it from 0 to its end without a gap.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/frame_index.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_FRAME_INDEX_H
#define BP_ARCHIVE_FRAME_INDEX_H

#include "archive/frame.h"
#include "lib/stringinfo.h"

#define BP_FRAME_INDEX		"frames.idx"

typedef struct BpFrameIndex
{
	uint64		nframes;
	BpFrame    *frames;			/* sorted by (dump_id, offset) */
} BpFrameIndex;

/* What bp_frame_index_make wrote */
typedef struct BpFrameSummary
{
	BpFrameFile *files;			/* palloc'd, by dump id */
	int			nfiles;
	uint64		size;			/* bytes of the index */
	uint32		crc;			/* CRC-32C of the index */
} BpFrameSummary;

/*
 * Makes dir/frames.idx of the first nrecs records of dir/frames.tmp, and
 * removes that file.  The index is not yet synced.
 *
 * ERRCODE_DATA_CORRUPTED if a record is missing, or the frames of a file
 * overlap or leave a gap.
 */
extern void bp_frame_index_finish(const char *dir, uint64 nrecs,
								  BpFrameSummary *summary);

/* The same for records in memory, which it sorts in place. */
extern void bp_frame_index_make(const char *dir, BpFrame *frames,
								uint64 nrecs, BpFrameSummary *summary);

/*
 * Appends the index of these frames to out.  They must be sorted, and few
 * enough for a StringInfo.
 */
extern void bp_frame_index_append(const BpFrame *frames, int nframes,
								  StringInfo out);

/*
 * Reads an index that is in memory, into CurrentMemoryContext.  Errors are
 * those of bp_frame_index_read, and name it 'path'.
 */
extern BpFrameIndex *bp_frame_index_parse(const char *path, const char *data,
										  size_t len);

/*
 * Reads dir/frames.idx, into CurrentMemoryContext; NULL if there is none.
 * ERRCODE_DATA_CORRUPTED if its checksum or order is wrong,
 * ERRCODE_FEATURE_NOT_SUPPORTED if a later version wrote it.
 */
extern BpFrameIndex *bp_frame_index_read(const char *dir);

/*
 * The frames of one file, by offset: a pointer into the index and their
 * count; NULL and 0 if the index does not know the file.  O(log n).
 */
extern const BpFrame *bp_frame_index_find(const BpFrameIndex *index,
										  int dump_id, int *nframes);

#endif							/* BP_ARCHIVE_FRAME_INDEX_H */
