/*-------------------------------------------------------------------------
 *
 * hex.h
 *	  Bytes as hexadecimal digits, sixteen bytes at a time.
 *
 * A digit is '0' plus its value, plus 39 if the value is ten or more.  With
 * SSE2 the high and the low digits of sixteen bytes are computed at once and
 * interleaved.  The remaining bytes, and all bytes without SSE2, are converted
 * one by one.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/hex.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_HEX_H
#define BP_BASE_HEX_H

#ifdef __SSE2__
#include <emmintrin.h>

/* The digits of sixteen numbers below 16 */
static inline __m128i
bp_hex_digits(__m128i v)
{
	__m128i		letters = _mm_cmpgt_epi8(v, _mm_set1_epi8(9));

	letters = _mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10));
	return _mm_add_epi8(_mm_add_epi8(v, _mm_set1_epi8('0')), letters);
}
#endif

/*
 * Writes n bytes as 2 * n digits to dst, without a terminating NUL, and
 * returns the address behind them.
 */
static inline char *
bp_hex_put(char *dst, const unsigned char *src, size_t n)
{
	static const char digits[] = "0123456789abcdef";

#ifdef __SSE2__
	for (; n >= 16; src += 16, dst += 32, n -= 16)
	{
		__m128i		mask = _mm_set1_epi8(15);
		__m128i		v = _mm_loadu_si128((const __m128i *) src);
		__m128i		high = _mm_and_si128(_mm_srli_epi16(v, 4), mask);
		__m128i		low = _mm_and_si128(v, mask);

		high = bp_hex_digits(high);
		low = bp_hex_digits(low);
		_mm_storeu_si128((__m128i *) dst, _mm_unpacklo_epi8(high, low));
		_mm_storeu_si128((__m128i *) (dst + 16),
						 _mm_unpackhi_epi8(high, low));
	}
#endif
	for (; n > 0; src++, n--)
	{
		*dst++ = digits[*src >> 4];
		*dst++ = digits[*src & 15];
	}
	return dst;
}

#endif							/* BP_BASE_HEX_H */
