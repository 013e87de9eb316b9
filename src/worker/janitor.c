/*-------------------------------------------------------------------------
 *
 * janitor.c
 *	  Timeouts of pooled connections, and connections that are kept open.
 *
 * An idle connection is closed after idle_timeout, or when it is older than
 * max_lifetime.  One that is being opened or reset is closed at its deadline,
 * unless it belongs to a run, which sees to that itself (run_turn.c).
 *
 * Connections that backup_pool.prewarm names are opened at the start, and
 * again after they were closed.  idle_timeout does not close connections while
 * only min_connections of them are open; if fewer are open, more are opened to
 * the home database as the bootstrap superuser.  After a failure to open one,
 * the janitor opens nothing for a while.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/janitor.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "shared/settings.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"
#include "worker/conn_state.h"
#include "worker/janitor.h"
#include "worker/lookup.h"
#include "worker/pool.h"

#define BP_WARM_RETRY_MS	30000

/* One entry of backup_pool.prewarm */
typedef struct BpWarm
{
	char		role[NAMEDATALEN];
	char		database[NAMEDATALEN];
	int			count;
} BpWarm;

static List *warm = NIL;
static TimestampTz warm_not_before = 0;

static void janitor_parse(void);
static void janitor_keep_warm(TimestampTz now);

void
bp_janitor_init(void)
{
	janitor_parse();
}

void
bp_janitor_reload(void)
{
	bp_pool_close_idle(NULL);
	bp_pool_retire_all();
	warm_not_before = 0;
	janitor_parse();
}

void
bp_janitor_lost(BpConn *conn)
{
	if (conn->state == BP_CONN_CONNECTING)
	{
		pg_atomic_fetch_add_u64(&bp_shared->counters.connections_failed, 1);
		warm_not_before =
			TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
										BP_WARM_RETRY_MS);
		ereport(LOG,
				(errmsg("could not open a pooled connection to database \"%s\" as role \"%s\": %s",
						conn->slot->database, conn->slot->role,
						conn->error.message)));
	}
	bp_conn_close(conn);
}

/*
 * Parse backup_pool.prewarm: role@database:count, …  Entries that are not of
 * this form are reported and ignored.
 */
static void
janitor_parse(void)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	char	   *copy = pstrdup(bp_setting_prewarm ? bp_setting_prewarm : "");
	List	   *items = NIL;
	ListCell   *lc;

	list_free_deep(warm);
	warm = NIL;
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
					 errhint("An entry has the form role@database:count.")));
			continue;
		}
		w = palloc0(sizeof(BpWarm));
		w->count = 1;
		if (colon != NULL && colon > at)
		{
			w->count = Min(atoi(colon + 1), bp_pool_size());
			*colon = '\0';
		}
		*at = '\0';
		strlcpy(w->role, item, NAMEDATALEN);
		strlcpy(w->database, at + 1, NAMEDATALEN);
		warm = lappend(warm, w);
	}
	list_free(items);
	pfree(copy);
	MemoryContextSwitchTo(old);
}

/* Open one connection that belongs to no task. */
static bool
janitor_open(const char *database, const char *role, TimestampTz now)
{
	BpConn	   *c = bp_pool_free_conn();
	Oid			oid;

	if (c == NULL)
		return false;
	oid = bp_lookup_role(role);
	if (OidIsValid(oid) && bp_pool_open(c, database, role, oid))
		return true;
	bp_conn_close(c);
	warm_not_before = TimestampTzPlusMilliseconds(now, BP_WARM_RETRY_MS);
	ereport(LOG,
			(errmsg("could not open a pooled connection to database \"%s\" as role \"%s\": %s",
					database, role, OidIsValid(oid) ? c->error.message :
					"the role does not exist")));
	return false;
}

static void
janitor_keep_warm(TimestampTz now)
{
	ListCell   *lc;

	if (bp_pool_is_shut() || now < warm_not_before)
		return;
	foreach(lc, warm)
	{
		BpWarm	   *w = lfirst(lc);

		while (bp_pool_count(w->database, w->role) < w->count)
			if (!janitor_open(w->database, w->role, now))
				break;
	}
	while (bp_pool_open_count() < bp_setting_min_connections)
	{
		const char *role = bp_lookup_role_name(BOOTSTRAP_SUPERUSERID);

		if (role == NULL ||
			!janitor_open(bp_setting_database, role, now))
			break;
	}
}

/* Would prewarm open another one if this one were closed? */
static bool
janitor_is_wanted(BpConn *conn)
{
	ListCell   *lc;

	foreach(lc, warm)
	{
		BpWarm	   *w = lfirst(lc);

		if (bp_conn_has_key(conn, w->database, w->role))
			return bp_pool_count(w->database, w->role) <= w->count;
	}
	return false;
}

TimestampTz
bp_janitor_run(TimestampTz now)
{
	TimestampTz next = 0;
	int			open = bp_pool_open_count();

	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);
		TimestampTz due;

		if (c->state == BP_CONN_IDLE)
		{
			TimestampTz old = TimestampTzPlusMilliseconds(c->opened_at,
														  bp_setting_max_lifetime);

			due = TimestampTzPlusMilliseconds(c->slot->state_since,
											  bp_setting_idle_timeout);
			if (c->retire || now >= old ||
				(now >= due && open > bp_setting_min_connections &&
				 !janitor_is_wanted(c)))
			{
				bp_conn_close(c);
				open--;
				continue;
			}
			/* if it is kept beyond idle_timeout, only its age counts */
			if (now >= due || old < due)
				due = old;
		}
		else if (c->deadline != 0 && c->run == NULL)
		{
			if (now >= c->deadline)
			{
				if (c->state == BP_CONN_CONNECTING)
					warm_not_before =
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
	janitor_keep_warm(now);
	if (bp_pool_locked_until() > now &&
		(next == 0 || bp_pool_locked_until() < next))
		next = bp_pool_locked_until();
	if (warm_not_before > now && (next == 0 || warm_not_before < next))
		next = warm_not_before;
	return next;
}
