/*-------------------------------------------------------------------------
 *
 * write_numeric.c
 *	  Writer of numeric, and of the numbers in jsonb.
 *
 * numeric_out unpacks a value into a variable first.  Here the stored digits,
 * which are to the base 10000, are written directly, four decimal digits at a
 * time.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_numeric.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "rows/numeric_storage.h"
#include "rows/write_numeric.h"

/* A numeric value, split into its parts */
typedef struct BpNumeric
{
	bool		negative;
	int			dscale;			/* decimal digits behind the point */
	int			weight;			/* of the first digit, as a power of 10000 */
	int			ndigits;
	const char *digits;			/* not aligned */
} BpNumeric;

/*
 * Digit number i, to the base 10000, of the 'ndigits' digits at 'digits'; 0
 * if i is beyond them.
 */
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
	p = bp_writer_put2(p, digit / 100);
	return bp_writer_put2(p, digit % 100);
}

/* Writes a number below 10000 without leading zeros. */
static inline char *
numeric_put_first(char *p, unsigned digit)
{
	if (digit >= 100)
	{
		if (digit < 1000)
			*p++ = '0' + digit / 100;
		else
			p = bp_writer_put2(p, digit / 100);
		return bp_writer_put2(p, digit % 100);
	}
	if (digit >= 10)
		return bp_writer_put2(p, digit);
	*p++ = '0' + digit;
	return p;
}

/* Writes the digits before the decimal point, without leading zeros. */
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

/* Writes NaN or an infinity. */
static char *
put_special(uint16 header, char *p)
{
	if (header == BP_NUM_NAN)
		return bp_writer_put(p, "NaN", 3);
	if (header == BP_NUM_POSITIVE_INF)
		return bp_writer_put(p, "Infinity", 8);
	return bp_writer_put(p, "-Infinity", 9);
}

static void
numeric_damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("numeric value has no header")));
}

/* Splits a value; 'data' is what follows the first 16 bits of the header. */
static inline BpNumeric
split_numeric(uint16 header, const char *data, size_t size)
{
	BpNumeric	num;

	if (BP_NUM_FORM(header) == BP_NUM_SHORT)
	{
		num.negative = (header & BP_NUM_SHORT_NEGATIVE) != 0;
		num.dscale = BP_NUM_SHORT_DSCALE(header);
		num.weight = BP_NUM_SHORT_WEIGHT(header);
	}
	else
	{
		int16		weight;

		if (unlikely(size < sizeof(weight)))
			numeric_damaged();
		num.negative = BP_NUM_FORM(header) == BP_NUM_LONG_NEGATIVE;
		num.dscale = BP_NUM_LONG_DSCALE(header);
		memcpy(&weight, data, sizeof(weight));
		num.weight = weight;
		data += sizeof(weight);
		size -= sizeof(weight);
	}
	num.digits = data;
	num.ndigits = (int) (size / sizeof(int16));
	return num;
}

char *
bp_rowtext_put_numeric(const char *data, size_t size, char *p, BpBuffer *buf)
{
	uint16		header;
	BpNumeric	num;
	char	   *point;

	if (unlikely(size < sizeof(header)))
		numeric_damaged();
	memcpy(&header, data, sizeof(header));
	if (unlikely(BP_NUM_FORM(header) == BP_NUM_SPECIAL))
		return put_special(header, p);
	num = split_numeric(header, data + sizeof(header), size - sizeof(header));

	/* sign, whole digits, point, fraction, an excess group, separator */
	p = bp_writer_room(buf, p,
					   1 + 4 * (Max(num.weight, 0) + 1) + 1 + num.dscale + 4 + 1);
	if (num.negative)
		*p++ = '-';
	p = numeric_put_whole(p, num.digits, num.ndigits, num.weight);
	if (num.dscale == 0)
		return p;
	*p++ = '.';
	point = p;
	for (int i = num.weight + 1; p - point < num.dscale; i++)
		p = numeric_put4(p, numeric_digit(num.digits, num.ndigits, i));
	return point + num.dscale;
}

char *
bp_rowtext_write_numeric(BpWriteColumn *col, const char *value, char *p,
						 BpBuffer *buf)
{
	struct varlena *numeric = bp_writer_packed(value);

	return bp_rowtext_put_numeric(VARDATA_ANY(numeric),
								  VARSIZE_ANY_EXHDR(numeric), p, buf);
}
