/*-------------------------------------------------------------------------
 *
 * backup.c
 *	  SQL functions that enqueue backups.
 *
 * All of them do the same for different selections: they check the arguments,
 * put them into BpOptions, and enqueue the task.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/backup.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "api/arguments.h"
#include "api/queue.h"
#include "base/compat.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "shared/owner.h"
#include "shared/settings.h"
#include "shared/task.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(bp_backup_database);
PG_FUNCTION_INFO_V1(bp_backup_schema);
PG_FUNCTION_INFO_V1(bp_backup_schemas);
PG_FUNCTION_INFO_V1(bp_backup_table);
PG_FUNCTION_INFO_V1(bp_backup_tables);

static int64 enqueue_backup(FunctionCallInfo fcinfo, BpOptions *options,
							const char *what, List *names, int db_arg,
							int common_arg);
static char *describe(const char *what, List *names);

/* "database", or "tables a, b, c" */
static char *
describe(const char *what, List *names)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, what);
	foreach(lc, names)
	{
		appendStringInfoString(&buf, lc == list_head(names) ? " " : ", ");
		appendStringInfoString(&buf, lfirst(lc));
		if (buf.len > BP_TARGET_LEN)
			break;
	}
	return buf.data;
}

/*
 * Reads the arguments that all functions have, in the same order from number
 * common_arg on (content, compression, parallel, priority, label), and enqueues
 * the backup.
 */
static int64
enqueue_backup(FunctionCallInfo fcinfo, BpOptions *options,
			   const char *what, List *names, int db_arg, int common_arg)
{
	char	   *database;
	int			priority;

	bp_shared_require();
	bp_arg_require(fcinfo, db_arg, "database");
	database = bp_arg_name(fcinfo, db_arg);
	options->content = bp_arg_content(fcinfo, common_arg);
	options->compression = bp_arg_compression(fcinfo, common_arg + 1);
	if (options->compression == NULL)
		options->compression = pstrdup(bp_setting_compression);
	options->parallel = bp_arg_parallel(fcinfo, common_arg + 2);
	priority = bp_arg_priority(fcinfo, common_arg + 3);
	options->label = bp_arg_label(fcinfo, common_arg + 4);

	bp_check_database(database);
	bp_owner_check_login();
	if (RecoveryInProgress() &&
		!bp_standby_snapshot_is_sound(atoi(GetConfigOption("server_version_num",
														   false, false))))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot back up from a standby with this server version"),
				 errdetail("In PostgreSQL %s a snapshot that is exported during recovery can be wrong.",
						   GetConfigOption("server_version", false, false)),
				 errhint("Update to the newest minor release, or back up from the primary.")));
	return bp_queue_add(BP_KIND_BACKUP, database, describe(what, names),
						options, priority);
}

static List *
one_name(FunctionCallInfo fcinfo, const char *name)
{
	char	   *s;

	bp_arg_require(fcinfo, 0, name);
	s = bp_arg_text(fcinfo, 0);
	if (s[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be empty", name)));
	return list_make1(s);
}

static List *
some_names(FunctionCallInfo fcinfo, const char *name)
{
	List	   *names = bp_arg_list(fcinfo, 0, name);

	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must contain at least one name", name)));
	return names;
}

/* (database, exclude_schemas, exclude_tables, exclude_table_data, …) */
Datum
bp_backup_database(PG_FUNCTION_ARGS)
{
	BpOptions  *o = bp_options_create();

	o->exclude_schemas = bp_arg_list(fcinfo, 1, "exclude_schemas");
	o->exclude_tables = bp_arg_list(fcinfo, 2, "exclude_tables");
	o->exclude_table_data = bp_arg_list(fcinfo, 3, "exclude_table_data");
	PG_RETURN_INT64(enqueue_backup(fcinfo, o, "database", NIL, 0, 4));
}

/* (schema or schemas, database, exclude_tables, exclude_table_data, …) */
static int64
backup_of_schemas(FunctionCallInfo fcinfo, const char *what, List *schemas)
{
	BpOptions  *o = bp_options_create();

	o->schemas = schemas;
	o->exclude_tables = bp_arg_list(fcinfo, 2, "exclude_tables");
	o->exclude_table_data = bp_arg_list(fcinfo, 3, "exclude_table_data");
	return enqueue_backup(fcinfo, o, what, schemas, 1, 4);
}

Datum
bp_backup_schema(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(backup_of_schemas(fcinfo, "schema",
									  one_name(fcinfo, "schema")));
}

Datum
bp_backup_schemas(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(backup_of_schemas(fcinfo, "schemas",
									  some_names(fcinfo, "schemas")));
}

/* (table or tables, database, …) */
static int64
backup_of_tables(FunctionCallInfo fcinfo, const char *what, List *tables)
{
	BpOptions  *o = bp_options_create();

	o->tables = tables;
	return enqueue_backup(fcinfo, o, what, tables, 1, 2);
}

Datum
bp_backup_table(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(backup_of_tables(fcinfo, "table",
									 one_name(fcinfo, "table")));
}

Datum
bp_backup_tables(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(backup_of_tables(fcinfo, "tables",
									 some_names(fcinfo, "tables")));
}
