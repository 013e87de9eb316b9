/*-------------------------------------------------------------------------
 *
 * write_numeric.h
 *	  Writer of numeric, and of the numbers in jsonb.
 *
 * The contract of a writer is in writer.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_numeric.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_NUMERIC_H
#define BP_ROWS_WRITE_NUMERIC_H

#include "rows/writer.h"

extern BpWriter bp_rowtext_write_numeric;

/*
 * The same for a number in jsonb.  'data' is what follows the header of the
 * varlena, 'size' bytes, without alignment.  Raises data_corrupted for a value
 * that is too short to be a numeric.
 */
extern char *bp_rowtext_put_numeric(const char *data, size_t size, char *p,
									BpBuffer *buf);

#endif							/* BP_ROWS_WRITE_NUMERIC_H */
