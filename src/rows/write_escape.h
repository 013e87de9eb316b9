/*-------------------------------------------------------------------------
 *
 * write_escape.h
 *	  Copying and escaping text, many bytes at a time.
 *
 * Most text has nothing to escape.  So each step loads a vector of bytes,
 * stores it to the destination, and then checks whether any of the bytes is
 * special; if one is, the step ends before it.  The three modes differ in
 * which bytes are special and how they are escaped:
 *
 *	BP_ESCAPE_COPY	for COPY's text format: \b \t \n \v \f \r and the backslash
 *	BP_ESCAPE_ARRAY	for a quoted element of array_out, and then for COPY
 *	BP_ESCAPE_JSON	for a quoted string of jsonb_out, and then for COPY
 *
 * 'mode' is a constant in each call, so that each call compiles to a loop of
 * its own.  The vector is an SSE2 register if the compiler supports it, and
 * otherwise a 64-bit word.  No server encoding uses ASCII bytes within a
 * multi-byte character, so each byte can be checked alone.
 *
 * Most strings are shorter than a vector.  They are loaded as a vector too,
 * and the bytes behind them are ignored: any byte in the same page of memory
 * can be read.  If the vector would extend into the next page, and under tools
 * that check each read, narrower loads are used.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_escape.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_ESCAPE_H
#define BP_ROWS_WRITE_ESCAPE_H

#include "port/pg_bitutils.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "rows/writer.h"

typedef enum BpEscapeMode
{
	BP_ESCAPE_COPY,
	BP_ESCAPE_ARRAY,
	BP_ESCAPE_JSON
} BpEscapeMode;

/* Values are escaped in pieces of this many bytes, to limit the room needed. */
#define BP_ESCAPE_PIECE		8192

/*
 * Defined if reading behind the end of a string is allowed: not under
 * AddressSanitizer or Valgrind.
 */
#if defined(__SSE2__) && !defined(__SANITIZE_ADDRESS__) && !defined(USE_VALGRIND)
#define BP_ESCAPE_OVERREAD	1
#endif

/* The smallest size of a page of memory */
#define BP_ESCAPE_PAGE		4096

/* Must this byte be escaped? */
static pg_attribute_always_inline bool
bp_escape_special(unsigned char c, BpEscapeMode mode)
{
	if (c == '\\')
		return true;
	if (mode != BP_ESCAPE_COPY && c == '"')
		return true;
	if (mode == BP_ESCAPE_JSON)
		return c < 0x20;
	return (unsigned char) (c - 8) <= 5;
}

/* The maximum number of bytes that one byte becomes */
static pg_attribute_always_inline size_t
bp_escape_growth(BpEscapeMode mode)
{
	return mode == BP_ESCAPE_COPY ? 2 : mode == BP_ESCAPE_ARRAY ? 4 : 7;
}

/* Writes the special byte 'c' escaped; returns the address behind it. */
static pg_attribute_always_inline char *
bp_escape_put(char *dst, unsigned char c, BpEscapeMode mode)
{
	static const char letters[] = "btnvfr"; /* 8 to 13 */
	static const char hex[] = "0123456789abcdef";

	*dst++ = '\\';
	if (c == '\\' || c == '"')
	{
		/*
		 * JSON and arrays put a backslash before the byte, and COPY doubles
		 * that backslash
		 */
		if (mode != BP_ESCAPE_COPY)
			*dst++ = '\\';
		if (mode != BP_ESCAPE_COPY && c == '\\')
			*dst++ = '\\';
		*dst++ = (char) c;
		return dst;
	}
	if (mode == BP_ESCAPE_JSON)
	{
		*dst++ = '\\';
		if (c < 8 || c > 13 || c == 11)
		{
			memcpy(dst, "u00", 3);
			dst[3] = hex[c >> 4];
			dst[4] = hex[c & 15];
			return dst + 5;
		}
	}
	*dst++ = letters[c - 8];
	return dst;
}

/*
 * Nonzero if any of the eight bytes may be special.  The result can be
 * nonzero because of other control bytes, too, so the caller must then check
 * each byte.
 */
static pg_attribute_always_inline uint64
bp_escape_word(uint64 w, BpEscapeMode mode)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint64		high = (w - ones * 0x20) & ~w;
	uint64		x = w ^ (ones * '\\');

	high |= (x - ones) & ~x;
	if (mode != BP_ESCAPE_COPY)
	{
		x = w ^ (ones * '"');
		high |= (x - ones) & ~x;
	}
	return high & (ones * 0x80);
}

/* Escapes n bytes, one by one. */
static pg_attribute_always_inline char *
bp_escape_bytes(char *dst, const char *src, size_t n, BpEscapeMode mode)
{
	for (size_t i = 0; i < n; i++)
	{
		unsigned char c = (unsigned char) src[i];

		if (unlikely(bp_escape_special(c, mode)))
			dst = bp_escape_put(dst, c, mode);
		else
			*dst++ = (char) c;
	}
	return dst;
}

/* Escapes less than 16 bytes, with two loads that may overlap. */
static pg_attribute_always_inline char *
bp_escape_tail(char *dst, const char *src, size_t n, BpEscapeMode mode)
{
	if (n >= 8)
	{
		uint64		a;
		uint64		b;

		memcpy(&a, src, 8);
		memcpy(&b, src + n - 8, 8);
		if (likely((bp_escape_word(a, mode) | bp_escape_word(b, mode)) == 0))
		{
			memcpy(dst, &a, 8);
			memcpy(dst + n - 8, &b, 8);
			return dst + n;
		}
	}
	else if (n >= 4)
	{
		uint32		a;
		uint32		b;

		memcpy(&a, src, 4);
		memcpy(&b, src + n - 4, 4);
		if (likely(bp_escape_word(a | ((uint64) b << 32), mode) == 0))
		{
			memcpy(dst, &a, 4);
			memcpy(dst + n - 4, &b, 4);
			return dst + n;
		}
	}
	return bp_escape_bytes(dst, src, n, mode);
}

#ifdef __SSE2__
/*
 * A mask with a bit for each of sixteen bytes, which is set if the byte is
 * special.
 */
static pg_attribute_always_inline uint32
bp_escape_vector(__m128i v, BpEscapeMode mode)
{
	__m128i		hit = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	__m128i		ctl;

	if (mode == BP_ESCAPE_JSON)
		ctl = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
	else
	{
		__m128i		shifted = _mm_sub_epi8(v, _mm_set1_epi8(8));

		ctl = _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(5)),
							 shifted);
	}
	hit = _mm_or_si128(hit, ctl);
	if (mode != BP_ESCAPE_COPY)
		hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	return (uint32) _mm_movemask_epi8(hit);
}
#endif

#ifdef BP_ESCAPE_OVERREAD
/* Are the sixteen bytes at src in one page, so that they can be read? */
static pg_attribute_always_inline bool
bp_escape_readable(const char *src)
{
	return ((uintptr_t) src & (BP_ESCAPE_PAGE - 1)) <= BP_ESCAPE_PAGE - 16;
}

/* The part of a mask for the first n <= 16 bytes */
static pg_attribute_always_inline uint32
bp_escape_first(uint32 mask, size_t n)
{
	return mask & (((uint32) 1 << n) - 1);
}
#endif

#ifdef __SSE2__
/*
 * A mask with a bit for each of sixteen bytes.  The bit is set if array_out
 * puts an element with this byte in quotes.  Such bytes are quote, backslash,
 * braces, comma and white space.
 */
static pg_attribute_always_inline uint32
bp_escape_quotes(__m128i v)
{
	__m128i		blank = _mm_sub_epi8(v, _mm_set1_epi8('\t'));
	__m128i		hit;

	/* blank and quote differ in one bit */
	hit = _mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8((char) 0xFD)),
						 _mm_set1_epi8(' '));
	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('{')));
	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('}')));
	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8(',')));
	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
	hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(blank, _mm_set1_epi8('\r' - '\t')),
										   blank));
	return (uint32) _mm_movemask_epi8(hit);
}
#endif

/* Does array_out put a string in quotes because of one of its bytes? */
static inline bool
bp_escape_any_quotes(const char *text, size_t n)
{
	static const bool special[256] = {
		['"'] = true,['\\'] = true,['{'] = true,['}'] = true,[','] = true,
		[' '] = true,['\t'] = true,['\n'] = true,['\r'] = true,
		['\v'] = true,['\f'] = true
	};

#ifdef __SSE2__
	for (; n >= 16; text += 16, n -= 16)
	{
		if (bp_escape_quotes(_mm_loadu_si128((const __m128i *) text)) != 0)
			return true;
	}
#endif
	for (size_t i = 0; i < n; i++)
	{
		if (special[(unsigned char) text[i]])
			return true;
	}
	return false;
}

/*
 * Escapes n bytes.  'dst' must have room for n * bp_escape_growth(mode) + 16
 * bytes.  Returns the address behind the text.
 */
static pg_attribute_always_inline char *
bp_escape_run(char *dst, const char *src, size_t n, BpEscapeMode mode)
{
#ifdef __SSE2__
	while (n >= 16)
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) src);
		uint32		mask = bp_escape_vector(v, mode);
		size_t		clean;

		_mm_storeu_si128((__m128i *) dst, v);
		if (likely(mask == 0))
		{
			src += 16;
			dst += 16;
			n -= 16;
			continue;
		}
		clean = pg_rightmost_one_pos32(mask);
		dst = bp_escape_put(dst + clean, (unsigned char) src[clean], mode);
		src += clean + 1;
		n -= clean + 1;
	}
#else
	for (; n >= 16; src += 8, n -= 8)
	{
		uint64		w;

		memcpy(&w, src, 8);
		memcpy(dst, &w, 8);
		if (likely(bp_escape_word(w, mode) == 0))
			dst += 8;
		else
			dst = bp_escape_bytes(dst, src, 8, mode);
	}
#endif
	if (n == 0)
		return dst;
#ifdef BP_ESCAPE_OVERREAD
	if (likely(bp_escape_readable(src)))
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) src);

		_mm_storeu_si128((__m128i *) dst, v);
		if (likely(bp_escape_first(bp_escape_vector(v, mode), n) == 0))
			return dst + n;
	}
#endif
	return bp_escape_tail(dst, src, n, mode);
}

/*
 * Escapes n bytes to 'p', an address in the buffer, and returns the address
 * behind the text, where BP_WRITER_ROOM bytes are free.  May move the buffer.
 */
static pg_attribute_always_inline char *
bp_escape_append(BpBuffer *buf, char *p, const char *src, size_t n,
				 BpEscapeMode mode)
{
	do
	{
		size_t		piece = Min(n, BP_ESCAPE_PIECE);

		p = bp_writer_room(buf, p,
						   piece * bp_escape_growth(mode) + BP_WRITER_ROOM);
		p = bp_escape_run(p, src, piece, mode);
		src += piece;
		n -= piece;
	} while (n > 0);
	return p;
}

#endif							/* BP_ROWS_WRITE_ESCAPE_H */
