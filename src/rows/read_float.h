/*-------------------------------------------------------------------------
 *
 * read_float.h
 *	  Readers of float4 and float8.
 *
 * The contract of a reader is in reader.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_float.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_READ_FLOAT_H
#define BP_ROWS_READ_FLOAT_H

#include "rows/reader.h"

extern BpReader bp_rowread_read_float4;
#ifdef USE_FLOAT8_BYVAL
extern BpReader bp_rowread_read_float8;
#endif

#endif							/* BP_ROWS_READ_FLOAT_H */
