/*-------------------------------------------------------------------------
 *
 * read_float.c
 *	  Readers of float4 and float8.
 *
 * The text is an integer of up to 19 digits and a power of ten.  Where both
 * are held exactly by a floating-point type, their product or quotient is
 * rounded once, and so is the nearest number of that type: with the 53 bits
 * of a double, that does for 15 digits and powers up to 22.  The shortest
 * text of a double has up to 17 digits, and there the 64 bits of an x86 long
 * double help: integer and powers up to 27 are exact, the result is off by
 * half of its last bit at most, and rounding it to a double goes wrong only
 * if the 11 bits that fall away say "one half".  Then, and on machines whose
 * long double is another, the server's input function reads the value.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_float.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>

#include "rows/reader.h"
#include "utils/fmgrprotos.h"

#define BP_MANTISSA_DIGITS	19	/* any number of so many fits into a uint64 */
#define BP_DOUBLE_EXACT		(UINT64CONST(1) << DBL_MANT_DIG)
#define BP_DOUBLE_POWER		22	/* 10^22 = 2^22 * 5^22 is a double, 10^23 is not */

/*
 * 64 bits of mantissa: the long double of x86, whose first 8 bytes these are
 */
#if LDBL_MANT_DIG == 64 && DBL_MANT_DIG == 53 && \
	(defined(__x86_64__) || defined(__i386__))
#define BP_HAVE_EXTENDED	1
#define BP_EXTENDED_POWER	27	/* 5^27 < 2^64 */
#define BP_EXTENDED_TAIL	11	/* bits more than a double */
#endif

typedef struct BpDecimal
{
	bool		negative;
	uint64		mantissa;
	int			exponent;		/* of ten */
} BpDecimal;

static bool parse_exponent(const char *p, const char *end, int *exponent);
static bool parse_decimal(const char *p, const char *end, BpDecimal *d);
static bool decimal_to_double(const BpDecimal *d, double *result);
static bool read_float4(BpReadColumn *col, char *text, size_t len,
						Datum *value);

/* What follows the letter e: a sign and at most three digits */
static bool
parse_exponent(const char *p, const char *end, int *exponent)
{
	bool		negative;
	int			e = 0;

	if (p == end)
		return false;
	negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (p == end || end - p > 3)
		return false;
	for (; p < end; p++)
	{
		unsigned	digit = (unsigned char) *p - '0';

		if (digit > 9)
			return false;
		e = e * 10 + digit;
	}
	*exponent = negative ? -e : e;
	return true;
}

/* False for all but [-]digits[.digits][e[+-]digits] of at most 19 digits */
static inline bool
parse_decimal(const char *p, const char *end, BpDecimal *d)
{
	const char *point = NULL;
	uint64		v = 0;
	int			digits = 0;
	int			exponent = 0;

	d->negative = p < end && *p == '-';
	p += d->negative;
	for (; p < end; p++)
	{
		unsigned	digit = (unsigned char) *p - '0';

		if (digit <= 9)
		{
			v = v * 10 + digit;
			if (++digits > BP_MANTISSA_DIGITS)
				return false;
		}
		else if (*p == '.' && point == NULL)
			point = p + 1;
		else
			break;
	}
	if (digits == 0)
		return false;
	if (point != NULL)
		exponent = (int) (point - p);
	if (p < end)
	{
		int			e;

		if (*p != 'e' || !parse_exponent(p + 1, end, &e))
			return false;
		exponent += e;
	}
	d->mantissa = v;
	d->exponent = exponent;
	return true;
}

/* The nearest double, without sign; false if we cannot be sure of it */
static inline bool
decimal_to_double(const BpDecimal *d, double *result)
{
	static const double powers[BP_DOUBLE_POWER + 1] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
		1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	int			power = abs(d->exponent);

	if (d->mantissa <= BP_DOUBLE_EXACT && power <= BP_DOUBLE_POWER)
	{
		*result = d->exponent < 0 ? (double) d->mantissa / powers[power] :
			(double) d->mantissa * powers[power];
		return true;
	}
#ifdef BP_HAVE_EXTENDED
	if (power <= BP_EXTENDED_POWER)
	{
		static const long double wide[BP_EXTENDED_POWER + 1] = {
			1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L, 1e6L, 1e7L, 1e8L, 1e9L, 1e10L,
			1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
			1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L
		};
		const uint64 tail = (UINT64CONST(1) << BP_EXTENDED_TAIL) - 1;
		const uint64 half = UINT64CONST(1) << (BP_EXTENDED_TAIL - 1);
		long double product;
		uint64		bits;

		product = d->exponent < 0 ? (long double) d->mantissa / wide[power] :
			(long double) d->mantissa * wide[power];
		memcpy(&bits, &product, sizeof(bits));
		if ((bits & tail) >= half - 1 && (bits & tail) <= half + 1)
			return false;
		*result = (double) product;
		return true;
	}
#endif
	return false;
}

#ifdef USE_FLOAT8_BYVAL
static bool
read_float8(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	BpDecimal	d;
	double		v;

	if (!parse_decimal(text, text + len, &d) || !decimal_to_double(&d, &v))
		return false;
	*value = Float8GetDatum(d.negative ? -v : v);
	return true;
}
#endif

/*
 * A float4 by way of the nearest double: the same danger as above, with the 29
 * bits that a double has more.  Outside of the range in which a float has all
 * its bits the input function knows what to do, and what to complain of.
 */
static bool
read_float4(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	const uint64 tail = (UINT64CONST(1) << (DBL_MANT_DIG - FLT_MANT_DIG)) - 1;
	const uint64 half = UINT64CONST(1) << (DBL_MANT_DIG - FLT_MANT_DIG - 1);
	BpDecimal	d;
	double		v;
	uint64		bits;

	if (!parse_decimal(text, text + len, &d) || !decimal_to_double(&d, &v))
		return false;
	memcpy(&bits, &v, sizeof(bits));
	if (v != 0 &&
		(v < 2.0 * FLT_MIN || v > FLT_MAX / 2.0 ||
		 ((bits & tail) >= half - 1 && (bits & tail) <= half + 1)))
		return false;
	*value = Float4GetDatum(d.negative ? -(float) v : (float) v);
	return true;
}

BpTextReader
bp_rowread_float_reader(BpReadColumn *col)
{
#ifdef USE_FLOAT8_BYVAL
	if (col->input.fn_addr == float8in)
		return read_float8;
#endif
	if (col->input.fn_addr == float4in)
		return read_float4;
	return NULL;
}
