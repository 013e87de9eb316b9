/*-------------------------------------------------------------------------
 *
 * read_array.c
 *	  The reader of arrays.
 *
 * An array of one dimension, with lower bound 1, whose elements have a reader
 * of their own and are separated by commas.  What array_out writes is simple: an element is quoted if it
 * holds anything that matters, in quotes only the backslash escapes.  Arrays
 * of more dimensions or other bounds are array_in's.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_array.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "rows/reader.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

/* Arrays larger than this are array_in's: the text is copied first. */
#define BP_ARRAY_MAX_TEXT	((size_t) 1024 * 1024)

static char *next_element(char *p, char **element, size_t *len, bool *isnull);

/*
 * Finds the element at 'p' and unescapes it in place.
 * Returns where the comma or brace after it stands; NULL if it is not as
 * array_out writes it.  The caller puts the zero, which may take that place.
 */
static char *
next_element(char *p, char **element, size_t *len, bool *isnull)
{
	char	   *dst;

	*isnull = false;
	if (*p == '"')
	{
		*element = dst = ++p;
		while (*p != '"')
		{
			if (*p == '\\')
				p++;
			if (*p == '\0')
				return NULL;
			*dst++ = *p++;
		}
		*len = dst - *element;
		return p + 1;
	}
	*element = p;
	while (*p != ',' && *p != '}')
	{
		if (*p == '\0' || *p == '"' || *p == '\\' || *p == '{' ||
			(unsigned char) *p <= ' ')
			return NULL;
		p++;
	}
	*len = p - *element;
	if (*len == 0)
		return NULL;
	*isnull = *len == 4 && pg_strncasecmp(*element, "NULL", 4) == 0;
	return p;
}

/* All elements into col->values and col->nulls; how many, or -1. */
static int
read_elements(BpReadColumn *col, char *p, char *end)
{
	BpReadColumn *element = col->element;
	int			n = 0;

	for (;;)
	{
		char	   *text;
		char	   *stop;
		size_t		len;
		char		after;

		if (n >= col->room)
		{
			col->room *= 2;
			col->values = repalloc(col->values, col->room * sizeof(Datum));
			col->nulls = repalloc(col->nulls, col->room * sizeof(bool));
		}
		stop = next_element(p, &text, &len, &col->nulls[n]);
		if (stop == NULL)
			return -1;
		after = *stop;
		if (after != ',' && after != '}')
			return -1;
		text[len] = '\0';
		if (!col->nulls[n] &&
			!element->read(element, text, len, &col->values[n]))
			col->values[n] = bp_rowread_input(element, text);
		n++;
		if (after == '}')
			return stop + 1 == end ? n : -1;
		p = stop + 1;
	}
}

static bool
read_array(BpReadColumn *col, char *text, size_t len, Datum *value)
{
	ArrayType  *array;
	char	   *copy;
	int			n;
	int			lower = 1;

	if (len < 2 || *text != '{' || len > BP_ARRAY_MAX_TEXT)
		return false;
	if (len == 2 && text[1] == '}')
	{
		*value = PointerGetDatum(construct_empty_array(col->element_type));
		return true;
	}
	/* array_in needs the text as it is, should we give up */
	copy = bp_arena_alloc(col->arena, len + 1);
	memcpy(copy, text, len + 1);
	n = read_elements(col, copy + 1, copy + len);
	if (n < 0)
		return false;
	array = construct_md_array(col->values, col->nulls, 1, &n, &lower,
							   col->element_type, col->element_len,
							   col->element_byval, col->element_align);
	*value = PointerGetDatum(array);
	return true;
}

/* Gives 'col' a reader if its type is an array of elements that have one. */
BpTextReader
bp_rowread_array_reader(BpReadColumn *col, Oid type, MemoryContext context)
{
	Oid			element = get_element_type(type);
	BpReadColumn *e;
	char		delimiter;
	Oid			ioparam;
	Oid			input;

	if (col->input.fn_addr != array_in || !OidIsValid(element))
		return NULL;
	e = MemoryContextAllocZero(context, sizeof(BpReadColumn));

	/* construct_md_array wants what it can measure with its full header */
	bp_rowread_init_column(e, element, col->typmod, TYPSTORAGE_PLAIN,
						   col->arena, context);
	get_type_io_data(element, IOFunc_input, &col->element_len,
					 &col->element_byval, &col->element_align, &delimiter,
					 &ioparam, &input);
	if (e->read == NULL || delimiter != ',')
		return NULL;
	col->element = e;
	col->element_type = element;
	col->room = 64;
	col->values = MemoryContextAlloc(context, col->room * sizeof(Datum));
	col->nulls = MemoryContextAlloc(context, col->room * sizeof(bool));
	return read_array;
}
