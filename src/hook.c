/*-------------------------------------------------------------------------
 *
 * hook.c
 *	  The hooks by which the worker's statements reach a pooled backend.
 *
 * The library is preloaded, so these hooks are in every backend of every
 * database.  ProcessUtility_hook does three things:
 *
 * - It runs COPY statements whose file name is the word 'backup_pool'.  They
 *	 are accepted at top level only, and only in a session that the worker
 *	 opened for the very task that the statement names (session/session.c).
 *
 * - It recognises the session of a pg_dump that a backup has started
 *	 (session/own_dump.c).
 *
 * - Before a command that needs a database without other sessions, it has the
 *	 worker close its idle sessions there (session/drain.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/hook.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "backup/backup.h"
#include "commands/defrem.h"
#include "hook.h"
#include "miscadmin.h"
#include "restore/database.h"
#include "restore/restore.h"
#include "restore_plan/plan.h"
#include "session/drain.h"
#include "session/own_dump.h"
#include "session/session.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "verify/verify.h"

static ProcessUtility_hook_type prev_process_utility = NULL;
static emit_log_hook_type prev_emit_log = NULL;

static void process_utility(PlannedStmt *pstmt, const char *queryString,
							bool readOnlyTree,
							ProcessUtilityContext context,
							ParamListInfo params, QueryEnvironment *env,
							DestReceiver *dest, QueryCompletion *qc);
static void emit_log(ErrorData *edata);
static void run_statement(CopyStmt *stmt, ProcessUtilityContext context,
						  QueryCompletion *qc);
static void run_unit(BpSession *session, int index);
static void run_step(BpSession *session, const char *step);
static void run_alone(BpSession *session);

void
bp_hook_init(void)
{
	prev_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
	prev_emit_log = emit_log_hook;
	emit_log_hook = emit_log;
}

static bool
is_ours(Node *stmt)
{
	CopyStmt   *copy;

	if (!IsA(stmt, CopyStmt))
		return false;
	copy = (CopyStmt *) stmt;
	return !copy->is_program && copy->filename != NULL &&
		strcmp(copy->filename, "backup_pool") == 0;
}

static void
process_utility(PlannedStmt *pstmt, const char *queryString,
				bool readOnlyTree, ProcessUtilityContext context,
				ParamListInfo params, QueryEnvironment *env,
				DestReceiver *dest, QueryCompletion *qc)
{
	if (bp_shared != NULL)
	{
		if (IsUnderPostmaster)
			bp_own_dump_recognise();
		if (is_ours(pstmt->utilityStmt))
		{
			run_statement((CopyStmt *) pstmt->utilityStmt, context, qc);
			return;
		}
		bp_drain_for(pstmt->utilityStmt);
		/* the session returns to the pool, so it must keep nothing of a task */
		if (IsA(pstmt->utilityStmt, DiscardStmt) &&
			context == PROCESS_UTILITY_TOPLEVEL)
			bp_session_forget();
	}
	if (prev_process_utility)
		prev_process_utility(pstmt, queryString, readOnlyTree, context,
							 params, env, dest, qc);
	else
		standard_ProcessUtility(pstmt, queryString, readOnlyTree, context,
								params, env, dest, qc);
}

/*
 * Run one of our statements: WITH (task N, unit K) or (task N, step 'name').
 */
static void
run_statement(CopyStmt *stmt, ProcessUtilityContext context,
			  QueryCompletion *qc)
{
	int64		task_id = 0;
	int			unit = -1;
	const char *step = NULL;
	ListCell   *lc;
	BpSession  *session;

	foreach(lc, stmt->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		/* skip an option without a value: it counts as not given */
		if (def->arg == NULL)
			continue;
		if (strcmp(def->defname, "task") == 0 &&
			(IsA(def->arg, Integer) || IsA(def->arg, Float)))
			task_id = defGetInt64(def);
		else if (strcmp(def->defname, "unit") == 0 &&
				 IsA(def->arg, Integer))
			unit = defGetInt32(def);
		else if (strcmp(def->defname, "step") == 0 && IsA(def->arg, String))
			step = defGetString(def);
	}
	if (context != PROCESS_UTILITY_TOPLEVEL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("COPY with file \"backup_pool\" is reserved for the backup_pool worker"),
				 errhint("Use the functions of extension backup_pool.")));
	/* the archive may be gone, but the scratch database is dropped */
	if (step != NULL && strcmp(step, "drop") == 0)
	{
		bp_verify_drop_scratch(bp_session_task(task_id));
		if (qc)
			SetQueryCompletion(qc, CMDTAG_COPY, 0);
		return;
	}
	session = bp_session_get(task_id);
	bp_session_settings(session);
	if (step != NULL)
		run_step(session, step);
	else
		run_unit(session, unit);
	if (qc)
		SetQueryCompletion(qc, CMDTAG_COPY, 0);
}

static void
run_step(BpSession *session, const char *step)
{
	bool		backup = session->task->kind == BP_KIND_BACKUP;
	bool		verify = session->task->kind == BP_KIND_VERIFY;

	/* step begin looks up patterns along the owner's own search_path */
	if (strcmp(step, "begin") != 0)
		bp_session_set_search_path();

	if (backup && strcmp(step, "begin") == 0)
		bp_backup_begin(session);
	else if (backup && strcmp(step, "define") == 0)
		bp_backup_define(session);
	else if (backup && strcmp(step, "finish") == 0)
		bp_backup_finish(session);
	else if (verify && strcmp(step, "verify") == 0)
		bp_verify_plan(session);
	else if (verify && strcmp(step, "verified") == 0)
		bp_verify_finish(session);
	else if (verify && strcmp(step, "database") == 0)
		bp_verify_create_scratch(session);
	else if (verify && strcmp(step, "compare") == 0)
		bp_verify_plan_compare(session);
	else if (!backup && strcmp(step, "database") == 0)
	{
		bp_restore_create_database(session);
		if (!verify)
			bp_restore_plan_new_database(session);
	}
	else if (!backup && strcmp(step, "plan") == 0)
	{
		if (verify)
			bp_verify_make_schemas(session);
		bp_restore_plan(session);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown step \"%s\" of a backup_pool task", step)));
	if (session->alone)
		run_alone(session);
}

/*
 * Run a backup for which one connection is enough, to the end of its
 * transaction.  The worker sends no statement for the single steps, the plan
 * is not published, and the records of frames stay in memory.  Afterwards the
 * session forgets the task, so that it is ready for the next one.
 */
static void
run_alone(BpSession *session)
{
	BpTask	   *task = session->task;
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "backup_pool alone",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);

	bp_session_set_phase(session, BP_PHASE_DATA);
	for (int i = 0; i < (int) session->plan->nunits; i++)
	{
		CHECK_FOR_INTERRUPTS();
		run_unit(session, i);
		MemoryContextReset(cxt);
		pg_atomic_fetch_add_u64(&bp_shared->counters.units, 1);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	bp_session_set_phase(session, BP_PHASE_FINISH);
	bp_backup_finish(session);
	task->published = true;
	bp_session_forget();
	/* after "begin", the statement is the whole transaction */
	if (IsTransactionBlock())
		(void) EndTransactionBlock(false);
}

static void
run_unit(BpSession *session, int index)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpUnit	   *unit;

	if (index < 0 || index >= (int) plan->nunits)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("task " INT64_FORMAT " has no unit %d",
						session->task_id, index)));
	unit = &bp_plan_units(plan)[index];
	if (session->task->kind != BP_KIND_BACKUP && unit->kind != BP_UNIT_CHECK)
		bp_restore_database_settings(session);
	bp_session_set_search_path();
	switch (unit->kind)
	{
		case BP_UNIT_DATA_OUT:
			bp_backup_data(session, unit);
			break;
		case BP_UNIT_LOBS_OUT:
			bp_backup_lobs(session, unit);
			break;
		case BP_UNIT_DDL:
		case BP_UNIT_FKEY:
		case BP_UNIT_FKEY_CHECK:
			bp_restore_ddl(session, unit);
			break;
		case BP_UNIT_PREPARE:
			bp_restore_prepare(session, unit);
			break;
		case BP_UNIT_DATA_IN:
			bp_restore_data(session, unit);
			break;
		case BP_UNIT_LOBS_IN:
			bp_restore_lobs(session, unit);
			break;
		case BP_UNIT_ANALYZE:
			bp_restore_analyze(session, unit);
			break;
		case BP_UNIT_CHECK:
			bp_verify_unit(session, unit);
			break;
		case BP_UNIT_COMPARE:
		case BP_UNIT_SUM_FILE:
		case BP_UNIT_SUM_TABLE:
			bp_verify_compare(session, unit);
			break;
		case BP_UNIT_COMPARE_LOBS:
			bp_verify_compare_lobs(session, unit);
			break;
		case BP_UNIT_CHECK_INDEX:
			bp_verify_indexes(session, unit);
			break;
	}
}

static void
emit_log(ErrorData *edata)
{
	bp_own_dump_hush(edata);
	if (prev_emit_log)
		prev_emit_log(edata);
}
