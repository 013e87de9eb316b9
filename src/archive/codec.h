/*-------------------------------------------------------------------------
 *
 * codec.h
 *	  Compression of one block at a time: none, gzip, lz4, zstd.
 *
 * A compressor turns a block of bytes into one independent gzip member, zstd
 * frame or LZ4 frame; files made of many of them are ordinary .gz, .zst and .lz4
 * files.  A decompressor undoes one such frame of known size.  Both keep their
 * library's working memory for the next block.  Files of unknown make-up are
 * read with archive/stream.h instead.
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
 * Parses "none", "gzip[:1-9]", "lz4[:0-12]", "zstd[:1-22]"; without a level
 * gzip means 6, lz4 0, zstd 1.  False if spec is nothing of that, and then
 * *why (if why is not NULL) is a constant sentence fit for an errdetail.
 * Raises nothing, allocates nothing: good for a GUC check hook.
 */
extern bool bp_codec_parse(const char *spec, BpCodecSpec *out,
						   const char **why);

/* "zstd:1" and the like, palloc'd; parses to the same again. */
extern char *bp_codec_text(const BpCodecSpec *spec);

/* Constants: "none", "gzip", "lz4", "zstd"; and "", ".gz", ".lz4", ".zst". */
extern const char *bp_codec_name(BpCodecAlgo algo);
extern const char *bp_codec_suffix(BpCodecAlgo algo);

/*
 * Most bytes of text that so many bytes can be decompressed to, if they are
 * anything of that codec: what says more is damaged.
 */
extern uint64 bp_codec_max_text(BpCodecAlgo algo, uint32 stored_len);

/* ERRCODE_OUT_OF_MEMORY, in the name of a library */
extern void bp_codec_no_memory(const char *library);

/*
 * A compressor in a child of CurrentMemoryContext.  The memory that the
 * library took is given back when that context goes, on error too.
 * ERRCODE_OUT_OF_MEMORY.
 */
extern BpCompressor *bp_compressor_create(const BpCodecSpec *spec);
extern void bp_compressor_destroy(BpCompressor *c);

/* Most bytes that bp_compress can make of len bytes. */
extern size_t bp_compress_bound(BpCompressor *c, size_t len);

/*
 * Compresses len bytes (0 is fine) into one frame; returns its length.  cap
 * must be at least bp_compress_bound(c, len).
 */
extern size_t bp_compress(BpCompressor *c, const void *src, size_t len,
						  void *dst, size_t cap);

#endif							/* BP_ARCHIVE_CODEC_H */
