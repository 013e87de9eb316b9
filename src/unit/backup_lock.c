/*-------------------------------------------------------------------------
 *
 * backup_lock.c
 *	  First step of a backup: tables are locked, then a snapshot is exported.
 *
 * In that order, and not the other way round as pg_dump does it: what was
 * truncated or altered between a snapshot and the lock would be missed.  The
 * list of tables is read, all are locked, a snapshot is taken, and the list
 * is read again under it; if a table appeared meanwhile, once more.
 *
 * The transaction is READ COMMITTED, so that each reading sees what is newly
 * committed.  The exported snapshot lives as long as it does, and the leader
 * reads under it as well, by pushing it explicitly.
 *
 * What can be known to fail later fails here: a pattern that matches nothing,
 * a table the owner may not read or would not see all rows of, more tables
 * than the lock table holds.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/backup_lock.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/twophase.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "shared/compat.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "unit/backup.h"
#include "unit/pattern.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#define BP_LOCK_ROUNDS	20

typedef struct BpTable
{
	Oid			oid;
	char		kind;
	char	   *schema;
	char	   *name;
	bool		with_data;		/* its rows are asked for */
} BpTable;

static char *bp_lock_query(BpSession *session);
static void bp_append_patterns(StringInfo sql, List *patterns, bool tables,
							   bool visible);
static List *bp_lock_list(const char *query, Snapshot snapshot);
static void bp_lock_budget(int ntables);
static void bp_lock_check(BpSession *session, List *tables);
static void bp_lock_check_patterns(BpSession *session);
static Snapshot bp_lock_export(BpSession *session);

/* ( … OR … ), of conditions on c.relname and n.nspname */
static void
bp_append_patterns(StringInfo sql, List *patterns, bool tables, bool visible)
{
	ListCell   *lc;

	appendStringInfoChar(sql, '(');
	foreach(lc, patterns)
	{
		char	   *schema;
		char	   *name;

		if (lc != list_head(patterns))
			appendStringInfoString(sql, " OR ");
		bp_pattern_parse(lfirst(lc), tables, &schema, &name);
		appendStringInfoChar(sql, '(');
		bp_pattern_condition(sql, tables ? "c.relname" : "n.nspname", name);
		if (tables && schema != NULL)
		{
			appendStringInfoString(sql, " AND ");
			bp_pattern_condition(sql, "n.nspname", schema);
		}
		else if (tables && visible)
			appendStringInfoString(sql,
								   " AND pg_catalog.pg_table_is_visible(c.oid)");
		appendStringInfoChar(sql, ')');
	}
	appendStringInfoChar(sql, ')');
}

/* The tables that pg_dump will want to lock and read, by the same rules. */
static char *
bp_lock_query(BpSession *session)
{
	BpOptions  *o = session->options;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql,
						   "SELECT c.oid, c.relkind::pg_catalog.text, n.nspname, c.relname, ");
	if (o->exclude_table_data != NIL)
	{
		appendStringInfoString(&sql, "NOT ");
		bp_append_patterns(&sql, o->exclude_table_data, true, true);
	}
	else
		appendStringInfoString(&sql, "true");
	appendStringInfoString(&sql,
						   " FROM pg_catalog.pg_class c "
						   "JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace "
						   "WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}'::pg_catalog.\"char\"[]) "
						   "AND c.relpersistence OPERATOR(pg_catalog.<>) 't' "
						   "AND n.nspname OPERATOR(pg_catalog.!~) '^pg_' "
						   "AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema' "
						   "AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d "
						   "WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass "
						   "AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.objsubid OPERATOR(pg_catalog.=) 0 "
						   "AND d.deptype OPERATOR(pg_catalog.=) 'e' "
						   "AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e "
						   "WHERE e.oid OPERATOR(pg_catalog.=) d.refobjid "
						   "AND c.oid OPERATOR(pg_catalog.=) ANY (e.extconfig)))");
	if (o->tables != NIL)
	{
		appendStringInfoString(&sql, " AND ");
		bp_append_patterns(&sql, o->tables, true, true);
	}
	else if (o->schemas != NIL)
	{
		appendStringInfoString(&sql, " AND ");
		bp_append_patterns(&sql, o->schemas, false, false);
	}
	if (o->exclude_schemas != NIL)
	{
		appendStringInfoString(&sql, " AND NOT ");
		bp_append_patterns(&sql, o->exclude_schemas, false, false);
	}
	if (o->exclude_tables != NIL)
	{
		appendStringInfoString(&sql, " AND NOT ");
		bp_append_patterns(&sql, o->exclude_tables, true, true);
	}
	appendStringInfoString(&sql, " ORDER BY c.oid USING OPERATOR(pg_catalog.<)");
	return sql.data;
}

static List *
bp_lock_list(const char *query, Snapshot snapshot)
{
	MemoryContext caller = CurrentMemoryContext;
	List	   *tables = NIL;

	PushActiveSnapshot(snapshot);
	SPI_connect();
	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not list the tables");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	t = SPI_tuptable->vals[i];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		MemoryContext old = MemoryContextSwitchTo(caller);
		BpTable    *table = palloc(sizeof(BpTable));
		bool		isnull;

		table->oid = DatumGetObjectId(SPI_getbinval(t, desc, 1, &isnull));
		table->kind = SPI_getvalue(t, desc, 2)[0];
		table->schema = SPI_getvalue(t, desc, 3);
		table->name = SPI_getvalue(t, desc, 4);
		table->with_data = DatumGetBool(SPI_getbinval(t, desc, 5, &isnull));
		tables = lappend(tables, table);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	PopActiveSnapshot();
	return tables;
}

/*
 * Each table needs an entry in the shared lock table, which has room for
 * max_locks_per_transaction of every session and prepared transaction.  Leave
 * a tenth to others.
 */
static void
bp_lock_budget(int ntables)
{
	int64		sessions = MaxBackends + max_prepared_xacts;
	int64		room = max_locks_per_xact * sessions;
	int64		need;

	if (ntables <= room - room / 10)
		return;
	need = ((int64) ntables * 10 / 9 + sessions) / sessions;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("too many tables for \"max_locks_per_transaction\" = %d",
					max_locks_per_xact),
			 errdetail("A consistent backup locks %d tables at once; the lock table has room for " INT64_FORMAT " locks.",
					   ntables, room),
			 errhint("Set \"max_locks_per_transaction\" to at least " INT64_FORMAT " and restart the server, or back up fewer schemas at a time.",
					 need)));
}

/* Rights on every table, and no row security in the way: before any data. */
static void
bp_lock_check(BpSession *session, List *tables)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		BpTable    *t = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (pg_class_aclcheck(t->oid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for table %s",
							quote_qualified_identifier(t->schema, t->name)),
					 errdetail("Role \"%s\", the owner of the task, may not read it.",
							   GetUserNameFromId(GetUserId(), false)),
					 errhint("GRANT SELECT on it, or membership in pg_read_all_data, or leave the table out.")));
		if (session->options->content != BP_CONTENT_SCHEMA &&
			t->kind == RELKIND_RELATION && t->with_data &&
			check_enable_rls(t->oid, InvalidOid, true) == RLS_ENABLED)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("row-level security of table %s would hide rows from the backup",
							quote_qualified_identifier(t->schema, t->name)),
					 errdetail("Policies apply to role \"%s\", the owner of the task.",
							   GetUserNameFromId(GetUserId(), false)),
					 errhint("Back up as a role with BYPASSRLS, or as the table's owner if row security is not forced, or leave the table out.")));
	}
}

/* As pg_dump --strict-names: each pattern must match something. */
static void
bp_lock_check_patterns(BpSession *session)
{
	BpOptions  *o = session->options;
	bool		tables = o->tables != NIL;
	ListCell   *lc;

	foreach(lc, tables ? o->tables : o->schemas)
	{
		StringInfoData sql;
		bool		found;

		initStringInfo(&sql);
		if (tables)
			appendStringInfoString(&sql,
								   "SELECT FROM pg_catalog.pg_class c "
								   "JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace "
								   "WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f,S}'::pg_catalog.\"char\"[]) AND ");
		else
			appendStringInfoString(&sql,
								   "SELECT FROM pg_catalog.pg_namespace n WHERE ");
		bp_append_patterns(&sql, list_make1(lfirst(lc)), tables, true);
		SPI_connect();
		if (SPI_execute(sql.data, true, 1) != SPI_OK_SELECT)
			elog(ERROR, "could not look up a pattern");
		found = SPI_processed > 0;
		SPI_finish();
		if (!found)
			ereport(ERROR,
					(errcode(tables ? ERRCODE_UNDEFINED_TABLE :
							 ERRCODE_UNDEFINED_SCHEMA),
					 errmsg(tables ?
							"no matching tables were found for pattern \"%s\"" :
							"no matching schemas were found for pattern \"%s\"",
							(char *) lfirst(lc)),
					 errhint("Patterns are those of pg_dump: quote names that are not lower case, and give the schema if it is not on the search path.")));
	}
}

/* Export the snapshot, and keep it for the leader's own reading. */
static Snapshot
bp_lock_export(BpSession *session)
{
	Snapshot	snapshot = RegisterSnapshotOnOwner(GetLatestSnapshot(),
												   TopTransactionResourceOwner);
	char	   *id;

	PushActiveSnapshot(snapshot);
	id = ExportSnapshot(snapshot);
	PopActiveSnapshot();
	strlcpy(session->task->snapshot, id, BP_SNAPSHOT_LEN);
	return snapshot;
}

void
bp_backup_lock(BpSession *session)
{
	BpTask	   *task = session->task;
	char	   *query;
	List	   *locked = NIL;	/* of Oid */

	bp_lock_check_patterns(session);
	query = bp_lock_query(session);
	for (int round = 0; round < BP_LOCK_ROUNDS; round++)
	{
		Snapshot	snapshot = RegisterSnapshotOnOwner(GetLatestSnapshot(),
													   TopTransactionResourceOwner);
		List	   *tables = bp_lock_list(query, snapshot);
		List	   *again;
		ListCell   *lc;
		bool		complete = true;

		UnregisterSnapshotFromOwner(snapshot, TopTransactionResourceOwner);
		bp_lock_budget(list_length(tables));
		bp_lock_check(session, tables);
		foreach(lc, tables)
		{
			BpTable    *t = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			if (round == 0 || !list_member_oid(locked, t->oid))
			{
				LockRelationOid(t->oid, AccessShareLock);
				locked = lappend_oid(locked, t->oid);
			}
		}
		snapshot = bp_lock_export(session);
		task->snapshot_time = GetCurrentTimestamp();
		task->snapshot_lsn = RecoveryInProgress() ?
			GetXLogReplayRecPtr(NULL) : GetXLogInsertRecPtr();
		again = bp_lock_list(query, snapshot);
		if (list_length(again) != list_length(tables))
			complete = false;
		else
		{
			ListCell   *a;
			ListCell   *b;

			/* both in order of oid */
			forboth(a, again, b, tables)
				if (((BpTable *) lfirst(a))->oid != ((BpTable *) lfirst(b))->oid)
				complete = false;
		}
		if (complete)
		{
			bp_lock_check(session, again);
			session->snapshot = snapshot;
			return;
		}
		UnregisterSnapshotFromOwner(snapshot, TopTransactionResourceOwner);
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("could not lock the tables: they keep changing"),
			 errdetail("Tables were created or dropped during each of %d attempts.",
					   BP_LOCK_ROUNDS),
			 errhint("Try again when less is being created.")));
}

Snapshot
bp_backup_snapshot(BpSession *session)
{
	if (session->snapshot != NULL)
		return session->snapshot;
	/* a helper must be inside the transaction that took over the snapshot */
	if (!IsTransactionBlock() || !IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this session has not taken over the snapshot of task " INT64_FORMAT,
						session->task_id)));
	return GetTransactionSnapshot();
}
