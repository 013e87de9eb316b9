/*-------------------------------------------------------------------------
 *
 * choose_writer.c
 *	  The table of writers, and the choice of one for a column.
 *
 * The writers:
 *
 *	write_scalar.c		integers, floats, strings, bytea, uuid
 *	write_numeric.c		numeric
 *	write_datetime.c	dates, times and intervals
 *	write_network.c		addresses
 *	write_jsonb.c		jsonb
 *	write_array.c		arrays and enums
 *
 * A writer is chosen by the address of the type's output function, not by the
 * type.  So domains, and types that borrow an output function (citext), are
 * fast too, and a type with an unknown output function never gets a wrong
 * writer.  A type without a writer goes through its output function.  So do
 * single values that a writer does not handle (a year out of range, for
 * example), and types whose writer does not support the session's settings
 * (DateStyle, for example).
 *
 * To add a writer, write the function in a write_*.c, declare it in the
 * header of that file, and add a line to the table here.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/choose_writer.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "rows/choose_writer.h"
#include "rows/write_array.h"
#include "rows/write_datetime.h"
#include "rows/write_jsonb.h"
#include "rows/write_network.h"
#include "rows/write_numeric.h"
#include "rows/write_scalar.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

/* A line of the table of writers. */
typedef struct BpWriterChoice
{
	PGFunction	output;			/* the type's output function */
	int16		typlen;
	BpWriter   *write;
	BpWriteQuotes quotes;		/* how it is quoted as an element of an
								 * array */
	bool		(*usable) (void);	/* do the session's settings allow this
									 * writer? NULL: always */
} BpWriterChoice;

static bool
shortest_floats(void)
{
	return extra_float_digits > 0;
}

static bool
hex_bytea(void)
{
	return bytea_output == BYTEA_OUTPUT_HEX;
}

static bool
iso_dates(void)
{
	return DateStyle == USE_ISO_DATES;
}

static bool
postgres_intervals(void)
{
	return IntervalStyle == INTSTYLE_POSTGRES;
}

/*
 * All writers.  A type whose output function is not in this table, has another
 * length, or is not usable under the session's settings, is written by
 * bp_writer_write_output.
 */
static const BpWriterChoice writers[] = {
	/* write_scalar.c */
	{boolout, 1, bp_rowtext_write_bool, BP_QUOTES_NEVER},
	{int2out, 2, bp_rowtext_write_int2, BP_QUOTES_NEVER},
	{int4out, 4, bp_rowtext_write_int4, BP_QUOTES_NEVER},
	{int8out, 8, bp_rowtext_write_int8, BP_QUOTES_NEVER},
	{oidout, 4, bp_rowtext_write_oid, BP_QUOTES_NEVER},
	{xidout, 4, bp_rowtext_write_oid, BP_QUOTES_OUTPUT},
	{cidout, 4, bp_rowtext_write_oid, BP_QUOTES_OUTPUT},
	{xid8out, 8, bp_rowtext_write_xid8, BP_QUOTES_NEVER},
	{float4out, 4, bp_rowtext_write_float4, BP_QUOTES_NEVER, shortest_floats},
	{float8out, 8, bp_rowtext_write_float8, BP_QUOTES_NEVER, shortest_floats},
	{textout, -1, bp_rowtext_write_text, BP_QUOTES_VARLENA},
	{varcharout, -1, bp_rowtext_write_text, BP_QUOTES_VARLENA},
	{bpcharout, -1, bp_rowtext_write_text, BP_QUOTES_VARLENA},
	{json_out, -1, bp_rowtext_write_text, BP_QUOTES_VARLENA},
	{nameout, NAMEDATALEN, bp_rowtext_write_cstring, BP_QUOTES_OUTPUT},
	{cstring_out, -2, bp_rowtext_write_cstring, BP_QUOTES_OUTPUT},
	{unknownout, -2, bp_rowtext_write_cstring, BP_QUOTES_OUTPUT},
	{charout, 1, bp_rowtext_write_char, BP_QUOTES_OUTPUT},
	{byteaout, -1, bp_rowtext_write_bytea, BP_QUOTES_OUTPUT, hex_bytea},
	{uuid_out, UUID_LEN, bp_rowtext_write_uuid, BP_QUOTES_NEVER},

	/* write_numeric.c */
	{numeric_out, -1, bp_rowtext_write_numeric, BP_QUOTES_NEVER},

	/* write_datetime.c */
	{date_out, 4, bp_rowtext_write_date, BP_QUOTES_PLAIN, iso_dates},
	{time_out, 8, bp_rowtext_write_time, BP_QUOTES_NEVER, iso_dates},
	{timetz_out, 12, bp_rowtext_write_timetz, BP_QUOTES_NEVER, iso_dates},
	{timestamp_out, 8, bp_rowtext_write_timestamp, BP_QUOTES_PLAIN, iso_dates},
	{timestamptz_out, 8, bp_rowtext_write_timestamptz, BP_QUOTES_PLAIN, iso_dates},
	{interval_out, 16, bp_rowtext_write_interval, BP_QUOTES_PLAIN, postgres_intervals},

	/* write_network.c */
	{inet_out, -1, bp_rowtext_write_inet, BP_QUOTES_NEVER},
	{cidr_out, -1, bp_rowtext_write_cidr, BP_QUOTES_NEVER},
	{macaddr_out, 6, bp_rowtext_write_macaddr, BP_QUOTES_NEVER},
	{macaddr8_out, 8, bp_rowtext_write_macaddr8, BP_QUOTES_NEVER},

	/* write_jsonb.c */
	{jsonb_out, -1, bp_rowtext_write_jsonb, BP_QUOTES_OUTPUT},

	/* write_array.c */
	{array_out, -1, bp_rowtext_write_array, BP_QUOTES_OUTPUT},
	{enum_out, 4, bp_rowtext_write_enum, BP_QUOTES_LABEL}
};

/*
 * The entry for an output function; NULL if there is none, or if the
 * session's settings do not allow it.
 */
static const BpWriterChoice *
find_writer(PGFunction output, int16 typlen)
{
	for (int i = 0; i < lengthof(writers); i++)
	{
		const BpWriterChoice *w = &writers[i];

		if (w->output == output && w->typlen == typlen)
			return w->usable == NULL || w->usable() ? w : NULL;
	}
	return NULL;
}

/*
 * Prepares the column for the elements of an array of the given type.
 * Returns false if the type's output function has to write it.
 */
static bool
init_write_element(BpWriteColumn *col, Oid type)
{
	Oid			function;
	Oid			ioparam;
	int16		len;
	bool		byval;
	char		align;
	char		delim;

	col->element_type = get_element_type(getBaseType(type));
	if (!OidIsValid(col->element_type))
		return false;
	get_type_io_data(col->element_type, IOFunc_output, &len, &byval, &align,
					 &delim, &ioparam, &function);
	if (delim != ',')
		return false;

	col->element = MemoryContextAllocZero(col->context, sizeof(BpWriteColumn));
	bp_choose_writer(col->element, col->element_type, col->context);
	return true;
}

void
bp_choose_writer(BpWriteColumn *col, Oid type, MemoryContext context)
{
	const BpWriterChoice *w;
	Oid			output;
	bool		varlena;

	col->context = context;
	getTypeOutputInfo(type, &output, &varlena);
	get_typlenbyvalalign(type, &col->len, &col->byval, &col->align);
	fmgr_info_cxt(output, &col->output, context);
	bp_rowtext_init_datetime(col);

	w = find_writer(col->output.fn_addr, col->len);
	if (w == NULL ||
		(w->write == bp_rowtext_write_array && !init_write_element(col, type)))
	{
		col->write = bp_writer_write_output;
		col->quotes = BP_QUOTES_OUTPUT;
		return;
	}
	col->write = w->write;
	col->quotes = w->quotes;
}
