/*-------------------------------------------------------------------------
 *
 * rowread.c
 *	  Rows from COPY's text format.
 *
 * COPY FROM looks at each byte three times (line, column, value), copies it
 * twice, and calls an input function for each value, which has to accept any
 * form that people may type.  Here 64 bytes at a time are searched for the
 * three special characters (tab, newline, backslash); a column without a
 * backslash is not copied at all; and for the usual types there are readers
 * for the one form in which values are written (choose_reader.c).
 *
 * The text is what bp_rowtext_row writes: a backslash is followed by a letter
 * or by the character itself.  Octal and hexadecimal escapes, which COPY FROM
 * knows and COPY TO never writes, are an error.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/rowread.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/compat.h"
#include "mb/pg_wchar.h"
#include "port/pg_bitutils.h"
#include "rows/choose_reader.h"
#include "rows/rowread.h"
#include "utils/memutils.h"

/* Size of the batch context's first block, which a reset keeps */
#define BP_ROWREAD_BATCH_BYTES	((Size) 256 * 1024)

/* Bytes searched at once: each is a bit of a 64-bit word. */
#define BP_BLOCK				64

struct BpRowReader
{
	MemoryContext context;		/* holds this and all below */
	TupleDesc	desc;
	BpReadArena arena;			/* its context is the batch's */

	/* the text, and how much of it has been read */
	char	   *next;			/* the next row */
	char	   *end;
	char	   *block;			/* the BP_BLOCK bytes being searched */
	uint64		mask;			/* special bytes in it, not yet returned */

	uint64		rows;			/* rows of the text that were begun */
	int			column;			/* column being read, or -1 */
	const char *value;			/* its text, with a zero byte behind it if an
								 * input function reads it; NULL for null */
	bool		others;			/* does desc have columns that are not read? */
	int			ncolumns;
	BpReadColumn columns[FLEXIBLE_ARRAY_MEMBER];
};

static void verify_text(BpRowReader *rr, const char *text, size_t done,
						size_t n);
static char *unescape(char *text, char *end);

BpRowReader *
bp_rowread_create(TupleDesc desc, int natts, const AttrNumber *attnums)
{
	MemoryContext context;
	MemoryContext caller;
	BpRowReader *rr;
	int			i;

	context = AllocSetContextCreate(CurrentMemoryContext, "BpRowReader",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	rr = palloc0(offsetof(BpRowReader, columns) + natts * sizeof(BpReadColumn));
	rr->context = context;
	rr->desc = desc;
	rr->column = -1;
	rr->others = natts < desc->natts;
	rr->ncolumns = natts;
	rr->arena.context = AllocSetContextCreate(context, "BpRowReader batch",
											  BP_ROWREAD_BATCH_BYTES,
											  BP_ROWREAD_BATCH_BYTES,
											  ALLOCSET_DEFAULT_MAXSIZE);
	for (i = 0; i < natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, attnums[i] - 1);

		rr->columns[i].index = attnums[i] - 1;
		rr->columns[i].owns_text = true;
		bp_choose_reader(&rr->columns[i], att->atttypid, att->atttypmod,
						 att->attstorage, &rr->arena, context);
	}
	MemoryContextSwitchTo(caller);
	return rr;
}

void
bp_rowread_reset(BpRowReader *rr)
{
	MemoryContextReset(rr->arena.context);
	rr->arena.next = rr->arena.end = NULL;
}

/*
 * A bit for each of 64 bytes that is a tab, a newline or a backslash.
 */
static inline uint64
block_mask(const char *p)
{
	uint64		mask = 0;
	int			i;

#ifdef __SSE2__
	for (i = 0; i < BP_BLOCK; i += 16)
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) (p + i));
		__m128i		hit;

		hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\t')),
						   _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
		hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
		mask |= (uint64) (uint32) _mm_movemask_epi8(hit) << i;
	}
#else
	for (i = 0; i < BP_BLOCK; i++)
		mask |= (uint64) (p[i] == '\t' || p[i] == '\n' || p[i] == '\\') << i;
#endif
	return mask;
}

/*
 * The address of the next special byte, or the end of the text if there is
 * none.  May read a whole block behind the text.
 */
static inline char *
next_special(BpRowReader *rr)
{
	char	   *p;

	while (rr->mask == 0)
	{
		rr->block += BP_BLOCK;
		if (rr->block >= rr->end)
			return rr->end;
		rr->mask = block_mask(rr->block);
	}
	p = rr->block + pg_rightmost_one_pos64(rr->mask);
	rr->mask &= rr->mask - 1;
	return p < rr->end ? p : rr->end;
}

/*
 * Raises an error unless the n bytes at text + done, which begin and end at
 * whole characters, are valid.  For its context, counts the rows before.
 */
static void
verify_text(BpRowReader *rr, const char *text, size_t done, size_t n)
{
	int			encoding = GetDatabaseEncoding();
	size_t		valid = pg_encoding_verifymbstr(encoding, text + done, n);

	if (likely(valid == n))
		return;
	rr->rows = 1;
	for (size_t i = 0; i < done + valid; i++)
		rr->rows += text[i] == '\n';
	report_invalid_encoding(encoding, text + done + valid, n - valid);
}

void
bp_rowread_text(BpRowReader *rr, char *text, size_t len)
{
	size_t		done = 0;

	rr->rows = 0;
	rr->column = -1;
	/* pg_encoding_verifymbstr takes the length as an int */
	while (done < len)
	{
		size_t		n = Min(len - done, (size_t) 1 << 29);

		/*
		 * end at an ASCII character; there is one, since no value is as long
		 * as that
		 */
		while (n < len - done && IS_HIGHBIT_SET(text[done + n]))
			n++;
		verify_text(rr, text, done, n);
		done += n;
	}
	rr->next = text;
	rr->end = text + len;
	rr->block = text;
	rr->mask = len > 0 ? block_mask(text) : 0;
}

size_t
bp_rowread_left(BpRowReader *rr)
{
	return rr->end - rr->next;
}

/* Removes the escapes between text and end, in place; returns the new end. */
static char *
unescape(char *text, char *end)
{
	char	   *dst = memchr(text, '\\', end - text);
	char	   *src = dst;

	while (src != NULL && src < end)
	{
		char	   *stop;
		char		c = src[1];

		/* A backslash is never the last byte of a column */
		switch (c)
		{
			case 'b':
				c = '\b';
				break;
			case 'f':
				c = '\f';
				break;
			case 'n':
				c = '\n';
				break;
			case 'r':
				c = '\r';
				break;
			case 't':
				c = '\t';
				break;
			case 'v':
				c = '\v';
				break;
			case '\\':
			case '\t':
			case '\n':
				break;
			default:
				ereport(ERROR,
						(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
						 errmsg("unexpected escape in the data of a column")));
		}
		*dst++ = c;
		src += 2;
		stop = memchr(src, '\\', end - src);
		if (stop == NULL)
			stop = end;
		memmove(dst, src, stop - src);
		dst += stop - src;
		src = stop;
	}
	return dst;
}

/*
 * The address of the byte that ends the column being read: a tab or a newline,
 * or the end of the text.  *escaped tells whether the column has a backslash.
 */
static inline char *
column_end(BpRowReader *rr, bool *escaped)
{
	char	   *p = next_special(rr);

	*escaped = false;
	while (unlikely(p < rr->end && *p == '\\'))
	{
		*escaped = true;
		/* the byte after a backslash belongs to it, even if it is special */
		if (p + 1 >= rr->end)
			return rr->end;
		if (p[1] == '\\' || p[1] == '\t' || p[1] == '\n')
			(void) next_special(rr);
		p = next_special(rr);
	}
	return p;
}

/* Raises the error for a row that has too many or too few columns. */
BP_NORETURN static void
bad_row(BpRowReader *rr, bool too_many)
{
	int			column = rr->column;

	/* the error is one of the whole row */
	rr->column = -1;
	if (too_many)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("extra data after last expected column")));
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("missing data for column \"%s\"",
					NameStr(TupleDescAttr(rr->desc,
										  rr->columns[column].index)->attname))));
}

bool
bp_rowread_row(BpRowReader *rr, Datum *values, bool *isnull)
{
	char	   *text = rr->next;
	MemoryContext caller;
	bool		escaped;
	int			i;

	if (text >= rr->end)
		return false;
	if (unlikely(rr->end - text > 2 && memcmp(text, "\\.\n", 3) == 0))
	{
		/* the end marker, which pg_dump writes after the rows of a table */
		rr->next = rr->end;
		return false;
	}
	rr->rows++;
	if (unlikely(rr->others))
		memset(isnull, true, rr->desc->natts * sizeof(bool));
	if (unlikely(rr->ncolumns == 0))
	{
		char	   *end = column_end(rr, &escaped);

		if (end > text || end >= rr->end)
			bad_row(rr, true);
		rr->next = end + 1;
		return true;
	}

	caller = MemoryContextSwitchTo(rr->arena.context);
	for (i = 0; i < rr->ncolumns; i++)
	{
		BpReadColumn *col = &rr->columns[i];
		char	   *end = column_end(rr, &escaped);
		bool		last = i == rr->ncolumns - 1;
		char	   *stop = end;

		rr->column = i;
		rr->value = text;
		if (unlikely(end >= rr->end || (*end == '\n') != last))
		{
			if (end < rr->end && last)
				bad_row(rr, true);
			rr->column = end < rr->end ? i + 1 : i;
			bad_row(rr, false);
		}
		if (unlikely(escaped))
		{
			if (end - text == 2 && text[1] == 'N')
			{
				isnull[col->index] = true;
				rr->value = NULL;
				/* the input function of a domain may reject null */
				if (unlikely(!col->input.fn_strict))
					(void) bp_reader_input(col, NULL);
				text = end + 1;
				continue;
			}
			*end = '\0';
			stop = unescape(text, end);
		}
		*stop = '\0';
		isnull[col->index] = false;
		if (col->read == NULL ||
			!col->read(col, text, stop - text, &values[col->index]))
			values[col->index] = bp_reader_input(col, text);
		text = end + 1;
	}
	rr->column = -1;
	rr->next = text;
	MemoryContextSwitchTo(caller);
	return true;
}

const char *
bp_rowread_where(BpRowReader *rr, uint64 *row, const char **value)
{
	*row = rr->rows;
	*value = NULL;
	if (rr->column < 0)
		return NULL;
	*value = rr->value;
	return NameStr(TupleDescAttr(rr->desc,
								 rr->columns[rr->column].index)->attname);
}
