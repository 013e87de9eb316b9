/*-------------------------------------------------------------------------
 *
 * rowread.h
 *	  Rows from COPY's text format: the counterpart of rowtext.h.
 *
 * A BpRowReader turns what
 *	  COPY ... TO ... (FORMAT text)
 * wrote for the rows of a table back into values.  See rowread.c for the
 * design.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/rowread.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_ROWREAD_H
#define BP_ROWS_ROWREAD_H

#include "access/tupdesc.h"

/* Bytes that must be there, writable, before and behind a reader's text. */
#define BP_ROWREAD_BEFORE	8
#define BP_ROWREAD_BEHIND	64

typedef struct BpRowReader BpRowReader;

/*
 * Makes a reader of rows whose columns are 'attnums' of 'desc' (natts
 * numbers from 1, none of them dropped, none twice).  The other columns
 * become null.
 *
 * 'desc' must outlive the reader, which is allocated in a child of the
 * current memory context.  Raises the errors of a catalog look-up.
 */
extern BpRowReader *bp_rowread_create(TupleDesc desc, int natts,
									  const AttrNumber *attnums);

/*
 * The text to read from now on: whole rows, in the encoding of the database.
 * It is verified to be text of that encoding (22021 otherwise), is written
 * to, and must stay until bp_rowread_reset: values may point into it.
 */
extern void bp_rowread_text(BpRowReader *rr, char *text, size_t len);

/*
 * Reads the next row into arrays of desc->natts; false if there is none.
 * Values live until bp_rowread_reset.  Raises 22P04 for what is not a row of
 * so many columns, and whatever the types' input functions raise.
 */
extern bool bp_rowread_row(BpRowReader *rr, Datum *values, bool *isnull);

/* Frees the values read so far. */
extern void bp_rowread_reset(BpRowReader *rr);

/* Bytes of text left. */
extern size_t bp_rowread_left(BpRowReader *rr);

/*
 * For an error's context: number of the row at hand (from 1, in all texts),
 * and its column; NULL if the error is none of a column's.
 */
extern const char *bp_rowread_where(BpRowReader *rr, uint64 *row);

#endif							/* BP_ROWS_ROWREAD_H */
