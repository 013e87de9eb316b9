/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Reading a table, or the rows of a query, into text.
 *
 * Both readers format rows with rows/rowtext.h into the caller's buffer and
 * hand it over whenever it is full.  Both show in pg_stat_progress_copy.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/scan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_SCAN_H
#define BP_ROWS_SCAN_H

#include "access/attnum.h"
#include "base/buffer.h"
#include "storage/block.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/*
 * Takes what 'buf' holds: whole rows only, 'rows' of them, buf->len > 0.
 * The scan sets buf->len to 0 when the function returns; the function may
 * exchange buf->data and buf->cap for another piece of memory.  It is called
 * while a page of the table may be pinned, but not locked.
 */
typedef void (*BpScanFlush) (void *arg, BpBuffer *buf, uint64 rows);

/* Where the rows go. */
typedef struct BpScanOut
{
	BpBuffer   *buf;			/* what it holds already is kept */
	size_t		limit;			/* bytes: flush as soon as buf->len >= limit */
	BpScanFlush flush;
	void	   *arg;			/* given to flush */
} BpScanOut;

/* What was read. */
typedef struct BpScanStats
{
	uint64		rows;
	uint64		bytes;			/* of text, before compression */
	uint64		flushes;
} BpScanStats;

/*
 * True if parts of the table can be read by block numbers (its access method
 * is the built-in heap); otherwise bp_scan_blocks reads it whole or not at
 * all.
 */
extern bool bp_scan_splittable(Relation rel);

/*
 * Reads the rows of 'rel' that 'snapshot' sees in 'nblocks' blocks from block
 * 'first' on; nblocks == InvalidBlockNumber means to the end.  Blocks beyond
 * the end of the table are no error: they hold no row.  In a table that is
 * not splittable, first == 0 reads all of it, whatever nblocks is, and
 * anything else reads nothing.
 *
 * 'rel' is open and locked by the caller, and 'snapshot' is registered or
 * active; nothing is checked here about privileges or row security.  Columns
 * are given as for bp_rowtext_create.  All rows have been flushed when it
 * returns.  Raises the errors of the scan, of the formatter, of flush, and
 * ERRCODE_QUERY_CANCELED.
 */
extern BpScanStats bp_scan_blocks(Relation rel, Snapshot snapshot,
								  BlockNumber first, BlockNumber nblocks,
								  int natts, const AttrNumber *attnums,
								  const BpScanOut *out);

/*
 * Runs one SELECT under 'snapshot' (registered) and formats all its columns.
 * The query's own privilege checks and row security apply, for the current
 * user.  'relid' is what pg_stat_progress_copy shows; InvalidOid is fine.
 * ERRCODE_FEATURE_NOT_SUPPORTED if the text is anything but one plain SELECT.
 */
extern BpScanStats bp_scan_query(const char *select_sql, Snapshot snapshot,
								 Oid relid, const BpScanOut *out);

#endif							/* BP_ROWS_SCAN_H */
