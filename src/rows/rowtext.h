/*-------------------------------------------------------------------------
 *
 * rowtext.h
 *	  Rows of a table as COPY TO's text format.
 *
 * A BpRowText turns the tuples of one row type into exactly the bytes that
 *	  COPY ... TO ... (FORMAT text)
 * would write for them: tab between columns, \N for null, one '\n' per row,
 * in the encoding of the database.  See rowtext.c for the design.
 *
 * The bytes depend on settings of the session (DateStyle, IntervalStyle,
 * extra_float_digits, bytea_output, TimeZone).  bp_rowtext_create reads these
 * settings, which must not change while the BpRowText is in use.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/rowtext.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_ROWTEXT_H
#define BP_ROWS_ROWTEXT_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "base/buffer.h"
#include "executor/tuptable.h"

typedef struct BpRowText BpRowText;

/*
 * Makes a formatter for 'natts' columns of 'desc', in the order of 'attnums'
 * (column numbers, which start at 1, without dropped columns; the caller
 * leaves out generated columns).  If attnums is NULL, the columns are all
 * those of 'desc' that are not dropped, and natts is ignored.  If natts is 0,
 * each row is just "\n".
 *
 * 'desc' is not kept.  The formatter is allocated in a child of the current
 * memory context.  Raises the errors of a catalog lookup; a type without
 * output function is undefined_function.
 */
extern BpRowText *bp_rowtext_create(TupleDesc desc, int natts,
									const AttrNumber *attnums);

/*
 * Appends the row in 'slot', with its '\n', to 'buf'.  The slot must be valid;
 * it is deformed up to the last column needed.  Nothing is allocated in the
 * caller's memory context, except that the buffer grows in its own.
 *
 * Raises the errors of the output functions and of bp_buffer_grow.  After an
 * error 'buf' may end with a part of the row.
 */
extern void bp_rowtext_row(BpRowText *rt, TupleTableSlot *slot,
						   BpBuffer *buf);

/*
 * The same for a tuple of a heap, which is not deformed at all.  Allowed only
 * if bp_rowtext_takes_tuples is true, that is, if attnums are in ascending
 * order.
 */
extern void bp_rowtext_tuple(BpRowText *rt, HeapTuple tuple, BpBuffer *buf);
extern bool bp_rowtext_takes_tuples(BpRowText *rt);

/*
 * Frees what output functions and detoasting allocated, and what is cached
 * from the catalogs.  To be called between batches of rows.  bp_rowtext_row
 * and bp_rowtext_tuple call it too, when more than 64 kB are allocated.
 */
extern void bp_rowtext_reset(BpRowText *rt);

/* Frees the formatter and all that it allocated. */
extern void bp_rowtext_destroy(BpRowText *rt);

#endif							/* BP_ROWS_ROWTEXT_H */
