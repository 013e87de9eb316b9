/*-------------------------------------------------------------------------
 *
 * write_array.h
 *	  Writers of arrays and enums.
 *
 * The contract of a writer is in writer.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_array.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_ARRAY_H
#define BP_ROWS_WRITE_ARRAY_H

#include "rows/writer.h"

/*
 * Arrays, whose delimiter is a comma.  Needs col->element, which is prepared
 * for values of the type col->element_type.
 */
extern BpWriter bp_rowtext_write_array;

/* Enums.  Labels are cached in col->labels. */
extern BpWriter bp_rowtext_write_enum;

/*
 * Empties the caches of labels of a column and its elements: labels may be
 * renamed, so they are looked up again in each batch.
 */
extern void bp_rowtext_forget_labels(BpWriteColumn *col);

#endif							/* BP_ROWS_WRITE_ARRAY_H */
