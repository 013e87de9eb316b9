/*-------------------------------------------------------------------------
 *
 * load.c
 *	  Loading rows of our own archives into a table without COPY.
 *
 * This does what COPY FROM does for a plain table, but rows/rowread.c reads
 * the text: rows are collected in batches, as in COPY, and table_multi_insert
 * gives them to the table's access method.  A table is plain if it has no
 * triggers, no indexes and no generated columns; it may have existed before
 * the restore.  COPY FROM loads all other tables.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/load.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "restore/load.h"
#include "restore/source.h"
#include "rows/rowread.h"
#include "utils/memutils.h"

/* Limits of a batch: the same as in COPY FROM */
#define BP_BATCH_ROWS	1000
#define BP_BATCH_BYTES	65536

/* Bytes of a wrong value in an error's context: the same as in COPY FROM */
#define BP_SHOWN_BYTES	100

struct BpLoad
{
	Relation	rel;
	EState	   *estate;
	ResultRelInfo *target;
	BpRowReader *reader;
	bool		constraints;	/* the table has CHECK constraints */
	Bitmapset  *not_null;		/* columns, attnum - 1 */
	TupleTableSlot *slot;		/* of bp_load_row */
	ErrorContextCallback callback;
};

/* Rows on their way into the table */
typedef struct BpInsert
{
	BulkInsertState bistate;
	CommandId	cid;
	int			options;		/* TABLE_INSERT_* */
	MemoryContext cxt;			/* reset after each batch */
	int			nslots;			/* slots in use */
	TupleTableSlot *slots[BP_BATCH_ROWS];
} BpInsert;

static AttrNumber *load_columns(Relation rel, List *columns, int *natts);
static void load_check_constraints(BpLoad *load, TupleTableSlot *slot);
static void load_flush(BpLoad *load, BpInsert *insert);
static void load_context(void *arg);

/* The numbers of the columns with these names, palloc'd */
static AttrNumber *
load_columns(Relation rel, List *columns, int *natts)
{
	TupleDesc	desc = RelationGetDescr(rel);
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * (desc->natts + 1));
	Bitmapset  *seen = NULL;
	ListCell   *lc;
	int			n = 0;
	int			i;

	if (columns == NIL)
	{
		for (i = 0; i < desc->natts; i++)
		{
			if (!TupleDescAttr(desc, i)->attisdropped)
				attnums[n++] = i + 1;
		}
	}
	foreach(lc, columns)
	{
		const char *name = strVal(lfirst(lc));

		for (i = 0; i < desc->natts; i++)
		{
			Form_pg_attribute att = TupleDescAttr(desc, i);

			if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
				break;
		}
		if (i >= desc->natts)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							name, RelationGetRelationName(rel))));
		if (bms_is_member(i, seen))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("column \"%s\" specified more than once", name)));
		seen = bms_add_member(seen, i);
		attnums[n++] = i + 1;
	}
	bms_free(seen);
	*natts = n;
	return attnums;
}

bool
bp_load_possible(Relation rel, List *columns)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int			natts;
	int			all = 0;
	int			i;

	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->trigdesc != NULL ||
		rel->rd_rel->relhasindex)
		return false;
	for (i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attgenerated != '\0')
			return false;
		if (!TupleDescAttr(desc, i)->attisdropped)
			all++;
	}
	/* Columns that are not in the list would need their defaults */
	pfree(load_columns(rel, columns, &natts));
	return natts == all;
}

/* Raises an error if the row violates a constraint or the partition bound. */
static void
load_check_constraints(BpLoad *load, TupleTableSlot *slot)
{
	int			i = -1;

	if (load->rel->rd_rel->relispartition)
	{
		ExecPartitionCheck(load->target, slot, load->estate, true);
		ResetPerTupleExprContext(load->estate);
	}
	if (!load->constraints)
	{
		while ((i = bms_next_member(load->not_null, i)) >= 0)
		{
			if (slot->tts_isnull[i])
				break;
		}
		if (i < 0)
			return;
	}
	ExecConstraints(load->target, slot, load->estate);
	ResetPerTupleExprContext(load->estate);
}

/* Inserts the current batch. */
static void
load_flush(BpLoad *load, BpInsert *insert)
{
	MemoryContext old = MemoryContextSwitchTo(insert->cxt);

	CHECK_FOR_INTERRUPTS();
	if (insert->nslots > 0)
		table_multi_insert(load->rel, insert->slots, insert->nslots,
						   insert->cid, insert->options, insert->bistate);
	MemoryContextSwitchTo(old);
	MemoryContextReset(insert->cxt);
	for (int i = 0; i < insert->nslots; i++)
		ExecClearTuple(insert->slots[i]);
	insert->nslots = 0;
	bp_rowread_reset(load->reader);
}

/*
 * Error context: the same text as COPY FROM has.  The line is that of the whole
 * data file, as far as its earlier frames have as many rows as the frame index
 * says.
 */
static void
load_context(void *arg)
{
	BpLoad	   *load = arg;
	const char *table = RelationGetRelationName(load->rel);
	const char *value;
	uint64		line;
	const char *column = bp_rowread_where(load->reader, &line, &value);

	line += bp_source_rows_before();
	if (column == NULL)
		errcontext("COPY %s, line " UINT64_FORMAT, table, line);
	else if (value == NULL)
		errcontext("COPY %s, line " UINT64_FORMAT ", column %s: null input",
				   table, line, column);
	else
	{
		int			len = strlen(value);
		int			shown = pg_mbcliplen(value, len, BP_SHOWN_BYTES);

		errcontext("COPY %s, line " UINT64_FORMAT ", column %s: \"%.*s%s\"",
				   table, line, column, shown, value,
				   shown < len ? "..." : "");
	}
}

BpLoad *
bp_load_begin(Relation rel, List *columns)
{
	TupleDesc	desc = RelationGetDescr(rel);
	BpLoad	   *load = palloc0(sizeof(BpLoad));
	AttrNumber *attnums;
	int			natts;

	load->rel = rel;
	attnums = load_columns(rel, columns, &natts);
	load->reader = bp_rowread_create(desc, natts, attnums);
	load->constraints = desc->constr != NULL && desc->constr->num_check > 0;
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attnotnull)
			load->not_null = bms_add_member(load->not_null, i);
	}
	load->estate = CreateExecutorState();
	load->target = makeNode(ResultRelInfo);
	InitResultRelInfo(load->target, rel, 0, NULL, 0);
	load->callback.callback = load_context;
	load->callback.arg = load;
	load->callback.previous = error_context_stack;
	error_context_stack = &load->callback;
	return load;
}

void
bp_load_text(BpLoad *load, char *text, size_t len)
{
	bp_rowread_reset(load->reader);
	bp_rowread_text(load->reader, text, len);
}

/* The next row, into a slot that is empty */
static bool
load_row_into(BpLoad *load, TupleTableSlot *slot)
{
	if (!bp_rowread_row(load->reader, slot->tts_values, slot->tts_isnull))
		return false;
	ExecStoreVirtualTuple(slot);
	slot->tts_tableOid = RelationGetRelid(load->rel);
	load_check_constraints(load, slot);
	return true;
}

TupleTableSlot *
bp_load_row(BpLoad *load)
{
	if (load->slot == NULL)
		load->slot = MakeSingleTupleTableSlot(RelationGetDescr(load->rel),
											  &TTSOpsVirtual);
	ExecClearTuple(load->slot);
	return load_row_into(load, load->slot) ? load->slot : NULL;
}

void
bp_load_end(BpLoad *load)
{
	error_context_stack = load->callback.previous;
	if (load->slot != NULL)
		ExecDropSingleTupleTableSlot(load->slot);
	FreeExecutorState(load->estate);
}

uint64
bp_load_rows(Relation rel, List *columns, bool freeze)
{
	BpLoad	   *load = bp_load_begin(rel, columns);
	BpInsert   *insert = palloc0(sizeof(BpInsert));
	uint64		rows = 0;
	char	   *text;
	size_t		len;

	insert->cxt = AllocSetContextCreate(CurrentMemoryContext,
										"backup_pool insert",
										ALLOCSET_DEFAULT_SIZES);
	insert->bistate = GetBulkInsertState();
	insert->cid = GetCurrentCommandId(true);
	if (freeze)
		insert->options = TABLE_INSERT_SKIP_FSM | TABLE_INSERT_FROZEN;
	while (bp_source_frame(&text, &len))
	{
		size_t		left = len;

		bp_load_text(load, text, len);
		for (;;)
		{
			TupleTableSlot *slot = insert->slots[insert->nslots];

			if (slot == NULL)
				slot = insert->slots[insert->nslots] =
					table_slot_create(rel, NULL);
			if (!load_row_into(load, slot))
				break;
			insert->nslots++;
			rows++;
			if (insert->nslots == BP_BATCH_ROWS ||
				left - bp_rowread_left(load->reader) >= BP_BATCH_BYTES)
			{
				left = bp_rowread_left(load->reader);
				load_flush(load, insert);
			}
		}
		/* values may point into the frame, whose memory is used again */
		load_flush(load, insert);
	}
	for (int i = 0; i < BP_BATCH_ROWS && insert->slots[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(insert->slots[i]);
	FreeBulkInsertState(insert->bistate);
	table_finish_bulk_insert(rel, insert->options);
	MemoryContextDelete(insert->cxt);
	bp_load_end(load);
	return rows;
}
