/*-------------------------------------------------------------------------
 *
 * codec.h
 *	  Compression of one block at a time: none, gzip, lz4, zstd.
 *
 * A compressor turns a block of bytes into one independent gzip member, zstd
 * frame or LZ4 frame; a sequence of them is an ordinary .gz, .zst or .lz4 file.
 * It keeps its library's working memory for the next block.  decompress.h undoes
 * one such frame.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/codec.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_CODEC_H
#define BP_ARCHIVE_CODEC_H

/* The values are those of the algorithm byte of toc.dat (1.15 and later). */
typedef enum BpCodecAlgo
{
	BP_CODEC_NONE = 0,
	BP_CODEC_GZIP = 1,
	BP_CODEC_LZ4 = 2,
	BP_CODEC_ZSTD = 3
} BpCodecAlgo;

#define BP_CODEC_COUNT	4

typedef struct BpCodecSpec
{
	BpCodecAlgo algo;
	int			level;			/* 0 with BP_CODEC_NONE */
} BpCodecSpec;

typedef struct BpCompressor BpCompressor;

/*
 * Parses "none", "gzip[:1-9]", "lz4[:0-12]", "zstd[:1-22]"; the default levels
 * are 6 for gzip, 0 for lz4 and 1 for zstd.  Returns false for any other spec,
 * and then sets *why, unless why is NULL, to a constant sentence for an
 * errdetail.  Raises no error and allocates nothing, as a GUC check hook needs
 * it.
 */
extern bool bp_codec_parse(const char *spec, BpCodecSpec *out,
						   const char **why);

/* "zstd:1" and the like, palloc'd; parses to the same again. */
extern char *bp_codec_text(const BpCodecSpec *spec);

/* Constants: "none", "gzip", "lz4", "zstd"; and "", ".gz", ".lz4", ".zst". */
extern const char *bp_codec_name(BpCodecAlgo algo);
extern const char *bp_codec_suffix(BpCodecAlgo algo);

/*
 * The maximum number of bytes of text that stored_len bytes of that codec can
 * be decompressed to.  An index that gives a larger number is damaged.
 */
extern uint64 bp_codec_max_text(BpCodecAlgo algo, uint32 stored_len);

/* Raises ERRCODE_OUT_OF_MEMORY; the detail names the library. */
extern void bp_codec_no_memory(const char *library);

/*
 * A compressor in a child of CurrentMemoryContext.  The library's memory is
 * freed when that context is deleted, after an error too.
 * ERRCODE_OUT_OF_MEMORY.
 */
extern BpCompressor *bp_compressor_create(const BpCodecSpec *spec);
extern void bp_compressor_destroy(BpCompressor *c);

/* The maximum length of what bp_compress makes of len bytes. */
extern size_t bp_compress_bound(BpCompressor *c, size_t len);

/*
 * Compresses len bytes, which may be 0, into one frame at dst; returns its
 * length.  cap, the room at dst, must be at least bp_compress_bound(c, len).
 */
extern size_t bp_compress(BpCompressor *c, const void *src, size_t len,
						  void *dst, size_t cap);

#endif							/* BP_ARCHIVE_CODEC_H */
