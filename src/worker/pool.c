/*-------------------------------------------------------------------------
 *
 * pool.c
 *	  The pool of connections, keyed by database and role.
 *
 * A fixed array, as large as max_connections.  The idle connection that was
 * used last is used first, so that the others age and the janitor closes them.
 *
 * A pooled session in a database blocks DROP DATABASE and similar commands.
 * So idle connections are closed when such a command requests it
 * (session/drain.c).  They are also closed on a reload, since pg_hba.conf may
 * have changed, and when roles or databases were altered.  Timeouts are in
 * janitor.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/pool.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "shared/settings.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "worker/conn_open.h"
#include "worker/conn_state.h"
#include "worker/error.h"
#include "worker/lookup.h"
#include "worker/pool.h"

#define BP_MAX_USES			1000
#define BP_MAX_ITERATIONS	1000000
#define BP_LOCKED_MS		1000

static BpConn *conns = NULL;
static int	nconns = 0;
static int	limit = 0;		/* how many may be open at once */
static bool shut = false;
static bool wanted = false;		/* a task has no connection at all */
static TimestampTz locked_until = 0;	/* no look-ups before it */

void
bp_pool_init(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	nconns = bp_shared->nconns;
	limit = bp_effective_max_connections();
	conns = palloc0(sizeof(BpConn) * nconns);
	for (int i = 0; i < nconns; i++)
	{
		conns[i].slot = &bp_shared->conns[i];
		conns[i].unit = -1;
		conns[i].wait_pos = -1;
		conns[i].sock = PGINVALID_SOCKET;
		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		memset(conns[i].slot, 0, sizeof(BpConnSlot));
		LWLockRelease(bp_shared->lock);
	}
	MemoryContextSwitchTo(old);
	if (limit < bp_setting_max_connections)
		ereport(LOG,
				(errmsg("backup_pool can use only %d connections instead of %d",
						limit, bp_setting_max_connections),
				 errdetail("\"max_connections\" leaves no more, since some connections are reserved.")));
}

int
bp_pool_size(void)
{
	return nconns;
}

BpConn *
bp_pool_conn(int i)
{
	return &conns[i];
}

int
bp_pool_open_count(void)
{
	int			n = 0;

	for (int i = 0; i < nconns; i++)
		if (conns[i].state != BP_CONN_FREE)
			n++;
	return n;
}

bool
bp_pool_any_open(void)
{
	return bp_pool_open_count() > 0;
}

/* The number of sessions that pg_dump has for our leaders. */
static int
pool_dumps(void)
{
	int			n = 0;

	for (int i = 0; i < nconns; i++)
		if (conns[i].state == BP_CONN_BUSY && conns[i].dumping)
			n++;
	return n;
}

bool
bp_pool_may_dump(void)
{
	return bp_pool_open_count() + pool_dumps() < bp_connection_budget();
}

BpConn *
bp_pool_free_conn(void)
{
	int			open = bp_pool_open_count();

	if (open >= limit || open + pool_dumps() >= bp_connection_budget())
		return NULL;
	/*
	 * a FREE one with a run has failed to open; the run has not noticed that
	 * yet
	 */
	for (int i = 0; i < nconns; i++)
		if (conns[i].state == BP_CONN_FREE && conns[i].run == NULL)
			return &conns[i];
	return NULL;
}

int
bp_pool_count(const char *database, const char *role)
{
	int			n = 0;

	for (int i = 0; i < nconns; i++)
		if (conns[i].state != BP_CONN_FREE &&
			bp_conn_has_key(&conns[i], database, role))
			n++;
	return n;
}

/*
 * Look up what has to be known before a login.  Returns false if a catalog is
 * locked.  Then nothing is looked up for a second, since all tasks have to
 * wait while we wait for a lock.
 */
static bool
pool_look_up(const char *database, Oid role_oid, BpLogin *login)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool known = false;

	if (GetCurrentTimestamp() < locked_until)
		return false;
	PG_TRY();
	{
		bp_lookup_login(database, role_oid, login);
		known = true;
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE)
			PG_RE_THROW();
		bp_worker_caught_error(caller, NULL);
		locked_until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												   BP_LOCKED_MS);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return known;
}

TimestampTz
bp_pool_locked_until(void)
{
	return locked_until;
}

/*
 * Begin to open a connection.  The connection keeps a stamp of the settings of
 * the role and the database.  These take effect at the login, and tasks may
 * depend on them, for example on search_path.  The connection is used again
 * only as long as a new session would have the same settings.
 */
static bool
pool_connect(BpConn *conn, const char *database, const char *role,
			 Oid role_oid, const BpLogin *login)
{
	/*
	 * libpq hashes the password as often as the role's secret says, and the
	 * role may have set that itself.  The worker can do nothing else at the
	 * same time.
	 */
	if (login->iterations > BP_MAX_ITERATIONS)
	{
		bp_error_set(&conn->error,
					 ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
					 psprintf("logging in with the password of role \"%s\" takes too long",
							  role),
					 psprintf("Its SCRAM secret has more than %d iterations.",
							  BP_MAX_ITERATIONS),
					 "Set the password again, with fewer iterations.");
		return false;
	}
	conn->settings = login->settings;
	return bp_conn_open(conn, database, role, role_oid);
}

bool
bp_pool_open(BpConn *conn, const char *database, const char *role,
			 Oid role_oid)
{
	BpLogin		login;

	bp_lookup_login(database, role_oid, &login);
	return pool_connect(conn, database, role, role_oid, &login);
}

BpAcquire
bp_pool_acquire(const char *database, const char *role, Oid role_oid,
				struct BpRun *run, BpConn **conn)
{
	BpConn	   *best = NULL;
	BpConn	   *oldest = NULL;
	BpLogin		login;
	bool		soon = false;

	*conn = NULL;
	if (shut)
		return BP_ACQUIRE_WAIT;
	for (int i = 0; i < nconns; i++)
	{
		BpConn	   *c = &conns[i];

		if (c->state == BP_CONN_RESETTING || c->state == BP_CONN_CONNECTING)
			soon |= c->run == NULL && !c->retire &&
				bp_conn_has_key(c, database, role);
		if (c->state != BP_CONN_IDLE)
			continue;
		if (bp_conn_has_key(c, database, role) &&
			c->slot->role_oid == role_oid)
		{
			if (best == NULL ||
				c->slot->state_since > best->slot->state_since)
				best = c;
		}
		else if (oldest == NULL ||
				 c->slot->state_since < oldest->slot->state_since)
			oldest = c;
	}

	if (best != NULL)
	{
		if (!pool_look_up(database, role_oid, &login))
			return BP_ACQUIRE_WAIT;
		if (best->settings != login.settings)
		{
			bp_conn_close(best);
			return bp_pool_acquire(database, role, role_oid, run, conn);
		}
		best->run = run;
		best->unit = -1;
		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		best->slot->uses++;
		LWLockRelease(bp_shared->lock);
		bp_conn_set_state(best, BP_CONN_HELD);
		pg_atomic_fetch_add_u64(&bp_shared->counters.connections_reused, 1);
		*conn = best;
		return BP_ACQUIRE_READY;
	}
	if (soon)
		return BP_ACQUIRE_WAIT;

	*conn = bp_pool_free_conn();
	if (*conn == NULL && oldest == NULL)
		return BP_ACQUIRE_WAIT;
	if (!pool_look_up(database, role_oid, &login))
	{
		*conn = NULL;
		return BP_ACQUIRE_WAIT;
	}
	if (*conn == NULL)
	{
		bp_conn_close(oldest);
		*conn = oldest;
	}
	if (!pool_connect(*conn, database, role, role_oid, &login))
		(*conn)->deadline = 1;	/* long past: the run takes it for lost */
	(*conn)->run = run;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	(*conn)->slot->uses = 1;
	LWLockRelease(bp_shared->lock);
	return BP_ACQUIRE_OPENING;
}

void
bp_pool_release(BpConn *conn)
{
	TimestampTz now = GetCurrentTimestamp();

	if (conn->state == BP_CONN_FREE)
	{
		/* the attempt to open it failed at once */
		bp_conn_set_work(conn, 0, NULL);
		conn->run = NULL;
		conn->unit = -1;
		conn->deadline = 0;
		return;
	}
	if (conn->state != BP_CONN_HELD || shut || conn->retire ||
		conn->slot->uses >= BP_MAX_USES ||
		TimestampDifferenceExceeds(conn->opened_at, now,
								   bp_setting_max_lifetime))
	{
		bp_conn_close(conn);
		return;
	}
	bp_conn_reset(conn);
}

bool
bp_pool_has_room(void)
{
	if (shut)
		return false;
	if (bp_pool_open_count() < limit)
		return true;
	for (int i = 0; i < nconns; i++)
		if (conns[i].state == BP_CONN_IDLE ||
			conns[i].state == BP_CONN_RESETTING)
			return true;
	return false;
}

int
bp_pool_close_idle(const char *database)
{
	int			n = 0;

	for (int i = 0; i < nconns; i++)
	{
		BpConn	   *c = &conns[i];

		if (c->run != NULL)
			continue;
		if (database != NULL && strcmp(c->slot->database, database) != 0)
			continue;
		if (c->state == BP_CONN_IDLE || c->state == BP_CONN_RESETTING ||
			c->state == BP_CONN_CONNECTING)
		{
			bp_conn_close(c);
			n++;
		}
	}
	return n;
}

/*
 * A VACUUM that advances datfrozenxid changes pg_database, too, so a change
 * alone is no reason to close connections: look at the database first.
 */
void
bp_pool_check_databases(void)
{
	for (int i = 0; i < nconns; i++)
	{
		BpConn	   *c = &conns[i];

		if (c->state == BP_CONN_IDLE &&
			!bp_lookup_database_is_open(c->slot->database))
			bp_conn_close(c);
	}
}

void
bp_pool_retire_all(void)
{
	for (int i = 0; i < nconns; i++)
		if (conns[i].state != BP_CONN_FREE)
			conns[i].retire = true;
}

void
bp_pool_shut(void)
{
	shut = true;
	bp_pool_close_idle(NULL);
	bp_pool_retire_all();
}

bool
bp_pool_is_shut(void)
{
	return shut;
}

void
bp_pool_set_wanted(bool is_wanted)
{
	wanted = is_wanted;
}

bool
bp_pool_is_wanted(void)
{
	return wanted;
}

bool
bp_pool_any_failed(void)
{
	for (int i = 0; i < nconns; i++)
		if (conns[i].failed)
			return true;
	return false;
}
