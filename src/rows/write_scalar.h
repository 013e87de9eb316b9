/*-------------------------------------------------------------------------
 *
 * write_scalar.h
 *	  Writers of integers, floats, strings, bytea and uuid.
 *
 * The contract of a writer is in writer.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_scalar.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_SCALAR_H
#define BP_ROWS_WRITE_SCALAR_H

#include "rows/writer.h"

extern BpWriter bp_rowtext_write_bool;
extern BpWriter bp_rowtext_write_int2;
extern BpWriter bp_rowtext_write_int4;
extern BpWriter bp_rowtext_write_int8;

/* oid, xid and cid */
extern BpWriter bp_rowtext_write_oid;

extern BpWriter bp_rowtext_write_xid8;

/* Only while extra_float_digits is above 0: they write the shortest text. */
extern BpWriter bp_rowtext_write_float4;
extern BpWriter bp_rowtext_write_float8;

/* text and types that are stored like it: varchar, bpchar, json, citext */
extern BpWriter bp_rowtext_write_text;

/* name, and types that are stored as C strings */
extern BpWriter bp_rowtext_write_cstring;

/* "char" */
extern BpWriter bp_rowtext_write_char;

/* Only while bytea_output is hex. */
extern BpWriter bp_rowtext_write_bytea;

extern BpWriter bp_rowtext_write_uuid;

#endif							/* BP_ROWS_WRITE_SCALAR_H */
