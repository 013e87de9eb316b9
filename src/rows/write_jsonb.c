/*-------------------------------------------------------------------------
 *
 * write_jsonb.c
 *	  Writer of jsonb.
 *
 * The document is traversed in place.  JsonbIterator would allocate memory for
 * each level and unpack each value.  Keys and strings are escaped while they
 * are copied, and numbers are written by write_numeric.c.
 *
 * A container is a header, an array of JEntry (most hold a length, some hold
 * an offset), and the values, one after the other.  In an object all keys
 * precede all values.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_jsonb.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "rows/write_escape.h"
#include "rows/write_jsonb.h"
#include "rows/write_numeric.h"
#include "utils/jsonb.h"

static char *put_container(const JsonbContainer *container, char *p,
						   BpBuffer *buf);

/* Writes a quoted string; leaves room for BP_WRITER_ROOM - 1 bytes. */
static inline char *
put_string(const char *text, size_t n, char *p, BpBuffer *buf)
{
	*p++ = '"';
	p = bp_escape_append(buf, p, text, n, BP_ESCAPE_JSON);
	*p++ = '"';
	return p;
}

/* Writes the value that 'entry' describes, which lies at base + offset. */
static char *
put_value(JEntry entry, const char *base, uint32 offset, uint32 length,
		  char *p, BpBuffer *buf)
{
	const char *value = base + INTALIGN(offset);

	p = bp_writer_room(buf, p, BP_WRITER_ROOM);
	if (JBE_ISSTRING(entry))
		return put_string(base + offset, length, p, buf);
	if (JBE_ISNUMERIC(entry))
		return bp_rowtext_put_numeric(VARDATA_ANY(value),
									  VARSIZE_ANY_EXHDR(value), p, buf);
	if (JBE_ISBOOL_TRUE(entry))
		return bp_writer_put(p, "true", 4);
	if (JBE_ISBOOL_FALSE(entry))
		return bp_writer_put(p, "false", 5);
	if (JBE_ISNULL(entry))
		return bp_writer_put(p, "null", 4);
	check_stack_depth();
	return put_container((const JsonbContainer *) value, p, buf);
}

/* Writes {"key": value, ...} */
static char *
put_object(const JsonbContainer *container, int count, char *p, BpBuffer *buf)
{
	const JEntry *keys = container->children;
	const JEntry *values = keys + count;
	const char *base = (const char *) (values + count);
	uint32		key = 0;
	uint32		value = 0;

	for (int i = 0; i < count; i++)
		JBE_ADVANCE_OFFSET(value, keys[i]);

	p = bp_writer_room(buf, p, BP_WRITER_ROOM);
	*p++ = '{';
	for (int i = 0; i < count; i++)
	{
		uint32		begin = key;

		JBE_ADVANCE_OFFSET(key, keys[i]);
		p = bp_writer_room(buf, p, BP_WRITER_ROOM);
		if (i > 0)
			p = bp_writer_put(p, ", ", 2);
		p = put_string(base + begin, key - begin, p, buf);
		p = bp_writer_put(p, ": ", 2);

		begin = value;
		JBE_ADVANCE_OFFSET(value, values[i]);
		p = put_value(values[i], base, begin, value - begin, p, buf);
	}
	p = bp_writer_room(buf, p, BP_WRITER_ROOM);
	*p++ = '}';
	return p;
}

/*
 * Writes an object, an array, or a scalar document, which is stored as an
 * array of one element.
 */
static char *
put_container(const JsonbContainer *container, char *p, BpBuffer *buf)
{
	int			count = JsonContainerSize(container);
	const char *base = (const char *) &container->children[count];
	bool		scalar = JsonContainerIsScalar(container);
	uint32		end = 0;

	if (JsonContainerIsObject(container))
		return put_object(container, count, p, buf);

	p = bp_writer_room(buf, p, BP_WRITER_ROOM);
	if (!scalar)
		*p++ = '[';
	for (int i = 0; i < count; i++)
	{
		uint32		begin = end;

		JBE_ADVANCE_OFFSET(end, container->children[i]);
		p = bp_writer_room(buf, p, BP_WRITER_ROOM);
		if (i > 0)
			p = bp_writer_put(p, ", ", 2);
		p = put_value(container->children[i], base, begin, end - begin, p,
					  buf);
	}
	p = bp_writer_room(buf, p, BP_WRITER_ROOM);
	if (!scalar)
		*p++ = ']';
	return p;
}

char *
bp_rowtext_write_jsonb(BpWriteColumn *col, const char *value, char *p,
					   BpBuffer *buf)
{
	BpShortCopy copy;
	Jsonb	   *jsonb = (Jsonb *) bp_writer_aligned(value, &copy);

	return put_container(&jsonb->root, p, buf);
}
