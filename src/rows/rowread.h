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

/* Writable bytes that the caller must provide before and behind a text */
#define BP_ROWREAD_BEFORE	8
#define BP_ROWREAD_BEHIND	64

typedef struct BpRowReader BpRowReader;

/*
 * Makes a reader of rows whose columns are 'attnums' of 'desc' (natts column
 * numbers, which start at 1, without dropped columns or duplicates).  The
 * other columns of 'desc' become null.
 *
 * The reader keeps 'desc', which must live as long.  The reader is allocated
 * in a child of the current memory context.  Raises the errors of a catalog
 * lookup.
 */
extern BpRowReader *bp_rowread_create(TupleDesc desc, int natts,
									  const AttrNumber *attnums);

/*
 * Sets the text to read: 'len' bytes of whole rows, in the encoding of the
 * database, between the bytes of BP_ROWREAD_BEFORE and BP_ROWREAD_BEHIND.  The
 * reader writes to the text, and values may point into it, so it must live
 * until bp_rowread_reset.  Raises character_not_in_repertoire for text that is
 * not valid in the encoding.
 */
extern void bp_rowread_text(BpRowReader *rr, char *text, size_t len);

/*
 * Reads the next row into arrays of desc->natts elements; false if there is
 * none.  Values live until bp_rowread_reset.  Raises bad_copy_file_format for
 * a row with another number of columns or an unknown escape, and the errors of
 * the types' input functions.
 */
extern bool bp_rowread_row(BpRowReader *rr, Datum *values, bool *isnull);

/* Frees all values read so far. */
extern void bp_rowread_reset(BpRowReader *rr);

/* The number of bytes that have not been read yet */
extern size_t bp_rowread_left(BpRowReader *rr);

/*
 * For an error's context: sets *row to the number of the row being read,
 * counted from 1 in the current text, and returns the name of the column being
 * read, which belongs to 'desc'; NULL if no column is being read.  *value is
 * the text of that column, without escapes; NULL for a null.
 */
extern const char *bp_rowread_where(BpRowReader *rr, uint64 *row,
									const char **value);

#endif							/* BP_ROWS_ROWREAD_H */
