/*-------------------------------------------------------------------------
 *
 * read_scalar.h
 *	  Readers of numbers, strings, bytea and uuid.
 *
 * The contract of a reader is in reader.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_scalar.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_READ_SCALAR_H
#define BP_ROWS_READ_SCALAR_H

#include "rows/reader.h"

extern BpReader bp_rowread_read_bool;
extern BpReader bp_rowread_read_int2;
extern BpReader bp_rowread_read_int4;
#ifdef USE_FLOAT8_BYVAL
extern BpReader bp_rowread_read_int8;
#endif
extern BpReader bp_rowread_read_oid;

/*
 * numeric.  bp_rowread_init_numeric sets col->precision and col->scale from
 * the type modifier; if it returns false, the column cannot have this reader.
 */
extern BpReader bp_rowread_read_numeric;
extern bool bp_rowread_init_numeric(BpReadColumn *col);

/* text and varchar */
extern BpReader bp_rowread_read_text;
extern BpReader bp_rowread_read_bpchar;
extern BpReader bp_rowread_read_bytea;
extern BpReader bp_rowread_read_uuid;

#endif							/* BP_ROWS_READ_SCALAR_H */
