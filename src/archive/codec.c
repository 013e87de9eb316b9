/*-------------------------------------------------------------------------
 *
 * codec.c
 *	  Compression of one block at a time: none, gzip, lz4, zstd.
 *
 * gzip is done by libdeflate, which takes whole blocks only and is some three
 * times as fast as zlib; zstd and lz4 by their own libraries, with the length of
 * the content in the frame's header, so that readers can allocate at once.
 *
 * The libraries allocate with malloc.  Each (de)compressor lives in a memory
 * context of its own, whose deletion, by us or by error recovery, calls back to
 * free the library's part.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/codec.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <libdeflate.h>
#include <lz4frame.h>
#include <zstd.h>

#include "utils/memutils.h"

#include "archive/codec.h"

struct BpCompressor
{
	BpCodecSpec spec;
	MemoryContext context;
	MemoryContextCallback callback;
	struct libdeflate_compressor *gzip;
	LZ4F_cctx  *lz4;
	ZSTD_CCtx  *zstd;
};

struct BpDecompressor
{
	BpCodecAlgo algo;
	MemoryContext context;
	MemoryContextCallback callback;
	struct libdeflate_decompressor *gzip;
	LZ4F_dctx  *lz4;
	ZSTD_DCtx  *zstd;
};

static const struct
{
	const char *name;
	const char *suffix;
	int			min_level;
	int			max_level;
	int			default_level;
	const char *range;
}			codecs[BP_CODEC_COUNT] =
{
	{"none", "", 0, 0, 0, "No compression takes no level."},
	{"gzip", ".gz", 1, 9, 6, "The level of gzip is a number from 1 to 9."},
	{"lz4", ".lz4", 0, 12, 0, "The level of lz4 is a number from 0 to 12."},
	{"zstd", ".zst", 1, 22, 1, "The level of zstd is a number from 1 to 22."},
};

bool
bp_codec_parse(const char *spec, BpCodecSpec *out, const char **why)
{
	const char *dummy;
	size_t		name_len = strcspn(spec, ":");
	const char *p;
	int			level;
	int			i;

	if (why == NULL)
		why = &dummy;
	for (i = 0; i < BP_CODEC_COUNT; i++)
	{
		if (strlen(codecs[i].name) == name_len &&
			pg_strncasecmp(codecs[i].name, spec, name_len) == 0)
			break;
	}
	if (i == BP_CODEC_COUNT)
	{
		*why = "Compression is one of none, gzip, lz4, zstd, optionally followed by a colon and a level.";
		return false;
	}

	level = codecs[i].default_level;
	if (spec[name_len] == ':')
	{
		*why = codecs[i].range;
		p = spec + name_len + 1;
		if (i == BP_CODEC_NONE || *p == '\0' || strlen(p) > 2 ||
			strspn(p, "0123456789") != strlen(p))
			return false;
		level = atoi(p);
		if (level < codecs[i].min_level || level > codecs[i].max_level)
			return false;
	}
	out->algo = (BpCodecAlgo) i;
	out->level = level;
	return true;
}

char *
bp_codec_text(const BpCodecSpec *spec)
{
	if (spec->algo == BP_CODEC_NONE)
		return pstrdup(codecs[BP_CODEC_NONE].name);
	return psprintf("%s:%d", codecs[spec->algo].name, spec->level);
}

const char *
bp_codec_name(BpCodecAlgo algo)
{
	Assert((int) algo >= 0 && algo < BP_CODEC_COUNT);
	return codecs[algo].name;
}

const char *
bp_codec_suffix(BpCodecAlgo algo)
{
	Assert((int) algo >= 0 && algo < BP_CODEC_COUNT);
	return codecs[algo].suffix;
}

static void
out_of_memory(const char *library)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory"),
			 errdetail("%s could not allocate its working memory.", library)));
}

/* Memory context callback: frees what the library allocated. */
static void
free_compressor(void *arg)
{
	BpCompressor *c = (BpCompressor *) arg;

	if (c->gzip != NULL)
		libdeflate_free_compressor(c->gzip);
	if (c->lz4 != NULL)
		LZ4F_freeCompressionContext(c->lz4);
	if (c->zstd != NULL)
		ZSTD_freeCCtx(c->zstd);
}

BpCompressor *
bp_compressor_create(const BpCodecSpec *spec)
{
	MemoryContext context;
	BpCompressor *c;

	context = AllocSetContextCreate(CurrentMemoryContext,
									"backup_pool compressor",
									ALLOCSET_SMALL_SIZES);
	c = (BpCompressor *) MemoryContextAllocZero(context, sizeof(BpCompressor));
	c->spec = *spec;
	c->context = context;
	c->callback.func = free_compressor;
	c->callback.arg = c;
	MemoryContextRegisterResetCallback(context, &c->callback);

	switch (spec->algo)
	{
		case BP_CODEC_NONE:
			break;
		case BP_CODEC_GZIP:
			c->gzip = libdeflate_alloc_compressor(spec->level);
			if (c->gzip == NULL)
				out_of_memory("libdeflate");
			break;
		case BP_CODEC_LZ4:
			if (LZ4F_isError(LZ4F_createCompressionContext(&c->lz4,
														   LZ4F_VERSION)))
			{
				c->lz4 = NULL;
				out_of_memory("liblz4");
			}
			break;
		case BP_CODEC_ZSTD:
			c->zstd = ZSTD_createCCtx();
			if (c->zstd == NULL)
				out_of_memory("libzstd");
			if (ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd,
													ZSTD_c_compressionLevel,
													spec->level)))
				elog(ERROR, "libzstd refused compression level %d",
					 spec->level);
			break;
	}
	return c;
}

void
bp_compressor_destroy(BpCompressor *c)
{
	MemoryContextDelete(c->context);
}

static void
lz4_preferences(BpCompressor *c, size_t len, LZ4F_preferences_t *prefs)
{
	memset(prefs, 0, sizeof(*prefs));
	prefs->frameInfo.blockSizeID = LZ4F_max4MB;
	prefs->frameInfo.blockMode = LZ4F_blockLinked;
	prefs->frameInfo.contentSize = len;
	prefs->compressionLevel = c->spec.level;
	prefs->autoFlush = 1;
}

size_t
bp_compress_bound(BpCompressor *c, size_t len)
{
	LZ4F_preferences_t prefs;

	switch (c->spec.algo)
	{
		case BP_CODEC_NONE:
			return len;
		case BP_CODEC_GZIP:
			return libdeflate_gzip_compress_bound(c->gzip, len);
		case BP_CODEC_LZ4:
			lz4_preferences(c, len, &prefs);
			return LZ4F_compressFrameBound(len, &prefs);
		case BP_CODEC_ZSTD:
			return ZSTD_compressBound(len);
	}
	return len;					/* keep compiler quiet */
}

/* The source is one piece of memory that stays, which spares a copy. */
static size_t
compress_lz4(BpCompressor *c, const void *src, size_t len, void *dst,
			 size_t cap)
{
	LZ4F_compressOptions_t options;
	LZ4F_preferences_t prefs;
	size_t		done;
	size_t		n;

	memset(&options, 0, sizeof(options));
	options.stableSrc = 1;
	lz4_preferences(c, len, &prefs);

	done = LZ4F_compressBegin(c->lz4, dst, cap, &prefs);
	if (LZ4F_isError(done))
		elog(ERROR, "lz4 compression failed: %s", LZ4F_getErrorName(done));
	if (len > 0)
	{
		n = LZ4F_compressUpdate(c->lz4, (char *) dst + done, cap - done,
								src, len, &options);
		if (LZ4F_isError(n))
			elog(ERROR, "lz4 compression failed: %s", LZ4F_getErrorName(n));
		done += n;
	}
	n = LZ4F_compressEnd(c->lz4, (char *) dst + done, cap - done, &options);
	if (LZ4F_isError(n))
		elog(ERROR, "lz4 compression failed: %s", LZ4F_getErrorName(n));
	return done + n;
}

size_t
bp_compress(BpCompressor *c, const void *src, size_t len, void *dst,
			size_t cap)
{
	size_t		n = 0;

	switch (c->spec.algo)
	{
		case BP_CODEC_NONE:
			if (cap < len)
				elog(ERROR, "no room for %zu bytes", len);
			memcpy(dst, src, len);
			n = len;
			break;
		case BP_CODEC_GZIP:
			n = libdeflate_gzip_compress(c->gzip, src, len, dst, cap);
			if (n == 0)
				elog(ERROR, "gzip compression failed: no room");
			break;
		case BP_CODEC_LZ4:
			n = compress_lz4(c, src, len, dst, cap);
			break;
		case BP_CODEC_ZSTD:
			n = ZSTD_compress2(c->zstd, dst, cap, src, len);
			if (ZSTD_isError(n))
				elog(ERROR, "zstd compression failed: %s",
					 ZSTD_getErrorName(n));
			break;
	}
	return n;
}

/* ----------------------------------------------------------------
 *		decompression
 * ----------------------------------------------------------------
 */

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
				out_of_memory("libdeflate");
			break;
		case BP_CODEC_LZ4:
			if (LZ4F_isError(LZ4F_createDecompressionContext(&d->lz4,
															 LZ4F_VERSION)))
			{
				d->lz4 = NULL;
				out_of_memory("liblz4");
			}
			break;
		case BP_CODEC_ZSTD:
			d->zstd = ZSTD_createDCtx();
			if (d->zstd == NULL)
				out_of_memory("libzstd");
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
						   len, codecs[d->algo].name, raw_len)));
}
