/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Reading a table, or the rows of a query, into text.
 *
 * Both functions format rows with rows/rowtext.h into the caller's buffer, and
 * call the caller's flush function whenever the buffer is full.  Both report
 * their progress in pg_stat_progress_copy.
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
 * Takes the contents of 'buf': 'rows' whole rows, buf->len > 0.  When the
 * function returns, the scan sets buf->len to 0.  The function may set
 * buf->data and buf->cap to another piece of memory.  While it runs, a page of
 * the table may be pinned, but not locked.
 */
typedef void (*BpScanFlush) (void *arg, BpBuffer *buf, uint64 rows);

/* Where the rows go. */
typedef struct BpScanOut
{
	BpBuffer   *buf;			/* its contents so far are kept */
	size_t		limit;			/* bytes: flush as soon as buf->len >= limit */
	BpScanFlush flush;
	void	   *arg;			/* passed to flush */
} BpScanOut;

/* What was read. */
typedef struct BpScanStats
{
	uint64		rows;
	uint64		bytes;			/* of text, before compression */
	uint64		flushes;
} BpScanStats;

/*
 * True if ranges of the table's blocks can be read, which is so if its access
 * method is the built-in heap.  Otherwise bp_scan_blocks reads the whole table
 * or nothing.
 */
extern bool bp_scan_splittable(Relation rel);

/*
 * Reads the rows of 'rel' that 'snapshot' sees in 'nblocks' blocks, beginning
 * with block 'first'; nblocks == InvalidBlockNumber means up to the end.
 * Blocks beyond the end of the table have no rows, and are not an error.  If
 * the table is not splittable, first == 0 reads all rows for any nblocks, and
 * any other 'first' reads nothing.
 *
 * The caller has opened and locked 'rel', and has registered 'snapshot' or
 * made it active.  Privileges and row security are not checked here.  'natts'
 * and 'attnums' are those of bp_rowtext_create.  All rows have been flushed
 * when the function returns.  Raises the errors of the scan, of the formatter,
 * of flush, and query_canceled.
 */
extern BpScanStats bp_scan_blocks(Relation rel, Snapshot snapshot,
								  BlockNumber first, BlockNumber nblocks,
								  int natts, const AttrNumber *attnums,
								  const BpScanOut *out);

/*
 * Runs one SELECT under 'snapshot' (registered) and formats all its columns.
 * Privileges and row security apply, for the current user.
 * pg_stat_progress_copy shows 'relid', which may be InvalidOid.  Raises
 * feature_not_supported if the text is anything but one plain SELECT, and the
 * errors of bp_scan_blocks.
 */
extern BpScanStats bp_scan_query(const char *select_sql, Snapshot snapshot,
								 Oid relid, const BpScanOut *out);

#endif							/* BP_ROWS_SCAN_H */
