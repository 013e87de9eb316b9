/*-------------------------------------------------------------------------
 *
 * pool.c
 *	  The pool of connections, keyed by database and role.
 *
 * A fixed array, as large as max_connections.  Reuse is last in, first out,
 * so that surplus connections age and are closed by the janitor.  A session
 * of ours in a database blocks DROP DATABASE and its like: idle ones go when
 * such a command asks (see unit/hook.c), on a reload (pg_hba.conf may have
 * changed), and when roles or databases were altered.
 *
 * Connections that backup_pool.prewarm names are opened at start and opened
 * again when they went; min_connections keeps that many from the idle
 * timeout.  Both are let be for a while after a failure.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/pool.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "shared/compat.h"
#include "shared/settings.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"
#include "worker/conn_open.h"
#include "worker/conn_state.h"
#include "worker/lookup.h"
#include "worker/pool.h"
#include "worker/run.h"

#define BP_MAX_USES			1000
#define BP_WARM_RETRY_MS	30000
#define BP_MAX_ITERATIONS	1000000

/* One entry of prewarm */
typedef struct BpWarm
{
	char		role[NAMEDATALEN];
	char		database[NAMEDATALEN];
	int			count;
} BpWarm;

static BpConn *bp_conns = NULL;
static int	bp_nconns = 0;
static int	bp_limit = 0;		/* of those at once */
static List *bp_warm = NIL;
static TimestampTz bp_warm_not_before = 0;
static bool bp_shut = false;

static BpConn *bp_pool_free_conn(void);
static int	bp_pool_count(const char *database, const char *role);
static void bp_pool_parse_prewarm(void);
static void bp_pool_keep_warm(TimestampTz now);

static inline bool
bp_conn_has_key(BpConn *c, const char *database, const char *role)
{
	return strcmp(c->slot->database, database) == 0 &&
		strcmp(c->slot->role, role) == 0;
}

void
bp_pool_init(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	bp_nconns = bp_shared->nconns;
	bp_limit = bp_effective_max_connections();
	bp_conns = palloc0(sizeof(BpConn) * bp_nconns);
	for (int i = 0; i < bp_nconns; i++)
	{
		bp_conns[i].slot = &bp_shared->conns[i];
		bp_conns[i].unit = -1;
		bp_conns[i].wait_pos = -1;
		bp_conns[i].sock = PGINVALID_SOCKET;
		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		memset(bp_conns[i].slot, 0, sizeof(BpConnSlot));
		LWLockRelease(bp_shared->lock);
	}
	MemoryContextSwitchTo(old);
	if (bp_limit < bp_setting_max_connections)
		ereport(LOG,
				(errmsg("backup_pool uses at most %d connections, not %d",
						bp_limit, bp_setting_max_connections),
				 errdetail("\"max_connections\" less the reserved ones leaves no more.")));
	bp_pool_parse_prewarm();
}

int
bp_pool_size(void)
{
	return bp_nconns;
}

BpConn *
bp_pool_conn(int i)
{
	return &bp_conns[i];
}

static int
bp_pool_open_count(void)
{
	int			n = 0;

	for (int i = 0; i < bp_nconns; i++)
		if (bp_conns[i].state != BP_CONN_FREE)
			n++;
	return n;
}

bool
bp_pool_any_open(void)
{
	return bp_pool_open_count() > 0;
}

/* Sessions that pg_dump holds for our leaders. */
static int
bp_pool_dumps(void)
{
	int			n = 0;

	for (int i = 0; i < bp_nconns; i++)
		if (bp_conns[i].state == BP_CONN_BUSY && bp_conns[i].run != NULL &&
			bp_run_is_dumping(bp_conns[i].run))
			n++;
	return n;
}

bool
bp_pool_may_dump(void)
{
	return bp_pool_open_count() + bp_pool_dumps() < bp_connection_budget();
}

static BpConn *
bp_pool_free_conn(void)
{
	int			open = bp_pool_open_count();

	if (open >= bp_limit || open + bp_pool_dumps() >= bp_connection_budget())
		return NULL;
	/* one that could not even begin to open is a run's until that is seen */
	for (int i = 0; i < bp_nconns; i++)
		if (bp_conns[i].state == BP_CONN_FREE && bp_conns[i].run == NULL)
			return &bp_conns[i];
	return NULL;
}

static int
bp_pool_count(const char *database, const char *role)
{
	int			n = 0;

	for (int i = 0; i < bp_nconns; i++)
		if (bp_conns[i].state != BP_CONN_FREE &&
			bp_conn_has_key(&bp_conns[i], database, role))
			n++;
	return n;
}

/*
 * Begins to open one.
 *
 * What is set for the role and the database counts at the login, and a task
 * may depend on it: on the search_path for one.  So a session is used again
 * only as long as a new one would have the same.
 */
static bool
bp_pool_open(BpConn *conn, const char *database, const char *role,
			 Oid role_oid)
{
	/*
	 * libpq hashes the password as often as the role's secret says, which
	 * the role itself may have set.  Nothing else gets done here meanwhile.
	 */
	if (bp_lookup_iterations(role_oid) > BP_MAX_ITERATIONS)
	{
		bp_task_error_set(&conn->error, "28000",
						  psprintf("the password of role \"%s\" takes too long to log in with",
								   role),
						  psprintf("Its secret says more than %d iterations.",
								   BP_MAX_ITERATIONS),
						  "Set the password again, with fewer iterations.");
		return false;
	}
	conn->settings = bp_lookup_settings(database, role_oid);
	return bp_conn_open(conn, database, role, role_oid);
}

BpAcquire
bp_pool_acquire(const char *database, const char *role, Oid role_oid,
				struct BpRun *run, BpConn **conn)
{
	BpConn	   *best = NULL;
	BpConn	   *oldest = NULL;
	bool		soon = false;

	*conn = NULL;
	if (bp_shut)
		return BP_ACQUIRE_WAIT;
	for (int i = 0; i < bp_nconns; i++)
	{
		BpConn	   *c = &bp_conns[i];

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

	if (best != NULL &&
		best->settings != bp_lookup_settings(database, role_oid))
	{
		bp_conn_close(best);
		return bp_pool_acquire(database, role, role_oid, run, conn);
	}
	if (best != NULL)
	{
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
	if (*conn == NULL)
	{
		if (oldest == NULL)
			return BP_ACQUIRE_WAIT;
		bp_conn_close(oldest);
		*conn = oldest;
	}
	if (!bp_pool_open(*conn, database, role, role_oid))
		(*conn)->deadline = 1;	/* long past: the janitor reports it lost */
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
		/* it could not even begin to open */
		conn->run = NULL;
		conn->unit = -1;
		conn->deadline = 0;
		return;
	}
	if (conn->state != BP_CONN_HELD || bp_shut || conn->retire ||
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
	if (bp_shut)
		return false;
	if (bp_pool_open_count() < bp_limit)
		return true;
	for (int i = 0; i < bp_nconns; i++)
		if (bp_conns[i].state == BP_CONN_IDLE ||
			bp_conns[i].state == BP_CONN_RESETTING)
			return true;
	return false;
}

int
bp_pool_close_idle(const char *database)
{
	int			n = 0;

	for (int i = 0; i < bp_nconns; i++)
	{
		BpConn	   *c = &bp_conns[i];

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
 * Every VACUUM that moves datfrozenxid counts as a change of the database, so
 * look before closing anything.
 */
void
bp_pool_check_databases(void)
{
	for (int i = 0; i < bp_nconns; i++)
	{
		BpConn	   *c = &bp_conns[i];

		if (c->state == BP_CONN_IDLE &&
			!bp_lookup_database_is_open(c->slot->database))
			bp_conn_close(c);
	}
}

void
bp_pool_retire_all(void)
{
	for (int i = 0; i < bp_nconns; i++)
		if (bp_conns[i].state != BP_CONN_FREE)
			bp_conns[i].retire = true;
}

void
bp_pool_lost(BpConn *conn)
{
	if (conn->state == BP_CONN_CONNECTING)
	{
		pg_atomic_fetch_add_u64(&bp_shared->counters.connections_failed, 1);
		bp_warm_not_before =
			TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
										BP_WARM_RETRY_MS);
		ereport(LOG,
				(errmsg("could not open a pooled connection to database \"%s\" as role \"%s\": %s",
						conn->slot->database, conn->slot->role,
						conn->error.message)));
	}
	bp_conn_close(conn);
}

void
bp_pool_reload(void)
{
	bp_pool_close_idle(NULL);
	bp_pool_retire_all();
	bp_warm_not_before = 0;
	bp_pool_parse_prewarm();
}

void
bp_pool_shut(void)
{
	bp_shut = true;
	bp_pool_close_idle(NULL);
	bp_pool_retire_all();
}

bool
bp_pool_is_shut(void)
{
	return bp_shut;
}

/* role@database:count, …; what cannot be read is passed over with a LOG. */
static void
bp_pool_parse_prewarm(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	char	   *copy = pstrdup(bp_setting_prewarm ? bp_setting_prewarm : "");
	List	   *items = NIL;
	ListCell   *lc;

	list_free_deep(bp_warm);
	bp_warm = NIL;
	if (!SplitGUCList(copy, ',', &items))
		ereport(LOG,
				(errmsg("invalid list syntax in \"backup_pool.prewarm\"")));
	foreach(lc, items)
	{
		char	   *item = lfirst(lc);
		char	   *at = strchr(item, '@');
		char	   *colon = strrchr(item, ':');
		BpWarm	   *w;

		if (at == NULL || at == item)
		{
			ereport(LOG,
					(errmsg("invalid entry \"%s\" in \"backup_pool.prewarm\"",
							item),
					 errhint("Entries look like role@database:count.")));
			continue;
		}
		w = palloc0(sizeof(BpWarm));
		w->count = 1;
		if (colon != NULL && colon > at)
		{
			w->count = Min(atoi(colon + 1), bp_nconns);
			*colon = '\0';
		}
		*at = '\0';
		strlcpy(w->role, item, NAMEDATALEN);
		strlcpy(w->database, at + 1, NAMEDATALEN);
		bp_warm = lappend(bp_warm, w);
	}
	list_free(items);
	pfree(copy);
	MemoryContextSwitchTo(old);
}

/* Open one connection that belongs to no task. */
static bool
bp_pool_warm_one(const char *database, const char *role, TimestampTz now)
{
	BpConn	   *c = bp_pool_free_conn();
	Oid			oid;

	if (c == NULL)
		return false;
	oid = bp_lookup_role(role);
	if (OidIsValid(oid) && bp_pool_open(c, database, role, oid))
		return true;
	bp_conn_close(c);
	bp_warm_not_before = TimestampTzPlusMilliseconds(now, BP_WARM_RETRY_MS);
	ereport(LOG,
			(errmsg("could not open a pooled connection to database \"%s\" as role \"%s\": %s",
					database, role, OidIsValid(oid) ? c->error.message :
					"the role does not exist")));
	return false;
}

static void
bp_pool_keep_warm(TimestampTz now)
{
	ListCell   *lc;

	if (bp_shut || now < bp_warm_not_before)
		return;
	foreach(lc, bp_warm)
	{
		BpWarm	   *w = lfirst(lc);

		while (bp_pool_count(w->database, w->role) < w->count)
			if (!bp_pool_warm_one(w->database, w->role, now))
				break;
	}
	while (bp_pool_open_count() < bp_setting_min_connections)
	{
		const char *role = bp_lookup_role_name(BOOTSTRAP_SUPERUSERID);

		if (role == NULL ||
			!bp_pool_warm_one(bp_setting_database, role, now))
			break;
	}
}

/* Is it one of those that prewarm wants to be open? */
static bool
bp_pool_is_wanted(BpConn *conn)
{
	ListCell   *lc;

	foreach(lc, bp_warm)
	{
		BpWarm	   *w = lfirst(lc);

		if (bp_conn_has_key(conn, w->database, w->role))
			return bp_pool_count(w->database, w->role) <= w->count;
	}
	return false;
}

TimestampTz
bp_pool_janitor(TimestampTz now)
{
	TimestampTz next = 0;
	int			open = bp_pool_open_count();

	for (int i = 0; i < bp_nconns; i++)
	{
		BpConn	   *c = &bp_conns[i];
		TimestampTz due;

		if (c->state == BP_CONN_IDLE)
		{
			TimestampTz old = TimestampTzPlusMilliseconds(c->opened_at,
														  bp_setting_max_lifetime);

			due = TimestampTzPlusMilliseconds(c->slot->state_since,
											  bp_setting_idle_timeout);
			if (c->retire || now >= old ||
				(now >= due && open > bp_setting_min_connections &&
				 !bp_pool_is_wanted(c)))
			{
				bp_conn_close(c);
				open--;
				continue;
			}
			/* one that is kept beyond its time is due for its age only */
			if (now >= due || old < due)
				due = old;
		}
		else if (c->deadline != 0 && c->run == NULL)
		{
			if (now >= c->deadline)
			{
				if (c->state == BP_CONN_CONNECTING)
					bp_warm_not_before =
						TimestampTzPlusMilliseconds(now, BP_WARM_RETRY_MS);
				bp_conn_close(c);
				open--;
				continue;
			}
			due = c->deadline;
		}
		else
			continue;
		if (next == 0 || due < next)
			next = due;
	}
	bp_pool_keep_warm(now);
	if (bp_warm_not_before > now && (next == 0 || bp_warm_not_before < next))
		next = bp_warm_not_before;
	return next;
}
