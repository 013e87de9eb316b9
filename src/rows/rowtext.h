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
 * extra_float_digits, bytea_output, TimeZone).  They are looked at once, in
 * bp_rowtext_create: nobody may change them while the BpRowText is in use.
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
 * (numbers from 1, none of them dropped; generated columns are for the caller
 * to leave out).  attnums == NULL: every column of 'desc' that is not dropped,
 * and natts is ignored.  natts == 0 makes rows that are just "\n".
 *
 * 'desc' is not kept.  Everything is allocated in a child of the current
 * memory context.  Raises the errors of a catalog look-up: a type without
 * output function is ERRCODE_UNDEFINED_FUNCTION.
 */
extern BpRowText *bp_rowtext_create(TupleDesc desc, int natts,
									const AttrNumber *attnums);

/*
 * Appends the row in 'slot', with its '\n', to 'buf'.  'slot' needs to be
 * valid, not deformed: it is deformed up to the highest column needed.  The
 * memory context of the caller is not touched, save for the buffer's growth.
 *
 * Raises whatever the output functions raise, and the errors of the buffer
 * when a row is larger than MaxAllocHugeSize; 'buf' then ends in a part of
 * the row, and buf->len from before the call is the end of the last whole
 * one.
 */
extern void bp_rowtext_row(BpRowText *rt, TupleTableSlot *slot,
						   BpBuffer *buf);

/*
 * The same for a tuple of a heap, which is not deformed at all; only where
 * bp_rowtext_takes_tuples says so: the columns are in ascending order.
 */
extern void bp_rowtext_tuple(BpRowText *rt, HeapTuple tuple, BpBuffer *buf);
extern bool bp_rowtext_takes_tuples(BpRowText *rt);

/*
 * Frees what output functions and detoasting left behind, and what is cached
 * from the catalogs.  To be called between batches of rows; bp_rowtext_row
 * does it by itself too, when the garbage exceeds some 100 kB.
 */
extern void bp_rowtext_reset(BpRowText *rt);

/* Frees the formatter and all that it allocated. */
extern void bp_rowtext_destroy(BpRowText *rt);

#endif							/* BP_ROWS_ROWTEXT_H */
