/*-------------------------------------------------------------------------
 *
 * restore.c
 *	  SQL function restore: enqueues a restore.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/restore.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "api/arguments.h"
#include "api/queue.h"
#include "archive/toc.h"
#include "archive/toc_read.h"
#include "commands/dbcommands.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "shared/archive_access.h"
#include "shared/owner.h"
#include "shared/task.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(bp_restore);

/* Arguments for features of later versions are errors, never ignored. */
static void
reject_unsupported(FunctionCallInfo fcinfo, const char *if_exists)
{
	const char *what = NULL;

	if (strcmp(if_exists, "swap") == 0)
		what = "if_exists => 'swap'";
	else if (!PG_ARGISNULL(9) &&
			 JB_ROOT_COUNT(PG_GETARG_JSONB_P(9)) > 0)
		what = "remap_schema";
	else if (!PG_ARGISNULL(10))
		what = "\"where\"";
	if (what != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is not supported by this version of backup_pool",
						what)));
}

static void
restore_arguments(FunctionCallInfo fcinfo, BpOptions *o)
{
	char	   *s;

	bp_arg_require(fcinfo, 0, "archive");
	o->archive = bp_arg_text(fcinfo, 0);
	bp_arg_require(fcinfo, 2, "create_database");
	o->create_database = PG_GETARG_BOOL(2);
	o->schemas = bp_arg_list(fcinfo, 3, "schemas");
	o->tables = bp_arg_list(fcinfo, 4, "tables");
	o->content = bp_arg_content(fcinfo, 5);
	bp_arg_require(fcinfo, 6, "if_exists");
	s = bp_arg_text(fcinfo, 6);
	reject_unsupported(fcinfo, s);
	if (!bp_if_exists_parse(s, &o->if_exists))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown if_exists \"%s\"", s),
				 errhint("Available values are \"error\", \"skip\", \"truncate\", \"append\" and \"replace\".")));
	bp_arg_require(fcinfo, 7, "owner");
	o->owner = PG_GETARG_BOOL(7);
	bp_arg_require(fcinfo, 8, "privileges");
	o->privileges = PG_GETARG_BOOL(8);
	o->parallel = bp_arg_parallel(fcinfo, 11);
}

/* Reads the table of contents now, so that damage is an error of the call. */
static BpToc *
restore_read_toc(const char *name, const char *path, const BpPart *part)
{
	MemoryContext caller = CurrentMemoryContext;
	BpToc	   *volatile toc = NULL;

	PG_TRY();
	{
		toc = part != NULL ? bp_part_toc(part) : bp_toc_read_dir(path);
	}
	PG_CATCH();
	{
		bp_archive_catch_gone(caller, name, path);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return toc;
}

/*
 * restore(archive, database, create_database, schemas, tables, content,
 * if_exists, owner, privileges, remap_schema, where, parallel, priority)
 */
Datum
bp_restore(PG_FUNCTION_ARGS)
{
	BpOptions  *o = bp_options_create();
	BpManifest *manifest;
	BpPart	   *part;
	BpToc	   *toc;
	char	   *path;
	char	   *database;
	int			priority;

	bp_shared_require();
	if (RecoveryInProgress())
		PreventCommandDuringRecovery("backup_pool.restore()");
	restore_arguments(fcinfo, o);
	priority = bp_arg_priority(fcinfo, 12);

	path = bp_archive_open(o->archive, bp_options_only_schema(o), &manifest,
						   &part);
	toc = restore_read_toc(o->archive, path, part);

	database = bp_arg_name(fcinfo, 1);
	if (database == NULL)
		database = manifest != NULL && manifest->database != NULL ?
			manifest->database : toc->dbname;
	if (database == NULL || database[0] == '\0' ||
		strlen(database) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("archive \"%s\" does not name its database",
						o->archive),
				 errhint("Give argument \"database\".")));

	if (!o->create_database)
		bp_check_database(database);
	else if (OidIsValid(get_database_oid(database, true)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_DATABASE),
				 errmsg("database \"%s\" already exists", database),
				 errhint("Give another name, or omit create_database to restore into it.")));
	bp_owner_check_login();
	PG_RETURN_INT64(bp_queue_add(BP_KIND_RESTORE, database, o->archive, o,
								 priority));
}
