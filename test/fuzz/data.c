/*-------------------------------------------------------------------------
 *
 * data.c
 *	  Fuzzers of compressed data.
 *
 * The inputs of the targets have these parts:
 *
 *	frame	codec, length of the text in 3 bytes, one compressed block
 *	stream	codec, then a whole file
 *	source	the data file that a restore loads: codec and flags, number of
 *			frames, the record of each frame in the frame index in 8 bytes, then
 *			the file.  The target computes correct offsets and checksums; target
 *			"frames" (archive.c) tests the index itself.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/data.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "archive/decompress.h"
#include "base/bytes.h"
#include "archive/codec.h"
#include "base/crc32c.h"
#include "archive/frame.h"
#include "archive/stream.h"
#include "fuzz.h"
#include "restore/source.h"
#include "rows/rowread.h"

/* Small things may become this large, to no end */
#define ENOUGH_TEXT		((uint64) 4 * 1024 * 1024)

/* The file of a number of any codec */
static void
write_data(BpCodecAlgo algo, const unsigned char *data, size_t len)
{
	static char name[16] = "";

	if (name[0] != '\0')
		unlink(psprintf("%s/%s", fuzz_dir, name));
	snprintf(name, sizeof(name), "1.dat%s", bp_codec_suffix(algo));
	fuzz_write(name, data, len);
}

void
fuzz_frame(const unsigned char *data, size_t len)
{
	BpCodecAlgo algo;
	size_t		raw_len;
	char	   *raw;

	if (len < 4)
		return;
	algo = (BpCodecAlgo) (data[0] % BP_CODEC_COUNT);
	raw_len = data[1] | data[2] << 8 | (data[3] & 0x0f) << 16;
	raw = palloc(raw_len);
	bp_decompress_frame(bp_decompressor_create(algo), data + 4, len - 4,
						raw, raw_len);
	/* all of it was written to: to be seen by other sanitizers than ours */
	fuzz_require(bp_crc32c(raw, raw_len) == bp_crc32c(raw, raw_len),
				 "the text is there");
}

void
fuzz_stream(const unsigned char *data, size_t len)
{
	BpStream   *stream;
	uint64		total = 0;
	size_t		piece = 1;
	size_t		n;

	if (len == 0)
		return;
	write_data((BpCodecAlgo) (data[0] % BP_CODEC_COUNT), data + 1, len - 1);
	stream = bp_stream_open(fuzz_dir, "1.dat");
	/* in pieces of 1, 4, 16, ... bytes */
	for (;;)
	{
		char	   *buf = palloc(piece);

		n = bp_stream_read(stream, buf, piece);
		fuzz_require(n <= piece, "no more is read than the caller wants");
		pfree(buf);
		total += n;
		if (n < piece || total > ENOUGH_TEXT)
			break;
		piece = Min(piece * 4, 65536);
	}
	if (n < piece)
	{
		char		more;

		fuzz_require(bp_stream_read(stream, &more, 1) == 0,
					 "the end of a file is its end");
	}
	bp_stream_close(stream);
}

void
fuzz_source(const unsigned char *data, size_t len)
{
	BpCodecAlgo algo;
	BpSession	session;
	BpTask	   *task = palloc0(sizeof(BpTask));
	BpPlanBuilder *builder = bp_plan_builder_create();
	BpFrameIndex index;
	bool		ours;
	int			n;
	size_t		at;
	uint64		loaded = 0;

	if (len < 2)
		return;
	algo = (BpCodecAlgo) (data[0] % BP_CODEC_COUNT);
	ours = (data[0] & 4) != 0;
	n = 1 + data[1] % 8;
	data += 2;
	len -= 2;
	if (len < (size_t) n * 8)
		return;

	index.nframes = n;
	index.frames = palloc0(n * sizeof(BpFrame));
	at = 0;
	for (int i = 0; i < n; i++)
	{
		const unsigned char *p = data + i * 8;
		BpFrame    *f = &index.frames[i];

		f->dump_id = 1;
		f->offset = at;
		/* lengths as stored are short, or hostile */
		f->stored_len = p[1] & 0x80 ? bp_get_u32(p) : p[0] | p[1] << 8;
		f->raw_len = bp_get_u32(p + 4) & 0x7fffffff;
		f->flags = p[7] & 0x80 ? BP_FRAME_TERMINATOR : 0;
		f->rows = 1;
		at += f->stored_len;
	}
	data += n * 8;
	len -= n * 8;
	for (int i = 0; i < n; i++)
	{
		BpFrame    *f = &index.frames[i];

		if (f->offset <= len && f->stored_len <= len - f->offset)
			f->crc = bp_crc32c(data + f->offset, f->stored_len);
	}
	write_data(algo, data, len);

	memset(&session, 0, sizeof(session));
	session.cxt = CurrentMemoryContext;
	session.task = task;
	session.path = fuzz_dir;
	session.frames = &index;
	session.frames_read = true;
	(void) bp_plan_add_file(builder, 1, ours ? BP_FILE_OURS : 0, InvalidOid,
							"1.dat", NULL);
	session.plan = bp_plan_make(builder);

	bp_source_open(&session, bp_plan_files(session.plan));
	if (bp_source_is_framed())
	{
		char	   *text;
		size_t		text_len;

		while (bp_source_frame(&text, &text_len))
		{
			/* as a reader of rows may do */
			memset(text - BP_ROWREAD_BEFORE, 'x',
				   BP_ROWREAD_BEFORE + text_len + BP_ROWREAD_BEHIND);
			loaded++;
		}
	}
	else
	{
		char	   *buf = palloc(1000);
		uint64		total = 0;
		int			got;

		while ((got = bp_source_read(buf, 1, 1000)) > 0)
		{
			total += got;
			if (total > ENOUGH_TEXT)
				return;
		}
	}
	bp_source_finish(loaded, false, false);
}
