/*-------------------------------------------------------------------------
 *
 * run.c
 *	  Functions that all units of a restore use.
 *
 * The SQL of the archive runs by SPI, in the transaction of the unit.  As with
 * pg_restore, the user who restores an archive must trust it.  The session's
 * user is the owner of the task, so the SQL can do no more than the owner may.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/run.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "restore/entry.h"
#include "restore/run.h"
#include "tcop/dest.h"
#include "tcop/utility.h"
#include "utils/guc.h"

/* Sets a parameter until the end of the transaction. */
static void
set_local(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

void
bp_restore_set_dialect(const BpToc *toc)
{
	if (!toc->std_strings)
	{
		set_local("standard_conforming_strings", "off");
		set_local("escape_string_warning", "off");
	}
}

void
bp_restore_execute(const char *sql)
{
	int			rc;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rc = SPI_execute(sql, false, 0);

	/* pg_dump writes no statement that SPI does not run */
	if (rc < 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the archive has a statement that cannot be run: %s",
						SPI_result_code_string(rc))));
	SPI_finish();
}

void
bp_restore_utility(Node *stmt, const char *sql)
{
	PlannedStmt *planned = makeNode(PlannedStmt);

	planned->commandType = CMD_UTILITY;
	planned->canSetTag = false;
	planned->utilityStmt = stmt;
	planned->stmt_location = -1;
	ProcessUtility(planned, sql, false, PROCESS_UTILITY_QUERY, NULL, NULL,
				   None_Receiver, NULL);
	CommandCounterIncrement();
}

BpTocEntry *
bp_restore_plan_entry(BpSession *session, BpPlan *plan, BpToc *toc,
					  uint32 position)
{
	int32		i = -1;

	if (position < plan->nentries)
		i = bp_plan_entries(plan)[position];
	if (i < 0 || i >= toc->nentries)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the archive was changed while it was being restored"),
				 errdetail("The archive in directory \"%s\" does not have entry %d any more.",
						   session->path, i)));
	return &toc->entries[i];
}

/*
 * A backup counts the frames that it reserves in nframes.  A restore reserves no
 * frames, and counts restored entries there.
 */
void
bp_restore_count_entry(BpPlan *plan)
{
	pg_atomic_fetch_add_u64(&plan->nframes, 1);
}

char *
bp_restore_error_detail(BpPlan *plan, const BpTocEntry *e, const char *sql,
						const ErrorData *edata)
{
	BpUnit	   *units = bp_plan_units(plan);
	uint64		total = plan->nfiles;
	uint32		i;

	for (i = 0; i < plan->nunits; i++)
	{
		if (units[i].kind == BP_UNIT_DDL || units[i].kind == BP_UNIT_FKEY)
			total += units[i].last - units[i].first + 1;
		else if (units[i].kind == BP_UNIT_FKEY_CHECK)
			total += units[i].last - units[i].first;	/* the FKEY unit counts the key */
	}
	return psprintf("%s\n" UINT64_FORMAT " of " UINT64_FORMAT " entries restored.",
					bp_entry_error_detail(e, sql, edata),
					pg_atomic_read_u64(&plan->nframes), total);
}

bool
bp_restore_must_stop(const ErrorData *edata)
{
	return edata->elevel >= FATAL ||
		ERRCODE_TO_CATEGORY(edata->sqlerrcode) ==
		ERRCODE_TO_CATEGORY(ERRCODE_QUERY_CANCELED);
}

void
bp_restore_rethrow(MemoryContext cxt, BpPlan *plan, const BpTocEntry *e,
				   const char *sql)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(cxt);
	edata = CopyErrorData();
	if (bp_restore_must_stop(edata))
		PG_RE_THROW();
	FlushErrorState();
	edata->detail = bp_restore_error_detail(plan, e, sql, edata);
	ReThrowError(edata);
}
