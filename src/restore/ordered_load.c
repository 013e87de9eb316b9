/*-------------------------------------------------------------------------
 *
 * ordered_load.c
 *	  Several backends load one table, in the order of its file.
 *
 * The physical order of a restored table must be that of the source: BRIN
 * indexes, index-only scans and the planner's correlation depend on it.  So
 * backends claim the frames of the file one after the other.  They read, check,
 * decompress and parse them side by side, and make complete heap tuples of the
 * rows.  Only the insertion happens in the order of the frames.
 *
 * The block at which a backend stops is handed to the next one through shared
 * memory, with the blocks by which the server has extended the table in advance.
 * The next backend goes on in the same page, so the table has exactly the pages
 * that a single COPY would have filled.
 *
 * A backend that is ahead of the others keeps its tuples in memory, and waits
 * when there are too many of them.  The frame whose turn it is belongs to a
 * backend that does not wait, so the backends cannot wait for each other in a
 * cycle.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/ordered_load.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/hio.h"
#include "access/tableam.h"
#include "base/array.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "restore/load.h"
#include "restore/ordered_load.h"
#include "restore/source.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

/* Most frames that a backend may be ahead of the slowest one */
#define BP_LOAD_AHEAD		4

/* Bytes of tuples that a backend keeps before it waits */
#define BP_LOAD_AHEAD_BYTES	((Size) 16 * 1024 * 1024)

/* Tuples that are inserted at once */
#define BP_INSERT_ROWS		1000

/* A frame whose rows are tuples in memory */
typedef struct BpLoadedFrame
{
	uint64		number;
	MemoryContext cxt;			/* of the tuples and their array */
	HeapTuple  *tuples;
	int			ntuples;
	int			max_tuples;
} BpLoadedFrame;

typedef struct BpOrderedLoad
{
	BpLoad	   *load;
	Relation	rel;
	BpPlanFile *file;
	BulkInsertState bistate;
	MemoryContext insert_cxt;	/* reset after each batch */
	BpLoadedFrame ahead[BP_LOAD_AHEAD];
	int			nahead;
	Size		bytes;			/* of the tuples in ahead[] */
	TupleTableSlot *slots[BP_INSERT_ROWS];
	int			nslots;			/* slots that exist */
	instr_time	waited;			/* for turns of others */
	instr_time	inserted;		/* while it was our turn */
} BpOrderedLoad;

bool
bp_load_ordered_possible(Relation rel, List *columns)
{
	return rel->rd_tableam == GetHeapamTableAmRoutine() &&
		bp_load_possible(rel, columns);
}

/* Go on in the block where the backend before us has stopped. */
static void
take_position(BpOrderedLoad *o)
{
	BpPlanFile *file = o->file;

	ReleaseBulkInsertStatePin(o->bistate);
	if (file->load_block == InvalidBlockNumber)
		return;
	o->bistate->current_buf = ReadBufferExtended(o->rel, MAIN_FORKNUM,
												 file->load_block, RBM_NORMAL,
												 o->bistate->strategy);
	bp_bulk_set_free(o->bistate, file->load_next_free, file->load_last_free);
}

/* Tell the next backend where we have stopped. */
static void
hand_position(BpOrderedLoad *o)
{
	BpPlanFile *file = o->file;

	if (BufferIsValid(o->bistate->current_buf))
		file->load_block = BufferGetBlockNumber(o->bistate->current_buf);
	bp_bulk_get_free(o->bistate, &file->load_next_free,
					 &file->load_last_free);
	ReleaseBulkInsertStatePin(o->bistate);
}

/* Insert n tuples, which go to the slots and are freed with them. */
static void
insert_tuples(BpOrderedLoad *o, HeapTuple *tuples, int n)
{
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	while (o->nslots < n)
		o->slots[o->nslots++] =
			MakeSingleTupleTableSlot(RelationGetDescr(o->rel),
									 &TTSOpsHeapTuple);
	for (int i = 0; i < n; i++)
		ExecStoreHeapTuple(tuples[i], o->slots[i], true);
	old = MemoryContextSwitchTo(o->insert_cxt);
	heap_multi_insert(o->rel, o->slots, n, GetCurrentCommandId(true), 0,
					  o->bistate);
	MemoryContextSwitchTo(old);
	MemoryContextReset(o->insert_cxt);
	for (int i = 0; i < n; i++)
		ExecClearTuple(o->slots[i]);
}

/* Insert frames, down to 'keep' of them, as their turn comes. */
static void
insert_frames(BpOrderedLoad *o, int keep)
{
	BpTurn	   *turn = &o->file->turn;
	int			n = 0;

	while (n < o->nahead)
	{
		BpLoadedFrame *frame = &o->ahead[n];
		instr_time	begin;
		instr_time	now;

		if (o->nahead - n <= keep && !bp_turn_is(turn, frame->number))
			break;
		INSTR_TIME_SET_CURRENT(begin);
		bp_turn_wait(turn, frame->number);
		INSTR_TIME_SET_CURRENT(now);
		INSTR_TIME_ACCUM_DIFF(o->waited, now, begin);
		if (frame->ntuples > 0)
		{
			take_position(o);
			for (int i = 0; i < frame->ntuples; i += BP_INSERT_ROWS)
				insert_tuples(o, &frame->tuples[i],
							  Min(BP_INSERT_ROWS, frame->ntuples - i));
			hand_position(o);
		}
		bp_turn_pass(turn, frame->number);
		INSTR_TIME_SET_CURRENT(begin);
		INSTR_TIME_ACCUM_DIFF(o->inserted, begin, now);
		o->bytes -= MemoryContextMemAllocated(frame->cxt, false);
		MemoryContextDelete(frame->cxt);
		n++;
	}
	o->nahead -= n;
	memmove(o->ahead, o->ahead + n, o->nahead * sizeof(o->ahead[0]));
}

/* Make tuples of a frame's rows.  Returns the number of rows. */
static uint64
load_frame(BpOrderedLoad *o, uint64 number)
{
	TupleDesc	desc = RelationGetDescr(o->rel);
	BpLoadedFrame *frame = &o->ahead[o->nahead];
	TupleTableSlot *slot;
	char	   *text;
	size_t		len;
	MemoryContext old;

	memset(frame, 0, sizeof(*frame));
	frame->number = number;
	frame->cxt = AllocSetContextCreate(CurrentMemoryContext,
									   "backup_pool frame",
									   ALLOCSET_DEFAULT_SIZES);
	if (bp_source_frame_at(number, &text, &len))
	{
		bp_load_text(o->load, text, len);
		while ((slot = bp_load_row(o->load)) != NULL)
		{
			old = MemoryContextSwitchTo(frame->cxt);
			BP_ARRAY_ROOM(frame->tuples, frame->ntuples, frame->max_tuples);
			frame->tuples[frame->ntuples++] =
				heap_form_tuple(desc, slot->tts_values, slot->tts_isnull);
			MemoryContextSwitchTo(old);
		}
	}
	o->bytes += MemoryContextMemAllocated(frame->cxt, false);
	o->nahead++;
	return frame->ntuples;
}

uint64
bp_load_ordered(Relation rel, List *columns, BpPlanFile *file, uint32 share)
{
	BpOrderedLoad *o = palloc0(sizeof(BpOrderedLoad));
	uint64		rows = 0;
	instr_time	begin;
	instr_time	end;

	INSTR_TIME_SET_CURRENT(begin);
	o->load = bp_load_begin(rel, columns);
	o->rel = rel;
	o->file = file;
	o->bistate = GetBulkInsertState();
	o->insert_cxt = AllocSetContextCreate(CurrentMemoryContext,
										  "backup_pool insert",
										  ALLOCSET_DEFAULT_SIZES);
	for (uint32 i = 0; i < share; i++)
	{
		uint64		number = bp_turn_claim(&file->turn, file->npieces, 1);

		if (number >= file->npieces)
			break;
		rows += load_frame(o, number);
		insert_frames(o, o->bytes > BP_LOAD_AHEAD_BYTES ? 0 :
					  BP_LOAD_AHEAD - 1);
	}
	insert_frames(o, 0);
	for (int i = 0; i < o->nslots; i++)
		ExecDropSingleTupleTableSlot(o->slots[i]);
	FreeBulkInsertState(o->bistate);
	table_finish_bulk_insert(rel, 0);
	bp_load_end(o->load);
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, begin);
	elog(DEBUG1, "ordered load of \"%s\": " UINT64_FORMAT " rows in %.1f ms, of which %.1f ms waiting and %.1f ms inserting",
		 RelationGetRelationName(rel), rows, INSTR_TIME_GET_MILLISEC(end),
		 INSTR_TIME_GET_MILLISEC(o->waited),
		 INSTR_TIME_GET_MILLISEC(o->inserted));
	MemoryContextDelete(o->insert_cxt);
	pfree(o);
	return rows;
}
