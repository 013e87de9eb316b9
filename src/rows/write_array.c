/*-------------------------------------------------------------------------
 *
 * write_array.c
 *	  Writers of arrays and enums.
 *
 * The writer of the element type writes the elements, and they are put in
 * quotes as array_out does.  BpWriteQuotes tells how much work that is:
 * numbers never need quotes; dates may contain a blank, but nothing to escape;
 * strings are searched before they are copied.  For any other type the text of
 * its output function is searched and copied, once, where array_out copies it
 * several times.
 *
 * The label of an enum value is looked up once in each batch.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_array.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "rows/write_array.h"
#include "rows/write_escape.h"
#include "utils/array.h"

/* Room for an element, all the braces of an array, and a comma */
#define BP_WRITER_ARRAY_ROOM	(BP_WRITER_ROOM + 2 * MAXDIM + 1)

/* ---- enums ---- */

/* Finds the label in the cache, or looks it up and caches it. */
static const char *
enum_label(BpWriteColumn *col, const char *value, size_t *len)
{
	Oid			oid = *(const Oid *) value;
	BpWriteLabels *labels = col->labels;
	char	   *text;
	int			i;

	if (labels == NULL)
	{
		labels = MemoryContextAllocZero(col->context, sizeof(BpWriteLabels));
		col->labels = labels;
	}
	for (i = oid % BP_WRITER_LABELS; OidIsValid(labels->value[i]);
		 i = (i + 1) % BP_WRITER_LABELS)
	{
		if (labels->value[i] == oid)
		{
			*len = labels->len[i];
			return labels->text[i];
		}
	}

	text = bp_writer_output(col, value);
	*len = strlen(text);
	if (labels->used < BP_WRITER_LABELS / 2)
	{
		labels->used++;
		labels->value[i] = oid;
		labels->len[i] = (int) *len;
		labels->text[i] = MemoryContextStrdup(col->context, text);
	}
	return text;
}

char *
bp_rowtext_write_enum(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	size_t		len;
	const char *label = enum_label(col, value, &len);

	return bp_escape_append(buf, p, label, len, BP_ESCAPE_COPY);
}

void
bp_rowtext_forget_labels(BpWriteColumn *col)
{
	BpWriteLabels *labels = col->labels;

	if (col->element != NULL)
		bp_rowtext_forget_labels(col->element);
	if (labels == NULL || labels->used == 0)
		return;
	for (int i = 0; i < BP_WRITER_LABELS; i++)
	{
		if (OidIsValid(labels->value[i]))
			pfree(labels->text[i]);
		labels->value[i] = InvalidOid;
	}
	labels->used = 0;
}

/* ---- arrays ---- */

static inline bool
is_null_word(const char *text, size_t n)
{
	return n == 4 && pg_strncasecmp(text, "NULL", 4) == 0;
}

/* Writes a string, in quotes if it needs them. */
static char *
put_quotable(const char *text, size_t n, char *p, BpBuffer *buf)
{
#ifdef BP_ESCAPE_OVERREAD
	/* most are short, and have nothing to escape */
	if (n > 0 && n <= 16 && likely(bp_escape_readable(text)))
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) text);

		if (likely(bp_escape_first(bp_escape_vector(v, BP_ESCAPE_ARRAY), n) == 0))
		{
			int			quotes = 0;

			if (bp_escape_first(bp_escape_quotes(v), n) != 0 ||
				is_null_word(text, n))
				quotes = 1;
			*p = '"';
			_mm_storeu_si128((__m128i *) (p + quotes), v);
			p += quotes + n;
			*p = '"';
			return p + quotes;
		}
	}
#endif
	if (n > 0 && !bp_escape_any_quotes(text, n) && !is_null_word(text, n))
		return bp_escape_append(buf, p, text, n, BP_ESCAPE_COPY);
	*p++ = '"';
	p = bp_escape_append(buf, p, text, n, BP_ESCAPE_ARRAY);
	*p++ = '"';
	return p;
}

/* Writes an element that needs quotes only if its text has a blank. */
static char *
put_plain(BpWriteColumn *element, const char *value, char *p, BpBuffer *buf)
{
	size_t		begin = p - buf->data;
	char	   *text;

	p = element->write(element, value, p + 1, buf);
	text = buf->data + begin;
	if (memchr(text + 1, ' ', p - text - 1) != NULL)
	{
		*text = '"';
		*p++ = '"';
		return p;
	}
	memmove(text, text + 1, p - text - 1);
	return p - 1;
}

/* Writes one element. */
static char *
put_element(BpWriteColumn *col, const char *value, char *p, BpBuffer *buf)
{
	BpWriteColumn *element = col->element;
	const char *text;
	size_t		n;

	switch (element->quotes)
	{
		case BP_QUOTES_NEVER:
			return element->write(element, value, p, buf);
		case BP_QUOTES_PLAIN:
			return put_plain(element, value, p, buf);
		case BP_QUOTES_VARLENA:
			return put_quotable(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
								p, buf);
		case BP_QUOTES_LABEL:
			text = enum_label(element, value, &n);
			return put_quotable(text, n, p, buf);
		case BP_QUOTES_OUTPUT:
			break;
	}
	text = bp_writer_output(element, value);
	return put_quotable(text, strlen(text), p, buf);
}

/* Writes the bounds, if a lower bound is not 1. */
static char *
put_bounds(const ArrayType *array, char *p, BpBuffer *buf)
{
	const int  *dims = ARR_DIMS(array);
	const int  *lower = ARR_LBOUND(array);
	bool		needed = false;

	for (int i = 0; i < ARR_NDIM(array); i++)
		needed |= lower[i] != 1;
	if (likely(!needed))
		return p;
	for (int i = 0; i < ARR_NDIM(array); i++)
	{
		p = bp_writer_room(buf, p, BP_WRITER_ROOM);
		p += sprintf(p, "[%d:%d]", lower[i], lower[i] + dims[i] - 1);
	}
	*p++ = '=';
	return p;
}

/* Writes the elements and braces of an array with at least one element. */
static char *
put_elements(BpWriteColumn *col, const ArrayType *array, int nitems, char *p,
			 BpBuffer *buf)
{
	BpWriteColumn *element = col->element;
	int			ndim = ARR_NDIM(array);
	const int  *dims = ARR_DIMS(array);
	const char *at = ARR_DATA_PTR(array);
	const bits8 *nulls = ARR_NULLBITMAP(array);
	int			index[MAXDIM] = {0};
	int			open = ndim;	/* braces to open before the next element */

	for (int i = 0; i < nitems; i++)
	{
		int			dim = ndim - 1;

		p = bp_writer_room(buf, p, BP_WRITER_ARRAY_ROOM);
		while (open-- > 0)
			*p++ = '{';
		if (nulls != NULL && att_isnull(i, nulls))
			p = bp_writer_put(p, "NULL", 4);
		else
		{
			p = put_element(col, at, p, buf);
			at = att_addlength_pointer(at, element->len, at);
			at = (const char *) att_align_nominal(at, element->align);
			p = bp_writer_room(buf, p, BP_WRITER_ARRAY_ROOM);
		}

		/*
		 * step to the next element, and close the dimensions that end with
		 * this one
		 */
		while (dim >= 0 && ++index[dim] == dims[dim])
		{
			index[dim--] = 0;
			*p++ = '}';
		}
		open = ndim - 1 - dim;
		*p = ',';
		p += dim >= 0;
	}
	return p;
}

char *
bp_rowtext_write_array(BpWriteColumn *col, const char *value, char *p,
					   BpBuffer *buf)
{
	BpShortCopy copy;
	const ArrayType *array = (ArrayType *) bp_writer_aligned(value, &copy);
	int			nitems = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (unlikely(ARR_ELEMTYPE(array) != col->element_type))
		return bp_writer_write_output(col, value, p, buf);
	if (nitems == 0)
		return bp_writer_put(p, "{}", 2);
	p = put_bounds(array, p, buf);
	return put_elements(col, array, nitems, p, buf);
}
