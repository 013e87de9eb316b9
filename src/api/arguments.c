/*-------------------------------------------------------------------------
 *
 * arguments.c
 *	  Reading and checking the arguments of the SQL functions.
 *
 * Errors that can be found when the function is called are raised at once, in
 * the caller's session, instead of letting the task fail later.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/arguments.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "api/arguments.h"
#include "archive/codec.h"
#include "catalog/pg_database.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/task.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

void
bp_arg_require(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

char *
bp_arg_text(FunctionCallInfo fcinfo, int arg)
{
	if (PG_ARGISNULL(arg))
		return NULL;
	return text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

char *
bp_arg_name(FunctionCallInfo fcinfo, int arg)
{
	if (PG_ARGISNULL(arg))
		return NULL;
	return pstrdup(NameStr(*PG_GETARG_NAME(arg)));
}

List *
bp_arg_list(FunctionCallInfo fcinfo, int arg, const char *name)
{
	List	   *list = NIL;
	Datum	   *elems;
	bool	   *nulls;
	int			n;

	bp_arg_require(fcinfo, arg, name);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), TEXTOID, -1, false,
					  TYPALIGN_INT, &elems, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *s;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not contain nulls", name)));
		s = TextDatumGetCString(elems[i]);
		if (s[0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" must not contain empty names",
							name)));
		list = lappend(list, s);
	}
	return list;
}

BpContent
bp_arg_content(FunctionCallInfo fcinfo, int arg)
{
	BpContent	content;
	char	   *s;

	bp_arg_require(fcinfo, arg, "content");
	s = bp_arg_text(fcinfo, arg);
	if (!bp_content_parse(s, &content))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown content \"%s\"", s),
				 errhint("Available values are \"all\", \"schema\" and \"data\".")));
	return content;
}

char *
bp_arg_compression(FunctionCallInfo fcinfo, int arg)
{
	BpCodecSpec spec;
	const char *why = NULL;
	char	   *s = bp_arg_text(fcinfo, arg);

	if (s == NULL)
		return NULL;			/* the caller uses the setting */
	if (!bp_codec_parse(s, &spec, &why))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid compression \"%s\"", s),
				 why ? errdetail("%s", why) : 0,
				 errhint("Available values are \"zstd\", \"lz4\", \"gzip\" and \"none\", with an optional level as in \"zstd:3\".")));
	return s;
}

int
bp_arg_parallel(FunctionCallInfo fcinfo, int arg)
{
	int			n;

	if (PG_ARGISNULL(arg))
		return 0;
	n = PG_GETARG_INT32(arg);
	if (n < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parallel must be at least 1, not %d", n),
				 errhint("Use NULL for all connections that are free.")));
	/* the pool never has more than that */
	return Min(n, 1024);
}

int
bp_arg_priority(FunctionCallInfo fcinfo, int arg)
{
	bp_arg_require(fcinfo, arg, "priority");
	return PG_GETARG_INT32(arg);
}

char *
bp_arg_label(FunctionCallInfo fcinfo, int arg)
{
	char	   *s = bp_arg_text(fcinfo, arg);

	if (s != NULL && strlen(s) >= BP_LABEL_LEN)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
				 errmsg("label is too long"),
				 errdetail("It has %zu bytes; at most %d are kept.",
						   strlen(s), BP_LABEL_LEN - 1)));
	return s;
}

void
bp_check_database(const char *database)
{
	Oid			oid;
	HeapTuple	tuple;
	bool		allowed;

	/* the database of this session needs no scan of pg_database */
	if (strcmp(database, get_database_name(MyDatabaseId)) == 0)
		oid = MyDatabaseId;
	else
		oid = get_database_oid(database, true);

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_DATABASE),
				 errmsg("database \"%s\" does not exist", database)));
	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_DATABASE),
				 errmsg("database \"%s\" does not exist", database)));
	allowed = ((Form_pg_database) GETSTRUCT(tuple))->datallowconn;
	ReleaseSysCache(tuple);
	if (!allowed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("database \"%s\" is not currently accepting connections",
						database),
				 errhint("The pool needs connections to it: use ALTER DATABASE … ALLOW_CONNECTIONS true.")));
}
