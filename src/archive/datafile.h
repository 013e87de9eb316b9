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
 * Bytes of text.  Larger frames, of 4 and 8 MB, neither compress better nor
 * save time; frames of half a megabyte or less take more time.
 */
#define BP_FRAME_SIZE_DEFAULT	(1024 * 1024)

/* How a writer's share of a file ends. */
typedef enum BpFrameEnd
{
	BP_END_NONE = 0,			/* another process writes the terminator */
	BP_END_INLINE,				/* this writer wrote all of the file: the
								 * terminator is part of its last frame */
	BP_END_FRAME				/* all other writers have ended: the terminator
								 * is a frame of its own */
} BpFrameEnd;

/*
 * The caller appends rows to 'buf'; it may read the other fields, which only the
 * functions below change.
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
	uint64		unsynced_begin;	/* offset of the first byte that the system
								 * was not yet asked to write to the disk */
	uint64		unsynced;		/* bytes of ours from there on */

	/* frames that are held: the last nheld of frames[], their bytes here */
	bool		holding;
	BpBuffer	held;
	int			nheld;
} BpFrameWriter;

/*
 * A writer for any number of files, one after the other; lives in a child of
 * CurrentMemoryContext.  frame_size is in bytes of text, 0 for the default; a
 * frame ends with the row that reaches it.
 */
extern BpFrameWriter *bp_frame_writer_create(const BpCodecSpec *spec,
											 size_t frame_size);

/*
 * Begins a file, open for writing as fd; the caller keeps it open until
 * bp_frame_writer_end, and closes it.  path is copied; errors name it.
 * next_offset is the offset that all writers of the file share.  Discards what
 * an error left in the buffer, and records not taken.
 */
extern void bp_frame_writer_begin(BpFrameWriter *w, int fd, const char *path,
								  int dump_id,
								  pg_atomic_uint64 *next_offset);

/*
 * Writes the buffer as one frame, unless it is empty.  Raises the system's
 * errors, naming the path, and ERRCODE_PROGRAM_LIMIT_EXCEEDED for a frame of
 * 4 GB.
 */
extern void bp_frame_writer_flush(BpFrameWriter *w);

/* To be called when one more row is complete in the buffer. */
static inline void
bp_frame_writer_row_done(BpFrameWriter *w)
{
	w->buf_rows++;
	if (unlikely(w->buf.len >= w->frame_size))
		bp_frame_writer_flush(w);
}

/* The same for many rows, which it writes at once. */
static inline void
bp_frame_writer_flush_rows(BpFrameWriter *w, uint64 rows)
{
	w->buf_rows += rows;
	bp_frame_writer_flush(w);
}

/*
 * From now on until _end, frames are compressed but held in memory: they get
 * no place in the file before the caller releases them.  So writers of one file
 * can agree on an order.
 */
extern void bp_frame_writer_hold(BpFrameWriter *w);

/* Writes the first n of the frames that are held, one behind the other. */
extern void bp_frame_writer_release(BpFrameWriter *w, int n);

/*
 * Writes the rest of the buffer, and the terminator as 'end' says.  No frame may
 * be held.
 */
extern void bp_frame_writer_end(BpFrameWriter *w, BpFrameEnd end);

/*
 * The records collected since they were last taken; returns their count.
 * *frames is valid until the writer is used again.
 */
extern int	bp_frame_writer_take(BpFrameWriter *w, const BpFrame **frames);

#endif							/* BP_ARCHIVE_DATAFILE_H */
