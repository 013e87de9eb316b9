/*-------------------------------------------------------------------------
 *
 * datafile.h
 *	  Writing one data file as frames, together with other processes.
 *
 * A BpFrameWriter collects whole rows in a buffer, compresses the buffer as one
 * frame, reserves the next bytes of the file by an atomic addition in shared
 * memory, and writes the frame there.  See datafile.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/datafile.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_DATAFILE_H
#define BP_ARCHIVE_DATAFILE_H

#include "archive/codec.h"
#include "archive/frame.h"
#include "base/buffer.h"
#include "port/atomics.h"

/*
 * Bytes of text.  Frames of 4 and 8 MB are no smaller as stored, nor faster
 * made; from half a megabyte down they begin to cost.
 */
#define BP_FRAME_SIZE_DEFAULT	(1024 * 1024)

/* How a writer's share of a file ends. */
typedef enum BpFrameEnd
{
	BP_END_NONE = 0,			/* another process will write the terminator */
	BP_END_INLINE,				/* this writer wrote all of the file: into its
								 * last frame */
	BP_END_FRAME				/* all others have ended: a frame of its own */
} BpFrameEnd;

/*
 * 'buf' is for the caller to append rows to; the rest is to be read only,
 * and changed by the functions below.
 */
typedef struct BpFrameWriter
{
	BpBuffer	buf;			/* whole rows not yet written */
	size_t		frame_size;		/* flush when buf.len reaches this */
	uint64		buf_rows;		/* rows in buf */

	/* of the current file, by this writer, since _begin */
	uint64		rows;
	uint64		raw;			/* bytes of text */
	uint64		stored;			/* bytes written */

	/* records not yet taken */
	BpFrame    *frames;
	int			nframes;
	int			max_frames;

	BpCompressor *compressor;
	BpBuffer	out;			/* the compressed frame */
	bool		compressed;		/* false with codec none: buf is written */
	int			fd;
	char	   *path;
	int			dump_id;
	pg_atomic_uint64 *next_offset;
	uint64		unsynced_begin;	/* the system was not yet asked to write out */
	uint64		unsynced;		/* so many bytes of ours, from there on */
} BpFrameWriter;

/*
 * A writer, to be used for any number of files one after the other; lives in
 * a child of CurrentMemoryContext.  frame_size in bytes of text, 0 for the
 * default; a frame ends with the row that reaches it.
 */
extern BpFrameWriter *bp_frame_writer_create(const BpCodecSpec *spec,
											 size_t frame_size);

/*
 * Begins with a file, open for writing as fd (the caller keeps it open until
 * _end, and closes it).  path is for errors, copied.  Forgets what is left in
 * the buffer (after an error), and records not taken.
 */
extern void bp_frame_writer_begin(BpFrameWriter *w, int fd, const char *path,
								  int dump_id,
								  pg_atomic_uint64 *next_offset);

/*
 * Writes what the buffer holds as one frame, if anything.  Errors of the
 * system name the path; ERRCODE_PROGRAM_LIMIT_EXCEEDED for a frame of 4 GB.
 */
extern void bp_frame_writer_flush(BpFrameWriter *w);

/* One more row is complete in the buffer. */
static inline void
bp_frame_writer_row_done(BpFrameWriter *w)
{
	w->buf_rows++;
	if (unlikely(w->buf.len >= w->frame_size))
		bp_frame_writer_flush(w);
}

/* Many more rows are complete in the buffer: write them. */
static inline void
bp_frame_writer_flush_rows(BpFrameWriter *w, uint64 rows)
{
	w->buf_rows += rows;
	bp_frame_writer_flush(w);
}

/* Writes the rest, and the terminator if asked. */
extern void bp_frame_writer_end(BpFrameWriter *w, BpFrameEnd end);

/*
 * The records collected since they were last taken; returns their count.
 * *frames is valid until the writer is used again.
 */
extern int	bp_frame_writer_take(BpFrameWriter *w, const BpFrame **frames);

#endif							/* BP_ARCHIVE_DATAFILE_H */
