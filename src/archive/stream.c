/*-------------------------------------------------------------------------
 *
 * stream.c
 *	  Reading data files of an archive from the beginning.
 *
 * The three libraries decode in steps: from a piece of input to as much output
 * as there is room for.  decode_step hides the differences; bp_stream_read needs
 * to know only how much input was used, how much output was made, and whether
 * the decoder is within a frame.  A file must not end within a frame, and a
 * compressed file has at least one frame, so that truncation is always noticed.
 *
 * Behind a frame there must be another frame or the end.  gzip(1) ignores
 * other bytes there; we raise an error, since only damage can cause them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/stream.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <lz4frame.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "archive/file.h"
#include "archive/stream.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Compressed bytes that are read at once */
#define IN_SIZE		(256 * 1024)

/*
 * For bp_stream_set_limit: the text of a compressed file may have
 * TEXT_EXPECTED bytes plus TEXT_RATIO times the size of the file.  The
 * definitions of many similar tables have about 30 times their compressed
 * size.
 */
#define TEXT_EXPECTED	((uint64) 64 * 1024 * 1024)
#define TEXT_RATIO		100

struct BpStream
{
	MemoryContext context;
	MemoryContextCallback callback;
	char	   *path;
	int			fd;
	BpCodecAlgo algo;
	off_t		pos;			/* offset in the file behind the bytes in 'in' */
	char	   *in;
	size_t		in_len;
	size_t		in_pos;
	bool		in_frame;		/* decoder waits for the rest of a frame */
	bool		any_frame;		/* decoder has begun a frame */
	uint64		text_left;		/* bytes of text that are still allowed */
	bool		zlib_ready;
	z_stream	zlib;
	LZ4F_dctx  *lz4;
	ZSTD_DCtx  *zstd;
};

bool
bp_data_file_find(const char *dir, const char *name, char **path,
				  BpCodecAlgo *algo, off_t *size)
{
	static const BpCodecAlgo order[] = {
		BP_CODEC_NONE, BP_CODEC_GZIP, BP_CODEC_LZ4, BP_CODEC_ZSTD
	};
	int			i;

	for (i = 0; i < lengthof(order); i++)
	{
		char	   *try = psprintf("%s/%s%s", dir, name,
								   bp_codec_suffix(order[i]));
		struct stat st;

		if (lstat(try, &st) < 0)
		{
			if (errno != ENOENT && errno != ENOTDIR)
				ereport(ERROR,
						(errcode_for_file_access(),
						 errmsg("could not stat file \"%s\": %m", try)));
			pfree(try);
			continue;
		}
		if (!S_ISREG(st.st_mode))
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a regular file", try),
					 errdetail("Files of an archive must be regular files; symbolic links are not followed.")));
		if (path != NULL)
			*path = try;
		if (algo != NULL)
			*algo = order[i];
		if (size != NULL)
			*size = st.st_size;
		return true;
	}
	return false;
}

/*
 * Memory context callback: frees what the libraries allocated.  It does not
 * close the descriptor: after an error fd.c does, maybe before this is called.
 */
static void
free_stream(void *arg)
{
	BpStream   *s = (BpStream *) arg;

	if (s->zlib_ready)
		inflateEnd(&s->zlib);
	if (s->lz4 != NULL)
		LZ4F_freeDecompressionContext(s->lz4);
	if (s->zstd != NULL)
		ZSTD_freeDCtx(s->zstd);
}

static void
init_decoder(BpStream *s)
{
	bool		ok = true;

	switch (s->algo)
	{
		case BP_CODEC_NONE:
			break;
		case BP_CODEC_GZIP:
			ok = s->zlib_ready = (inflateInit2(&s->zlib, 15 + 16) == Z_OK);
			break;
		case BP_CODEC_LZ4:
			ok = !LZ4F_isError(LZ4F_createDecompressionContext(&s->lz4,
															   LZ4F_VERSION));
			if (!ok)
				s->lz4 = NULL;
			break;
		case BP_CODEC_ZSTD:
			s->zstd = ZSTD_createDCtx();
			ok = (s->zstd != NULL);
			break;
	}
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("The %s library could not allocate its working memory.",
						   bp_codec_name(s->algo))));
}

BpStream *
bp_stream_open(const char *dir, const char *name)
{
	MemoryContext context;
	MemoryContext old;
	BpStream   *s;

	context = AllocSetContextCreate(CurrentMemoryContext,
									"backup_pool stream",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	s = (BpStream *) palloc0(sizeof(BpStream));
	s->context = context;
	s->callback.func = free_stream;
	s->callback.arg = s;
	MemoryContextRegisterResetCallback(context, &s->callback);

	if (!bp_data_file_find(dir, name, &s->path, &s->algo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("file \"%s/%s\" does not exist", dir, name),
				 errdetail("Neither does a file of that name with .gz, .lz4 or .zst.")));
	s->text_left = PG_UINT64_MAX;
	s->in = (char *) palloc(IN_SIZE);
	init_decoder(s);
	s->fd = bp_file_open(s->path, false, NULL);
	MemoryContextSwitchTo(old);
	return s;
}

void
bp_stream_set_limit(BpStream *stream)
{
	struct stat st;

	if (fstat(stream->fd, &st) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", stream->path)));
	stream->text_left = TEXT_EXPECTED + TEXT_RATIO * (uint64) st.st_size;
}

const char *
bp_stream_path(const BpStream *stream)
{
	return stream->path;
}

void
bp_stream_close(BpStream *stream)
{
	bp_file_close(stream->fd, stream->path);
	MemoryContextDelete(stream->context);
}

/* Offset in the file up to which the decoder has used the input. */
static unsigned long long
input_offset(BpStream *s)
{
	return (unsigned long long) (s->pos - (off_t) (s->in_len - s->in_pos));
}

static void
stream_damaged(BpStream *s, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("compressed file \"%s\" is damaged", s->path),
			 errdetail("At offset %llu of the file: %s.",
					   input_offset(s), how)));
}

static void
truncated(BpStream *s)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("compressed file \"%s\" is truncated", s->path),
			 errdetail("It ends at offset %llu, within a %s frame.",
					   input_offset(s), bp_codec_name(s->algo))));
}

static size_t
step_gzip(BpStream *s, char *out, size_t len)
{
	uInt		avail_in = (uInt) (s->in_len - s->in_pos);
	uInt		avail_out = (uInt) Min(len, (size_t) IN_SIZE * 16);
	int			rc;

	s->zlib.next_in = (Bytef *) (s->in + s->in_pos);
	s->zlib.avail_in = avail_in;
	s->zlib.next_out = (Bytef *) out;
	s->zlib.avail_out = avail_out;
	rc = inflate(&s->zlib, Z_NO_FLUSH);
	s->in_pos += avail_in - s->zlib.avail_in;
	s->in_frame = (rc != Z_STREAM_END);
	if (rc == Z_STREAM_END)
		inflateReset(&s->zlib);
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		stream_damaged(s, s->zlib.msg != NULL ? s->zlib.msg : "zlib error");
	return avail_out - s->zlib.avail_out;
}

static size_t
step_lz4(BpStream *s, char *out, size_t len)
{
	size_t		n_in = s->in_len - s->in_pos;
	size_t		rc;

	rc = LZ4F_decompress(s->lz4, out, &len, s->in + s->in_pos, &n_in, NULL);
	if (LZ4F_isError(rc))
		stream_damaged(s, LZ4F_getErrorName(rc));
	s->in_pos += n_in;
	s->in_frame = (rc != 0);
	return len;
}

static size_t
step_zstd(BpStream *s, char *out, size_t len)
{
	ZSTD_inBuffer in = {s->in, s->in_len, s->in_pos};
	ZSTD_outBuffer o = {out, len, 0};
	size_t		rc;

	rc = ZSTD_decompressStream(s->zstd, &o, &in);
	if (ZSTD_isError(rc))
		stream_damaged(s, ZSTD_getErrorName(rc));
	s->in_pos = in.pos;
	s->in_frame = (rc != 0);
	return o.pos;
}

/* Decodes as much of the input in memory as possible; returns bytes made. */
static size_t
decode_step(BpStream *s, char *out, size_t len)
{
	s->any_frame = true;
	switch (s->algo)
	{
		case BP_CODEC_GZIP:
			return step_gzip(s, out, len);
		case BP_CODEC_LZ4:
			return step_lz4(s, out, len);
		case BP_CODEC_ZSTD:
			return step_zstd(s, out, len);
		case BP_CODEC_NONE:
			break;
	}
	Assert(false);
	return 0;
}

/* Reads the next piece of the file; false at its end. */
static bool
refill(BpStream *s)
{
	s->in_pos = 0;
	s->in_len = bp_file_read_at(s->fd, s->path, s->in, IN_SIZE, s->pos);
	s->pos += s->in_len;
	return s->in_len > 0;
}

static size_t
read_plain(BpStream *s, char *buf, size_t len)
{
	size_t		done = Min(len, s->in_len - s->in_pos);
	size_t		n;

	memcpy(buf, s->in + s->in_pos, done);
	s->in_pos += done;
	if (done == len)
		return done;
	if (len - done >= IN_SIZE)
	{
		n = bp_file_read_at(s->fd, s->path, buf + done, len - done, s->pos);
		s->pos += n;
	}
	else
	{
		if (!refill(s))
			return done;
		n = Min(len - done, s->in_len);
		memcpy(buf + done, s->in, n);
		s->in_pos = n;
	}
	return done + n;
}

size_t
bp_stream_read(BpStream *stream, void *buf, size_t len)
{
	BpStream   *s = stream;
	size_t		done = 0;

	if (s->algo == BP_CODEC_NONE)
		return read_plain(s, (char *) buf, len);

	while (done < len)
	{
		size_t		before = s->in_pos;
		size_t		made = 0;

		CHECK_FOR_INTERRUPTS();

		/* within a frame the decoder may still hold output */
		if (s->in_pos < s->in_len || s->in_frame)
			made = decode_step(s, (char *) buf + done, len - done);
		done += made;
		if (made > s->text_left)
			stream_damaged(s, "it has far more text than a file of its size should have");
		s->text_left -= made;
		if (made > 0 || s->in_pos > before)
			continue;
		if (s->in_pos < s->in_len)
			stream_damaged(s, "the decoder makes no progress");
		if (!refill(s))
		{
			if (s->in_frame || !s->any_frame)
				truncated(s);
			break;
		}
	}
	return done;
}
