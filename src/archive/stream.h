/*-------------------------------------------------------------------------
 *
 * stream.h
 *	  Data files of an archive, read from the beginning.
 *
 * A data file is plain or compressed by gzip, lz4 or zstd, told by its suffix,
 * made by pg_dump, by us or by a command line tool: any number of members or
 * frames one after the other.
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
 * Looks for dir/name, then with .gz, .lz4, .zst, as pg_restore does.  False
 * if there is none.  Otherwise *path (palloc'd), *algo and *size (bytes on
 * disk) are set, each if not NULL.  ERRCODE_WRONG_OBJECT_TYPE if what is found
 * is no regular file.
 */
extern bool bp_data_file_find(const char *dir, const char *name, char **path,
							  BpCodecAlgo *algo, off_t *size);

/*
 * Opens the file that bp_data_file_find finds; ERRCODE_UNDEFINED_FILE if
 * there is none.  The stream lives in a child of CurrentMemoryContext, which
 * gives its memory back on error; the descriptor is a transient file.
 */
extern BpStream *bp_stream_open(const char *dir, const char *name);

/*
 * Reads up to len bytes, fewer only at the end of the data; 0 there.
 * Interruptible.  ERRCODE_DATA_CORRUPTED naming the file and the offset on
 * disk, if it is damaged or ends within a frame.
 */
extern size_t bp_stream_read(BpStream *stream, void *buf, size_t len);

/*
 * For a file that will be held in memory: ERRCODE_DATA_CORRUPTED if it is
 * compressed and gives more text than its size lets expect.
 */
extern void bp_stream_set_limit(BpStream *stream);

/* The path that was opened; lives as long as the stream. */
extern const char *bp_stream_path(const BpStream *stream);

extern void bp_stream_close(BpStream *stream);

#endif							/* BP_ARCHIVE_STREAM_H */
