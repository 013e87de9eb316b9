/*-------------------------------------------------------------------------
 *
 * rowtext.c
 *	  Rows of a table as COPY TO's text format.
 *
 * COPY calls the output function of each column, which allocates a string.
 * COPY searches the string for bytes to escape, appends it to a row, and
 * appends the row to a file.  Here each column has a writer, which appends
 * the escaped text of a value directly to the caller's buffer.
 * choose_writer.c chooses the writer, once for each column.
 *
 * A tuple of a heap is not deformed first: a single pass over its bytes finds
 * each value and has it written.  What the pass needs of an attribute is kept
 * small (BpRowTextAtt), so that a table of hundreds of columns fits into the
 * processor's cache.  The rows of a query come in slots.
 *
 * Memory: writers run in a context of their own, so that detoasting and output
 * functions need not free anything.  It is reset between two rows, once it has
 * grown beyond its first block.
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
#include "rows/choose_writer.h"
#include "rows/rowtext.h"
#include "rows/write_array.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/* Size of the batch context's first block: small enough for the cache. */
#define BP_ROWTEXT_BATCH_BYTES	((Size) 64 * 1024)

/* What the pass over a tuple needs of an attribute. */
typedef struct BpRowTextAtt
{
	BpWriter   *write;			/* NULL: the attribute is dropped or not
								 * written */
	BpWriteColumn *col;
	int16		len;			/* attlen */
	bool		byval;
	uint8		align;			/* alignment in bytes, minus one */
} BpRowTextAtt;

struct BpRowText
{
	MemoryContext context;		/* holds this and all below */
	MemoryContext batch;		/* for writers and output functions */
	int			natts;			/* attributes up to the last one written */
	BpRowTextAtt *atts;
	Datum	   *missing;		/* values of attributes that old tuples lack */
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
	rt->atts = palloc0(sizeof(BpRowTextAtt) * Max(desc->natts, 1));
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

/* Sets how the attribute is stored, and its value in tuples that lack it. */
static void
init_att(BpRowText *rt, TupleDesc desc, int i)
{
	Form_pg_attribute form = TupleDescAttr(desc, i);
	BpRowTextAtt *att = &rt->atts[i];

	att->len = form->attlen;
	att->byval = form->attbyval;
	att->align = (uint8) (att_align_nominal(1, form->attalign) - 1);
	rt->missing[i] = getmissingattr(desc, i + 1, &rt->missing_null[i]);
	if (!rt->missing_null[i])
		rt->missing[i] = datumCopy(rt->missing[i], att->byval, att->len);
}

/* Adds a column to the list of columns to write. */
static void
add_column(BpRowText *rt, TupleDesc desc, AttrNumber attnum)
{
	BpRowTextAtt *att;

	if (attnum < 1 || attnum > desc->natts ||
		TupleDescAttr(desc, attnum - 1)->attisdropped)
		elog(ERROR, "row has no column number %d", attnum);

	att = &rt->atts[attnum - 1];
	if (att->write == NULL)
	{
		att->col = palloc0(sizeof(BpWriteColumn));
		bp_choose_writer(att->col, TupleDescAttr(desc, attnum - 1)->atttypid,
						 rt->context);
		att->write = att->col->write;
	}
	rt->columns[rt->ncolumns++] = attnum - 1;
	rt->ascending &= attnum > rt->natts;
	rt->natts = Max(rt->natts, attnum);
}

/* The address of the value, as a writer wants it. */
static inline const char *
datum_address(const BpRowTextAtt *att, const Datum *value)
{
	if (!att->byval)
		return DatumGetPointer(*value);
#ifdef WORDS_BIGENDIAN
	return (const char *) value + sizeof(Datum) - att->len;
#else
	return (const char *) value;
#endif
}

/* Writes a value or a null, and the separator. */
static inline char *
put_datum(const BpRowTextAtt *att, const Datum *value, bool isnull, char *p,
		  BpBuffer *buf)
{
	p = bp_writer_room(buf, p, BP_WRITER_ROOM);
	if (isnull)
		p = bp_writer_put(p, "\\N", 2);
	else
		p = att->write(att->col, datum_address(att, value), p, buf);
	*p++ = '\t';
	return p;
}

/* Writes all columns of a slot. */
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

/*
 * The address of the next attribute: 'at', or the address behind the padding
 * that begins at 'at'.
 */
static pg_attribute_always_inline const char *
align_att(const BpRowTextAtt *att, const char *at)
{
	/* a varlena with a short header is not aligned; padding is zero bytes */
	if (att->len == -1 && *at != 0)
		return at;
	return (const char *) (((uintptr_t) at + att->align) &
						   ~(uintptr_t) att->align);
}

static pg_attribute_always_inline size_t
length_att(const BpRowTextAtt *att, const char *at)
{
	if (att->len > 0)
		return att->len;
	if (att->len == -1)
		return VARSIZE_ANY(at);
	return strlen(at) + 1;
}

/* Writes the columns of a tuple; they are in ascending order. */
static char *
put_tuple(BpRowText *rt, HeapTuple tuple, char *p, BpBuffer *buf)
{
	HeapTupleHeader header = tuple->t_data;
	const bits8 *nulls = HeapTupleHasNulls(tuple) ? header->t_bits : NULL;
	const char *at = (const char *) header + header->t_hoff;
	int			natts = Min(HeapTupleHeaderGetNatts(header), rt->natts);

	for (int i = 0; i < natts; i++)
	{
		const BpRowTextAtt *att = &rt->atts[i];

		p = bp_writer_room(buf, p, BP_WRITER_ROOM);
		if (nulls != NULL && att_isnull(i, nulls))
		{
			if (att->write != NULL)
				p = bp_writer_put(p, "\\N\t", 3);
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
	/* these columns were added to the table after the tuple was stored */
	for (int i = natts; i < rt->natts; i++)
	{
		if (rt->atts[i].write != NULL)
			p = put_datum(&rt->atts[i], &rt->missing[i], rt->missing_null[i],
						  p, buf);
	}
	return p;
}

/*
 * To be called before each row: frees the memory of the batch if it has
 * grown.
 */
static inline void
begin_row(BpRowText *rt)
{
	if (unlikely(rt->batch->mem_allocated > BP_ROWTEXT_BATCH_BYTES))
		bp_rowtext_reset(rt);
}

/*
 * To be called after each row: replaces the separator after the last column
 * by a newline.
 */
static inline void
end_row(BpRowText *rt, char *p, BpBuffer *buf)
{
	if (unlikely(rt->ncolumns == 0))
		p = bp_writer_room(buf, p, 1) + 1;
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
