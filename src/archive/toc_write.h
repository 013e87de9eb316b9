/*-------------------------------------------------------------------------
 *
 * toc_write.h
 *	  Writing the table of contents of a pg_dump archive.
 *
 * Writes the directory format, in the version that the struct has.  A table of
 * contents that was read from a directory is written as the same bytes again.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_write.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_TOC_WRITE_H
#define BP_ARCHIVE_TOC_WRITE_H

#include "archive/toc.h"
#include "lib/stringinfo.h"

/*
 * Appends the table of contents to out, which is limited to 1 GB as any
 * StringInfo is.
 */
extern void bp_toc_write(const BpToc *toc, StringInfo out);

/* Receives len bytes, valid until it returns. */
typedef void (*BpTocPieceFn) (void *arg, const char *data, size_t len);

/*
 * Hands the same bytes to fn in pieces, each about a megabyte or one larger
 * entry: all together they may be more than a StringInfo holds.
 */
extern void bp_toc_write_pieces(const BpToc *toc, BpTocPieceFn fn, void *arg);

#endif							/* BP_ARCHIVE_TOC_WRITE_H */
