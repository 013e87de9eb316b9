/*-------------------------------------------------------------------------
 *
 * read_array.c
 *	  The reader of arrays.
 *
 * It reads arrays of one dimension with lower bound 1, whose elements have a
 * reader and are separated by commas.  The text that array_out writes is
 * simple: an element that has any special character is quoted, and in quotes
 * only a backslash escapes.  array_in reads arrays with more dimensions or
 * other bounds.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_array.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "rows/read_array.h"
#include "utils/array.h"

/*
 * The longest text that is read here, since the text must be copied first;
 * array_in reads longer ones.
 */
#define BP_ARRAY_MAX_TEXT	((size_t) 1024 * 1024)

/*
 * Finds the element at 'p' and removes its escapes in place.  Returns the
 * address of the comma or brace after it; NULL if this is not what array_out
 * writes.  The caller adds the zero byte after the element, which may
 * overwrite that comma or brace.
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

/*
 * Reads all elements into col->values and col->nulls, and returns how many
 * there are; -1 if array_in has to read the text.
 */
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
			col->values[n] = bp_reader_input(element, text);
		n++;
		if (after == '}')
			return stop + 1 == end ? n : -1;
		p = stop + 1;
	}
}

bool
bp_rowread_read_array(BpReadColumn *col, char *text, size_t len, Datum *value)
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
	/* if this function returns false, array_in needs the original text */
	copy = bp_reader_arena_alloc(col->arena, len + 1);
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
