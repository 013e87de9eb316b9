/*-------------------------------------------------------------------------
 *
 * frame.h
 *	  The frames of data files, and the records of frames.tmp.
 *
 * A data file is a sequence of frames: independently compressed blocks of whole
 * rows.  Each has a record, see frame.c; frame_index.h is the index of all.
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
#include "port/pg_crc32c.h"

/* BpFrame.flags */
#define BP_FRAME_TERMINATOR	0x01	/* holds only the end-of-data marker */

/* The end of a data file, as pg_dump writes it. */
#define BP_TERMINATOR		"\\.\n\n\n"
#define BP_TERMINATOR_LEN	5

#define BP_FRAME_TMP		"frames.tmp"

/* Bytes of a stored record */
#define BP_FRAME_RECORD		32

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

/* What the frames of one data file add up to. */
typedef struct BpFrameFile
{
	uint32		dump_id;
	uint32		frames;
	uint64		stored;			/* bytes: the size of the file */
	uint64		raw;
	uint64		rows;
	uint32		crc;			/* CRC-32C of the whole file as stored */
} BpFrameFile;

/* A record of BP_FRAME_RECORD bytes at p, from and to a BpFrame. */
extern void bp_frame_encode(unsigned char *p, const BpFrame *f);
extern void bp_frame_decode(const unsigned char *p, BpFrame *f);

/* Makes dir/frames.tmp; the system's error if it exists or cannot be made. */
extern void bp_frame_tmp_create(const char *dir);

/*
 * Opens dir/frames.tmp for writing, in any process of the backup.  The caller
 * closes it with bp_file_close; it is a transient file.
 */
extern int	bp_frame_tmp_open(const char *dir);

/*
 * Writes n records as numbers recno, recno + 1, … of frames.tmp.  The caller
 * has reserved those numbers; every number below the final count must be
 * written once.
 */
extern void bp_frame_write_at(int fd, uint64 recno, const BpFrame *recs,
							  int n);

/*
 * Reads n records from the byte offset on; palloc'd.  Adds their bytes to *crc
 * unless it is NULL.  ERRCODE_DATA_CORRUPTED if the file ends too early.
 */
extern BpFrame *bp_frame_read_records(int fd, const char *path, uint64 n,
									  off_t offset, pg_crc32c *crc);

/* Sums up all n frames of one file; all zero if n is 0. */
extern void bp_frame_summarise(const BpFrame *frames, uint64 n,
							   BpFrameFile *file);

/*
 * Can a file of 'size' bytes hold this frame, and can its stored bytes be
 * decompressed to as much text as it says?  To be called before memory is
 * allocated for the frame.
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
