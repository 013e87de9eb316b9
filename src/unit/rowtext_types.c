/*-------------------------------------------------------------------------
 *
 * rowtext_types.c
 *	  Writers of numbers, strings, bytea and uuid.
 *
 * What they write is, byte for byte, what the type's output function returns
 * after COPY's escaping.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/rowtext_types.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/uuid.h"

#include "shared/compat.h"
#include "unit/rowtext_escape.h"
#include "unit/rowtext_hex.h"
#include "unit/rowtext_types.h"

/*
 * The representation of numeric on disk.  numeric.c keeps it private, but it
 * is what pg_upgrade preserves, and the same on all versions supported here:
 * a header of 16 bits, in the long form the weight in 16 bits more, and
 * digits to the base 10000.
 */
#define NUM_KIND(header)		((header) & 0xC000)
#define NUM_NEGATIVE			0x4000	/* long form */
#define NUM_SHORT				0x8000
#define NUM_SPECIAL				0xC000
#define NUM_NAN					0xC000
#define NUM_POSITIVE_INF		0xD000
#define NUM_NEGATIVE_INF		0xF000
#define NUM_SHORT_NEGATIVE		0x2000
#define NUM_SHORT_DSCALE(header) (((header) & 0x1F80) >> 7)
#define NUM_SHORT_WEIGHT(header) \
	((int) ((header) & 0x3F) - (int) ((header) & 0x40))
#define NUM_LONG_DSCALE(header) ((header) & 0x3FFF)

const char	bp_rowtext_digits[200] =
"00010203040506070809" "10111213141516171819"
"20212223242526272829" "30313233343536373839"
"40414243444546474849" "50515253545556575859"
"60616263646566676869" "70717273747576777879"
"80818283848586878889" "90919293949596979899";

static void
write_bool(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	*bp_rowtext_room(buf, 1) = DatumGetBool(value) ? 't' : 'f';
	buf->len++;
}

static void
write_int2(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	buf->len += pg_ltoa((int32) DatumGetInt16(value),
						bp_rowtext_room(buf, MAXINT8LEN));
}

static void
write_int4(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	buf->len += pg_ltoa(DatumGetInt32(value),
						bp_rowtext_room(buf, MAXINT8LEN));
}

static void
write_int8(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	buf->len += pg_lltoa(DatumGetInt64(value),
						 bp_rowtext_room(buf, MAXINT8LEN));
}

static void
write_oid(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	buf->len += pg_ultoa_n(DatumGetObjectId(value),
						   bp_rowtext_room(buf, MAXINT8LEN));
}

static void
write_float4(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	char	   *p = bp_rowtext_room(buf, FLOAT_SHORTEST_DECIMAL_LEN);

	buf->len += float_to_shortest_decimal_bufn(DatumGetFloat4(value), p);
}

static void
write_float8(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	char	   *p = bp_rowtext_room(buf, DOUBLE_SHORTEST_DECIMAL_LEN);

	buf->len += double_to_shortest_decimal_bufn(DatumGetFloat8(value), p);
}

/* text and what is stored like it: varchar, bpchar, json, citext */
static void
write_text(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

	bp_escape_append(buf, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text),
					 BP_ESCAPE_COPY);
}

static void
write_cstring(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	const char *text = DatumGetPointer(value);

	bp_escape_append(buf, text, strlen(text), BP_ESCAPE_COPY);
}

/* "char": from 16 on, bytes beyond ASCII are written in octal. */
static void
write_char(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	char		c = DatumGetChar(value);

	if (c == '\0' || IS_HIGHBIT_SET(c))
		bp_rowtext_write_output(col, value, buf);
	else
		bp_escape_append(buf, &c, 1, BP_ESCAPE_COPY);
}

/* bytea in hex; its backslash is doubled. */
static void
write_bytea(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	struct varlena *bytea = PG_DETOAST_DATUM_PACKED(value);
	const unsigned char *src = (const unsigned char *) VARDATA_ANY(bytea);
	size_t		n = VARSIZE_ANY_EXHDR(bytea);
	char	   *p = bp_rowtext_room(buf, 3 + 2 * n);

	memcpy(p, "\\\\x", 3);
	buf->len = bp_hex_put(p + 3, src, n) - buf->data;
}

static void
write_uuid(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	char	   *p = bp_rowtext_room(buf, 2 * UUID_LEN + 4);
	char		digits[2 * UUID_LEN];

	bp_hex_put(digits, (const unsigned char *) DatumGetPointer(value),
			   UUID_LEN);
	memcpy(p, digits, 8);
	p[8] = '-';
	memcpy(p + 9, digits + 8, 4);
	p[13] = '-';
	memcpy(p + 14, digits + 12, 4);
	p[18] = '-';
	memcpy(p + 19, digits + 16, 4);
	p[23] = '-';
	memcpy(p + 24, digits + 20, 12);
	buf->len += 2 * UUID_LEN + 4;
}

static void
write_numeric(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	struct varlena *numeric = PG_DETOAST_DATUM_PACKED(value);

	bp_rowtext_put_numeric(VARDATA_ANY(numeric), VARSIZE_ANY_EXHDR(numeric),
						   buf);
}

/* One digit to the base 10000, of 'ndigits' at 'digits'; 0 beyond them. */
static inline unsigned
numeric_digit(const char *digits, int ndigits, int i)
{
	uint16		digit = 0;

	if (i >= 0 && i < ndigits)
		memcpy(&digit, digits + i * sizeof(digit), sizeof(digit));
	return likely(digit < 10000) ? digit : 0;
}

static inline char *
numeric_put4(char *p, unsigned digit)
{
	p = bp_rowtext_put2(p, digit / 100);
	return bp_rowtext_put2(p, digit % 100);
}

/* Up to four digits of a number below 10000. */
static inline char *
numeric_put_first(char *p, unsigned digit)
{
	if (digit >= 100)
	{
		if (digit < 1000)
			*p++ = '0' + digit / 100;
		else
			p = bp_rowtext_put2(p, digit / 100);
		return bp_rowtext_put2(p, digit % 100);
	}
	if (digit >= 10)
		return bp_rowtext_put2(p, digit);
	*p++ = '0' + digit;
	return p;
}

/* The digits before the decimal point, without leading zeros. */
static inline char *
numeric_put_whole(char *p, const char *digits, int ndigits, int weight)
{
	if (weight < 0)
		*p++ = '0';
	else
		p = numeric_put_first(p, numeric_digit(digits, ndigits, 0));
	for (int i = 1; i <= weight; i++)
		p = numeric_put4(p, numeric_digit(digits, ndigits, i));
	return p;
}

/*
 * Appends the text of a numeric.  'data' is what follows the header of the
 * varlena, and needs no alignment.
 */
void
bp_rowtext_put_numeric(const char *data, size_t size, BpBuffer *buf)
{
	uint16		header;
	int16		weight;
	int			dscale;
	int			ndigits;
	bool		negative;
	char	   *p;

	if (unlikely(size < sizeof(header)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("numeric value has no header")));
	memcpy(&header, data, sizeof(header));
	if (NUM_KIND(header) == NUM_SPECIAL)
	{
		const char *name = "-Infinity";

		if (header == NUM_NAN)
			name = "NaN";
		else if (header == NUM_POSITIVE_INF)
			name = "Infinity";
		p = bp_rowtext_room(buf, strlen(name));
		memcpy(p, name, strlen(name));
		buf->len += strlen(name);
		return;
	}

	data += sizeof(header);
	size -= sizeof(header);
	if (NUM_KIND(header) == NUM_SHORT)
	{
		negative = (header & NUM_SHORT_NEGATIVE) != 0;
		dscale = NUM_SHORT_DSCALE(header);
		weight = NUM_SHORT_WEIGHT(header);
	}
	else
	{
		if (unlikely(size < sizeof(weight)))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("numeric value has no weight")));
		negative = NUM_KIND(header) == NUM_NEGATIVE;
		dscale = NUM_LONG_DSCALE(header);
		memcpy(&weight, data, sizeof(weight));
		data += sizeof(weight);
		size -= sizeof(weight);
	}
	ndigits = (int) (size / sizeof(int16));

	/* sign, whole digits, point, and a group that may be cut off */
	p = bp_rowtext_room(buf, 1 + 4 * (Max(weight, 0) + 1) + 1 + dscale + 4);
	if (negative)
		*p++ = '-';
	p = numeric_put_whole(p, data, ndigits, weight);
	if (dscale > 0)
	{
		char	   *point = p;

		*p++ = '.';
		for (int i = 0; i < dscale; i += 4)
			p = numeric_put4(p, numeric_digit(data, ndigits,
											  weight + 1 + i / 4));
		p = point + 1 + dscale;
	}
	buf->len = p - buf->data;
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
		{float4out, 4, write_float4},
		{float8out, 8, write_float8},
		{numeric_out, -1, write_numeric},
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
