/*-------------------------------------------------------------------------
 *
 * main.c
 *	  The background worker: one event loop over latch and sockets.
 *
 * In each turn the loop serves a drain request, calls the scheduler and the
 * janitor, and waits until the latch is set, a socket is ready or the nearest
 * deadline has come.  Then it processes interrupts, a reload and
 * invalidations, and lets each connection whose socket is ready do a step.
 *
 * The worker polls only for two events that no process announces: a smart
 * shutdown (shutdown.c) and the promotion of a standby (recover.c).  It looks
 * for these each second.
 *
 * An error that reaches the loop ends the process with exit code 1; the
 * postmaster starts it again, and it takes the tasks up again (recover.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/main.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "commands/dbcommands.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "shared/settings.h"
#include "storage/ipc.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "worker/conn_state.h"
#include "worker/error.h"
#include "worker/janitor.h"
#include "worker/lookup.h"
#include "worker/main.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/run_turn.h"
#include "worker/scheduler.h"
#include "worker/shutdown.h"

#define BP_LOOK_MS	1000

static WaitEventSet *set = NULL;
static uint32 wait_event = 0;

static void worker_exit(int code, Datum arg);
static void worker_start(void);
static void worker_clean_environment(void);
static void worker_event(BpConn *conn, BpConnEvent event);
static void worker_turn(void);
static long worker_timeout(TimestampTz now, TimestampTz janitor);
static void wait_set_update(void);
static TimestampTz serve_drain(TimestampTz now);
static TimestampTz worker_chore(TimestampTz (*chore) (TimestampTz now),
								TimestampTz now);

void
bp_worker_register(void)
{
	BackgroundWorker w;

	memset(&w, 0, sizeof(w));
	w.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	/* start on a standby too: backups from a standby write nothing into it */
	w.bgw_start_time = BgWorkerStart_ConsistentState;
	w.bgw_restart_time = 1;
	snprintf(w.bgw_library_name, sizeof(w.bgw_library_name), "backup_pool");
	snprintf(w.bgw_function_name, sizeof(w.bgw_function_name),
			 "bp_worker_main");
	snprintf(w.bgw_name, sizeof(w.bgw_name), "backup_pool worker");
	snprintf(w.bgw_type, sizeof(w.bgw_type), "backup_pool worker");
	RegisterBackgroundWorker(&w);
}

/* Called before the process exits: its latch must not be set any more. */
static void
worker_exit(int code, Datum arg)
{
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (bp_shared->worker_pid == MyProcPid)
	{
		bp_shared->worker_latch = NULL;
		bp_shared->worker_pid = 0;
		bp_shared->worker_ready = false;
	}
	LWLockRelease(bp_shared->lock);
	bp_sched_abandon();
}

/*
 * libpq takes parameters that the caller does not set from the environment,
 * and the caller cannot set all of them.  The environment of the postmaster
 * must not decide where we connect to.  Only the variables for a password file
 * are kept.
 */
static void
worker_clean_environment(void)
{
	static const char *const names[] = {
		"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER",
		"PGPASSWORD", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGAPPNAME",
		"PGSSLMODE", "PGREQUIRESSL", "PGSSLCOMPRESSION", "PGSSLCERT",
		"PGSSLKEY", "PGSSLCERTMODE", "PGSSLROOTCERT", "PGSSLCRL",
		"PGSSLCRLDIR", "PGSSLSNI", "PGSSLNEGOTIATION", "PGREQUIREPEER",
		"PGREQUIREAUTH", "PGSSLMINPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION",
		"PGGSSENCMODE", "PGKRBSRVNAME", "PGGSSLIB", "PGGSSDELEGATION",
		"PGCONNECT_TIMEOUT", "PGCLIENTENCODING", "PGCHANNELBINDING",
		"PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGSYSCONFDIR",
		"PGDATESTYLE", "PGTZ", "PGGEQO", "PGMINPROTOCOLVERSION",
		"PGMAXPROTOCOLVERSION", "PGOAUTHDEBUG"
	};

	for (int i = 0; i < (int) lengthof(names); i++)
		unsetenv(names[i]);
}

static void
worker_start(void)
{
	worker_clean_environment();
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(bp_setting_database, NULL, 0);

	/*
	 * Writing the log must not wait for standbys, nor long for locks of users.
	 * It is synced where that is needed (log_writer.c).
	 */
	SetConfigOption("synchronous_commit", "off", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("lock_timeout", "200ms", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("statement_timeout", "0", PGC_USERSET, PGC_S_SESSION);
#ifdef BP_TRANSACTION_TIMEOUT
	SetConfigOption(BP_TRANSACTION_TIMEOUT, "0", PGC_USERSET, PGC_S_SESSION);
#endif
	SetConfigOption("default_transaction_read_only", "off",
					PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("default_transaction_isolation", "read committed",
					PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("search_path", "pg_catalog, pg_temp",
					PGC_USERSET, PGC_S_SESSION);

	wait_event = bp_wait_event_new("BackupPoolMain");
	before_shmem_exit(worker_exit, (Datum) 0);
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->worker_latch = MyLatch;
	bp_shared->worker_pid = MyProcPid;
	LWLockRelease(bp_shared->lock);

	bp_lookup_init();
	bp_recover();
	bp_pool_init();
	bp_janitor_init();
}

/*
 * Update the set from the sockets of the connections.  A socket in a set can't
 * be changed, so a new set is made when a connection was opened or closed.
 * While a connection is being opened, each step may change its socket.
 */
static void
wait_set_update(void)
{
	bool		rebuild = set == NULL;

	for (int i = 0; i < bp_pool_size() && !rebuild; i++)
	{
		BpConn	   *c = bp_pool_conn(i);
		pgsocket	sock = c->pg ? PQsocket(c->pg) : PGINVALID_SOCKET;

		if (sock != c->sock || (sock != PGINVALID_SOCKET && c->wait_pos < 0) ||
			c->state == BP_CONN_CONNECTING)
			rebuild = true;
		else if (sock == PGINVALID_SOCKET && c->wait_pos >= 0)
			rebuild = true;
	}
	if (rebuild)
	{
		if (set != NULL)
			FreeWaitEventSet(set);
		set = bp_create_wait_event_set(TopMemoryContext,
									   bp_pool_size() + 2);
		AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch,
						  NULL);
		AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL,
						  NULL);
	}
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (rebuild)
		{
			c->sock = c->pg ? PQsocket(c->pg) : PGINVALID_SOCKET;
			c->wait_pos = -1;
			if (c->sock != PGINVALID_SOCKET)
				c->wait_pos = AddWaitEventToSet(set, c->events, c->sock,
												NULL, c);
		}
		else if (c->wait_pos >= 0)
			ModifyWaitEvent(set, c->wait_pos, c->events, NULL);
	}
}

/*
 * Closes idle connections, to one database or to all, if a session waits for
 * that before it runs DROP DATABASE or a similar command.
 */
static TimestampTz
serve_drain(TimestampTz now)
{
	Oid			db;
	uint64		asked;
	char	   *name;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	db = bp_shared->drain_database;
	asked = bp_shared->drain_asked;
	LWLockRelease(bp_shared->lock);
	if (asked == bp_shared->drain_done)
		return 0;
	name = OidIsValid(db) ? bp_lookup_database_name(db) : NULL;
	(void) bp_pool_close_idle(name);
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->drain_done = asked;
	LWLockRelease(bp_shared->lock);
	ConditionVariableBroadcast(&bp_shared->changed);
	return 0;
}

static TimestampTz
check_databases(TimestampTz now)
{
	static bool changed = false;

	changed |= bp_lookup_databases_changed();
	if (changed)
		bp_pool_check_databases();
	changed = false;
	return 0;
}

/*
 * Run a function that belongs to no task and may read catalogs.  If it fails,
 * for example because a catalog is locked, the error is reported, and the
 * function is called again in a second; the worker and its tasks go on.
 * Returns the time of the next call, or 0 if no call is due.
 */
static TimestampTz
worker_chore(TimestampTz (*chore) (TimestampTz now), TimestampTz now)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile TimestampTz next = 0;

	PG_TRY();
	{
		next = chore(now);
	}
	PG_CATCH();
	{
		bp_worker_caught_error(caller, NULL);
		next = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), BP_LOOK_MS);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return next;
}

static long
worker_timeout(TimestampTz now, TimestampTz janitor)
{
	TimestampTz sched = bp_sched_next_time();
	long		ms = -1;

	if (janitor != 0)
		ms = TimestampDifferenceMilliseconds(now, janitor) + 1;
	if (sched != 0)
	{
		long		s = TimestampDifferenceMilliseconds(now, sched) + 1;

		ms = ms < 0 ? s : Min(ms, s);
	}
	/*
	 * No process announces a smart shutdown, a promotion, or that a slot has
	 * become free for a task of the log.
	 */
	if (bp_shutdown_must_look() || bp_shared->standby)
		ms = ms < 0 ? BP_LOOK_MS : Min(ms, BP_LOOK_MS);
	return ms;
}

/* Pass an event on to the run.  An error fails this run, and no other. */
static void
worker_event(BpConn *conn, BpConnEvent event)
{
	MemoryContext caller = CurrentMemoryContext;
	BpRun	   *run = conn->run;

	PG_TRY();
	{
		bp_run_conn_event(run, conn, event);
	}
	PG_CATCH();
	{
		bp_run_caught(caller, run);
	}
	PG_END_TRY();
}

/* Let a connection do a step, and tell its run, if it has one, of the event. */
static void
worker_step(BpConn *conn, uint32 events)
{
	BpConnEvent event = bp_conn_step(conn, events);

	if (event == BP_EVENT_NONE || event == BP_EVENT_RESET)
		return;
	if (conn->run != NULL)
		worker_event(conn, event);
	else if (event == BP_EVENT_OPENED)
		bp_conn_set_state(conn, BP_CONN_IDLE);
	else
		bp_janitor_lost(conn);
}

/* After the wait: react to a reload, changes of catalogs, a smart shutdown. */
static void
worker_process_changes(void)
{
	static TimestampTz last_check = 0;
	TimestampTz now = GetCurrentTimestamp();

	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		bp_janitor_reload();
	}
	AcceptInvalidationMessages();
	if (bp_lookup_roles_changed())
	{
		bp_pool_close_idle(NULL);
		bp_pool_retire_all();
	}
	/* if this fails, we try again in a second while connections are open */
	(void) worker_chore(check_databases, now);

	now = GetCurrentTimestamp();
	if (bp_shutdown_must_look() &&
		TimestampDifferenceExceeds(last_check, now, BP_LOOK_MS))
	{
		last_check = now;
		(void) bp_shutdown_is_under_way();
	}
}

static void
worker_turn(void)
{
	TimestampTz now;
	TimestampTz drain;
	TimestampTz next;
	uint32		woken;
	WaitEvent	events[16];
	int			n;

	woken = pg_atomic_read_u32(&bp_shared->wakes);
	now = GetCurrentTimestamp();
	drain = worker_chore(serve_drain, now);
	bp_sched_turn(now);
	next = worker_chore(bp_janitor_run, now);
	if (drain != 0 && (next == 0 || drain < next))
		next = drain;

	/*
	 * If we have waited for a lock in this turn, that has reset our latch, and
	 * we may have missed that it was set.  We must not wait either if a run
	 * has still to be told of a failed statement (below).
	 */
	if (pg_atomic_read_u32(&bp_shared->wakes) != woken ||
		ConfigReloadPending || bp_pool_any_failed())
		SetLatch(MyLatch);
	wait_set_update();
	n = WaitEventSetWait(set, worker_timeout(now, next), events,
						 lengthof(events), wait_event);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	worker_process_changes();
	for (int i = 0; i < n; i++)
	{
		BpConn	   *c = events[i].user_data;

		/* c may have been closed or opened again since the wait */
		if (c != NULL && c->pg != NULL && c->wait_pos == events[i].pos)
			worker_step(c, events[i].events);
	}

	/*
	 * If a statement could not be sent, the run is told here and not within
	 * bp_conn_send, so that bp_conn_send does not change the run of its
	 * caller.
	 */
	for (int i = 0; i < bp_pool_size(); i++)
		if (bp_pool_conn(i)->failed)
			worker_step(bp_pool_conn(i), 0);
}

void
bp_worker_main(Datum arg)
{
	MemoryContext scratch;

	worker_start();
	scratch = AllocSetContextCreate(TopMemoryContext, "backup_pool turn",
									ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		MemoryContextSwitchTo(scratch);
		worker_turn();
		MemoryContextReset(scratch);
	}
}
