/*-------------------------------------------------------------------------
 *
 * frame.h
 *	  The frame index of an archive: frames.idx.
 *
 * See frame.c for the file.  Frames of all files of an archive are listed in
 * one index, sorted by (dump_id, offset); those of one file cover it from 0 to
 * its end without a gap.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/frame.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_FRAME_H
#define BP_ARCHIVE_FRAME_H

#include "archive/codec.h"
#include "lib/stringinfo.h"

/* BpFrame.flags */
#define BP_FRAME_TERMINATOR	0x01	/* holds only the end-of-data marker */

/* The end of a data file, as pg_dump writes it. */
#define BP_TERMINATOR		"\\.\n\n\n"
#define BP_TERMINATOR_LEN	5

#define BP_FRAME_INDEX		"frames.idx"
#define BP_FRAME_TMP		"frames.tmp"

/* One frame; in memory in the machine's byte order. */
typedef struct BpFrame
{
	uint32		dump_id;		/* archive entry, > 0 */
	uint32		flags;
	uint64		offset;			/* bytes, in the file as stored */
	uint32		stored_len;		/* bytes, compressed */
	uint32		raw_len;		/* bytes, of text */
	uint32		rows;
	uint32		crc;			/* CRC-32C of the stored bytes */
} BpFrame;

typedef struct BpFrameIndex
{
	uint64		nframes;
	BpFrame    *frames;			/* sorted by (dump_id, offset) */
} BpFrameIndex;

/* What the frames of one data file come to. */
typedef struct BpFrameFile
{
	uint32		dump_id;
	uint32		frames;
	uint64		stored;			/* bytes: the size of the file */
	uint64		raw;
	uint64		rows;
	uint32		crc;			/* CRC-32C of the whole file as stored */
} BpFrameFile;

/*
 * While a backup runs: makes dir/frames.tmp (an error if it exists), and opens
 * it for writing in any process.  The descriptor is a transient file of the
 * caller.
 */
extern void bp_frame_tmp_create(const char *dir);
extern int	bp_frame_tmp_open(const char *dir);

/*
 * Writes n records as numbers recno, recno + 1, … of frames.tmp.  The caller
 * has reserved those numbers; every number below the final count must be
 * written by somebody.
 */
extern void bp_frame_write_at(int fd, uint64 recno, const BpFrame *recs,
							  int n);

/* What became of an index. */
typedef struct BpFrameSummary
{
	BpFrameFile *files;			/* palloc'd, by dump id */
	int			nfiles;
	uint64		size;			/* of the index, and its CRC-32C */
	uint32		crc;
} BpFrameSummary;

/*
 * Makes dir/frames.idx of the first nrecs records of dir/frames.tmp, and
 * removes that.  The index is not yet synced.
 *
 * ERRCODE_DATA_CORRUPTED if a record is missing, or the frames of a file
 * overlap or leave a gap.
 */
extern void bp_frame_index_finish(const char *dir, uint64 nrecs,
								  BpFrameSummary *summary);

/* The same of records in memory, which get sorted. */
extern void bp_frame_index_make(const char *dir, BpFrame *frames,
								uint64 nrecs, BpFrameSummary *summary);

/* Appends the index of these frames, sorted and few, to out. */
extern void bp_frame_index_append(const BpFrame *frames, int nframes,
								  StringInfo out);

/* Reads an index that is in memory; 'path' is how errors call it. */
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

/* Sums up frames of one file, which begin at its offset 0. */
extern void bp_frame_summarise(const BpFrame *frames, uint64 n,
							   BpFrameFile *file);

/*
 * Can a file of so many bytes hold this frame, and so many bytes this text?
 * To be asked before memory is allocated for it.
 */
extern bool bp_frame_is_possible(const BpFrame *frame, BpCodecAlgo algo,
								 uint64 size);

/*
 * Reads the stored bytes of one frame into dst (stored_len bytes) and checks
 * its CRC: ERRCODE_DATA_CORRUPTED naming path and offset.
 */
extern void bp_frame_read(int fd, const char *path, const BpFrame *frame,
						  void *dst);

#endif							/* BP_ARCHIVE_FRAME_H */
