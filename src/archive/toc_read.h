/*-------------------------------------------------------------------------
 *
 * toc_read.h
 *	  Reading the table of contents of a pg_dump archive.
 *
 * Reads toc.dat of pg_dump's directory format, and the table of contents that a
 * custom format archive begins with.
 *
 * All functions allocate in CurrentMemoryContext, in proportion to the bytes
 * that really arrive.  They raise ERRCODE_DATA_CORRUPTED for bytes that are no
 * table of contents, and ERRCODE_FEATURE_NOT_SUPPORTED for versions and formats
 * that we do not read.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_read.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_TOC_READ_H
#define BP_ARCHIVE_TOC_READ_H

#include "archive/toc.h"

/*
 * Source of bytes: stores len bytes at buf and returns len; returns fewer at
 * the end of data only.  May raise errors.
 */
typedef size_t (*BpTocReadFn) (void *arg, void *buf, size_t len);

/*
 * Reads a table of contents from a source.  Never requests a byte behind the
 * table of contents; requests small pieces, so the callback should buffer.
 * Errors name the source 'what'.
 *
 * Entries of a custom format archive have filename NULL; see
 * bp_toc_set_filenames.
 */
extern BpToc *bp_toc_read(BpTocReadFn fn, void *arg, const char *what);

/*
 * Reads toc.dat (or toc.dat.gz, .lz4, .zst) of a directory.  In addition:
 * ERRCODE_UNDEFINED_FILE if there is none, and the errors of
 * archive/stream.h.  Bytes behind the last entry are an error here.
 */
extern BpToc *bp_toc_read_dir(const char *dir);

/*
 * Reads a table of contents of the directory format that fills len bytes of
 * memory.  Errors name it 'what'.
 */
extern BpToc *bp_toc_parse(const char *data, size_t len, const char *what);

#endif							/* BP_ARCHIVE_TOC_READ_H */
