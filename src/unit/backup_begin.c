/*-------------------------------------------------------------------------
 *
 * backup_begin.c
 *	  First step of a backup; of a small one the only one.
 *
 * Locks, definitions, plan: all that the leader can do without pg_dump.  What
 * is left for the following steps is noted in the slot, and a transaction
 * block is begun from within, so that locks and snapshot outlive the
 * statement.
 *
 * A round trip between worker and backend, two switches of processes, takes
 * about as long as reading a small table.  So if definitions can be made here
 * and the data is little, this statement goes through to the end: the units
 * are run one after the other, nothing is published for others, records of
 * frames stay in memory, and the archive is finished.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/backup_begin.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "unit/backup.h"
#include "unit/define.h"
#include "utils/guc.h"
#include "utils/memutils.h"

/* Bytes of tables that the first step does itself; no helper is worth it. */
#define BP_SMALL_BACKUP		(4 * 1024 * 1024)

static BpToc *bp_begin_definitions(BpSession *session);
static void bp_begin_do_all(BpSession *session, BpPlanBuilder *b);

/* NULL: they are left to pg_dump. */
static BpToc *
bp_begin_definitions(BpSession *session)
{
	BpToc	   *toc;
	char	   *reason = NULL;
	bool		must = bp_setting_definitions == BP_DEFINITIONS_NATIVE;

	if (bp_setting_definitions == BP_DEFINITIONS_PG_DUMP)
		return NULL;
	/* no other content is handled yet: not worth a remark in each task */
	if (session->options->content != BP_CONTENT_DATA && !must)
		return NULL;
	bp_session_set_phase(session, BP_PHASE_DEFINITIONS);
	toc = bp_define_toc(session, &reason);
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

static void
bp_begin_do_all(BpSession *session, BpPlanBuilder *b)
{
	MemoryContext old = MemoryContextSwitchTo(session->cxt);
	BpUnit	   *units;

	session->plan = bp_plan_make(b);
	session->alone = true;
	MemoryContextSwitchTo(old);
	bp_session_set_phase(session, BP_PHASE_DATA);
	units = bp_plan_units(session->plan);
	for (uint32 i = 0; i < session->plan->nunits; i++)
	{
		CHECK_FOR_INTERRUPTS();
		/* large objects are pg_dump's, so far */
		Assert(units[i].kind == BP_UNIT_DATA_OUT);
		bp_backup_data(session, &units[i]);
		pg_atomic_fetch_add_u64(&bp_shared->counters.units, 1);
	}
	bp_session_set_phase(session, BP_PHASE_FINISH);
	bp_backup_finish(session);
}

void
bp_backup_begin(BpSession *session)
{
	BpTask	   *task = session->task;
	BpPlanBuilder *b = NULL;
	uint64		bytes = 0;

	PreventInTransactionBlock(true, "first step of a backup");
	(void) set_config_option("transaction_read_only", "on", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
	/* patterns are looked up along the owner's own search_path */
	bp_backup_lock(session);
	bp_session_set_search_path();
	session->toc = bp_begin_definitions(session);
	if (session->toc != NULL)
		b = bp_backup_plan(session, &bytes);
	if (b != NULL && bytes <= BP_SMALL_BACKUP)
	{
		bp_begin_do_all(session, b);
		task->next = BP_NEXT_NOTHING;
		return;
	}
	if (b != NULL)
		bp_backup_publish_plan(session, b);
	task->next = b != NULL ? BP_NEXT_UNITS : BP_NEXT_DEFINE;
	BeginTransactionBlock();
}
