/*-------------------------------------------------------------------------
 *
 * codec.c
 *	  Compression of one block at a time: none, gzip, lz4, zstd.
 *
 * libdeflate compresses to gzip: it takes whole blocks only and is some three
 * times as fast as zlib.  zstd and lz4 have their own libraries; the frame's
 * header has the length of the content, so that readers can allocate at once.
 *
 * Frames of rows get other parameters for zstd at level 1, where the search for
 * matches takes two thirds of the time.  A value repeats bytes of a few rows
 * before it, or, as many values do, repeats nothing.  A hash table of half the
 * size forgets old rows earlier and stays in the first cache, and a longer step
 * between look-ups skips digits faster: on most tables this saves a fifth to a
 * third of the time, and sizes stay within two percent.  With a longer step zstd
 * would not compress literals, so it is told to compress them all the same.
 * Small frames, and data that shrinks to next to nothing, keep the library's
 * parameters.
 *
 * The libraries allocate with malloc.  Each compressor and decompressor has its
 * own memory context; when that is deleted, by us or by error recovery, a
 * callback frees the library's memory.  Decompression is in decompress.c.
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

#include "archive/codec.h"
#include "utils/memutils.h"

struct BpCompressor
{
	BpCodecSpec spec;
	MemoryContext context;
	MemoryContextCallback callback;
	struct libdeflate_compressor *gzip;
	LZ4F_cctx  *lz4;
	ZSTD_CCtx  *zstd;
	bool		for_rows;		/* zstd has the parameters for rows */
	bool		shrinks;		/* the last frame shrank to next to nothing */
};

/* Parameters of zstd for rows, for frames of at least ROWS_MIN_LEN bytes */
#define ROWS_MIN_LEN		((size_t) 256 * 1024)
#define ROWS_HASH_LOG		13
#define ROWS_MIN_MATCH		7
#define ROWS_STEP			2

/* ZSTD_c_literalCompressionMode and ZSTD_lcm_huffman of zstd.h's unstable part */
#define LITERALS_MODE		ZSTD_c_experimentalParam5
#define LITERALS_HUFFMAN	1

/* "Next to nothing" is less than one part in so many */
#define SHRINKS_TO			16

static const struct
{
	const char *name;
	const char *suffix;
	int			min_level;
	int			max_level;
	int			default_level;
	int			max_ratio;		/* of text to what it is compressed to */
	const char *range;
}			codecs[BP_CODEC_COUNT] =
{
	{"none", "", 0, 0, 0, 1, "No compression takes no level."},
	{"gzip", ".gz", 1, 9, 6, 1032, "The level of gzip is a number from 1 to 9."},
	{"lz4", ".lz4", 0, 12, 0, 255, "The level of lz4 is a number from 0 to 12."},
	{"zstd", ".zst", 1, 22, 1, 32768, "The level of zstd is a number from 1 to 22."},
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

/*
 * The best possible compression of each format: deflate turns 258 bytes into
 * two bits, lz4 255 bytes into one, zstd a block of 128 kB into four bytes.
 */
uint64
bp_codec_max_text(BpCodecAlgo algo, uint32 stored_len)
{
	Assert((int) algo >= 0 && algo < BP_CODEC_COUNT);
	return (uint64) stored_len * codecs[algo].max_ratio;
}

void
bp_codec_no_memory(const char *library)
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
				bp_codec_no_memory("libdeflate");
			break;
		case BP_CODEC_LZ4:
			if (LZ4F_isError(LZ4F_createCompressionContext(&c->lz4,
														   LZ4F_VERSION)))
			{
				c->lz4 = NULL;
				bp_codec_no_memory("liblz4");
			}
			break;
		case BP_CODEC_ZSTD:
			c->zstd = ZSTD_createCCtx();
			if (c->zstd == NULL)
				bp_codec_no_memory("libzstd");
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

/* stableSrc: the source stays where it is, so the library need not copy it. */
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

/*
 * Chooses the parameters of zstd for a frame.  A library without the mode for
 * literals keeps its own parameters.
 */
static void
choose_zstd(BpCompressor *c, size_t len)
{
	bool		for_rows = c->spec.level == 1 && len >= ROWS_MIN_LEN &&
		!c->shrinks;

	if (for_rows == c->for_rows)
		return;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, LITERALS_MODE,
											for_rows ? LITERALS_HUFFMAN : 0)))
		return;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_hashLog,
											for_rows ? ROWS_HASH_LOG : 0)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_minMatch,
											for_rows ? ROWS_MIN_MATCH : 0)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_targetLength,
											for_rows ? ROWS_STEP : 0)))
		elog(ERROR, "libzstd refused its parameters");
	c->for_rows = for_rows;
}

static size_t
compress_zstd(BpCompressor *c, const void *src, size_t len, void *dst,
			  size_t cap)
{
	size_t		n;

	choose_zstd(c, len);
	n = ZSTD_compress2(c->zstd, dst, cap, src, len);
	if (ZSTD_isError(n))
		elog(ERROR, "zstd compression failed: %s", ZSTD_getErrorName(n));
	c->shrinks = n < len / SHRINKS_TO;
	return n;
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
			n = compress_zstd(c, src, len, dst, cap);
			break;
	}
	return n;
}
