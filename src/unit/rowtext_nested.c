/*-------------------------------------------------------------------------
 *
 * rowtext_nested.c
 *	  Writers of arrays, jsonb and enums.
 *
 * Arrays of strings and of plain numbers are written here: those never need
 * quotes, and strings are quoted as array_out does.  Other arrays are
 * left to array_out.  jsonb is walked in place, without JsonbIterator, which
 * allocates for each level.  The label of an enum is looked up once a batch.
 *
 * Short values are stored without alignment; arrays and jsonb need it, and
 * are then copied to the stack instead of to allocated memory.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/rowtext_nested.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "shared/compat.h"
#include "unit/rowtext_escape.h"
#include "unit/rowtext_types.h"

/* A short varlena, made a long one: at most 127 bytes and a longer header. */
typedef union BpShortCopy
{
	struct varlena header;
	uint64		aligned[(VARATT_SHORT_MAX + VARHDRSZ) / sizeof(uint64) + 1];
} BpShortCopy;

static struct varlena *aligned_varlena(Datum value, BpShortCopy *copy);
static void write_array(BpTextColumn *col, Datum value, BpBuffer *buf);
static void write_jsonb(BpTextColumn *col, Datum value, BpBuffer *buf);
static void write_enum(BpTextColumn *col, Datum value, BpBuffer *buf);

/* The writer for an output function; NULL if there is none. */
BpTextWriter
bp_rowtext_nested_writer(PGFunction output)
{
	if (output == array_out)
		return write_array;
	if (output == jsonb_out)
		return write_jsonb;
	if (output == enum_out)
		return write_enum;
	return NULL;
}

/* Detoasts, and makes sure of the alignment; may return 'copy'. */
static struct varlena *
aligned_varlena(Datum value, BpShortCopy *copy)
{
	struct varlena *v = PG_DETOAST_DATUM_PACKED(value);
	Size		size;

	if (!VARATT_IS_SHORT(v))
		return v;
	size = VARSIZE_SHORT(v) - VARHDRSZ_SHORT;
	SET_VARSIZE(&copy->header, size + VARHDRSZ);
	memcpy(VARDATA(&copy->header), VARDATA_SHORT(v), size);
	return &copy->header;
}

static inline void
put_bytes(BpBuffer *buf, const char *bytes, size_t n)
{
	memcpy(bp_rowtext_room(buf, n), bytes, n);
	buf->len += n;
}

static inline void
put_byte(BpBuffer *buf, char byte)
{
	*bp_rowtext_room(buf, 1) = byte;
	buf->len++;
}

/* ---- arrays ---- */

/* Is the text of every value free of what array_out would quote? */
static bool
never_quoted(PGFunction output)
{
	return output == boolout || output == int2out || output == int4out ||
		output == int8out || output == oidout || output == float4out ||
		output == float8out || output == numeric_out || output == uuid_out;
}

/*
 * Prepares a column with a nested writer; false if it has to be written by
 * its output function after all.  Nothing to do unless it is an array.
 */
bool
bp_rowtext_init_array(BpTextColumn *col, Oid type)
{
	PGFunction	output;
	Oid			function;
	Oid			ioparam;
	char		delim;

	if (col->write != write_array)
		return true;
	col->element_type = get_element_type(getBaseType(type));
	if (!OidIsValid(col->element_type))
		return false;
	get_type_io_data(col->element_type, IOFunc_output, &col->element_len,
					 &col->element_byval, &col->element_align, &delim,
					 &ioparam, &function);
	if (delim != ',')
		return false;

	col->element = MemoryContextAllocZero(col->context, sizeof(BpTextColumn));
	bp_rowtext_init_column(col->element, col->element_type, function,
						   col->context);
	if (col->element->write == bp_rowtext_write_output)
		return false;

	output = col->element->output.fn_addr;
	if (output == textout || output == varcharout || output == bpcharout)
		col->element->write = NULL; /* put_quotable */
	else if (!never_quoted(output))
		return false;
	return true;
}

/* Does array_out put this string in quotes? */
static bool
needs_quotes(const char *text, size_t n)
{
	/* quote, backslash, braces, comma and white space, as array_isspace */
	static const bool special[256] = {
		['"'] = true,['\\'] = true,['{'] = true,['}'] = true,[','] = true,
		[' '] = true,['\t'] = true,['\n'] = true,['\r'] = true,
		['\v'] = true,['\f'] = true
	};

	for (size_t i = 0; i < n; i++)
	{
		if (special[(unsigned char) text[i]])
			return true;
	}
	return n == 0 || (n == 4 && pg_strncasecmp(text, "NULL", 4) == 0);
}

static void
put_quotable(const char *text, size_t n, BpBuffer *buf)
{
	if (!needs_quotes(text, n))
	{
		bp_escape_append(buf, text, n, BP_ESCAPE_COPY);
		return;
	}
	put_byte(buf, '"');
	bp_escape_append(buf, text, n, BP_ESCAPE_ARRAY);
	put_byte(buf, '"');
}

/* The bounds, where one of the lower ones is not 1. */
static void
put_bounds(const ArrayType *array, BpBuffer *buf)
{
	const int  *dims = ARR_DIMS(array);
	const int  *lower = ARR_LBOUND(array);
	bool		needed = false;
	char		text[64];

	for (int i = 0; i < ARR_NDIM(array); i++)
		needed |= lower[i] != 1;
	if (!needed)
		return;
	for (int i = 0; i < ARR_NDIM(array); i++)
		put_bytes(buf, text, snprintf(text, sizeof(text), "[%d:%d]", lower[i],
									  lower[i] + dims[i] - 1));
	put_byte(buf, '=');
}

/* One element; returns where the next one begins. */
static const char *
put_element(BpTextColumn *col, const char *p, BpBuffer *buf)
{
	if (col->element->write == NULL)
		put_quotable(VARDATA_ANY(p), VARSIZE_ANY_EXHDR(p), buf);
	else
		col->element->write(col->element,
							fetch_att(p, col->element_byval, col->element_len),
							buf);
	p = att_addlength_pointer(p, col->element_len, p);
	return (const char *) att_align_nominal(p, col->element_align);
}

static void
write_array(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	BpShortCopy copy;
	const ArrayType *array = (ArrayType *) aligned_varlena(value, &copy);
	int			ndim = ARR_NDIM(array);
	const int  *dims = ARR_DIMS(array);
	int			nitems = ArrayGetNItems(ndim, dims);
	const char *p = ARR_DATA_PTR(array);
	const bits8 *nulls = ARR_NULLBITMAP(array);
	int			index[MAXDIM] = {0};
	int			open;

	if (unlikely(ARR_ELEMTYPE(array) != col->element_type))
	{
		bp_rowtext_write_output(col, value, buf);
		return;
	}
	if (nitems == 0)
	{
		put_bytes(buf, "{}", 2);
		return;
	}

	put_bounds(array, buf);
	open = ndim;				/* braces to open before the next element */
	for (int i = 0; i < nitems; i++)
	{
		int			dim = ndim - 1;

		while (open-- > 0)
			put_byte(buf, '{');
		if (nulls != NULL && (nulls[i / 8] & (1 << (i % 8))) == 0)
			put_bytes(buf, "NULL", 4);
		else
			p = put_element(col, p, buf);

		/* step to the next element; close what ends with this one */
		while (dim >= 0 && ++index[dim] == dims[dim])
		{
			index[dim--] = 0;
			put_byte(buf, '}');
		}
		open = ndim - 1 - dim;
		if (dim >= 0)
			put_byte(buf, ',');
	}
}

/* ---- jsonb ---- */

static void put_container(JsonbContainer *container, BpBuffer *buf);

static void
put_json_string(const char *text, size_t n, BpBuffer *buf)
{
	put_byte(buf, '"');
	bp_escape_append(buf, text, n, BP_ESCAPE_JSON);
	put_byte(buf, '"');
}

/* The value with entry 'entry', which lies at base + offset. */
static void
put_json_value(JEntry entry, char *base, uint32 offset, uint32 length,
			   BpBuffer *buf)
{
	if (JBE_ISSTRING(entry))
		put_json_string(base + offset, length, buf);
	else if (JBE_ISNUMERIC(entry))
	{
		char	   *numeric = base + INTALIGN(offset);

		bp_rowtext_put_numeric(VARDATA_ANY(numeric),
							   VARSIZE_ANY_EXHDR(numeric), buf);
	}
	else if (JBE_ISBOOL_TRUE(entry))
		put_bytes(buf, "true", 4);
	else if (JBE_ISBOOL_FALSE(entry))
		put_bytes(buf, "false", 5);
	else if (JBE_ISNULL(entry))
		put_bytes(buf, "null", 4);
	else
		put_container((JsonbContainer *) (base + INTALIGN(offset)), buf);
}

/* {"key": value, …}: all keys are stored first, and then all values. */
static void
put_json_object(JsonbContainer *container, int count, BpBuffer *buf)
{
	char	   *base = (char *) &container->children[count * 2];
	uint32		key = 0;
	uint32		value = getJsonbOffset(container, count);

	put_byte(buf, '{');
	for (int i = 0; i < count; i++)
	{
		uint32		begin = key;

		JBE_ADVANCE_OFFSET(key, container->children[i]);
		put_json_string(base + begin, key - begin, buf);
		put_bytes(buf, ": ", 2);

		begin = value;
		JBE_ADVANCE_OFFSET(value, container->children[count + i]);
		put_json_value(container->children[count + i], base, begin,
					   value - begin, buf);
		if (i < count - 1)
			put_bytes(buf, ", ", 2);
	}
	put_byte(buf, '}');
}

static void
put_container(JsonbContainer *container, BpBuffer *buf)
{
	int			count = JsonContainerSize(container);
	char	   *base = (char *) &container->children[count];
	bool		scalar = JsonContainerIsScalar(container);
	uint32		end = 0;

	check_stack_depth();
	if (JsonContainerIsObject(container))
	{
		put_json_object(container, count, buf);
		return;
	}

	if (!scalar)
		put_byte(buf, '[');
	for (int i = 0; i < count; i++)
	{
		uint32		begin = end;

		JBE_ADVANCE_OFFSET(end, container->children[i]);
		put_json_value(container->children[i], base, begin, end - begin, buf);
		if (i < count - 1)
			put_bytes(buf, ", ", 2);
	}
	if (!scalar)
		put_byte(buf, ']');
}

static void
write_jsonb(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	BpShortCopy copy;
	Jsonb	   *jsonb = (Jsonb *) aligned_varlena(value, &copy);

	put_container(&jsonb->root, buf);
}

/* ---- enums ---- */

static void
write_enum(BpTextColumn *col, Datum value, BpBuffer *buf)
{
	Oid			oid = DatumGetObjectId(value);
	BpTextLabels *labels = col->labels;
	size_t		before = buf->len;
	int			i;

	if (labels == NULL)
	{
		labels = MemoryContextAllocZero(col->context, sizeof(BpTextLabels));
		col->labels = labels;
	}
	i = oid % BP_TEXT_LABELS;
	while (OidIsValid(labels->value[i]))
	{
		if (labels->value[i] == oid)
		{
			put_bytes(buf, labels->text[i], labels->len[i]);
			return;
		}
		i = (i + 1) % BP_TEXT_LABELS;
	}

	bp_rowtext_write_output(col, value, buf);
	if (labels->used >= BP_TEXT_LABELS / 2)
		return;
	labels->used++;
	labels->len[i] = (int) (buf->len - before);
	labels->text[i] = MemoryContextAlloc(col->context, labels->len[i] + 1);
	memcpy(labels->text[i], buf->data + before, labels->len[i]);
	labels->value[i] = oid;
}

/* Labels may be renamed: the next batch looks them up again. */
void
bp_rowtext_forget_labels(BpTextColumn *col)
{
	BpTextLabels *labels = col->labels;

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
