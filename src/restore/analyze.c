/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  Statistics of the tables that were loaded.
 *
 * restore_plan/analyze.c decides which tables are analyzed, and when.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/analyze.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "archive/toc_entry.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "restore/exists.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore/toc.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

static void analyze_table(const BpTocEntry *e);
static void try_analyze(BpSession *session, const BpTocEntry *e,
						MemoryContext cxt);

/*
 * ANALYZE of a table also reads the tables that inherit from it, and fails or
 * takes long if one of them is on a foreign server.  ANALYZE ONLY (since 18)
 * still reads them, for the statistics of the whole tree.  So a table with a
 * foreign table below it is left to autovacuum.
 */
static void
analyze_table(const BpTocEntry *e)
{
	Oid			relid = bp_restore_relation(e);
	ListCell   *lc;

	if (!OidIsValid(relid))
		return;
	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_FOREIGN_TABLE)
			return;
	}
	bp_restore_execute(psprintf("ANALYZE %s", bp_entry_qualified(e)));
}

/*
 * Analyzes a table in a subtransaction.  Statistics are an extra of ours, which
 * pg_restore does not make: if they fail (an expression of an index may call a
 * function that fails without its search_path), the task gets a remark and goes
 * on.
 */
static void
try_analyze(BpSession *session, const BpTocEntry *e, MemoryContext cxt)
{
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *edata = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		analyze_table(e);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		edata = CopyErrorData();
		if (bp_restore_must_stop(edata))
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		bp_session_note(session,
						psprintf("Could not analyze %s: %s",
								 bp_entry_qualified(e), edata->message));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
}

void
bp_restore_analyze(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	MemoryContext cxt = CurrentMemoryContext;
	uint32		k;

	bp_restore_set_dialect(toc);
	for (k = unit->first; k <= unit->last; k++)
		try_analyze(session, bp_restore_plan_entry(session, plan, toc, k),
					cxt);
}
