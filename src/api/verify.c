/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  SQL function verify: enqueues a check of an archive.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "api/arguments.h"
#include "api/queue.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "shared/archive_access.h"
#include "shared/owner.h"
#include "shared/settings.h"
#include "shared/task.h"
#include "tcop/utility.h"

PG_FUNCTION_INFO_V1(bp_verify);

/* verify(archive, level) */
Datum
bp_verify(PG_FUNCTION_ARGS)
{
	BpOptions  *o = bp_options_create();
	BpManifest *manifest;
	BpPart	   *part;
	const char *database;
	char	   *level;

	bp_shared_require();
	bp_arg_require(fcinfo, 0, "archive");
	bp_arg_require(fcinfo, 1, "level");
	o->archive = bp_arg_text(fcinfo, 0);
	level = bp_arg_text(fcinfo, 1);
	o->verify = bp_verify_level_parse(level, &o->level);
	if (!o->verify)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown level \"%s\"", level),
				 errhint("Available values are \"checksum\" and \"restore\".")));
	if (o->level == BP_VERIFY_RESTORE && RecoveryInProgress())
		PreventCommandDuringRecovery("backup_pool.verify(level => 'restore')");

	(void) bp_archive_open(o->archive, NULL, &manifest, &part);
	if (o->level == BP_VERIFY_RESTORE && manifest != NULL &&
		manifest->content != NULL && strcmp(manifest->content, "data") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("archive \"%s\" holds data without definitions",
						o->archive),
				 errdetail("A restore would have no tables to load the data into."),
				 errhint("Verify it with level => 'checksum'.")));
	database = manifest != NULL && manifest->database != NULL &&
		strlen(manifest->database) < NAMEDATALEN ?
		manifest->database : bp_setting_database;
	bp_owner_check_login();
	PG_RETURN_INT64(bp_queue_add(BP_KIND_VERIFY, database, o->archive, o, 0));
}
