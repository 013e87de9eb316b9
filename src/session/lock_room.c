/*-------------------------------------------------------------------------
 *
 * lock_room.c
 *	  How many relations one transaction may lock.
 *
 * Each locked relation takes an entry of the shared lock table.  The table has
 * max_locks_per_transaction entries for each session and each prepared
 * transaction that the server admits.  The limit is looked at before anything
 * is locked, so that the user sees the value to set, not "out of shared
 * memory".
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/lock_room.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/twophase.h"
#include "miscadmin.h"
#include "session/lock_room.h"
#include "storage/lock.h"

/* The number of transactions that the lock table is sized for */
static int64
lock_sessions(void)
{
	return MaxBackends + max_prepared_xacts;
}

int
bp_lock_room(void)
{
	int64		all = max_locks_per_xact * lock_sessions();

	return (int) Min(all - all / 10, INT_MAX);
}

void
bp_lock_too_many(int ntables, const char *what, const char *advice)
{
	int64		sessions = lock_sessions();
	int64		need = ((int64) ntables * 10 / 9 + sessions) / sessions;

	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("too many tables for \"max_locks_per_transaction\" = %d",
					max_locks_per_xact),
			 errdetail("%s %d relations at once; the lock table has room for " INT64_FORMAT " locks.",
					   what, ntables, max_locks_per_xact * sessions),
			 errhint("Set \"max_locks_per_transaction\" to at least " INT64_FORMAT " and restart the server, or %s.",
					 need, advice)));
}
