/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  First step of a backup: tables are locked, then a snapshot is taken.
 *
 * pg_dump takes its snapshot first and misses what is truncated or altered
 * between the snapshot and the lock.  So we lock first: we read the list of
 * tables, lock them all, take a snapshot, and read the list again under the
 * snapshot.  If a table appeared in between, we start again.  A table that was
 * dropped in between does not matter.
 *
 * The transaction is READ COMMITTED, so that each reading of the list sees
 * what was committed last.  The snapshot lives as long as the transaction; the
 * leader pushes it explicitly to read under it.  It is exported only if
 * pg_dump or helpers need it.
 *
 * Errors that can be foreseen are raised here: a pattern that matches nothing,
 * a table that the owner may not read or of which row security hides rows,
 * more tables than the lock table holds.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/lock.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "backup/internal.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/relations.h"
#include "miscadmin.h"
#include "session/lock_room.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#define BP_LOCK_ROUNDS	20

static void lock_check(BpSession *session, BpRelations *relations);
static int	lock_count(BpRelations *relations);
static bool lock_has_all(BpRelations *before, BpRelations *after);
static Snapshot lock_snapshot(BpSession *session);

static int
lock_count(BpRelations *relations)
{
	int			n = 0;

	for (int i = 0; i < relations->nrels; i++)
		n += bp_relation_needs_lock(&relations->rels[i]);
	return n;
}

/*
 * Check the owner's rights on every table, and that row security hides no
 * rows.  A table that is not locked yet may have been dropped; then it is not
 * in the next list.
 */
static void
lock_check(BpSession *session, BpRelations *relations)
{
	Oid			nsp = InvalidOid;

	for (int i = 0; i < relations->nrels; i++)
	{
		BpRel	   *r = &relations->rels[i];
		bool		missing = false;
		AclResult	table;

		CHECK_FOR_INTERRUPTS();
		if (!bp_relation_needs_lock(r))
			continue;
		table = pg_class_aclcheck_ext(r->oid, GetUserId(), ACL_SELECT,
									  &missing);
		if (missing ||
			!SearchSysCacheExists1(NAMESPACEOID, ObjectIdGetDatum(r->nsp)))
			continue;
		if (r->nsp != nsp &&
			bp_schema_aclcheck(r->nsp, GetUserId(), ACL_USAGE) != ACLCHECK_OK)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for schema %s",
							quote_identifier(r->schema)),
					 errdetail("Role \"%s\", the owner of the task, has no USAGE privilege on it.",
							   GetUserNameFromId(GetUserId(), false)),
					 errhint("Grant USAGE on the schema, or membership in pg_read_all_data, or exclude the schema.")));
		nsp = r->nsp;
		if (table != ACLCHECK_OK)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for table %s",
							quote_qualified_identifier(r->schema, r->name)),
					 errdetail("Role \"%s\", the owner of the task, has no SELECT privilege on it.",
							   GetUserNameFromId(GetUserId(), false)),
					 errhint("Grant SELECT on the table, or membership in pg_read_all_data, or exclude the table.")));
		if (session->options->content != BP_CONTENT_SCHEMA && r->data &&
			check_enable_rls(r->oid, InvalidOid, true) == RLS_ENABLED)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("row-level security of table %s would hide rows from the backup",
							quote_qualified_identifier(r->schema, r->name)),
					 errdetail("Policies apply to role \"%s\", the owner of the task.",
							   GetUserNameFromId(GetUserId(), false)),
					 errhint("Back up as a role with BYPASSRLS, or as the table's owner if row security is not forced, or exclude the table.")));
	}
}

/* Take the snapshot of the backup; it lasts as long as the transaction. */
static Snapshot
lock_snapshot(BpSession *session)
{
	BpTask	   *task = session->task;

	task->snapshot_time = GetCurrentTimestamp();
	task->snapshot_lsn = RecoveryInProgress() ?
		GetXLogReplayRecPtr(NULL) : GetXLogInsertRecPtr();
	return RegisterSnapshotOnOwner(GetLatestSnapshot(),
								   TopTransactionResourceOwner);
}

void
bp_backup_export(BpSession *session)
{
	char	   *id;

	if (session->task->snapshot[0] != '\0')
		return;
	PushActiveSnapshot(session->snapshot);
	id = ExportSnapshot(session->snapshot);
	PopActiveSnapshot();
	strlcpy(session->task->snapshot, id, BP_SNAPSHOT_LEN);
}

/* Were all tables of 'after' in 'before', and so are locked? */
static bool
lock_has_all(BpRelations *before, BpRelations *after)
{
	for (int i = 0; i < after->nrels; i++)
	{
		BpRel	   *was;

		if (!bp_relation_needs_lock(&after->rels[i]))
			continue;
		was = bp_relations_find(before, after->rels[i].oid);
		if (was == NULL || !bp_relation_needs_lock(was))
			return false;
	}
	return true;
}

void
bp_backup_lock(BpSession *session)
{
	session->task->snapshot[0] = '\0';
	for (int round = 0; round < BP_LOCK_ROUNDS; round++)
	{
		Snapshot	snapshot = RegisterSnapshotOnOwner(GetLatestSnapshot(),
													   TopTransactionResourceOwner);
		BpRelations *before = bp_relations_read(session->options, snapshot);
		BpRelations *after;
		MemoryContext old;

		UnregisterSnapshotFromOwner(snapshot, TopTransactionResourceOwner);
		if (lock_count(before) > bp_lock_room())
			bp_lock_too_many(lock_count(before),
							 "A consistent backup locks",
							 "back up fewer schemas at a time");
		lock_check(session, before);
		for (int i = 0; i < before->nrels; i++)
		{
			BpRel	   *r = &before->rels[i];

			CHECK_FOR_INTERRUPTS();
			if (bp_relation_needs_lock(r))
				LockRelationOid(r->oid, AccessShareLock);
		}
		snapshot = lock_snapshot(session);
		old = MemoryContextSwitchTo(session->cxt);
		after = bp_relations_read(session->options, snapshot);
		MemoryContextSwitchTo(old);
		if (lock_has_all(before, after))
		{
			lock_check(session, after);
			session->relations = after;
			session->snapshot = snapshot;
			return;
		}
		UnregisterSnapshotFromOwner(snapshot, TopTransactionResourceOwner);
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("could not lock all tables because new ones keep appearing"),
			 errdetail("Tables were created during each of %d attempts.",
					   BP_LOCK_ROUNDS),
			 errhint("Try again when fewer tables are being created.")));
}

Snapshot
bp_backup_snapshot(BpSession *session)
{
	if (session->snapshot != NULL)
		return session->snapshot;
	/* a helper reads in the transaction that imported the snapshot */
	if (!IsTransactionBlock() || !IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this session has not imported the snapshot of task " INT64_FORMAT,
						session->task_id)));
	return GetTransactionSnapshot();
}
