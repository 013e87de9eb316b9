/*-------------------------------------------------------------------------
 *
 * write_scalar.c
 *	  Writers of integers, floats, strings, bytea and uuid.
 *
 * Each writes exactly the bytes that the type's output function and COPY's
 * escaping produce.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_scalar.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/hex.h"
#include "common/shortest_dec.h"
#include "rows/write_escape.h"
#include "rows/write_scalar.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

char *
bp_rowtext_write_bool(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	*p++ = *(const bool *) value ? 't' : 'f';
	return p;
}

char *
bp_rowtext_write_int2(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	return p + pg_ltoa(*(const int16 *) value, p);
}

char *
bp_rowtext_write_int4(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	return p + pg_ltoa(*(const int32 *) value, p);
}

char *
bp_rowtext_write_int8(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	return p + pg_lltoa(*(const int64 *) value, p);
}

char *
bp_rowtext_write_oid(BpWriteColumn *col, const char *value, char *p,
					 BpBuffer *buf)
{
	return p + pg_ultoa_n(*(const Oid *) value, p);
}

char *
bp_rowtext_write_xid8(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	return p + pg_ulltoa_n(*(const uint64 *) value, p);
}

char *
bp_rowtext_write_float4(BpWriteColumn *col, const char *value, char *p,
						BpBuffer *buf)
{
	return p + float_to_shortest_decimal_bufn(*(const float4 *) value, p);
}

char *
bp_rowtext_write_float8(BpWriteColumn *col, const char *value, char *p,
						BpBuffer *buf)
{
	return p + double_to_shortest_decimal_bufn(*(const float8 *) value, p);
}

/* text, and types that are stored like it: varchar, bpchar, json, citext */
char *
bp_rowtext_write_text(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	struct varlena *text = bp_writer_packed(value);

	return bp_escape_append(buf, p, VARDATA_ANY(text),
							VARSIZE_ANY_EXHDR(text), BP_ESCAPE_COPY);
}

char *
bp_rowtext_write_cstring(BpWriteColumn *col, const char *value, char *p,
						 BpBuffer *buf)
{
	return bp_escape_append(buf, p, value, strlen(value), BP_ESCAPE_COPY);
}

/* "char": since release 16, bytes that are not ASCII are written in octal. */
char *
bp_rowtext_write_char(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	if (*value == '\0' || IS_HIGHBIT_SET(*value))
		return bp_writer_write_output(col, value, p, buf);
	return bp_escape_bytes(p, value, 1, BP_ESCAPE_COPY);
}

/* bytea in hex; COPY doubles the backslash of "\x". */
char *
bp_rowtext_write_bytea(BpWriteColumn *col, const char *value, char *p,
					   BpBuffer *buf)
{
	struct varlena *bytea = bp_writer_packed(value);
	size_t		n = VARSIZE_ANY_EXHDR(bytea);

	p = bp_writer_room(buf, p, 3 + 2 * n + 1);
	p = bp_writer_put(p, "\\\\x", 3);
	return bp_hex_put(p, (const unsigned char *) VARDATA_ANY(bytea), n);
}

char *
bp_rowtext_write_uuid(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	char		digits[2 * UUID_LEN];

	bp_hex_put(digits, (const unsigned char *) value, UUID_LEN);
	memcpy(p, digits, 8);
	p[8] = '-';
	memcpy(p + 9, digits + 8, 4);
	p[13] = '-';
	memcpy(p + 14, digits + 12, 4);
	p[18] = '-';
	memcpy(p + 19, digits + 16, 4);
	p[23] = '-';
	memcpy(p + 24, digits + 20, 12);
	return p + 2 * UUID_LEN + 4;
}
