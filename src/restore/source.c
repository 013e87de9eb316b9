/*-------------------------------------------------------------------------
 *
 * source.c
 *	  The data file that COPY FROM reads during a restore.
 *
 * The callback of COPY FROM has no argument, so the source is a static variable
 * of this file.  There are two kinds of source:
 *
 * - A range of frames of a file of our own, found in the frame index.  Only
 *	 the bytes of these frames are read.  The checksum of each frame is verified
 *	 before it is decoded, and the index has the number of rows.
 *
 * - A whole file that pg_dump wrote.  The number of its rows is not known, but
 *	 pg_dump ends each file with "\." on a line of its own.  So a file that was
 *	 cut off, even at the end of a row, is an error and not a shorter table.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/source.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/codec.h"
#include "archive/decompress.h"
#include "archive/file.h"
#include "archive/frame.h"
#include "archive/frame_index.h"
#include "archive/stream.h"
#include "miscadmin.h"
#include "restore/source.h"
#include "rows/rowread.h"

#define BP_TAIL_LEN		8
#define BP_DRAIN_LEN	65536

typedef struct BpSource
{
	BpSession  *session;
	BpPlanFile *file;
	char	   *path;

	/* frames */
	bool		framed;
	const BpFrame *frames;		/* all frames of the file */
	const BpFrame *next;		/* the frame to read next */
	const BpFrame *end;			/* behind the last frame */
	int			fd;
	BpCodecAlgo algo;
	BpDecompressor *decompressor;
	char	   *stored;			/* a frame as stored */
	char	   *raw;			/* the same, decoded */
	size_t		raw_len;
	size_t		raw_pos;
	uint64		rows;			/* of the frames read so far */
	uint64		pending_bytes;	/* of the frame being read, for progress */
	uint32		pending_rows;

	/* whole file */
	BpStream   *stream;
	uint64		size;			/* on disk */
	uint64		total;			/* bytes read, decoded */
	char		tail[BP_TAIL_LEN];	/* the last of them */
	int			ntail;
} BpSource;

static BpSource *source = NULL;

static void source_open_frames(BpSource *s, const BpFrame *frames,
							   int nframes);
static bool source_next_frame(BpSource *s);
static void source_progress(BpSource *s);
static void source_note_tail(BpSource *s, const char *buf, size_t len);
static void source_require_end_mark(BpSource *s, bool binary);

void
bp_source_open(BpSession *session, BpPlanFile *file)
{
	BpPlan	   *plan = bp_session_plan(session);
	const char *name = bp_plan_string(plan, file->name);
	BpSource   *s = palloc0(sizeof(BpSource));
	const BpFrame *frames = NULL;
	int			nframes = 0;
	off_t		size = 0;

	s->session = session;
	s->file = file;
	if ((file->flags & BP_FILE_OURS) != 0 && bp_session_frames(session) != NULL)
		frames = bp_frame_index_find(bp_session_frames(session),
									 file->dump_id, &nframes);
	if (!bp_data_file_find(session->path, name, &s->path, &s->algo, &size))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" is missing in directory \"%s\"",
						name, session->path)));
	s->size = size;
	if ((file->flags & BP_FILE_OURS) != 0)
		source_open_frames(s, frames, nframes);
	else
		s->stream = bp_stream_open(session->path, name);
	source = s;
}

static void
source_open_frames(BpSource *s, const BpFrame *frames, int nframes)
{
	const BpFrame *f;
	size_t		stored = 1;
	size_t		raw = 1;

	if (frames == NULL ||
		(s->file->npieces > 0 && s->file->npieces != (uint32) nframes))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the frame index of \"%s\" was changed while it was being restored",
						s->session->path)));
	s->framed = true;
	s->frames = frames;
	s->next = frames;
	s->end = frames + nframes;
	for (f = s->next; f < s->end; f++)
	{
		/* A damaged index must not make us allocate too much memory */
		if (!bp_frame_is_possible(f, s->algo, s->size))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("wrong length of a frame of \"%s\" in the frame index",
							s->path)));
		stored = Max(stored, f->stored_len);
		raw = Max(raw, f->raw_len);
	}
	s->fd = bp_file_open(s->path, false, NULL);
	s->raw = MemoryContextAllocHuge(CurrentMemoryContext,
									BP_ROWREAD_BEFORE + raw + BP_ROWREAD_BEHIND);
	s->raw += BP_ROWREAD_BEFORE;
	if (s->algo != BP_CODEC_NONE)
	{
		s->stored = MemoryContextAllocHuge(CurrentMemoryContext, stored);
		s->decompressor = bp_decompressor_create(s->algo);
	}
}

/* Counts the frame that was read last. */
static void
source_progress(BpSource *s)
{
	BpTask	   *task = s->session->task;

	pg_atomic_fetch_add_u64(&task->bytes_done, s->pending_bytes);
	pg_atomic_fetch_add_u64(&task->stored_bytes, s->pending_bytes);
	pg_atomic_fetch_add_u64(&task->raw_bytes, s->raw_len);
	pg_atomic_fetch_add_u64(&task->rows_done, s->pending_rows);
	pg_atomic_fetch_add_u64(&s->file->rows, s->pending_rows);
	s->pending_bytes = 0;
	s->pending_rows = 0;
}

/* Reads, verifies and decodes the next frame with rows; false at the end. */
static bool
source_next_frame(BpSource *s)
{
	const BpFrame *f;

	source_progress(s);
	/* A frame without rows is verified, too */
	for (; s->next < s->end &&
		 (s->next->flags & BP_FRAME_TERMINATOR) != 0; s->next++)
		bp_frame_read(s->fd, s->path, s->next,
					  s->algo == BP_CODEC_NONE ? s->raw : s->stored);
	if (s->next >= s->end)
		return false;
	f = s->next++;
	CHECK_FOR_INTERRUPTS();
	if (s->algo == BP_CODEC_NONE)
		bp_frame_read(s->fd, s->path, f, s->raw);
	else
	{
		bp_frame_read(s->fd, s->path, f, s->stored);
		bp_decompress_frame(s->decompressor, s->stored, f->stored_len,
							s->raw, f->raw_len);
	}
	s->raw_len = f->raw_len;
	s->raw_pos = 0;
	s->rows += f->rows;
	s->pending_bytes = f->stored_len;
	s->pending_rows = f->rows;
	return true;
}

/* Remembers the last bytes of a whole file. */
static void
source_note_tail(BpSource *s, const char *buf, size_t len)
{
	int			keep;

	s->total += len;
	if (len >= BP_TAIL_LEN)
	{
		memcpy(s->tail, buf + len - BP_TAIL_LEN, BP_TAIL_LEN);
		s->ntail = BP_TAIL_LEN;
		return;
	}
	keep = Min(s->ntail, BP_TAIL_LEN - (int) len);
	memmove(s->tail, s->tail + s->ntail - keep, keep);
	memcpy(s->tail + keep, buf, len);
	s->ntail = keep + len;
}

int
bp_source_read(void *buf, int minread, int maxread)
{
	BpSource   *s = source;
	int			done = 0;

	while (done < minread)
	{
		size_t		n;

		if (!s->framed)
		{
			n = bp_stream_read(s->stream, (char *) buf + done, maxread - done);
			if (n == 0)
				break;
			source_note_tail(s, (char *) buf + done, n);
			done += n;
			continue;
		}
		if (s->raw_pos >= s->raw_len && !source_next_frame(s))
			break;
		n = Min(s->raw_len - s->raw_pos, (size_t) (maxread - done));
		memcpy((char *) buf + done, s->raw + s->raw_pos, n);
		s->raw_pos += n;
		done += n;
	}
	return done;
}

bool
bp_source_frame(char **text, size_t *len)
{
	BpSource   *s = source;

	Assert(s->framed);
	if (!source_next_frame(s))
		return false;
	s->raw_pos = s->raw_len;
	*text = s->raw;
	*len = s->raw_len;
	return true;
}

bool
bp_source_frame_at(uint64 number, char **text, size_t *len)
{
	BpSource   *s = source;

	s->next = &s->frames[number];
	s->end = s->next + 1;
	return bp_source_frame(text, len);
}

void
bp_source_restrict(uint64 first)
{
	source->next = &source->frames[first];
}

bool
bp_source_is_framed(void)
{
	return source->framed;
}

uint64
bp_source_rows_before(void)
{
	uint64		rows = 0;

	if (source == NULL || !source->framed)
		return 0;
	for (const BpFrame *f = source->frames; f + 1 < source->next; f++)
		rows += f->rows;
	return rows;
}

/* Raises an error unless a whole file ends as pg_dump ends it. */
static void
source_require_end_mark(BpSource *s, bool binary)
{
	bool		complete;
	int			n;

	if (binary)
		complete = s->ntail >= 2 &&
			memcmp(s->tail + s->ntail - 2, "\377\377", 2) == 0;
	else
	{
		n = s->ntail;
		while (n > 0 && s->tail[n - 1] == '\n')
			n--;
		complete = n >= 2 && memcmp(s->tail + n - 2, "\\.", 2) == 0 &&
			(n == 2 ? s->total <= BP_TAIL_LEN : s->tail[n - 3] == '\n');
	}
	if (!complete)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("data file \"%s\" is truncated", s->path),
				 errdetail("The end marker that pg_dump writes is missing.")));
}

void
bp_source_finish(uint64 loaded, bool binary, bool check_rows)
{
	BpSource   *s = source;
	BpTask	   *task = s->session->task;

	if (s->framed)
	{
		/* COPY may have stopped at the end marker: verify what is left */
		while (source_next_frame(s))
			;
		if (check_rows && loaded != s->rows)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("data file \"%s\" has " UINT64_FORMAT " rows instead of " UINT64_FORMAT,
							s->path, loaded, s->rows)));
		bp_file_close(s->fd, s->path);
	}
	else
	{
		char	   *buf = palloc(BP_DRAIN_LEN);

		/* This also verifies the checksums of the compressed file */
		while (bp_source_read(buf, 1, BP_DRAIN_LEN) > 0)
			CHECK_FOR_INTERRUPTS();
		source_require_end_mark(s, binary);
		bp_stream_close(s->stream);
		pg_atomic_fetch_add_u64(&task->bytes_done, s->size);
		pg_atomic_fetch_add_u64(&task->stored_bytes, s->size);
		pg_atomic_fetch_add_u64(&task->raw_bytes, s->total);
		pg_atomic_fetch_add_u64(&task->rows_done, loaded);
		pg_atomic_fetch_add_u64(&s->file->rows, loaded);
	}
	source = NULL;
}

void
bp_source_forget(void)
{
	/* Memory and file descriptors are freed at the end of the transaction */
	source = NULL;
}
