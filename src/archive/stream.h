/*-------------------------------------------------------------------------
 *
 * stream.h
 *	  Reading data files of an archive from the beginning.
 *
 * A data file is plain, or compressed by gzip, lz4 or zstd as its suffix says.
 * pg_dump, backup_pool or a command line tool made it: it is any number of
 * members or frames, one after the other.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/stream.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_STREAM_H
#define BP_ARCHIVE_STREAM_H

#include <sys/types.h>

#include "archive/codec.h"

typedef struct BpStream BpStream;

/*
 * Looks for dir/name, then for the name with .gz, .lz4 and .zst, as pg_restore
 * does.  False if there is none.  Otherwise sets *path (palloc'd), *algo and
 * *size (bytes on disk), each unless the pointer is NULL.
 * ERRCODE_WRONG_OBJECT_TYPE if the file is not a regular file.
 */
extern bool bp_data_file_find(const char *dir, const char *name, char **path,
							  BpCodecAlgo *algo, off_t *size);

/*
 * Opens the file that bp_data_file_find finds; ERRCODE_UNDEFINED_FILE if
 * there is none.  The stream lives in a child of CurrentMemoryContext, which
 * also frees the libraries' memory; the descriptor is a transient file.
 */
extern BpStream *bp_stream_open(const char *dir, const char *name);

/*
 * Reads up to len bytes, fewer only at the end of the data; 0 there.
 * Interruptible.  ERRCODE_DATA_CORRUPTED naming the file and the offset on
 * disk, if it is damaged or ends within a frame.
 */
extern size_t bp_stream_read(BpStream *stream, void *buf, size_t len);

/*
 * For a file that the caller reads into memory: later reads raise
 * ERRCODE_DATA_CORRUPTED if a compressed file has more text than a file of its
 * size usually has.
 */
extern void bp_stream_set_limit(BpStream *stream);

/* The path that was opened; lives as long as the stream. */
extern const char *bp_stream_path(const BpStream *stream);

extern void bp_stream_close(BpStream *stream);

#endif							/* BP_ARCHIVE_STREAM_H */
