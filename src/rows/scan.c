/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Reading a table, or the rows of a query, into text.
 *
 * A table is read by a sequential scan that is limited to a range of blocks.
 * Such a scan uses a ring of buffers, so that it does not fill shared_buffers,
 * and it reads ahead if the server can.  A scan by tid range, the other way to
 * read a part of a heap, does neither.  heap_setscanlimits is not part of the
 * interface of table access methods, so only the built-in heap is read in
 * parts.
 *
 * Tuples of a heap are not copied: the formatter reads them in their page.
 * Other access methods return slots.  A query runs in the executor, and a
 * DestReceiver takes its slots.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/scan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "base/compat.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "rows/rowtext.h"
#include "rows/scan.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "utils/backend_progress.h"
#include "utils/snapmgr.h"

/* The state of a scan or a query */
typedef struct BpScanState
{
	const BpScanOut *out;
	BpRowText  *rowtext;
	uint64		pending;		/* rows in the buffer */
	size_t		kept;			/* bytes that were in the buffer before */
	BpScanStats stats;
} BpScanState;

/* Receives the rows of a query. */
typedef struct BpScanReceiver
{
	DestReceiver pub;
	BpScanState *state;
} BpScanReceiver;

static void progress_start(Oid relid);
static void flush_rows(BpScanState *state);
static TableScanDesc begin_scan(Relation rel, Snapshot snapshot,
								BlockNumber first, BlockNumber nblocks);
static PlannedStmt *plan_select(const char *select_sql);

static void
progress_start(Oid relid)
{
	const int	params[] = {
		PROGRESS_COPY_COMMAND,
		PROGRESS_COPY_TYPE
	};
	const int64 values[] = {
		PROGRESS_COPY_COMMAND_TO,
		PROGRESS_COPY_TYPE_FILE
	};

	pgstat_progress_start_command(PROGRESS_COMMAND_COPY, relid);
	pgstat_progress_update_multi_param(lengthof(params), params, values);
}

/* Calls the flush function, if the buffer has rows of this scan. */
static void
flush_rows(BpScanState *state)
{
	const int	params[] = {
		PROGRESS_COPY_BYTES_PROCESSED,
		PROGRESS_COPY_TUPLES_PROCESSED
	};
	BpBuffer   *buf = state->out->buf;
	int64		values[2];

	if (state->pending == 0)
		return;

	state->stats.rows += state->pending;
	state->stats.bytes += buf->len - state->kept;
	state->stats.flushes++;
	values[0] = (int64) state->stats.bytes;
	values[1] = (int64) state->stats.rows;
	pgstat_progress_update_multi_param(lengthof(params), params, values);

	state->out->flush(state->out->arg, buf, state->pending);
	buf->len = 0;
	state->pending = 0;
	state->kept = 0;
	bp_rowtext_reset(state->rowtext);
}

/* To be called after each row that was appended to the buffer */
static inline void
row_done(BpScanState *state)
{
	CHECK_FOR_INTERRUPTS();
	state->pending++;
	if (state->out->buf->len >= state->out->limit)
		flush_rows(state);
}

bool
bp_scan_splittable(Relation rel)
{
	return rel->rd_tableam == GetHeapamTableAmRoutine();
}

/* Begins the scan; NULL if there is nothing to read. */
static TableScanDesc
begin_scan(Relation rel, Snapshot snapshot, BlockNumber first,
		   BlockNumber nblocks)
{
	TableScanDesc scan;
	BlockNumber end;

	if (!bp_scan_splittable(rel))
	{
		if (first != 0)
			return NULL;
		return table_beginscan_strat(rel, snapshot, 0, NULL, true, false);
	}

	/* a limit behind the end would make the scan start again at block 0 */
	scan = table_beginscan_strat(rel, snapshot, 0, NULL, true, false);
	end = ((HeapScanDesc) scan)->rs_nblocks;
	if (first >= end || nblocks == 0)
	{
		table_endscan(scan);
		return NULL;
	}
	heap_setscanlimits(scan, first, Min(nblocks, end - first));
	return scan;
}

/* Reads the rows of a heap, in their pages. */
static void
read_tuples(BpScanState *state, TableScanDesc scan)
{
	BpBuffer   *buf = state->out->buf;
	HeapTuple	tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		bp_rowtext_tuple(state->rowtext, tuple, buf);
		row_done(state);
	}
}

/* Reads the rows of any table. */
static void
read_slots(BpScanState *state, TableScanDesc scan, Relation rel)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bp_rowtext_row(state->rowtext, slot, state->out->buf);
		row_done(state);
	}
	ExecDropSingleTupleTableSlot(slot);
}

BpScanStats
bp_scan_blocks(Relation rel, Snapshot snapshot, BlockNumber first,
			   BlockNumber nblocks, int natts, const AttrNumber *attnums,
			   const BpScanOut *out)
{
	BpScanState state = {.out = out,.kept = out->buf->len};
	TableScanDesc scan;

	scan = begin_scan(rel, snapshot, first, nblocks);
	if (scan == NULL)
		return state.stats;

	progress_start(RelationGetRelid(rel));
	state.rowtext = bp_rowtext_create(RelationGetDescr(rel), natts, attnums);
	if (bp_scan_splittable(rel) && bp_rowtext_takes_tuples(state.rowtext))
		read_tuples(&state, scan);
	else
		read_slots(&state, scan, rel);
	flush_rows(&state);
	table_endscan(scan);
	bp_rowtext_destroy(state.rowtext);
	pgstat_progress_end_command();
	return state.stats;
}

/* ---- queries ---- */

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	BpScanState *state = ((BpScanReceiver *) self)->state;

	state->rowtext = bp_rowtext_create(desc, 0, NULL);
}

static bool
receiver_receive(TupleTableSlot *slot, DestReceiver *self)
{
	BpScanState *state = ((BpScanReceiver *) self)->state;

	bp_rowtext_row(state->rowtext, slot, state->out->buf);
	row_done(state);
	return true;
}

static void
receiver_shutdown(DestReceiver *self)
{
	BpScanState *state = ((BpScanReceiver *) self)->state;

	flush_rows(state);
	bp_rowtext_destroy(state->rowtext);
	state->rowtext = NULL;
}

static void
receiver_destroy(DestReceiver *self)
{
}

/* Parses, rewrites and plans a text, which must be exactly one SELECT. */
static PlannedStmt *
plan_select(const char *select_sql)
{
	List	   *statements = pg_parse_query(select_sql);
	Query	   *query = NULL;

	if (list_length(statements) == 1)
	{
		List	   *queries;

		queries = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt,
																   statements),
													 select_sql, NULL, 0,
													 NULL);
		if (list_length(queries) == 1)
			query = linitial_node(Query, queries);
	}
	if (query == NULL || query->commandType != CMD_SELECT ||
		query->utilityStmt != NULL || query->hasModifyingCTE ||
		query->rowMarks != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows can only be read by one plain SELECT"),
				 errdetail("The statement is: %s", select_sql)));
	return pg_plan_query(query, select_sql, 0, NULL);
}

BpScanStats
bp_scan_query(const char *select_sql, Snapshot snapshot, Oid relid,
			  const BpScanOut *out)
{
	BpScanState state = {.out = out,.kept = out->buf->len};
	BpScanReceiver receiver = {
		.pub = {
			.receiveSlot = receiver_receive,
			.rStartup = receiver_startup,
			.rShutdown = receiver_shutdown,
			.rDestroy = receiver_destroy,
			.mydest = DestNone
		},
		.state = &state
	};
	QueryDesc  *query;

	PushActiveSnapshot(snapshot);
	query = CreateQueryDesc(plan_select(select_sql), select_sql,
							GetActiveSnapshot(), InvalidSnapshot,
							&receiver.pub, NULL, NULL, 0);
	progress_start(relid);
	ExecutorStart(query, 0);
	bp_executor_run(query);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	PopActiveSnapshot();
	pgstat_progress_end_command();
	return state.stats;
}
