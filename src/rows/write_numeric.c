/*-------------------------------------------------------------------------
 *
 * write_numeric.c
 *	  Writer of numeric, and of the numbers in jsonb.
 *
 * The digits on disk are written as they are, four decimal ones at a time;
 * numeric_out unpacks them into a variable of its own first.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_numeric.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "rows/writer.h"

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

/* A numeric, taken apart */
typedef struct BpNumeric
{
	bool		negative;
	int			dscale;			/* decimal digits behind the point */
	int			weight;			/* of the first digit, as a power of 10000 */
	int			ndigits;
	const char *digits;			/* not aligned */
} BpNumeric;

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

/* NaN and the infinities */
static char *
put_special(uint16 header, char *p)
{
	if (header == NUM_NAN)
		return bp_rowtext_put(p, "NaN", 3);
	if (header == NUM_POSITIVE_INF)
		return bp_rowtext_put(p, "Infinity", 8);
	return bp_rowtext_put(p, "-Infinity", 9);
}

static void
numeric_damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("numeric value has no header")));
}

/* Takes apart what follows the first 16 bits of the header. */
static inline BpNumeric
split_numeric(uint16 header, const char *data, size_t size)
{
	BpNumeric	num;

	if (NUM_KIND(header) == NUM_SHORT)
	{
		num.negative = (header & NUM_SHORT_NEGATIVE) != 0;
		num.dscale = NUM_SHORT_DSCALE(header);
		num.weight = NUM_SHORT_WEIGHT(header);
	}
	else
	{
		int16		weight;

		if (unlikely(size < sizeof(weight)))
			numeric_damaged();
		num.negative = NUM_KIND(header) == NUM_NEGATIVE;
		num.dscale = NUM_LONG_DSCALE(header);
		memcpy(&weight, data, sizeof(weight));
		num.weight = weight;
		data += sizeof(weight);
		size -= sizeof(weight);
	}
	num.digits = data;
	num.ndigits = (int) (size / sizeof(int16));
	return num;
}

/*
 * Puts the text of a numeric at 'p', as a writer does.  'data' is what follows
 * the header of the varlena, and needs no alignment.
 */
char *
bp_rowtext_put_numeric(const char *data, size_t size, char *p, BpBuffer *buf)
{
	uint16		header;
	BpNumeric	num;
	char	   *point;

	if (unlikely(size < sizeof(header)))
		numeric_damaged();
	memcpy(&header, data, sizeof(header));
	if (unlikely(NUM_KIND(header) == NUM_SPECIAL))
		return put_special(header, p);
	num = split_numeric(header, data + sizeof(header), size - sizeof(header));

	/* sign, whole digits, point, a group that may be cut off, end of column */
	p = bp_rowtext_room(buf, p,
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
bp_rowtext_write_numeric(BpTextColumn *col, const char *value, char *p,
						 BpBuffer *buf)
{
	struct varlena *numeric = bp_rowtext_packed(value);

	return bp_rowtext_put_numeric(VARDATA_ANY(numeric),
								  VARSIZE_ANY_EXHDR(numeric), p, buf);
}
