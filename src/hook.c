/*-------------------------------------------------------------------------
 *
 * hook.c
 *	  Where a pooled backend is told what to do.
 *
 * The library is preloaded, so this hook is in every backend of every
 * database.  It does three things there:
 *
 * - COPY statements whose file is the word 'backup_pool' are ours.  They are
 *	 accepted at top level only, and only in a session that the worker opened
 *	 for the very task they name (session/session.c).
 *
 * - The server process of a pg_dump that we started (backup/pg_dump.c) is told by
 *	 its application_name.  It joins the lock group of the leader, whose locks
 *	 it asks for again, so that nobody who waits for a stronger lock can come
 *	 between; and it is silent about its end, which is of our making.
 *
 * - Before a command that needs a database for itself, the worker is asked to
 *	 close its idle sessions there.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/hook.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "backup/backup.h"
#include "base/compat.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "hook.h"
#include "miscadmin.h"
#include "restore/restore.h"
#include "session/session.h"
#include "shared/slots.h"
#include "shared/task.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "verify/verify.h"

#define BP_DRAIN_WAIT_MS	1000

static ProcessUtility_hook_type prev_process_utility = NULL;
static emit_log_hook_type prev_emit_log = NULL;

static bool asked_for_dump = false;	/* we looked whether we are pg_dump's */
static bool is_dump = false;

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
static void recognise_dump(void);
static void drain_for(Node *stmt);

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
		if (!asked_for_dump && IsUnderPostmaster)
			recognise_dump();
		if (is_ours(pstmt->utilityStmt))
		{
			run_statement((CopyStmt *) pstmt->utilityStmt, context, qc);
			return;
		}
		drain_for(pstmt->utilityStmt);
		/* the session goes back into the pool: keep nothing of the task */
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

		/* what is no number at all must not get past the refusal below */
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

	/* patterns are looked up along the owner's own search_path */
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
	else if (!backup && strcmp(step, "database") == 0)
		bp_restore_create_database(session);
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
 * A backup that one connection is enough for is done in one go, to the end of
 * its transaction: the worker need not ask for each step, nothing is published
 * for others, records of frames stay in memory.  What the session knows of the
 * task is forgotten, so it is ready for the next one.
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
	}
}

/*
 * Is this the server process of a pg_dump that one of our leaders started?
 * The token is 128 random bits; who guesses it, being the same role in the
 * same database, silences the end of his own session.
 */
static void
recognise_dump(void)
{
	pid_t		leader_pid = 0;
	PGPROC	   *leader;

	asked_for_dump = true;
	if (application_name == NULL ||
		strncmp(application_name, "backup_pool ", 12) != 0 ||
		!OidIsValid(MyDatabaseId))
		return;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < bp_shared->nconns; i++)
	{
		/* its leader is one of these */
		BpTask	   *task = bp_task_find(bp_shared->conns[i].task_id);

		if (task != NULL && task->state == BP_TASK_RUNNING &&
			task->token[0] != '\0' &&
			strcmp(task->token, application_name) == 0 &&
			task->dump_pid == 0 && task->owner == GetSessionUserId())
		{
			task->dump_pid = MyProcPid;
			task->token[0] = '\0';	/* good for one session */
			leader_pid = task->leader_pid;
			is_dump = true;
			break;
		}
	}
	LWLockRelease(bp_shared->lock);
	if (leader_pid == 0)
		return;
	/* who leads a group cannot be in another (parallel queries, backup/pg_dump.c) */
	leader = BackendPidGetProc(leader_pid);
	if (leader != NULL && leader->databaseId == MyDatabaseId &&
		MyProc->lockGroupLeader == NULL)
		(void) BecomeLockGroupMember(leader, leader_pid);
}

/* Its client hangs up on purpose: not worth a line in the log. */
static void
emit_log(ErrorData *edata)
{
	if (is_dump && edata->elevel >= LOG &&
		(edata->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		 edata->sqlerrcode == ERRCODE_CONNECTION_FAILURE ||
		 edata->sqlerrcode == ERRCODE_CONNECTION_DOES_NOT_EXIST ||
		 edata->sqlerrcode == ERRCODE_QUERY_CANCELED))
		edata->output_to_server = false;
	if (prev_emit_log)
		prev_emit_log(edata);
}

/* The database that the command wants for itself, or InvalidOid. */
static Oid
wanted_database(Node *stmt)
{
	const char *name = NULL;

	switch (nodeTag(stmt))
	{
		case T_DropdbStmt:
			name = ((DropdbStmt *) stmt)->dbname;
			break;
		case T_AlterDatabaseStmt:
			name = ((AlterDatabaseStmt *) stmt)->dbname;
			break;
		case T_RenameStmt:
			if (((RenameStmt *) stmt)->renameType == OBJECT_DATABASE)
				name = ((RenameStmt *) stmt)->subname;
			break;
		case T_CreatedbStmt:
			{
				ListCell   *lc;

				name = "template1";
				foreach(lc, ((CreatedbStmt *) stmt)->options)
				{
					DefElem    *def = lfirst_node(DefElem, lc);

					if (strcmp(def->defname, "template") == 0 && def->arg)
						name = defGetString(def);
				}
				break;
			}
		default:
			break;
	}
	return name && IsTransactionState() ?
		get_database_oid(name, true) : InvalidOid;
}

/* core has a function for it, which 15 exports since 15.20 only */
static bool
may_create_databases(void)
{
	HeapTuple	tuple = SearchSysCache1(AUTHOID,
										ObjectIdGetDatum(GetUserId()));
	bool		may = false;

	if (HeapTupleIsValid(tuple))
	{
		may = ((Form_pg_authid) GETSTRUCT(tuple))->rolcreatedb;
		ReleaseSysCache(tuple);
	}
	return may || superuser();
}

static void
drain_for(Node *stmt)
{
	Oid			db;
	uint64		ticket;
	TimestampTz deadline;

	if (stmt == NULL ||
		!(IsA(stmt, DropdbStmt) || IsA(stmt, AlterDatabaseStmt) ||
		  IsA(stmt, RenameStmt) || IsA(stmt, CreatedbStmt)))
		return;
	db = wanted_database(stmt);
	/* the command will be refused to others, so they must not close anything */
	if (!OidIsValid(db) ||
		!(bp_database_ownercheck(db, GetUserId()) ||
		  (IsA(stmt, CreatedbStmt) && may_create_databases())))
		return;

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (bp_shared->worker_latch == NULL)
	{
		LWLockRelease(bp_shared->lock);
		return;
	}
	/* two at once, of different databases: then all go */
	bp_shared->drain_database =
		bp_shared->drain_asked == bp_shared->drain_done ? db : InvalidOid;
	ticket = ++bp_shared->drain_asked;
	pg_atomic_fetch_add_u32(&bp_shared->wakes, 1);
	SetLatch(bp_shared->worker_latch);
	LWLockRelease(bp_shared->lock);

	deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
										   BP_DRAIN_WAIT_MS);
	ConditionVariablePrepareToSleep(&bp_shared->changed);
	for (;;)
	{
		bool		done;
		long		ms;

		LWLockAcquire(bp_shared->lock, LW_SHARED);
		done = bp_shared->drain_done >= ticket;
		LWLockRelease(bp_shared->lock);
		ms = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
		if (done || ms <= 0)
			break;
		(void) ConditionVariableTimedSleep(&bp_shared->changed, ms,
										   PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
}
