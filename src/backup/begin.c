/*-------------------------------------------------------------------------
 *
 * begin.c
 *	  First step of a backup; the only step of a small backup.
 *
 * The step locks the tables, and makes definitions and plan as far as that is
 * possible without pg_dump.  It begins a transaction block from within the
 * statement, so that locks and snapshot outlive the statement.
 *
 * A round trip between worker and backend takes about as long as reading a
 * small table.  So if the definitions can be made here and there is little
 * data, the same statement completes the backup (hook.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/begin.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "backup/backup.h"
#include "backup/internal.h"
#include "define/define.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "utils/guc.h"

static BpToc *begin_definitions(BpSession *session);

/* The definitions, or NULL if they are left to pg_dump */
static BpToc *
begin_definitions(BpSession *session)
{
	BpDefineInput input = {0};
	BpToc	   *toc;
	char	   *reason = NULL;
	int			nest;
	bool		must = bp_setting_definitions == BP_DEFINITIONS_NATIVE;

	if (bp_setting_definitions == BP_DEFINITIONS_PG_DUMP)
		return NULL;
	/*
	 * pg_dump makes the definitions of a whole database; do not note that in
	 * each task
	 */
	if (session->options->content != BP_CONTENT_DATA &&
		session->relations->everything && !must)
		return NULL;
	bp_session_set_phase(session, BP_PHASE_DEFINITIONS);
	input.options = session->options;
	input.relations = session->relations;
	input.snapshot = session->snapshot;
	input.database = session->task->database;
	input.cxt = session->cxt;
	nest = NewGUCNestLevel();
	/* some of these settings change how the server prints definitions */
	if (session->options->content != BP_CONTENT_DATA)
		bp_session_login_settings();
	toc = bp_define_toc(&input, &reason);
	AtEOXact_GUC(true, nest);
	if (toc != NULL)
		return toc;
	if (must)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("definitions of this backup cannot be made without pg_dump"),
				 errdetail_internal("%s", reason),
				 errhint("Set \"backup_pool.definitions\" to \"auto\".")));
	bp_session_note(session, psprintf("definitions by pg_dump: %s", reason));
	return NULL;
}

void
bp_backup_begin(BpSession *session)
{
	/* PreventInTransactionBlock would force a commit after this statement */
	if (IsTransactionBlock())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s cannot run inside a transaction block",
						"first step of a backup")));
	(void) set_config_option("transaction_read_only", "on", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	/* patterns are looked up along the owner's own search_path */
	bp_backup_lock(session);
	bp_session_set_search_path();
	session->toc = begin_definitions(session);
	if (session->toc != NULL)
		bp_backup_plan(session);
	if (!session->alone)
		BeginTransactionBlock();
}
