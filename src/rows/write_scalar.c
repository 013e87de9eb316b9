/*-------------------------------------------------------------------------
 *
 * write_scalar.c
 *	  Writers of integers, floats, strings, bytea and uuid.
 *
 * What they write is, byte for byte, what the type's output function returns
 * after COPY's escaping.
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
#include "rows/writer.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/uuid.h"

const char	bp_rowtext_digits[200] =
"00010203040506070809" "10111213141516171819"
"20212223242526272829" "30313233343536373839"
"40414243444546474849" "50515253545556575859"
"60616263646566676869" "70717273747576777879"
"80818283848586878889" "90919293949596979899";

static char *
write_bool(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	*p++ = *(const bool *) value ? 't' : 'f';
	return p;
}

static char *
write_int2(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return p + pg_ltoa(*(const int16 *) value, p);
}

static char *
write_int4(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return p + pg_ltoa(*(const int32 *) value, p);
}

static char *
write_int8(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return p + pg_lltoa(*(const int64 *) value, p);
}

static char *
write_oid(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return p + pg_ultoa_n(*(const Oid *) value, p);
}

static char *
write_xid8(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return p + pg_ulltoa_n(*(const uint64 *) value, p);
}

static char *
write_float4(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return p + float_to_shortest_decimal_bufn(*(const float4 *) value, p);
}

static char *
write_float8(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return p + double_to_shortest_decimal_bufn(*(const float8 *) value, p);
}

/* text and what is stored like it: varchar, bpchar, json, citext */
static char *
write_text(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	struct varlena *text = bp_rowtext_packed(value);

	return bp_escape_append(buf, p, VARDATA_ANY(text),
							VARSIZE_ANY_EXHDR(text), BP_ESCAPE_COPY);
}

static char *
write_cstring(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return bp_escape_append(buf, p, value, strlen(value), BP_ESCAPE_COPY);
}

/* "char": from 16 on, bytes beyond ASCII are written in octal. */
static char *
write_char(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	if (*value == '\0' || IS_HIGHBIT_SET(*value))
		return bp_rowtext_write_output(col, value, p, buf);
	return bp_escape_bytes(p, value, 1, BP_ESCAPE_COPY);
}

/* bytea in hex; its backslash is doubled. */
static char *
write_bytea(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	struct varlena *bytea = bp_rowtext_packed(value);
	size_t		n = VARSIZE_ANY_EXHDR(bytea);

	p = bp_rowtext_room(buf, p, 3 + 2 * n + 1);
	p = bp_rowtext_put(p, "\\\\x", 3);
	return bp_hex_put(p, (const unsigned char *) VARDATA_ANY(bytea), n);
}

static char *
write_uuid(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
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

/*
 * The writer for an output function; NULL if there is none, or if a setting
 * of the session asks for something else than it writes.
 */
BpTextWriter
bp_rowtext_scalar_writer(PGFunction output, int16 typlen)
{
	static const struct
	{
		PGFunction	output;
		int16		typlen;
		BpTextWriter write;
	}			writers[] =
	{
		{boolout, 1, write_bool},
		{int2out, 2, write_int2},
		{int4out, 4, write_int4},
		{int8out, 8, write_int8},
		{oidout, 4, write_oid},
		{xidout, 4, write_oid},
		{cidout, 4, write_oid},
		{xid8out, 8, write_xid8},
		{float4out, 4, write_float4},
		{float8out, 8, write_float8},
		{numeric_out, -1, bp_rowtext_write_numeric},
		{textout, -1, write_text},
		{varcharout, -1, write_text},
		{bpcharout, -1, write_text},
		{json_out, -1, write_text},
		{nameout, NAMEDATALEN, write_cstring},
		{cstring_out, -2, write_cstring},
		{unknownout, -2, write_cstring},
		{charout, 1, write_char},
		{byteaout, -1, write_bytea},
		{uuid_out, UUID_LEN, write_uuid}
	};

	if ((output == float4out || output == float8out) &&
		extra_float_digits <= 0)
		return NULL;
	if (output == byteaout && bytea_output != BYTEA_OUTPUT_HEX)
		return NULL;

	for (int i = 0; i < lengthof(writers); i++)
	{
		if (writers[i].output == output && writers[i].typlen == typlen)
			return writers[i].write;
	}
	return NULL;
}
