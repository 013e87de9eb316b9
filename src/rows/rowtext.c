/*-------------------------------------------------------------------------
 *
 * rowtext.c
 *	  Rows of a table as COPY TO's text format.
 *
 * COPY calls the output function of each column, which allocates a string,
 * searches that for bytes to escape, appends it to a row and the row to a
 * file.  Here each column has a writer, chosen once, that puts the escaped
 * text of a value straight into the caller's buffer:
 *
 *	write_scalar.c		integers, floats, strings, bytea, uuid
 *	write_numeric.c	numeric
 *	write_datetime.c	dates, times and intervals
 *	write_network.c	addresses
 *	write_array.c	arrays, jsonb, enums
 *
 * The writer is chosen by the address of the type's output function, not by
 * the type.  So domains, and types that borrow an output function (citext),
 * are fast too, and a type whose output function we do not know is never
 * mistaken for one we do.  All the rest goes through the output function, as
 * does a value that a writer does not want (a year out of range, say), and a
 * whole type when a setting of the session asks for another style.
 *
 * A tuple of a heap is not deformed first: one walk over its bytes finds a
 * value and has it written.  What the walk needs of each attribute is kept
 * small (BpTextAtt), so that a table of hundreds of columns does not push the
 * rest out of the processor's cache.  Rows of a query come in slots.
 *
 * Memory: values are written in a context of their own, so that detoasting
 * and output functions can leave garbage.  It is reset between two rows, as
 * soon as it had to grow beyond its first block.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/rowtext.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "rows/rowtext.h"
#include "rows/write_escape.h"
#include "rows/writer.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* First block of the batch context; it stays in the processor's cache. */
#define BP_ROWTEXT_BATCH_BYTES	((Size) 64 * 1024)

/* An attribute of the row type, for the walk over a tuple. */
typedef struct BpTextAtt
{
	BpTextWriter write;			/* NULL: not wanted, or dropped */
	BpTextColumn *col;
	int16		len;			/* attlen */
	bool		byval;
	uint8		align;			/* bytes, less one */
} BpTextAtt;

struct BpRowText
{
	MemoryContext context;		/* holds this and all below */
	MemoryContext batch;		/* garbage of writers and output functions */
	int			natts;			/* attributes up to the last one wanted */
	BpTextAtt  *atts;
	Datum	   *missing;		/* of attributes that a tuple is too old for */
	bool	   *missing_null;
	int			ncolumns;
	int		   *columns;		/* indexes into atts */
	bool		ascending;		/* columns are in the order of the tuple */
};

static AttrNumber *all_columns(TupleDesc desc, int *natts);
static void init_att(BpRowText *rt, TupleDesc desc, int i);
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
		attnums = all_columns(desc, &natts);

	rt = palloc0(sizeof(BpRowText));
	rt->context = context;
	rt->batch = AllocSetContextCreate(context, "BpRowText batch",
									  BP_ROWTEXT_BATCH_BYTES,
									  BP_ROWTEXT_BATCH_BYTES,
									  ALLOCSET_DEFAULT_MAXSIZE);
	rt->ascending = true;
	rt->columns = palloc(sizeof(int) * Max(natts, 1));
	rt->atts = palloc0(sizeof(BpTextAtt) * Max(desc->natts, 1));
	rt->missing = palloc0(sizeof(Datum) * Max(desc->natts, 1));
	rt->missing_null = palloc0(sizeof(bool) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		init_att(rt, desc, i);
	for (int i = 0; i < natts; i++)
		add_column(rt, desc, attnums[i]);

	MemoryContextSwitchTo(caller);
	return rt;
}

/* Every column that is not dropped. */
static AttrNumber *
all_columns(TupleDesc desc, int *natts)
{
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * Max(desc->natts, 1));

	*natts = 0;
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			attnums[(*natts)++] = (AttrNumber) (i + 1);
	}
	return attnums;
}

/* How the attribute lies in a tuple, and what it is if it does not. */
static void
init_att(BpRowText *rt, TupleDesc desc, int i)
{
	Form_pg_attribute form = TupleDescAttr(desc, i);
	BpTextAtt  *att = &rt->atts[i];

	att->len = form->attlen;
	att->byval = form->attbyval;
	att->align = (uint8) (att_align_nominal(1, form->attalign) - 1);
	rt->missing[i] = getmissingattr(desc, i + 1, &rt->missing_null[i]);
	if (!rt->missing_null[i])
		rt->missing[i] = datumCopy(rt->missing[i], att->byval, att->len);
}

static void
add_column(BpRowText *rt, TupleDesc desc, AttrNumber attnum)
{
	BpTextAtt  *att;

	if (attnum < 1 || attnum > desc->natts ||
		TupleDescAttr(desc, attnum - 1)->attisdropped)
		elog(ERROR, "row has no column number %d", attnum);

	att = &rt->atts[attnum - 1];
	if (att->write == NULL)
	{
		att->col = palloc0(sizeof(BpTextColumn));
		bp_rowtext_init_column(att->col,
							   TupleDescAttr(desc, attnum - 1)->atttypid,
							   rt->context);
		att->write = att->col->write;
	}
	rt->columns[rt->ncolumns++] = attnum - 1;
	rt->ascending &= attnum > rt->natts;
	rt->natts = Max(rt->natts, attnum);
}

/*
 * Finds the writer for values of 'type'.  Used for columns, and for the
 * elements of an array.
 */
void
bp_rowtext_init_column(BpTextColumn *col, Oid type, MemoryContext context)
{
	PGFunction	function;
	Oid			output;
	bool		varlena;

	col->context = context;
	getTypeOutputInfo(type, &output, &varlena);
	get_typlenbyvalalign(type, &col->len, &col->byval, &col->align);
	fmgr_info_cxt(output, &col->output, context);
	function = col->output.fn_addr;

	col->write = bp_rowtext_scalar_writer(function, col->len);
	if (col->write == NULL)
		col->write = bp_rowtext_network_writer(function);
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

/* What the type's output function makes of the value. */
char *
bp_rowtext_output(BpTextColumn *col, const char *value)
{
	return OutputFunctionCall(&col->output,
							  fetch_att(value, col->byval, col->len));
}

/* The writer of all that has no other. */
char *
bp_rowtext_write_output(BpTextColumn *col, const char *value, char *p,
						BpBuffer *buf)
{
	char	   *text = bp_rowtext_output(col, value);

	return bp_escape_append(buf, p, text, strlen(text), BP_ESCAPE_COPY);
}

/* The slow path of bp_rowtext_room. */
char *
bp_rowtext_grow(BpBuffer *buf, char *p, size_t n)
{
	buf->len = p - buf->data;
	bp_buffer_grow(buf, n);
	return buf->data + buf->len;
}

/* Where the bytes of a Datum are. */
static inline const char *
datum_address(const BpTextAtt *att, const Datum *value)
{
	if (!att->byval)
		return DatumGetPointer(*value);
#ifdef WORDS_BIGENDIAN
	return (const char *) value + sizeof(Datum) - att->len;
#else
	return (const char *) value;
#endif
}

/* A value of a slot, or a null, and the end of the column. */
static inline char *
put_datum(const BpTextAtt *att, const Datum *value, bool isnull, char *p,
		  BpBuffer *buf)
{
	p = bp_rowtext_room(buf, p, BP_TEXT_ROOM);
	if (isnull)
		p = bp_rowtext_put(p, "\\N", 2);
	else
		p = att->write(att->col, datum_address(att, value), p, buf);
	*p++ = '\t';
	return p;
}

/* All columns of a slot. */
static char *
put_slot(BpRowText *rt, TupleTableSlot *slot, char *p, BpBuffer *buf)
{
	slot_getsomeattrs(slot, rt->natts);
	for (int i = 0; i < rt->ncolumns; i++)
	{
		int			k = rt->columns[i];

		p = put_datum(&rt->atts[k], &slot->tts_values[k], slot->tts_isnull[k],
					  p, buf);
	}
	return p;
}

/* The next attribute begins at 'at' or behind its padding. */
static pg_attribute_always_inline const char *
align_att(const BpTextAtt *att, const char *at)
{
	/* a varlena with a short header is not aligned; padding is of zeros */
	if (att->len == -1 && *at != 0)
		return at;
	return (const char *) (((uintptr_t) at + att->align) &
						   ~(uintptr_t) att->align);
}

static pg_attribute_always_inline size_t
length_att(const BpTextAtt *att, const char *at)
{
	if (att->len > 0)
		return att->len;
	if (att->len == -1)
		return VARSIZE_ANY(at);
	return strlen(at) + 1;
}

/* The columns in the order of the tuple. */
static char *
put_tuple(BpRowText *rt, HeapTuple tuple, char *p, BpBuffer *buf)
{
	HeapTupleHeader header = tuple->t_data;
	const bits8 *nulls = HeapTupleHasNulls(tuple) ? header->t_bits : NULL;
	const char *at = (const char *) header + header->t_hoff;
	int			natts = Min(HeapTupleHeaderGetNatts(header), rt->natts);

	for (int i = 0; i < natts; i++)
	{
		const BpTextAtt *att = &rt->atts[i];

		p = bp_rowtext_room(buf, p, BP_TEXT_ROOM);
		if (nulls != NULL && att_isnull(i, nulls))
		{
			if (att->write != NULL)
				p = bp_rowtext_put(p, "\\N\t", 3);
			continue;
		}
		at = align_att(att, at);
		if (att->write != NULL)
		{
			p = att->write(att->col, at, p, buf);
			*p++ = '\t';
		}
		at += length_att(att, at);
	}
	/* columns that were added after the tuple */
	for (int i = natts; i < rt->natts; i++)
	{
		if (rt->atts[i].write != NULL)
			p = put_datum(&rt->atts[i], &rt->missing[i], rt->missing_null[i],
						  p, buf);
	}
	return p;
}

/* Before each row: throw away the garbage when there is much of it. */
static inline void
begin_row(BpRowText *rt)
{
	if (unlikely(rt->batch->mem_allocated > BP_ROWTEXT_BATCH_BYTES))
		bp_rowtext_reset(rt);
}

/* After each row: the end of its last column is the end of the row. */
static inline void
end_row(BpRowText *rt, char *p, BpBuffer *buf)
{
	if (unlikely(rt->ncolumns == 0))
		p = bp_rowtext_room(buf, p, 1) + 1;
	p[-1] = '\n';
	buf->len = p - buf->data;
}

void
bp_rowtext_row(BpRowText *rt, TupleTableSlot *slot, BpBuffer *buf)
{
	MemoryContext caller;
	char	   *p;

	begin_row(rt);
	caller = MemoryContextSwitchTo(rt->batch);
	p = put_slot(rt, slot, buf->data + buf->len, buf);
	end_row(rt, p, buf);
	MemoryContextSwitchTo(caller);
}

void
bp_rowtext_tuple(BpRowText *rt, HeapTuple tuple, BpBuffer *buf)
{
	MemoryContext caller;
	char	   *p;

	Assert(rt->ascending);
	begin_row(rt);
	caller = MemoryContextSwitchTo(rt->batch);
	p = put_tuple(rt, tuple, buf->data + buf->len, buf);
	end_row(rt, p, buf);
	MemoryContextSwitchTo(caller);
}

bool
bp_rowtext_takes_tuples(BpRowText *rt)
{
	return rt->ascending;
}

void
bp_rowtext_reset(BpRowText *rt)
{
	MemoryContextReset(rt->batch);
	for (int i = 0; i < rt->ncolumns; i++)
		bp_rowtext_forget_labels(rt->atts[rt->columns[i]].col);
}

void
bp_rowtext_destroy(BpRowText *rt)
{
	MemoryContextDelete(rt->context);
}
