/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Reading a table, or the rows of a query, into text.
 *
 * A table is read with a sequential scan whose limits are block numbers.  The
 * other way to read a part of a heap, a scan by tid range, does not use a
 * ring of buffers and floods shared_buffers; this one does, and reads ahead
 * where the server can.  heap_setscanlimits is not part of the table access
 * method's interface, so only the built-in heap is read in parts.
 *
 * Between the scan and the buffer there is nothing: the tuple stays in its
 * page and is written as text from there.  Other access methods give slots.  A
 * query goes through the executor, with a receiver that takes its slots.
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

/* Where we are: what both readers share. */
typedef struct BpScanState
{
	const BpScanOut *out;
	BpRowText  *rowtext;
	uint64		pending;		/* rows in the buffer */
	size_t		kept;			/* bytes in the buffer that are not ours */
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

/* Hands the buffer over, if it holds rows of ours. */
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

/* One more row is in the buffer. */
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

	/* The limits wrap around at the end of the table: stay before it. */
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

/* Rows of a heap, as they lie in their pages */
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

/* Rows of any table */
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

/* Parses, rewrites and plans what must be one SELECT and nothing else. */
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
