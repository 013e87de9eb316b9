/*-------------------------------------------------------------------------
 *
 * read_float.c
 *	  Readers of float4 and float8.
 *
 * The text is an integer of up to 19 digits times a power of ten.  If a
 * floating-point type can hold both exactly, their product or quotient is
 * rounded once, so it is the nearest number of that type.  A double with its
 * 53 bits can do that for 15 digits and powers up to 22.  But the shortest
 * text of a double has up to 17 digits.  For these the 64 bits of an x86 long
 * double suffice: the integer and powers up to 27 are exact, and the result is
 * wrong by half of its last bit at most.  Rounding it to a double can go wrong
 * only if the 11 bits that are cut off are about one half.  In this case, and
 * on machines with another long double, the input function reads the value.
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

#include "rows/read_float.h"

#define BP_MANTISSA_DIGITS	19	/* any number of this many digits fits a
								 * uint64 */
#define BP_DOUBLE_EXACT		(UINT64CONST(1) << DBL_MANT_DIG)
#define BP_DOUBLE_POWER		22	/* 10^22 = 2^22 * 5^22 is a double, 10^23 is not */

/* The long double of x86: its first 8 bytes are the 64 bits of the mantissa. */
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
	int			exponent;		/* power of ten */
} BpDecimal;

/* Reads what follows the letter e: a sign and at most three digits. */
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

/* Reads [-]digits[.digits][e[+-]digits] of at most 19 digits; false if not. */
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

/* The nearest double, without sign; false if it cannot be determined here */
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
bool
bp_rowread_read_float8(BpReadColumn *col, char *text, size_t len, Datum *value)
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
 * The nearest double is rounded to a float4, which can go wrong as above if
 * the 29 bits that are cut off are about one half.  The input function also
 * reads numbers that are too large, or so small that a float4 loses bits.
 */
bool
bp_rowread_read_float4(BpReadColumn *col, char *text, size_t len, Datum *value)
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
