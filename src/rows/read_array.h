/*-------------------------------------------------------------------------
 *
 * read_array.h
 *	  The reader of arrays.
 *
 * The contract of a reader is in reader.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_array.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_READ_ARRAY_H
#define BP_ROWS_READ_ARRAY_H

#include "rows/reader.h"

/*
 * Needs all of the column's fields for arrays.  col->element has a reader, and
 * the delimiter of its type is a comma.
 */
extern BpReader bp_rowread_read_array;

#endif							/* BP_ROWS_READ_ARRAY_H */
