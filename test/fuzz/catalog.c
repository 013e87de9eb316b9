/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  Answers to the catalog look-ups of our code, without catalogs.
 *
 * These functions replace the server's functions of the same names in the code
 * that is linked with them, which is ours; calls within the server are not
 * changed.  They know the types of rows.c and the arrays of these.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/catalog.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <dlfcn.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static const struct
{
	Oid			type;
	Oid			array;
	Oid			input;
	int16		len;
	bool		byval;
	char		align;
}			types[] =
{
	{BOOLOID, BOOLARRAYOID, F_BOOLIN, 1, true, TYPALIGN_CHAR},
	{INT2OID, INT2ARRAYOID, F_INT2IN, 2, true, TYPALIGN_SHORT},
	{INT4OID, INT4ARRAYOID, F_INT4IN, 4, true, TYPALIGN_INT},
	{INT8OID, INT8ARRAYOID, F_INT8IN, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE},
	{OIDOID, OIDARRAYOID, F_OIDIN, 4, true, TYPALIGN_INT},
	{FLOAT4OID, FLOAT4ARRAYOID, F_FLOAT4IN, 4, true, TYPALIGN_INT},
	{FLOAT8OID, FLOAT8ARRAYOID, F_FLOAT8IN, 8, FLOAT8PASSBYVAL,
	TYPALIGN_DOUBLE},
	{NUMERICOID, NUMERICARRAYOID, F_NUMERIC_IN, -1, false, TYPALIGN_INT},
	{TEXTOID, TEXTARRAYOID, F_TEXTIN, -1, false, TYPALIGN_INT},
	{VARCHAROID, VARCHARARRAYOID, F_VARCHARIN, -1, false, TYPALIGN_INT},
	{BPCHAROID, BPCHARARRAYOID, F_BPCHARIN, -1, false, TYPALIGN_INT},
	{BYTEAOID, BYTEAARRAYOID, F_BYTEAIN, -1, false, TYPALIGN_INT},
	{UUIDOID, UUIDARRAYOID, F_UUID_IN, 16, false, TYPALIGN_CHAR},
	{DATEOID, DATEARRAYOID, F_DATE_IN, 4, true, TYPALIGN_INT},
	{TIMEOID, TIMEARRAYOID, F_TIME_IN, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE},
	{TIMESTAMPOID, TIMESTAMPARRAYOID, F_TIMESTAMP_IN, 8, FLOAT8PASSBYVAL,
	TYPALIGN_DOUBLE},
	{TIMESTAMPTZOID, TIMESTAMPTZARRAYOID, F_TIMESTAMPTZ_IN, 8,
	FLOAT8PASSBYVAL, TYPALIGN_DOUBLE}
};

/* The number of the type, or of the one this is an array of */
static int
find_type(Oid type, bool *is_array)
{
	for (int i = 0; i < lengthof(types); i++)
	{
		*is_array = types[i].array == type;
		if (*is_array || types[i].type == type)
			return i;
	}
	abort();
}

char
get_typtype(Oid typid)
{
	return TYPTYPE_BASE;
}

bool
DomainHasConstraints(Oid type_id)
{
	return false;
}

Oid
getBaseTypeAndTypmod(Oid typid, int32 *typmod)
{
	return typid;
}

void
getTypeInputInfo(Oid type, Oid *typInput, Oid *typIOParam)
{
	bool		is_array;
	int			i = find_type(type, &is_array);

	*typInput = is_array ? F_ARRAY_IN : types[i].input;
	*typIOParam = is_array ? types[i].type : type;
}

Oid
get_element_type(Oid typid)
{
	bool		is_array;
	int			i = find_type(typid, &is_array);

	return is_array ? types[i].type : InvalidOid;
}

void
get_type_io_data(Oid typid, IOFuncSelector which_func, int16 *typlen,
				 bool *typbyval, char *typalign, char *typdelim,
				 Oid *typioparam, Oid *func)
{
	bool		is_array;
	int			i = find_type(typid, &is_array);

	*typlen = types[i].len;
	*typbyval = types[i].byval;
	*typalign = types[i].align;
	*typdelim = ',';
	*typioparam = typid;
	*func = types[i].input;
}

/* array_in looks into catalogs by itself. */
Datum
InputFunctionCall(FmgrInfo *flinfo, char *str, Oid typioparam, int32 typmod)
{
	static Datum (*server) (FmgrInfo *, char *, Oid, int32) = NULL;

	if (flinfo->fn_addr == array_in)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("no catalogs here")));
	if (server == NULL)
		server = (Datum (*) (FmgrInfo *, char *, Oid, int32))
			dlsym(RTLD_NEXT, "InputFunctionCall");
	return server(flinfo, str, typioparam, typmod);
}

/* Conversions are in the catalogs, too. */
char *
pg_any_to_server(const char *s, int len, int encoding)
{
	if (encoding != PG_UTF8 && encoding != PG_SQL_ASCII)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("no catalogs here")));
	(void) pg_verify_mbstr(PG_UTF8, s, len, false);
	return unconstify(char *, s);
}
