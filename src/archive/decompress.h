/*-------------------------------------------------------------------------
 *
 * decompress.h
 *	  Decompression of one block at a time: none, gzip, lz4, zstd.
 *
 * Undoes what codec.h does.  Files whose frames are unknown are read with
 * archive/stream.h instead.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/decompress.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_DECOMPRESS_H
#define BP_ARCHIVE_DECOMPRESS_H

#include "archive/codec.h"

typedef struct BpDecompressor BpDecompressor;

/*
 * A decompressor for one algorithm, in a child of CurrentMemoryContext; it
 * keeps its library's working memory from one block to the next.  The library's
 * memory is freed when that context is deleted, after an error too.
 * ERRCODE_OUT_OF_MEMORY.
 */
extern BpDecompressor *bp_decompressor_create(BpCodecAlgo algo);
extern void bp_decompressor_destroy(BpDecompressor *d);

/*
 * Decodes the frame that fills src into exactly raw_len bytes at dst.
 * ERRCODE_DATA_CORRUPTED if it is anything else; the caller's error context
 * may say which file it is.
 */
extern void bp_decompress_frame(BpDecompressor *d, const void *src,
								size_t len, void *dst, size_t raw_len);

#endif							/* BP_ARCHIVE_DECOMPRESS_H */
