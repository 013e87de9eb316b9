/*-------------------------------------------------------------------------
 *
 * datafile.c
 *	  Writing one data file as frames, together with other processes.
 *
 * Many processes write the same file: each has a BpFrameWriter, and they share
 * one atomic number in shared memory, the offset behind the last byte that was
 * reserved.  A frame is complete in memory, and its length known, before its
 * place is reserved, so that there are no holes and no locks.  Frames are in the
 * file in the order in which they became ready; rows of a table have no order
 * either.
 *
 * The terminator must be the last bytes of the file.  The process that knows
 * that all others have ended writes it, as a frame of its own.  If a file had
 * only one writer, the terminator is part of the last frame, so that a small
 * table needs no second frame.
 *
 * A row larger than the frame size makes its frame larger.  After a frame of
 * more than twice the size the buffers shrink to their usual size, so that one
 * huge row does not occupy memory for the rest of a backup.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/datafile.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/datafile.h"
#include "archive/file.h"
#include "base/array.h"
#include "base/crc32c.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Room for the last row of a frame, which ends behind frame_size */
#define BUFFER_SIZE(frame_size)		((frame_size) + (frame_size) / 8 + 1024)

/* Bytes written before the system is asked to write them to the disk */
#define SYNC_SIZE		((uint64) 8 * 1024 * 1024)

BpFrameWriter *
bp_frame_writer_create(const BpCodecSpec *spec, size_t frame_size)
{
	MemoryContext context;
	MemoryContext old;
	BpFrameWriter *w;

	context = AllocSetContextCreate(CurrentMemoryContext,
									"backup_pool frame writer",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	w = (BpFrameWriter *) palloc0(sizeof(BpFrameWriter));
	w->frame_size = frame_size > 0 ? frame_size : BP_FRAME_SIZE_DEFAULT;
	bp_buffer_init(&w->buf, BUFFER_SIZE(w->frame_size));
	w->compressor = bp_compressor_create(spec);
	w->compressed = (spec->algo != BP_CODEC_NONE);
	if (w->compressed)
		bp_buffer_init(&w->out, bp_compress_bound(w->compressor, w->buf.cap));
	BP_ARRAY_ROOM(w->frames, 0, w->max_frames); /* in the writer's context */
	w->fd = -1;
	MemoryContextSwitchTo(old);
	return w;
}

void
bp_frame_writer_begin(BpFrameWriter *w, int fd, const char *path, int dump_id,
					  pg_atomic_uint64 *next_offset)
{
	Assert(dump_id > 0);

	if (w->path != NULL)
		pfree(w->path);
	w->path = MemoryContextStrdup(GetMemoryChunkContext(w), path);
	w->fd = fd;
	w->dump_id = dump_id;
	w->next_offset = next_offset;
	w->buf.len = 0;
	w->buf_rows = 0;
	w->rows = w->raw = w->stored = 0;
	w->nframes = 0;
	w->unsynced = 0;
	w->holding = false;
	w->held.len = 0;
	w->nheld = 0;
}

/* Keeps the record of a frame until it is taken. */
static void
remember_frame(BpFrameWriter *w, const BpFrame *frame)
{
	BP_ARRAY_ROOM(w->frames, w->nframes, w->max_frames);
	w->frames[w->nframes++] = *frame;
}

/* Makes the buffers as small again as before an oversized frame. */
static void
shrink_buffers(BpFrameWriter *w)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(w));

	bp_buffer_free(&w->buf);
	bp_buffer_init(&w->buf, BUFFER_SIZE(w->frame_size));
	if (w->compressed)
	{
		bp_buffer_free(&w->out);
		bp_buffer_init(&w->out, bp_compress_bound(w->compressor, w->buf.cap));
	}
	MemoryContextSwitchTo(old);
}

/* Compresses the buffer; returns where the frame is, and its length. */
static const char *
compress_buffer(BpFrameWriter *w, size_t *len)
{
	size_t		bound;

	if (!w->compressed)
	{
		*len = w->buf.len;
		return w->buf.data;
	}
	bound = bp_compress_bound(w->compressor, w->buf.len);
	w->out.len = 0;
	bp_buffer_reserve(&w->out, bound);
	*len = bp_compress(w->compressor, w->buf.data, w->buf.len,
					   w->out.data, w->out.cap);
	return w->out.data;
}

/*
 * Lets the system write to the disk while we compress; otherwise one fsync at
 * the end would have to wait for the whole file.  Frames of other processes
 * may lie between ours.
 */
static void
begin_sync(BpFrameWriter *w, uint64 offset, size_t len)
{
	if (w->unsynced == 0)
		w->unsynced_begin = offset;
	w->unsynced += len;
	if (w->unsynced < SYNC_SIZE)
		return;
	bp_file_begin_sync(w->fd, (off_t) w->unsynced_begin,
					   (off_t) (offset + len - w->unsynced_begin));
	w->unsynced = 0;
}

static void
write_frame(BpFrameWriter *w, uint32 flags)
{
	BpFrame		frame;
	const char *data;
	size_t		raw = w->buf.len;
	size_t		len;

	CHECK_FOR_INTERRUPTS();
	data = compress_buffer(w, &len);
	if (raw > PG_UINT32_MAX || len > PG_UINT32_MAX ||
		w->buf_rows > PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a row is too large for file \"%s\"", w->path),
				 errdetail("A block of %zu bytes is more than the limit of 4 GB.",
						   raw)));

	frame.dump_id = (uint32) w->dump_id;
	frame.flags = flags;
	frame.stored_len = (uint32) len;
	frame.raw_len = (uint32) raw;
	frame.rows = (uint32) w->buf_rows;
	frame.crc = bp_crc32c(data, len);
	if (w->holding)
	{
		frame.offset = 0;
		bp_buffer_append(&w->held, data, len);
		w->nheld++;
	}
	else
	{
		frame.offset = pg_atomic_fetch_add_u64(w->next_offset, len);
		bp_file_write_at(w->fd, w->path, data, len, (off_t) frame.offset);
		begin_sync(w, frame.offset, len);
	}
	remember_frame(w, &frame);

	w->rows += w->buf_rows;
	w->raw += raw;
	w->stored += len;
	w->buf_rows = 0;
	w->buf.len = 0;
	if (raw > 2 * w->frame_size)
		shrink_buffers(w);
}

void
bp_frame_writer_flush(BpFrameWriter *w)
{
	if (w->buf.len > 0)
		write_frame(w, 0);
}

void
bp_frame_writer_hold(BpFrameWriter *w)
{
	if (w->held.data == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(w));

		bp_buffer_init(&w->held, BUFFER_SIZE(w->frame_size));
		MemoryContextSwitchTo(old);
	}
	w->holding = true;
}

void
bp_frame_writer_release(BpFrameWriter *w, int n)
{
	BpFrame    *frames = &w->frames[w->nframes - w->nheld];
	size_t		len = 0;
	uint64		offset;

	Assert(n <= w->nheld);
	for (int i = 0; i < n; i++)
		len += frames[i].stored_len;
	if (len == 0)
		return;
	offset = pg_atomic_fetch_add_u64(w->next_offset, len);
	for (int i = 0; i < n; i++)
	{
		frames[i].offset = offset;
		offset += frames[i].stored_len;
	}
	bp_file_write_at(w->fd, w->path, w->held.data, len,
					 (off_t) frames[0].offset);
	begin_sync(w, frames[0].offset, len);
	memmove(w->held.data, w->held.data + len, w->held.len - len);
	w->held.len -= len;
	w->nheld -= n;
}

void
bp_frame_writer_end(BpFrameWriter *w, BpFrameEnd end)
{
	uint32		flags;

	Assert(w->nheld == 0);
	w->holding = false;
	if (end != BP_END_INLINE)
		bp_frame_writer_flush(w);
	if (end != BP_END_NONE)
	{
		flags = (w->buf.len == 0) ? BP_FRAME_TERMINATOR : 0;
		bp_buffer_append(&w->buf, BP_TERMINATOR, BP_TERMINATOR_LEN);
		write_frame(w, flags);
	}
	w->fd = -1;
	w->next_offset = NULL;
}

int
bp_frame_writer_take(BpFrameWriter *w, const BpFrame **frames)
{
	int			n = w->nframes;

	*frames = w->frames;
	w->nframes = 0;
	return n;
}
