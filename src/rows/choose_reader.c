/*-------------------------------------------------------------------------
 *
 * choose_reader.c
 *	  The table of readers, and the choice of one for a column.
 *
 * The readers:
 *
 *	read_scalar.c		numbers, strings, bytea, uuid
 *	read_float.c		floats
 *	read_datetime.c		dates and times
 *	read_array.c		arrays
 *
 * As in choose_writer.c, a reader is chosen by the address of the type's input
 * function.  A type without a reader goes through its input function.  A
 * domain without constraints is read as its base type.
 *
 * To add a reader, write the function in a read_*.c, declare it in the header
 * of that file, and add a line to the table here.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/choose_reader.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "rows/choose_reader.h"
#include "rows/read_array.h"
#include "rows/read_datetime.h"
#include "rows/read_float.h"
#include "rows/read_scalar.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* The number of elements that an array's column has room for at first */
#define BP_READER_FIRST_ELEMENTS	64

/* A line of the table of readers. */
typedef struct BpReaderChoice
{
	PGFunction	input;			/* the type's input function */
	BpReader   *read;
	bool		(*init) (BpReadColumn *col);	/* prepares the column, if not
												 * NULL; returns false if the
												 * column cannot have this
												 * reader */
} BpReaderChoice;

/* All readers. */
static const BpReaderChoice readers[] = {
	/* read_scalar.c */
	{boolin, bp_rowread_read_bool},
	{int2in, bp_rowread_read_int2},
	{int4in, bp_rowread_read_int4},
	{oidin, bp_rowread_read_oid},
#ifdef USE_FLOAT8_BYVAL
	{int8in, bp_rowread_read_int8},
#endif
	{numeric_in, bp_rowread_read_numeric, bp_rowread_init_numeric},
	{textin, bp_rowread_read_text},
	{varcharin, bp_rowread_read_text},
	{bpcharin, bp_rowread_read_bpchar},
	{byteain, bp_rowread_read_bytea},
	{uuid_in, bp_rowread_read_uuid},

	/* read_float.c */
	{float4in, bp_rowread_read_float4},
#ifdef USE_FLOAT8_BYVAL
	{float8in, bp_rowread_read_float8},
#endif

	/* read_datetime.c */
	{date_in, bp_rowread_read_date},
#ifdef USE_FLOAT8_BYVAL
	{time_in, bp_rowread_read_time},
	{timestamp_in, bp_rowread_read_timestamp},
	{timestamptz_in, bp_rowread_read_timestamptz},
#endif

	/* read_array.c */
	{array_in, bp_rowread_read_array}
};

/* The entry for an input function, or NULL. */
static const BpReaderChoice *
find_reader(PGFunction input)
{
	for (int i = 0; i < lengthof(readers); i++)
	{
		if (readers[i].input == input)
			return &readers[i];
	}
	return NULL;
}

/*
 * Prepares the column for the elements of an array of the given type.
 * Returns false if only the type's input function can read it.
 */
static bool
init_read_element(BpReadColumn *col, Oid type, MemoryContext context)
{
	Oid			element = get_element_type(type);
	BpReadColumn *e;
	char		delimiter;
	Oid			ioparam;
	Oid			input;

	if (!OidIsValid(element))
		return false;
	e = MemoryContextAllocZero(context, sizeof(BpReadColumn));

	/* construct_md_array expects varlenas with a long header */
	bp_choose_reader(e, element, col->typmod, TYPSTORAGE_PLAIN, col->arena,
					 context);
	get_type_io_data(element, IOFunc_input, &col->element_len,
					 &col->element_byval, &col->element_align, &delimiter,
					 &ioparam, &input);
	if (e->read == NULL || delimiter != ',')
		return false;
	col->element = e;
	col->element_type = element;
	col->room = BP_READER_FIRST_ELEMENTS;
	col->values = MemoryContextAlloc(context, col->room * sizeof(Datum));
	col->nulls = MemoryContextAlloc(context, col->room * sizeof(bool));
	return true;
}

void
bp_choose_reader(BpReadColumn *col, Oid type, int32 typmod, char storage,
				 BpReadArena *arena, MemoryContext context)
{
	const BpReaderChoice *r;
	Oid			input;

	if (get_typtype(type) == TYPTYPE_DOMAIN && !DomainHasConstraints(type))
		type = getBaseTypeAndTypmod(type, &typmod);
	getTypeInputInfo(type, &input, &col->typioparam);
	fmgr_info_cxt(input, &col->input, context);
	col->typmod = typmod;
	col->packable = storage != TYPSTORAGE_PLAIN;
	col->arena = arena;

	r = find_reader(col->input.fn_addr);
	if (r == NULL || (r->init != NULL && !r->init(col)) ||
		(r->read == bp_rowread_read_array &&
		 !init_read_element(col, type, context)))
		col->read = NULL;
	else
		col->read = r->read;
}
