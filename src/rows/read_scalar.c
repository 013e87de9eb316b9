/*-------------------------------------------------------------------------
 *
 * read_scalar.c
 *	  Readers of numbers, strings, bytea and uuid.
 *
 * Each reads the text that the type's output function writes for most values.
 * The input function reads all others: numbers with many digits, strings that
 * have to be padded or cut to fit their column, and any other form.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_scalar.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "rows/numeric_storage.h"
#include "rows/read_scalar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/* Any number of this many digits fits an int64. */
#define BP_INT8_DIGITS		18

/* numeric_in reads longer numbers. */
#define BP_NUMERIC_DIGITS	60

/* Reads a number of 1 to 18 digits; false if it is anything else. */
static inline bool
read_digits(const char *p, size_t len, uint64 *value)
{
	uint64		v = 0;

	if (len == 0 || len > BP_INT8_DIGITS)
		return false;
	for (; len > 0; p++, len--)
	{
		unsigned	digit = (unsigned char) *p - '0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

/* Reads an integer between -max and max; false if it is anything else. */
static inline bool
read_integer(const char *text, size_t len, int64 max, int64 *value)
{
	bool		negative = len > 0 && *text == '-';
	uint64		v;

	if (!read_digits(text + negative, len - negative, &v) || v > (uint64) max)
		return false;
	*value = negative ? -(int64) v : (int64) v;
	return true;
}

bool
bp_rowread_read_int2(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	int64		v;

	if (!read_integer(text, len, PG_INT16_MAX, &v))
		return false;
	*value = Int16GetDatum((int16) v);
	return true;
}

bool
bp_rowread_read_int4(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	int64		v;

	if (!read_integer(text, len, PG_INT32_MAX, &v))
		return false;
	*value = Int32GetDatum((int32) v);
	return true;
}

#ifdef USE_FLOAT8_BYVAL
bool
bp_rowread_read_int8(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	int64		v;

	if (!read_integer(text, len, PG_INT64_MAX, &v))
		return false;
	*value = Int64GetDatum(v);
	return true;
}
#endif

bool
bp_rowread_read_oid(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	uint64		v;

	if (!read_digits(text, len, &v) || v > PG_UINT32_MAX)
		return false;
	*value = ObjectIdGetDatum((Oid) v);
	return true;
}

bool
bp_rowread_read_bool(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	if (len != 1 || (*text != 't' && *text != 'f'))
		return false;
	*value = BoolGetDatum(*text == 't');
	return true;
}

/*
 * Makes a varlena of the text.  A short text of a column stays where it is:
 * the header overwrites the byte before, which was the separator of columns.
 */
static inline Datum
make_text(BpReadColumn *col, char *text, size_t len)
{
	struct varlena *v;

	if (len + VARHDRSZ_SHORT <= VARATT_SHORT_MAX && col->packable)
	{
		if (col->owns_text)
			v = (struct varlena *) (text - VARHDRSZ_SHORT);
		else
		{
			v = bp_reader_arena_alloc(col->arena, len + VARHDRSZ_SHORT);
			memcpy((char *) v + VARHDRSZ_SHORT, text, len);
		}
		SET_VARSIZE_SHORT(v, len + VARHDRSZ_SHORT);
		return PointerGetDatum(v);
	}
	v = bp_reader_arena_alloc(col->arena, len + VARHDRSZ);
	SET_VARSIZE(v, len + VARHDRSZ);
	memcpy(VARDATA(v), text, len);
	return PointerGetDatum(v);
}

/* text, and varchar(n) of at most n bytes */
bool
bp_rowread_read_text(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	if (col->typmod >= (int32) VARHDRSZ &&
		len > (size_t) (col->typmod - VARHDRSZ))
		return false;
	if (unlikely(len > MaxAllocSize - VARHDRSZ))
		return false;
	*value = make_text(col, text, len);
	return true;
}

/* char(n) with exactly n characters, all of them ASCII; or bpchar */
bool
bp_rowread_read_bpchar(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	size_t		i;

	if (col->typmod >= (int32) VARHDRSZ)
	{
		unsigned char high = 0;

		if (len != (size_t) (col->typmod - VARHDRSZ))
			return false;
		for (i = 0; i < len; i++)
			high |= (unsigned char) text[i];
		if (IS_HIGHBIT_SET(high))
			return false;
	}
	if (unlikely(len > MaxAllocSize - VARHDRSZ))
		return false;
	*value = make_text(col, text, len);
	return true;
}

/* Values of lower-case hexadecimal digits; 0xff for other bytes */
static const uint8 hex_values[256] = {
#define NO8		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define NO32	NO8, NO8, NO8, NO8
	NO32, NO8, NO8,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	NO32,
	0xff, 10, 11, 12, 13, 14, 15, 0xff, NO8, NO8, NO8,
	NO32, NO32, NO32, NO32
#undef NO32
#undef NO8
};

/* Reads n bytes from 2n digits; false if one of these is not a digit. */
static inline bool
read_hex(uint8 *dst, const char *text, size_t n)
{
	const uint8 *src = (const uint8 *) text;
	uint8		bad = 0;

	for (; n > 0; n--, src += 2)
	{
		uint8		high = hex_values[src[0]];
		uint8		low = hex_values[src[1]];

		bad |= high | low;
		*dst++ = (uint8) (high << 4) | (low & 15);
	}
	return bad < 16;
}

bool
bp_rowread_read_bytea(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	struct varlena *v;
	size_t		n;

	if (len < 2 || text[0] != '\\' || text[1] != 'x' || len % 2 != 0)
		return false;
	n = (len - 2) / 2;
	if (unlikely(n > MaxAllocSize - VARHDRSZ))
		return false;
	v = bp_reader_arena_alloc(col->arena, n + VARHDRSZ);
	SET_VARSIZE(v, n + VARHDRSZ);
	if (!read_hex((uint8 *) VARDATA(v), text + 2, n))
		return false;
	*value = PointerGetDatum(v);
	return true;
}

bool
bp_rowread_read_uuid(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	uint8	   *v;

	if (len != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
		text[23] != '-')
		return false;
	v = bp_reader_arena_alloc(col->arena, UUID_LEN);
	if (!read_hex(v, text, 4) || !read_hex(v + 4, text + 9, 2) ||
		!read_hex(v + 6, text + 14, 2) || !read_hex(v + 8, text + 19, 2) ||
		!read_hex(v + 10, text + 24, 6))
		return false;
	*value = PointerGetDatum(v);
	return true;
}

/*
 * Converts decimal digits to digits to the base 10000, four at a time.
 * Groups of four begin at the decimal point in both directions; the last
 * group behind the point is filled up with zeros.  Returns the number of
 * groups; -1 if a character is not a digit.
 */
static int
numeric_groups(const char *whole, int nwhole, const char *fraction,
			   int nfraction, int16 *groups)
{
	int			n = 0;
	int			group = 0;
	int			i;

	for (i = 0; i < nwhole; i++)
	{
		unsigned	digit = (unsigned char) whole[i] - '0';

		if (digit > 9)
			return -1;
		group = group * 10 + digit;
		if ((nwhole - i) % 4 == 1)
		{
			groups[n++] = group;
			group = 0;
		}
	}
	for (i = 0; i < nfraction; i++)
	{
		unsigned	digit = (unsigned char) fraction[i] - '0';

		if (digit > 9)
			return -1;
		group = group * 10 + digit;
		if (i % 4 == 3)
		{
			groups[n++] = group;
			group = 0;
		}
	}
	for (; i % 4 != 0; i++)
	{
		group *= 10;
		if (i % 4 == 3)
			groups[n++] = group;
	}
	return n;
}

/*
 * numeric: a sign and digits; in a numeric(precision, scale), exactly 'scale'
 * of them behind the point.
 */
bool
bp_rowread_read_numeric(BpReadColumn *col, char *text, size_t len,
						Datum *value)
{
	int16		groups[BP_NUMERIC_DIGITS / 4 + 2];
	int16	   *first = groups;
	bool		negative = len > 0 && *text == '-';
	char	   *whole = text + negative;
	char	   *end = text + len;
	char	   *point;
	int			nwhole;
	int			scale = 0;
	int			weight;
	int			n;
	uint16		header;
	char	   *v;

	if (len == 0 || len > BP_NUMERIC_DIGITS)
		return false;
	point = memchr(whole, '.', end - whole);
	nwhole = (point != NULL ? point : end) - whole;
	if (point != NULL)
		scale = end - point - 1;
	if (nwhole == 0 || (point != NULL && scale == 0))
		return false;
	if (col->precision > 0 &&
		(scale != col->scale || nwhole > col->precision - col->scale))
	{
		/* a single zero before the point does not count, as in numeric_in */
		if (scale != col->scale || nwhole != 1 || *whole != '0')
			return false;
	}

	n = numeric_groups(whole, nwhole, end - scale, scale, groups);
	if (n < 0)
		return false;
	weight = (nwhole + 3) / 4 - 1;
	while (n > 0 && *first == 0)
	{
		first++;
		n--;
		weight--;
	}
	while (n > 0 && first[n - 1] == 0)
		n--;
	if (n == 0)
	{
		weight = 0;
		negative = false;
	}
	header = BP_NUM_SHORT | (negative ? BP_NUM_SHORT_NEGATIVE : 0) |
		BP_NUM_MAKE_SHORT_DSCALE(scale) | BP_NUM_MAKE_SHORT_WEIGHT(weight);
	len = sizeof(header) + n * sizeof(int16);
	v = bp_reader_arena_alloc(col->arena, VARHDRSZ + len);
	if (col->packable)
	{
		SET_VARSIZE_SHORT(v, VARHDRSZ_SHORT + len);
		*value = PointerGetDatum(v);
		v += VARHDRSZ_SHORT;
	}
	else
	{
		SET_VARSIZE(v, VARHDRSZ + len);
		*value = PointerGetDatum(v);
		v += VARHDRSZ;
	}
	memcpy(v, &header, sizeof(header));
	memcpy(v + sizeof(header), first, n * sizeof(int16));
	return true;
}

bool
bp_rowread_init_numeric(BpReadColumn *col)
{
	int32		typmod = col->typmod - VARHDRSZ;

	col->precision = col->scale = 0;
	if (typmod < 0)
		return true;
	col->precision = (typmod >> 16) & 0xffff;
	col->scale = ((typmod & 0x7ff) ^ 1024) - 1024;
	return col->scale >= 0 && col->scale <= col->precision &&
		col->precision > 0;
}
