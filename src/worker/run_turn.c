/*-------------------------------------------------------------------------
 *
 * run_turn.c
 *	  A running task: a script for its leader, then units for everybody.
 *
 * A backup's leader opens a transaction, locks the tables and exports a
 * snapshot, has the definitions made, which yields the plan; then the plan's
 * units run on all connections the task gets, each of which has taken over
 * the snapshot; then the leader finishes the archive.  A restore may create
 * its database first (over a connection to the home database), then has the
 * plan made in the target, and then runs units.
 *
 * All work is done by pooled backends.  What is here reacts: a statement
 * ended, a connection came or went, time has passed.  What each of that does
 * to the task itself stands in run.c.
 *
 * An error anywhere ends the task: statements that still run are cancelled,
 * and when all connections have come back, the partial archive is removed.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run_turn.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "utils/timestamp.h"
#include "worker/conn_state.h"
#include "worker/pool.h"
#include "worker/run.h"
#include "worker/run_turn.h"
#include "worker/scratch.h"
#include "worker/units.h"

static void run_send_step(BpRun *run, const char *name,
						  const char *after);
static void run_connect(BpRun *run, TimestampTz now);
static void run_leader_done(BpRun *run);
static void run_lost(BpRun *run, BpConn *conn);

void
bp_run_send(BpRun *run, BpConn *conn, const char *sql, const char *what)
{
	if (!bp_conn_send(conn, run->task->id, what, sql))
		run_lost(run, conn);
}

/*
 * A unit that belongs to no table: a step of the leader, with what is to be
 * said after it in the same message.
 */
static void
run_send_step(BpRun *run, const char *name, const char *after)
{
	char		sql[256];

	snprintf(sql, sizeof(sql),
			 "COPY (SELECT 'backup_pool: %s') TO 'backup_pool' WITH (task " INT64_FORMAT ", step '%s')%s",
			 name, run->task->id, name, after);
	bp_run_send(run, run->leader, sql, name);
}

/* The first step of the leader's own. */
static BpStep
run_first_step(BpRun *run)
{
	if (run->task->kind == BP_KIND_RESTORE)
		return run->options->create_database && !run->created ?
			BP_STEP_DATABASE : BP_STEP_PLAN;
	if (run->task->kind == BP_KIND_VERIFY)
		return run->created ? BP_STEP_PLAN : BP_STEP_VERIFY;
	return BP_STEP_BEGIN;
}

/*
 * Ask for the leader's connection.  CREATE DATABASE is said in the home
 * database.
 */
static void
run_connect(BpRun *run, TimestampTz now)
{
	BpTask	   *task = run->task;
	bool		home = run->options->create_database && !run->created &&
		task->kind == BP_KIND_RESTORE;
	BpConn	   *conn;

	if (run->leader != NULL || now < run->retry_at)
		return;
	switch (bp_pool_acquire(home ? bp_setting_database : bp_run_database(run),
							task->role, task->owner, run, &conn))
	{
		case BP_ACQUIRE_WAIT:
			return;
		case BP_ACQUIRE_OPENING:
			run->leader = conn;
			break;
		case BP_ACQUIRE_READY:
			run->leader = conn;
			run->leader_ready = true;
			break;
	}
	run->nconns++;
	task->nconnections = run->nconns;
	if (run->leader_ready)
	{
		bp_run_set_step(run, run_first_step(run));
		bp_run_enter(run);
	}
	else
		bp_conn_set_work(conn, task->id, "connecting");
}

/* Start what the step is, on the leader. */
void
bp_run_enter(BpRun *run)
{
	BpTask	   *task = run->task;

	switch (run->step)
	{
		case BP_STEP_DATABASE:
			task->phase = BP_PHASE_CREATE_DATABASE;
			run_send_step(run, "database", "");
			break;
		case BP_STEP_CREATE:
			bp_run_send(run, run->leader, bp_task_sql(task),
						"CREATE DATABASE");
			break;
		case BP_STEP_BEGIN:
			task->phase = BP_PHASE_LOCK;
			run_send_step(run, "begin", "");
			break;
		case BP_STEP_DEFINE:
			task->phase = BP_PHASE_DEFINITIONS;
			run_send_step(run, "define", "");
			break;
		case BP_STEP_VERIFY:
			task->phase = BP_PHASE_PLAN;
			run_send_step(run, "verify", "");
			break;
		case BP_STEP_PLAN:
			task->phase = BP_PHASE_PLAN;
			run_send_step(run, "plan", "");
			break;
		case BP_STEP_UNITS:
			bp_units_begin(run);
			break;
		case BP_STEP_FINISH:
			task->phase = BP_PHASE_FINISH;
			if (task->kind == BP_KIND_VERIFY)
				run_send_step(run, "verified", "");
			else
				run_send_step(run, "finish", "; COMMIT");
			break;
		case BP_STEP_CONNECT:
		case BP_STEP_STOP:
		case BP_STEP_DROP:
		case BP_STEP_OVER:
			break;
	}
}

/* The leader's statement ended well; go on. */
static void
run_leader_done(BpRun *run)
{
	switch (run->step)
	{
		case BP_STEP_DATABASE:
			bp_run_set_step(run, BP_STEP_CREATE);
			break;
		case BP_STEP_CREATE:
			run->created = true;
			bp_run_release(run, run->leader);
			bp_run_set_step(run, BP_STEP_CONNECT);
			return;
		case BP_STEP_BEGIN:
			if (!run->task->published && run->task->plan == 0)
			{
				/* pg_dump is started when there is room for its session */
				bp_run_set_step(run, BP_STEP_DEFINE);
				return;
			}
			/* FALLTHROUGH */
		case BP_STEP_DEFINE:
			if (run->task->published)
			{
				/* all is done, and nothing left in the session */
				run->leader->clean = true;
				bp_run_set_step(run, BP_STEP_OVER);
				return;
			}
			bp_run_set_step(run, BP_STEP_UNITS);
			break;
		case BP_STEP_VERIFY:
		case BP_STEP_PLAN:
			bp_run_set_step(run, BP_STEP_UNITS);
			break;
		case BP_STEP_FINISH:
			if (run->scratch)
				bp_run_release(run, run->leader);
			bp_run_set_step(run, run->scratch ? BP_STEP_DROP : BP_STEP_OVER);
			return;
		case BP_STEP_DROP:
		case BP_STEP_UNITS:
		case BP_STEP_CONNECT:
		case BP_STEP_STOP:
		case BP_STEP_OVER:
			return;
	}
	bp_run_enter(run);
}

/*
 * A connection failed or died.  A leader that could not be had because there
 * were too many connections is asked for again; a helper is just one less,
 * unless it was doing something.
 */
static void
run_lost(BpRun *run, BpConn *conn)
{
	BpTaskError error = conn->error;
	bool		was_leader = conn == run->leader;
	bool		opening = conn->state == BP_CONN_CONNECTING ||
		conn->state == BP_CONN_FREE;
	bool		busy = conn->state == BP_CONN_BUSY || conn->unit >= 0;
	TimestampTz now = GetCurrentTimestamp();

	if (error.sqlstate[0] == '\0')
		bp_task_error_set(&error, "08006", "connection to server was lost",
						  NULL, NULL);
	if (opening)
		pg_atomic_fetch_add_u64(&bp_shared->counters.connections_failed, 1);
	bp_units_forget(run, conn);
	conn->retire = true;
	bp_run_release(run, conn);
	if (run->step == BP_STEP_DROP)
		bp_scratch_lost(run, &error);
	if (run->step >= BP_STEP_STOP)
		return;
	if (opening && (strcmp(error.sqlstate, "53300") == 0 ||
					strcmp(error.sqlstate, "57P03") == 0))
	{
		/* back off: somebody else's sessions will end, or our own */
		if (run->retry_until == 0)
			run->retry_until =
				TimestampTzPlusMilliseconds(now, bp_setting_connect_timeout);
		run->retry_at = TimestampTzPlusMilliseconds(now, BP_RUN_RETRY_MS);
		if (!was_leader || now < run->retry_until)
		{
			run->want = Max(1, Min(run->want, run->nconns));
			return;
		}
	}
	if (!was_leader && !busy)
	{
		run->want = Max(1, run->nconns);
		return;
	}
	bp_connect_hint(&error, run->task->role);
	bp_run_fail(run, &error);
}

void
bp_run_conn_event(BpRun *run, BpConn *conn, BpConnEvent event)
{
	switch (event)
	{
		case BP_EVENT_OPENED:
			bp_conn_set_state(conn, BP_CONN_HELD);
			if (run->step == BP_STEP_DROP && conn == run->leader)
			{
				run->leader_ready = true;
				bp_scratch_send(run);
				break;
			}
			if (run->step >= BP_STEP_STOP)
				break;
			if (conn == run->leader)
			{
				run->leader_ready = true;
				run->retry_until = 0;
				bp_run_set_step(run, run_first_step(run));
				bp_run_enter(run);
			}
			else
				bp_units_welcome(run, conn);
			break;
		case BP_EVENT_DONE:
			if (run->step == BP_STEP_DROP && conn == run->leader)
			{
				bp_scratch_done(run, conn);
				break;
			}
			if (run->step >= BP_STEP_STOP)
			{
				bp_units_forget(run, conn);
				break;			/* let go of in bp_run_stopping */
			}
			if (conn->error.sqlstate[0] != '\0')
			{
				BpTaskError error = conn->error;

				bp_units_forget(run, conn);
				/* pg_dump logs in, too */
				if (run->step == BP_STEP_DEFINE)
					bp_connect_hint(&error, run->task->role);
				bp_run_fail(run, &error);
			}
			else if (run->task->error.sqlstate[0] != '\0')
			{
				/* a unit kept what it did, and said what went wrong */
				BpTaskError error = run->task->error;

				bp_units_forget(run, conn);
				bp_run_fail(run, &error);
			}
			else if (run->step == BP_STEP_UNITS)
				bp_units_done(run, conn);
			else
				run_leader_done(run);
			break;
		case BP_EVENT_LOST:
			run_lost(run, conn);
			break;
		case BP_EVENT_RESET:
		case BP_EVENT_NONE:
			break;
	}
}

/* All units are done: helpers go first, the leader has the last word. */
static void
run_units_over(BpRun *run)
{
	BpTaskKind	kind = run->task->kind;

	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->run == run && c != run->leader)
		{
			if (c->state == BP_CONN_CONNECTING)
				c->retire = true;
			bp_run_release(run, c);
		}
	}
	if (kind == BP_KIND_BACKUP ||
		(kind == BP_KIND_VERIFY && !bp_scratch_is_wanted(run)))
	{
		bp_run_set_step(run, BP_STEP_FINISH);
		bp_run_enter(run);
		return;
	}
	bp_run_release(run, run->leader);
	if (kind == BP_KIND_VERIFY)
	{
		/* they are counted again while they are loaded */
		pg_atomic_write_u64(&run->task->tables_done, 0);
		pg_atomic_write_u64(&run->task->rows_done, 0);
		bp_run_forget_plan(run);
		run->scratch = true;
		bp_run_set_step(run, BP_STEP_DROP);
	}
	else
		bp_run_set_step(run, BP_STEP_OVER);
}

void
bp_run_advance(BpRun *run, TimestampTz now)
{
	switch (run->step)
	{
		case BP_STEP_CONNECT:
			run_connect(run, now);
			break;
		case BP_STEP_UNITS:
			bp_units_advance(run, now);
			if (bp_units_all_done(run))
				run_units_over(run);
			break;
		case BP_STEP_DEFINE:
			if (run->leader_ready && run->leader->state == BP_CONN_HELD &&
				bp_pool_may_dump())
				bp_run_enter(run);
			break;
		case BP_STEP_STOP:
			bp_run_stopping(run, now);
			break;
		case BP_STEP_DROP:
			bp_scratch_advance(run, now);
			break;
		default:
			break;
	}
	/* a connection that hangs while opening */
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->run == run && c->deadline != 0 && now >= c->deadline &&
			(c->state == BP_CONN_CONNECTING || c->state == BP_CONN_FREE))
		{
			if (c->error.sqlstate[0] == '\0')
				bp_task_error_set(&c->error, "08001",
								  "timeout while connecting", NULL,
								  "\"backup_pool.connect_timeout\" sets how long it may take.");
			run_lost(run, c);
		}
	}
}

TimestampTz
bp_run_next_time(BpRun *run)
{
	TimestampTz next = 0;
	TimestampTz now = GetCurrentTimestamp();

	if ((run->step == BP_STEP_CONNECT || run->step == BP_STEP_DROP) &&
		run->retry_at > now)
		next = run->retry_at;
	if (run->step == BP_STEP_STOP)
		next = TimestampTzPlusMilliseconds(now, BP_CANCEL_AGAIN_MS);
	if (run->step == BP_STEP_OVER && run->log_at > now)
		next = run->log_at;
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->run == run && c->deadline != 0 &&
			(next == 0 || c->deadline < next))
			next = c->deadline;
	}
	return next;
}

bool
bp_run_is_dumping(const BpRun *run)
{
	return run->step == BP_STEP_DEFINE;
}
