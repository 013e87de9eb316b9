/*-------------------------------------------------------------------------
 *
 * rows.c
 *	  Fuzzers of the reader of row text.
 *
 * The inputs of the targets have these parts:
 *
 *	rows	the number of columns, the type of each column, then rows
 *	value	a type, then the text of one value.  If our reader accepts the text,
 *			the type's input function must return the same value.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/rows.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "fuzz.h"
#include "mb/pg_wchar.h"
#include "rows/choose_reader.h"
#include "rows/rowread.h"
#include "utils/array.h"
#include "utils/memutils.h"

#define MAX_COLUMNS		6

/* numeric(precision, scale) */
#define NUMERIC_TYPMOD(p, s)	((((p) << 16) | (s)) + VARHDRSZ)

/* New ones go to the end: the seeds have the numbers of the others. */
static const struct
{
	Oid			type;
	int32		typmod;
	int16		len;			/* -1: of variable length */
	bool		byval;
	Oid			element;		/* of an array */
}			columns[] =
{
	{BOOLOID, -1, 1, true, 0},
	{INT2OID, -1, 2, true, 0},
	{INT4OID, -1, 4, true, 0},
	{INT8OID, -1, 8, true, 0},
	{OIDOID, -1, 4, true, 0},
	{FLOAT4OID, -1, 4, true, 0},
	{FLOAT8OID, -1, 8, true, 0},
	{NUMERICOID, -1, -1, false, 0},
	{NUMERICOID, NUMERIC_TYPMOD(10, 2), -1, false, 0},
	{NUMERICOID, NUMERIC_TYPMOD(4, 4), -1, false, 0},
	{TEXTOID, -1, -1, false, 0},
	{VARCHAROID, VARHDRSZ + 5, -1, false, 0},
	{BPCHAROID, VARHDRSZ + 4, -1, false, 0},
	{BPCHAROID, -1, -1, false, 0},
	{BYTEAOID, -1, -1, false, 0},
	{UUIDOID, -1, 16, false, 0},
	{DATEOID, -1, 4, true, 0},
	{TIMEOID, -1, 8, true, 0},
	{TIMEOID, 2, 8, true, 0},
	{TIMESTAMPOID, -1, 8, true, 0},
	{TIMESTAMPOID, 3, 8, true, 0},
	{TIMESTAMPTZOID, -1, 8, true, 0},
	{INT4ARRAYOID, -1, -1, false, INT4OID},
	{TEXTARRAYOID, -1, -1, false, TEXTOID},
	{NUMERICARRAYOID, -1, -1, false, NUMERICOID},
	{FLOAT8ARRAYOID, -1, -1, false, FLOAT8OID},
	{TIMESTAMPARRAYOID, -1, -1, false, TIMESTAMPOID},
	{UUIDARRAYOID, -1, -1, false, UUIDOID},
	{BOOLARRAYOID, -1, -1, false, BOOLOID},
	{BYTEAARRAYOID, -1, -1, false, BYTEAOID}
};

/* Text with the room around it that a reader wants, and not a byte more */
static char *
make_room(const unsigned char *data, size_t len)
{
	char	   *buf = palloc(BP_ROWREAD_BEFORE + len + BP_ROWREAD_BEHIND);

	memset(buf, 0, BP_ROWREAD_BEFORE + len + BP_ROWREAD_BEHIND);
	memcpy(buf + BP_ROWREAD_BEFORE, data, len);
	return buf + BP_ROWREAD_BEFORE;
}

/* Looks at each byte of a value. */
static uint32
touch(int c, Datum value)
{
	const unsigned char *p;
	size_t		len;
	uint32		sum = 0;

	if (columns[c].byval)
		return (uint32) value;
	p = (const unsigned char *) DatumGetPointer(value);
	len = columns[c].len > 0 ? columns[c].len : VARSIZE_ANY(p);
	while (len-- > 0)
		sum += *p++;
	return sum;
}

/* An array must be one: its elements are where they should be. */
static void
check_array(int c, Datum value)
{
	ArrayType  *array = (ArrayType *) PG_DETOAST_DATUM(value);
	int			n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));

	fuzz_require(ARR_ELEMTYPE(array) == columns[c].element,
				 "an array knows its element type");
	fuzz_require(ARR_NDIM(array) <= 1 && n >= 0, "an array has one dimension");
}

void
fuzz_rows(const unsigned char *data, size_t len)
{
	int			kinds[MAX_COLUMNS];
	AttrNumber	attnums[MAX_COLUMNS];
	Datum		values[MAX_COLUMNS + 1];
	bool		isnull[MAX_COLUMNS + 1];
	TupleDesc	desc;
	BpRowReader *rr;
	char	   *text;
	int			n;
	uint32		sum = 0;

	if (len < 1)
		return;
	n = data[0] % (MAX_COLUMNS + 1);
	if (len < (size_t) n + 1)
		return;
	/* one more than is read */
	desc = CreateTemplateTupleDesc(n + 1);
	memset(TupleDescAttr(desc, 0), 0, (n + 1) * sizeof(FormData_pg_attribute));
	for (int i = 0; i < n; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		kinds[i] = data[1 + i] % lengthof(columns);
		attnums[i] = i + 1;
		snprintf(NameStr(att->attname), NAMEDATALEN, "c%d", i);
		att->atttypid = columns[kinds[i]].type;
		att->atttypmod = columns[kinds[i]].typmod;
		att->attlen = columns[kinds[i]].len;
		att->attbyval = columns[kinds[i]].byval;
		att->attstorage = att->attlen < 0 ? TYPSTORAGE_EXTENDED :
			TYPSTORAGE_PLAIN;
	}
	data += n + 1;
	len -= n + 1;

	rr = bp_rowread_create(desc, n, attnums);
	text = make_room(data, len);
	bp_rowread_text(rr, text, len);
	while (bp_rowread_row(rr, values, isnull))
	{
		for (int i = 0; i < n; i++)
		{
			if (isnull[i])
				continue;
			sum += touch(kinds[i], values[i]);
			if (OidIsValid(columns[kinds[i]].element))
				check_array(kinds[i], values[i]);
		}
		fuzz_require(bp_rowread_left(rr) < len, "each row takes some text");
	}
	fuzz_require(bp_rowread_left(rr) == 0, "all text is read");
	bp_rowread_reset(rr);
	(void) sum;
}

typedef struct Value
{
	BpReadColumn column;
	char	   *text;
	Datum		value;
} Value;

static void
read_by_input(void *arg)
{
	Value	   *v = (Value *) arg;

	v->value = bp_reader_input(&v->column, v->text);
}

static bool
same_value(int c, Datum a, Datum b)
{
	void	   *pa = DatumGetPointer(a);
	void	   *pb = DatumGetPointer(b);

	if (columns[c].byval)
		return a == b;
	if (columns[c].len > 0)
		return memcmp(pa, pb, columns[c].len) == 0;
	return VARSIZE_ANY_EXHDR(pa) == VARSIZE_ANY_EXHDR(pb) &&
		memcmp(VARDATA_ANY(pa), VARDATA_ANY(pb), VARSIZE_ANY_EXHDR(pa)) == 0;
}

void
fuzz_value(const unsigned char *data, size_t len)
{
	BpReadArena arena = {NULL, NULL, CurrentMemoryContext};
	Value		v;
	int			c;
	char	   *text;
	Datum		value = 0;

	if (len < 1)
		return;
	c = data[0] % lengthof(columns);
	data++;
	len--;
	/* so are the columns of a row */
	if (!pg_verify_mbstr(PG_UTF8, (const char *) data, len, true))
		return;
	memset(&v, 0, sizeof(v));
	v.column.owns_text = true;
	bp_choose_reader(&v.column, columns[c].type, columns[c].typmod,
					 columns[c].len < 0 ? TYPSTORAGE_EXTENDED :
					 TYPSTORAGE_PLAIN,
					 &arena, CurrentMemoryContext);
	v.text = pnstrdup((const char *) data, len);
	text = make_room(data, len);
	if (v.column.read == NULL || !v.column.read(&v.column, text, len, &value))
	{
		fuzz_require(memcmp(text, data, len) == 0,
					 "what is left to the input function is as it was");
		return;
	}
	(void) touch(c, value);
	if (OidIsValid(columns[c].element))
	{
		check_array(c, value);
		return;
	}
	fuzz_require(fuzz_try(read_by_input, &v),
				 "what our reader takes, the input function takes");
	fuzz_require(same_value(c, value, v.value),
				 "our reader and the input function read the same");
}
