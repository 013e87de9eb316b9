/*-------------------------------------------------------------------------
 *
 * drain.c
 *	  Commands that need a database without sessions.
 *
 * DROP DATABASE and similar commands fail while another session is connected to
 * the database.  Idle sessions of the pool must not be the reason.  The session
 * that runs such a command puts a request into shared memory, wakes the worker,
 * and waits until the worker has closed its idle sessions.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/drain.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/compat.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "session/drain.h"
#include "shared/task.h"
#include "utils/acl.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#define BP_DRAIN_WAIT_MS	1000

/* The database that must have no other session, or InvalidOid */
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

/* The server's own function for this is exported since 15.20 only. */
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

void
bp_drain_for(Node *stmt)
{
	Oid			db;
	uint64		ticket;
	TimestampTz deadline;

	if (stmt == NULL ||
		!(IsA(stmt, DropdbStmt) || IsA(stmt, AlterDatabaseStmt) ||
		  IsA(stmt, RenameStmt) || IsA(stmt, CreatedbStmt)))
		return;
	db = wanted_database(stmt);
	/* a command that will be refused must not close any session */
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
	/*
	 * if two requests at once name different databases, close all idle
	 * sessions
	 */
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
