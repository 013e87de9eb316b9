/*-------------------------------------------------------------------------
 *
 * run_turn.c
 *	  What drives a running task from step to step.
 *
 * A backup's leader opens a transaction, locks the tables, exports a snapshot,
 * and has the definitions made, which yields the plan.  Then the units of the
 * plan run on all connections that the task gets; each of them has imported
 * the snapshot.  Then the leader finishes the archive.  A restore may first
 * create its database, over a connection to the home database.  Then its
 * leader, in the target database, makes the plan, and the units run.
 *
 * Pooled backends do all the work.  The code here reacts: a statement has
 * ended, a connection was opened or lost, time has passed.  The statements are
 * in leader.c, the units in units.c, the state of the run in run.c.
 *
 * Any error ends the task: statements that still run are cancelled, and when
 * the run has given back all connections, the partial archive is removed.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run_turn.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "shared/settings.h"
#include "utils/timestamp.h"
#include "worker/conn_state.h"
#include "worker/error.h"
#include "worker/leader.h"
#include "worker/made_database.h"
#include "worker/pool.h"
#include "worker/run_turn.h"
#include "worker/scratch.h"
#include "worker/units.h"

static void run_connect(BpRun *run, TimestampTz now);
static void run_leader_done(BpRun *run);
static void run_lost(BpRun *run, BpConn *conn);

/*
 * Ask the pool for the leader's connection.  CREATE DATABASE is executed in
 * the home database.
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
		bp_run_set_step(run, bp_leader_first_step(run));
		bp_leader_enter(run);
	}
	else
		bp_conn_set_work(conn, task->id, "connecting");
}

/* The leader's statement has succeeded: go to the next step. */
static void
run_leader_done(BpRun *run)
{
	switch (run->step)
	{
		case BP_STEP_DATABASE:
			if (run->task->kind == BP_KIND_VERIFY)
			{
				run->created = true;
				bp_run_release(run, run->leader);
				bp_run_set_step(run, BP_STEP_CONNECT);
				return;
			}
			bp_run_set_step(run, BP_STEP_CREATE);
			break;
		case BP_STEP_CREATE:
			bp_made_database(run);
			bp_run_release(run, run->leader);
			bp_run_set_step(run, BP_STEP_CONNECT);
			return;
		case BP_STEP_BEGIN:
			if (!run->task->published && run->task->plan == 0)
			{
				/*
				 * bp_run_advance starts pg_dump when there is room for its
				 * session
				 */
				bp_run_set_step(run, BP_STEP_DEFINE);
				return;
			}
			/* FALLTHROUGH */
		case BP_STEP_DEFINE:
			if (run->task->published)
			{
				/* the archive is complete, and the session needs no reset */
				run->leader->clean = true;
				bp_run_set_step(run, BP_STEP_OVER);
				return;
			}
			bp_run_set_step(run, BP_STEP_UNITS);
			break;
		case BP_STEP_VERIFY:
		case BP_STEP_PLAN:
		case BP_STEP_COMPARE:
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
	bp_leader_enter(run);
}

/*
 * A connection could not be opened, or was lost.  If the server has too many
 * connections, the run requests one again, and for a leader it does so until
 * retry_until.  A helper that had no statement is not replaced.  Anything else
 * fails the run.
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
		bp_error_set(&error, ERRCODE_CONNECTION_FAILURE,
					 "connection to server was lost", NULL, NULL);
	if (opening)
		pg_atomic_fetch_add_u64(&bp_shared->counters.connections_failed, 1);
	bp_units_forget(run, conn);
	conn->retire = true;
	bp_run_release(run, conn);
	if (run->step == BP_STEP_DROP)
		bp_scratch_lost(run, &error);
	if (run->step >= BP_STEP_STOP)
		return;
	if (opening && (bp_error_is(&error, ERRCODE_TOO_MANY_CONNECTIONS) ||
					bp_error_is(&error, ERRCODE_CANNOT_CONNECT_NOW)))
	{
		/* wait a little: sessions of this or other clients will end */
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
	bp_error_add_login_hint(&error, run->task->role);
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
				bp_run_set_step(run, bp_leader_first_step(run));
				bp_leader_enter(run);
			}
			else
				bp_units_join(run, conn);
			break;
		case BP_EVENT_DONE:
			if (run->step == BP_STEP_DROP && conn == run->leader)
			{
				bp_scratch_done(run, conn);
				break;
			}
			if (run->step >= BP_STEP_STOP)
			{
				/* the cancel came too late for CREATE DATABASE */
				if (run->making && conn == run->leader &&
					conn->error.sqlstate[0] == '\0')
					bp_made_database(run);
				bp_units_forget(run, conn);
				break;			/* bp_run_stopping gives it back */
			}
			if (conn->error.sqlstate[0] != '\0')
			{
				BpTaskError error = conn->error;

				bp_units_forget(run, conn);
				/* the error may be of pg_dump's login */
				if (run->step == BP_STEP_DEFINE)
					bp_error_add_login_hint(&error, run->task->role);
				bp_run_fail(run, &error);
			}
			else if (run->task->error.sqlstate[0] != '\0')
			{
				/* the unit committed what it had done before an error */
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

/* All units are done: give back the helpers, then the leader goes on. */
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
		(kind == BP_KIND_VERIFY &&
		 (run->restored || !bp_scratch_is_wanted(run))))
	{
		bp_run_set_step(run, BP_STEP_FINISH);
		bp_leader_enter(run);
		return;
	}
	bp_run_release(run, run->leader);
	if (kind == BP_KIND_VERIFY)
	{
		/* what follows, the restore or the comparison, counts them again */
		pg_atomic_write_u64(&run->task->tables_done, 0);
		if (!run->created)
			pg_atomic_write_u64(&run->task->rows_done, 0);
		bp_run_forget_plan(run);
		if (run->created)
		{
			run->restored = true;
			bp_run_set_step(run, BP_STEP_CONNECT);
			bp_worker_wake();
			return;
		}
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
				bp_leader_enter(run);
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
	/* connections that took too long to open, or could not begin to */
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->run == run && c->deadline != 0 && now >= c->deadline &&
			(c->state == BP_CONN_CONNECTING || c->state == BP_CONN_FREE))
		{
			if (c->error.sqlstate[0] == '\0')
				bp_error_set(&c->error,
							 ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
							 "timeout while connecting", NULL,
							 "\"backup_pool.connect_timeout\" sets how long connecting may take.");
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
