/*-------------------------------------------------------------------------
 *
 * write_array.c
 *	  Writers of arrays and enums.
 *
 * The elements of an array are written by the writer of their type, and put
 * in quotes as array_out does.  Of numbers no text needs any; that of dates
 * and the like may, for a blank, but has nothing to escape; strings are looked
 * at before they are copied.  Of any other type the output function's text
 * is taken, which spares array_out's own copies.  The label of an enum is
 * looked up once a batch.
 *
 * Short values are stored without alignment; arrays and jsonb need it, and
 * are then copied to the stack instead of to allocated memory.
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
#include "rows/write_escape.h"
#include "rows/writer.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

/* All the braces of an array, and a comma */
#define BP_ARRAY_ROOM	(BP_TEXT_ROOM + 2 * MAXDIM + 1)

static char *write_array(BpTextColumn *col, const char *value, char *p,
						 BpBuffer *buf);
static char *write_enum(BpTextColumn *col, const char *value, char *p,
						BpBuffer *buf);

/* The writer for an output function; NULL if there is none. */
BpTextWriter
bp_rowtext_nested_writer(PGFunction output)
{
	if (output == array_out)
		return write_array;
	if (output == jsonb_out)
		return bp_rowtext_write_jsonb;
	if (output == enum_out)
		return write_enum;
	return NULL;
}

/* Copies less than 127 bytes, by halves that overlap. */
static inline void
copy_short(char *dst, const char *src, size_t n)
{
	if (n >= 64)
	{
		memcpy(dst, src, 64);
		memcpy(dst + n - 64, src + n - 64, 64);
	}
	else if (n >= 32)
	{
		memcpy(dst, src, 32);
		memcpy(dst + n - 32, src + n - 32, 32);
	}
	else if (n >= 16)
	{
		memcpy(dst, src, 16);
		memcpy(dst + n - 16, src + n - 16, 16);
	}
	else
	{
		for (size_t i = 0; i < n; i++)
			dst[i] = src[i];
	}
}

/* Detoasts, and makes sure of the alignment; may return 'copy'. */
struct varlena *
bp_rowtext_aligned(const char *value, BpShortCopy *copy)
{
	struct varlena *v = bp_rowtext_packed(value);
	Size		size;

	if (!VARATT_IS_SHORT(v))
		return v;
	size = VARSIZE_SHORT(v) - VARHDRSZ_SHORT;
	SET_VARSIZE(&copy->header, size + VARHDRSZ);
	copy_short(VARDATA(&copy->header), VARDATA_SHORT(v), size);
	return &copy->header;
}

/* ---- enums ---- */

/* Finds the label in what is remembered, or else looks it up. */
static const char *
enum_label(BpTextColumn *col, const char *value, size_t *len)
{
	Oid			oid = *(const Oid *) value;
	BpTextLabels *labels = col->labels;
	char	   *text;
	int			i;

	if (labels == NULL)
	{
		labels = MemoryContextAllocZero(col->context, sizeof(BpTextLabels));
		col->labels = labels;
	}
	for (i = oid % BP_TEXT_LABELS; OidIsValid(labels->value[i]);
		 i = (i + 1) % BP_TEXT_LABELS)
	{
		if (labels->value[i] == oid)
		{
			*len = labels->len[i];
			return labels->text[i];
		}
	}

	text = bp_rowtext_output(col, value);
	*len = strlen(text);
	if (labels->used < BP_TEXT_LABELS / 2)
	{
		labels->used++;
		labels->value[i] = oid;
		labels->len[i] = (int) *len;
		labels->text[i] = MemoryContextStrdup(col->context, text);
	}
	return text;
}

static char *
write_enum(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	size_t		len;
	const char *label = enum_label(col, value, &len);

	return bp_escape_append(buf, p, label, len, BP_ESCAPE_COPY);
}

/* Labels may be renamed: the next batch looks them up again. */
void
bp_rowtext_forget_labels(BpTextColumn *col)
{
	BpTextLabels *labels = col->labels;

	if (col->element != NULL)
		bp_rowtext_forget_labels(col->element);
	if (labels == NULL || labels->used == 0)
		return;
	for (int i = 0; i < BP_TEXT_LABELS; i++)
	{
		if (OidIsValid(labels->value[i]))
			pfree(labels->text[i]);
		labels->value[i] = InvalidOid;
	}
	labels->used = 0;
}

/* ---- arrays ---- */

/* How elements with this writer are put in quotes. */
static BpTextQuotes
choose_quotes(const BpTextColumn *element)
{
	static const struct
	{
		PGFunction	output;
		BpTextQuotes quotes;
	}			known[] =
	{
		{boolout, BP_QUOTES_NEVER},
		{int2out, BP_QUOTES_NEVER},
		{int4out, BP_QUOTES_NEVER},
		{int8out, BP_QUOTES_NEVER},
		{oidout, BP_QUOTES_NEVER},
		{xid8out, BP_QUOTES_NEVER},
		{float4out, BP_QUOTES_NEVER},
		{float8out, BP_QUOTES_NEVER},
		{numeric_out, BP_QUOTES_NEVER},
		{uuid_out, BP_QUOTES_NEVER},
		{time_out, BP_QUOTES_NEVER},
		{timetz_out, BP_QUOTES_NEVER},
		{inet_out, BP_QUOTES_NEVER},
		{cidr_out, BP_QUOTES_NEVER},
		{macaddr_out, BP_QUOTES_NEVER},
		{macaddr8_out, BP_QUOTES_NEVER},
		{date_out, BP_QUOTES_PLAIN},
		{timestamp_out, BP_QUOTES_PLAIN},
		{timestamptz_out, BP_QUOTES_PLAIN},
		{interval_out, BP_QUOTES_PLAIN},
		{textout, BP_QUOTES_VARLENA},
		{varcharout, BP_QUOTES_VARLENA},
		{bpcharout, BP_QUOTES_VARLENA},
		{json_out, BP_QUOTES_VARLENA},
		{enum_out, BP_QUOTES_LABEL}
	};

	if (element->write == bp_rowtext_write_output)
		return BP_QUOTES_OUTPUT;
	for (int i = 0; i < lengthof(known); i++)
	{
		if (known[i].output == element->output.fn_addr)
			return known[i].quotes;
	}
	return BP_QUOTES_OUTPUT;
}

/*
 * Prepares a column with a nested writer; false if it has to be written by
 * its output function after all.  Nothing to do unless it is an array.
 */
bool
bp_rowtext_init_array(BpTextColumn *col, Oid type)
{
	Oid			function;
	Oid			ioparam;
	int16		len;
	bool		byval;
	char		align;
	char		delim;

	if (col->write != write_array)
		return true;
	col->element_type = get_element_type(getBaseType(type));
	if (!OidIsValid(col->element_type))
		return false;
	get_type_io_data(col->element_type, IOFunc_output, &len, &byval, &align,
					 &delim, &ioparam, &function);
	if (delim != ',')
		return false;

	col->element = MemoryContextAllocZero(col->context, sizeof(BpTextColumn));
	bp_rowtext_init_column(col->element, col->element_type, col->context);
	col->quotes = choose_quotes(col->element);
	return true;
}

static inline bool
is_null_word(const char *text, size_t n)
{
	return n == 4 && pg_strncasecmp(text, "NULL", 4) == 0;
}

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

/* Text of which a blank is all that may ask for quotes. */
static char *
put_plain(BpTextColumn *element, const char *value, char *p, BpBuffer *buf)
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

/* One element */
static char *
put_element(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	BpTextColumn *element = col->element;
	const char *text;
	size_t		n;

	switch (col->quotes)
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
	text = bp_rowtext_output(element, value);
	return put_quotable(text, strlen(text), p, buf);
}

/* The bounds, where one of the lower ones is not 1. */
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
		p = bp_rowtext_room(buf, p, BP_TEXT_ROOM);
		p += sprintf(p, "[%d:%d]", lower[i], lower[i] + dims[i] - 1);
	}
	*p++ = '=';
	return p;
}

/* The elements; there are some, and all dimensions are described. */
static char *
put_elements(BpTextColumn *col, const ArrayType *array, int nitems, char *p,
			 BpBuffer *buf)
{
	BpTextColumn *element = col->element;
	int			ndim = ARR_NDIM(array);
	const int  *dims = ARR_DIMS(array);
	const char *at = ARR_DATA_PTR(array);
	const bits8 *nulls = ARR_NULLBITMAP(array);
	int			index[MAXDIM] = {0};
	int			open = ndim;	/* braces to open before the next element */

	for (int i = 0; i < nitems; i++)
	{
		int			dim = ndim - 1;

		p = bp_rowtext_room(buf, p, BP_ARRAY_ROOM);
		while (open-- > 0)
			*p++ = '{';
		if (nulls != NULL && att_isnull(i, nulls))
			p = bp_rowtext_put(p, "NULL", 4);
		else
		{
			p = put_element(col, at, p, buf);
			at = att_addlength_pointer(at, element->len, at);
			at = (const char *) att_align_nominal(at, element->align);
			p = bp_rowtext_room(buf, p, BP_ARRAY_ROOM);
		}

		/* step to the next element; close what ends with this one */
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

static char *
write_array(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	BpShortCopy copy;
	const ArrayType *array = (ArrayType *) bp_rowtext_aligned(value, &copy);
	int			nitems = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	if (unlikely(ARR_ELEMTYPE(array) != col->element_type))
		return bp_rowtext_write_output(col, value, p, buf);
	if (nitems == 0)
		return bp_rowtext_put(p, "{}", 2);
	p = put_bounds(array, p, buf);
	return put_elements(col, array, nitems, p, buf);
}
