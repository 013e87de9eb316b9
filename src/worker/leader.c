/*-------------------------------------------------------------------------
 *
 * leader.c
 *	  The statements of a task's leader.
 *
 * In most steps of a run the leader runs one statement.  It is a COPY that the
 * utility hook of the pooled backend takes over: WITH (task N, step 'NAME').
 * The backend decides what the step does (hook.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/leader.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "worker/leader.h"
#include "worker/units.h"

void
bp_leader_send(BpRun *run, const char *sql, const char *what)
{
	bp_conn_send(run->leader, run->task->id, what, sql);
}

/*
 * Sends the statement of a step.  The text 'after' follows it in the same
 * message, so it is executed only if the step succeeds.
 */
static void
leader_send_more(BpRun *run, const char *name, const char *after)
{
	char		sql[256];

	snprintf(sql, sizeof(sql),
			 "COPY (SELECT 'backup_pool: %s') TO 'backup_pool' WITH (task " INT64_FORMAT ", step '%s')%s",
			 name, run->task->id, name, after);
	bp_leader_send(run, sql, name);
}

void
bp_leader_send_step(BpRun *run, const char *name)
{
	leader_send_more(run, name, "");
}

BpStep
bp_leader_first_step(const BpRun *run)
{
	if (run->task->kind == BP_KIND_RESTORE)
		return run->options->create_database && !run->created ?
			BP_STEP_DATABASE : BP_STEP_PLAN;
	if (run->task->kind == BP_KIND_VERIFY)
		return run->restored ? BP_STEP_COMPARE :
			run->created ? BP_STEP_PLAN : BP_STEP_VERIFY;
	return BP_STEP_BEGIN;
}

void
bp_leader_enter(BpRun *run)
{
	BpTask	   *task = run->task;

	switch (run->step)
	{
		case BP_STEP_DATABASE:
			task->phase = BP_PHASE_CREATE_DATABASE;
			bp_leader_send_step(run, "database");
			break;
		case BP_STEP_CREATE:
			run->making = true;
			bp_leader_send(run, bp_task_sql(task), "CREATE DATABASE");
			break;
		case BP_STEP_BEGIN:
			task->phase = BP_PHASE_LOCK;
			bp_leader_send_step(run, "begin");
			break;
		case BP_STEP_DEFINE:
			task->phase = BP_PHASE_DEFINITIONS;
			bp_leader_send_step(run, "define");
			run->leader->dumping = true;
			break;
		case BP_STEP_VERIFY:
			task->phase = BP_PHASE_PLAN;
			bp_leader_send_step(run, "verify");
			break;
		case BP_STEP_PLAN:
			task->phase = BP_PHASE_PLAN;
			bp_leader_send_step(run, "plan");
			break;
		case BP_STEP_COMPARE:
			task->phase = BP_PHASE_PLAN;
			bp_leader_send_step(run, "compare");
			break;
		case BP_STEP_UNITS:
			bp_units_begin(run);
			break;
		case BP_STEP_FINISH:
			task->phase = BP_PHASE_FINISH;
			if (task->kind == BP_KIND_VERIFY)
				bp_leader_send_step(run, "verified");
			else
				leader_send_more(run, "finish", "; COMMIT");
			break;
		case BP_STEP_CONNECT:
		case BP_STEP_STOP:
		case BP_STEP_DROP:
		case BP_STEP_OVER:
			break;
	}
}
