/*-------------------------------------------------------------------------
 *
 * crc32c.c
 *	  CRC-32C of pieces and of their concatenation.
 *
 * The CRC of a message is the message, as a polynomial over GF(2), times x^32,
 * modulo the generator P.  The bits are inverted at the beginning and at the
 * end; these inversions cancel out when two final values are combined:
 *
 * 	crc(A || B) = crc(A) * x^(8 * len(B)) + crc(B)    (mod P)
 *
 * x^(8 n) mod P is the product of those powers x^(8 * 2^k) for which bit k of
 * n is set, and each power is the square of the one before.  Polynomials are
 * bit-reflected, as in CRC-32C: bit 31 is the coefficient of x^0.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/crc32c.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/crc32c.h"

/* The Castagnoli polynomial, reflected, without x^32 */
#define CRC32C_POLY		0x82F63B78U

/* x^0 and x^8 */
#define POLY_ONE		0x80000000U
#define POLY_X8			0x00800000U

/* a * b mod P */
static uint32
multiply_mod(uint32 a, uint32 b)
{
	uint32		product = 0;
	uint32		bit;

	for (bit = POLY_ONE; bit != 0; bit >>= 1)
	{
		if (a & bit)
			product ^= b;
		/* b times x */
		b = (b & 1) ? (b >> 1) ^ CRC32C_POLY : b >> 1;
	}
	return product;
}

uint32
bp_crc32c(const void *data, size_t len)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, data, len);
	FIN_CRC32C(crc);
	return crc;
}

uint32
bp_crc32c_combine(uint32 crc_a, uint32 crc_b, uint64 len_b)
{
	uint32		shift = POLY_ONE;
	uint32		square = POLY_X8;

	for (; len_b != 0; len_b >>= 1)
	{
		if (len_b & 1)
			shift = multiply_mod(shift, square);
		square = multiply_mod(square, square);
	}
	return multiply_mod(crc_a, shift) ^ crc_b;
}
