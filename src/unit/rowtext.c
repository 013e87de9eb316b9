/*-------------------------------------------------------------------------
 *
 * rowtext.c
 *	  Rows of a table as COPY TO's text format.
 *
 * COPY calls the output function of each column, which allocates a string,
 * searches that for bytes to escape, appends it to a row and the row to a
 * file.  Here each column has a writer, chosen once, that appends the escaped
 * text of a value straight to the caller's buffer:
 *
 *	rowtext_types.c		numbers, strings, bytea, uuid
 *	rowtext_datetime.c	dates and times
 *	rowtext_nested.c	arrays, jsonb, enums
 *
 * The writer is chosen by the address of the type's output function, not by
 * the type.  So domains, and types that borrow an output function (citext),
 * are fast too, and a type whose output function we do not know is never
 * mistaken for one we do.  All the rest goes through the output function, as
 * does a value that a writer does not want (a year out of range, say), and a
 * whole type when a setting of the session asks for another style.
 *
 * Memory: values are written in a context of their own, so that detoasting
 * and output functions can leave garbage.  It is reset between two rows, as
 * soon as it had to grow beyond its first block.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/rowtext.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "unit/rowtext.h"
#include "unit/rowtext_escape.h"
#include "unit/rowtext_types.h"

/* First block of the batch context; it stays in the processor's cache. */
#define BP_ROWTEXT_BATCH_BYTES	((Size) 64 * 1024)

struct BpRowText
{
	MemoryContext context;		/* holds this and all below */
	MemoryContext batch;		/* garbage of writers and output functions */
	int			last_attnum;	/* deform up to here */
	int			ncolumns;
	BpTextColumn columns[FLEXIBLE_ARRAY_MEMBER];
};

static int	column_numbers(TupleDesc desc, AttrNumber *attnums);
static void add_column(BpRowText *rt, TupleDesc desc, AttrNumber attnum);

BpRowText *
bp_rowtext_create(TupleDesc desc, int natts, const AttrNumber *attnums)
{
	MemoryContext context;
	MemoryContext caller;
	BpRowText  *rt;

	context = AllocSetContextCreate(CurrentMemoryContext, "BpRowText",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);

	if (attnums == NULL)
	{
		AttrNumber *all = palloc(sizeof(AttrNumber) * Max(desc->natts, 1));

		natts = column_numbers(desc, all);
		attnums = all;
	}

	rt = palloc0(offsetof(BpRowText, columns) + natts * sizeof(BpTextColumn));
	rt->context = context;
	rt->batch = AllocSetContextCreate(context, "BpRowText batch",
									  BP_ROWTEXT_BATCH_BYTES,
									  BP_ROWTEXT_BATCH_BYTES,
									  ALLOCSET_DEFAULT_MAXSIZE);
	for (int i = 0; i < natts; i++)
		add_column(rt, desc, attnums[i]);
	if (natts > 0)
		rt->columns[natts - 1].end = '\n';

	MemoryContextSwitchTo(caller);
	return rt;
}

/* Fills 'attnums' with every column that is not dropped; how many. */
static int
column_numbers(TupleDesc desc, AttrNumber *attnums)
{
	int			n = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			attnums[n++] = (AttrNumber) (i + 1);
	}
	return n;
}

static void
add_column(BpRowText *rt, TupleDesc desc, AttrNumber attnum)
{
	BpTextColumn *col = &rt->columns[rt->ncolumns++];
	Oid			type;
	Oid			output;
	bool		varlena;

	if (attnum < 1 || attnum > desc->natts ||
		TupleDescAttr(desc, attnum - 1)->attisdropped)
		elog(ERROR, "row has no column number %d", attnum);

	type = TupleDescAttr(desc, attnum - 1)->atttypid;
	getTypeOutputInfo(type, &output, &varlena);
	col->index = attnum - 1;
	col->end = '\t';
	bp_rowtext_init_column(col, type, output, rt->context);
	rt->last_attnum = Max(rt->last_attnum, attnum);
}

/*
 * Finds the writer for values of 'type' with output function 'output'.  Used
 * for columns, and for the elements of an array.
 */
void
bp_rowtext_init_column(BpTextColumn *col, Oid type, Oid output,
					   MemoryContext context)
{
	PGFunction	function;

	col->context = context;
	fmgr_info_cxt(output, &col->output, context);
	function = col->output.fn_addr;

	col->write = bp_rowtext_scalar_writer(function, get_typlen(type));
	if (col->write != NULL)
		return;

	col->write = bp_rowtext_datetime_writer(function);
	if (col->write != NULL)
	{
		bp_rowtext_init_datetime(col);
		return;
	}

	col->write = bp_rowtext_nested_writer(function);
	if (col->write != NULL && bp_rowtext_init_array(col, type))
		return;

	col->write = bp_rowtext_write_output;
}

/* The writer of all that has no other: the type's output function. */
void
bp_rowtext_write_output(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	char	   *text = OutputFunctionCall(&col->output, value);

	bp_escape_append(buf, text, strlen(text), BP_ESCAPE_COPY);
}

void
bp_rowtext_row(BpRowText *rt, TupleTableSlot *slot, BpBuffer *buf)
{
	MemoryContext caller;
	const Datum *values;
	const bool *isnull;

	if (unlikely(MemoryContextMemAllocated(rt->batch, false) >
				 BP_ROWTEXT_BATCH_BYTES))
		bp_rowtext_reset(rt);

	if (unlikely(rt->ncolumns == 0))
	{
		*bp_rowtext_room(buf, 0) = '\n';
		buf->len++;
		return;
	}

	slot_getsomeattrs(slot, rt->last_attnum);
	values = slot->tts_values;
	isnull = slot->tts_isnull;

	caller = MemoryContextSwitchTo(rt->batch);
	for (int i = 0; i < rt->ncolumns; i++)
	{
		BpTextColumn *col = &rt->columns[i];

		if (isnull[col->index])
		{
			memcpy(bp_rowtext_room(buf, 2), "\\N", 2);
			buf->len += 2;
		}
		else
			col->write(col, values[col->index], buf);
		buf->data[buf->len++] = col->end;
	}
	MemoryContextSwitchTo(caller);
}

void
bp_rowtext_reset(BpRowText *rt)
{
	MemoryContextReset(rt->batch);
	for (int i = 0; i < rt->ncolumns; i++)
		bp_rowtext_forget_labels(&rt->columns[i]);
}

void
bp_rowtext_destroy(BpRowText *rt)
{
	MemoryContextDelete(rt->context);
}
