/*-------------------------------------------------------------------------
 *
 * decompress.c
 *	  Decompression of one block at a time: none, gzip, lz4, zstd.
 *
 * The opposite of codec.c.  The input must be exactly one frame, whose text has
 * the given length; everything else counts as damage.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/decompress.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <libdeflate.h>
#include <lz4frame.h>
#include <zstd.h>

#include "archive/codec.h"
#include "archive/decompress.h"
#include "utils/memutils.h"

struct BpDecompressor
{
	BpCodecAlgo algo;
	MemoryContext context;
	MemoryContextCallback callback;
	struct libdeflate_decompressor *gzip;
	LZ4F_dctx  *lz4;
	ZSTD_DCtx  *zstd;
};

/* Memory context callback: frees what the library allocated. */
static void
free_decompressor(void *arg)
{
	BpDecompressor *d = (BpDecompressor *) arg;

	if (d->gzip != NULL)
		libdeflate_free_decompressor(d->gzip);
	if (d->lz4 != NULL)
		LZ4F_freeDecompressionContext(d->lz4);
	if (d->zstd != NULL)
		ZSTD_freeDCtx(d->zstd);
}

BpDecompressor *
bp_decompressor_create(BpCodecAlgo algo)
{
	MemoryContext context;
	BpDecompressor *d;

	context = AllocSetContextCreate(CurrentMemoryContext,
									"backup_pool decompressor",
									ALLOCSET_SMALL_SIZES);
	d = (BpDecompressor *) MemoryContextAllocZero(context,
												  sizeof(BpDecompressor));
	d->algo = algo;
	d->context = context;
	d->callback.func = free_decompressor;
	d->callback.arg = d;
	MemoryContextRegisterResetCallback(context, &d->callback);

	switch (algo)
	{
		case BP_CODEC_NONE:
			break;
		case BP_CODEC_GZIP:
			d->gzip = libdeflate_alloc_decompressor();
			if (d->gzip == NULL)
				bp_codec_no_memory("libdeflate");
			break;
		case BP_CODEC_LZ4:
			if (LZ4F_isError(LZ4F_createDecompressionContext(&d->lz4,
															 LZ4F_VERSION)))
			{
				d->lz4 = NULL;
				bp_codec_no_memory("liblz4");
			}
			break;
		case BP_CODEC_ZSTD:
			d->zstd = ZSTD_createDCtx();
			if (d->zstd == NULL)
				bp_codec_no_memory("libzstd");
			break;
	}
	return d;
}

void
bp_decompressor_destroy(BpDecompressor *d)
{
	MemoryContextDelete(d->context);
}

static bool
decompress_gzip(BpDecompressor *d, const void *src, size_t len, void *dst,
				size_t raw_len)
{
	size_t		used;
	size_t		made;

	return libdeflate_gzip_decompress_ex(d->gzip, src, len, dst, raw_len,
										 &used, &made) == LIBDEFLATE_SUCCESS &&
		used == len && made == raw_len;
}

static bool
decompress_zstd(BpDecompressor *d, const void *src, size_t len, void *dst,
				size_t raw_len)
{
	return ZSTD_findFrameCompressedSize(src, len) == len &&
		ZSTD_decompressDCtx(d->zstd, dst, raw_len, src, len) == raw_len;
}

static bool
decompress_lz4(BpDecompressor *d, const void *src, size_t len, void *dst,
			   size_t raw_len)
{
	LZ4F_decompressOptions_t options;
	size_t		used = 0;
	size_t		made = 0;
	size_t		hint;

	memset(&options, 0, sizeof(options));
	options.stableDst = 1;
	LZ4F_resetDecompressionContext(d->lz4);
	for (;;)
	{
		size_t		n_src = len - used;
		size_t		n_dst = raw_len - made;

		hint = LZ4F_decompress(d->lz4, (char *) dst + made, &n_dst,
							   (const char *) src + used, &n_src, &options);
		if (LZ4F_isError(hint))
			return false;
		used += n_src;
		made += n_dst;
		if (hint == 0)
			return used == len && made == raw_len;
		/* no progress: the input ends too early, or the output is too long */
		if (n_src == 0 && n_dst == 0)
			return false;
	}
}

void
bp_decompress_frame(BpDecompressor *d, const void *src, size_t len, void *dst,
					size_t raw_len)
{
	bool		ok = false;

	switch (d->algo)
	{
		case BP_CODEC_NONE:
			ok = (len == raw_len);
			if (ok)
				memcpy(dst, src, len);
			break;
		case BP_CODEC_GZIP:
			ok = decompress_gzip(d, src, len, dst, raw_len);
			break;
		case BP_CODEC_LZ4:
			ok = decompress_lz4(d, src, len, dst, raw_len);
			break;
		case BP_CODEC_ZSTD:
			ok = decompress_zstd(d, src, len, dst, raw_len);
			break;
	}
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("could not decompress a block of data"),
				 errdetail("%zu bytes are not one %s frame of %zu bytes of text.",
						   len, bp_codec_name(d->algo), raw_len)));
}
