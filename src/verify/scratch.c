/*-------------------------------------------------------------------------
 *
 * scratch.c
 *	  Making and dropping the scratch database of a verification.
 *
 * The database gets a name that is free, and a comment that says to which
 * verification it belongs.  Name and comment are written by one transaction:
 * a crash leaves a database with the comment, or none.  A database that exists
 * is dropped only if it has the comment.
 *
 * The comment has the task's id, the time at which it was enqueued, and the
 * OID of the database itself.  So neither a task of an earlier log with the
 * same id nor a copy of the comment on another database (CREATE DATABASE does
 * not copy comments, but pg_restore --create writes them) is taken for it.
 * A restore of a verification leaves out all entries about the database.
 *
 * CREATE DATABASE and DROP DATABASE run inside of the worker's statement,
 * which is a transaction of its own, as these commands need it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/scratch.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/comment.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "restore/database.h"
#include "restore/entry.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "verify/verify.h"

static char *marker(const BpTask *task, const char *oid);
static void run_toplevel(const char *sql);
static List *find_marked(const BpTask *task);

/* The comment; 'oid' is that of the database. */
static char *
marker(const BpTask *task, const char *oid)
{
	return psprintf("scratch database of a backup_pool verification, which drops it"
					" (task " INT64_FORMAT ", " INT64_FORMAT ", OID %s)",
					task->id, task->enqueued_at, oid);
}

/* Runs CREATE DATABASE or DROP DATABASE in the current transaction. */
static void
run_toplevel(const char *sql)
{
	PlannedStmt *planned = makeNode(PlannedStmt);

	planned->commandType = CMD_UTILITY;
	planned->canSetTag = false;
	planned->utilityStmt = bp_entry_parse_one(sql);
	planned->stmt_location = -1;
	ProcessUtility(planned, sql, false, PROCESS_UTILITY_TOPLEVEL, NULL, NULL,
				   None_Receiver, NULL);
	CommandCounterIncrement();
}

void
bp_verify_create_scratch(BpSession *session)
{
	BpTask	   *task = session->task;
	char		name[NAMEDATALEN];
	Oid			oid;

	snprintf(name, sizeof(name), "backup_pool_verify_" INT64_FORMAT,
			 task->id);
	for (int i = 2; OidIsValid(get_database_oid(name, true)); i++)
		snprintf(name, sizeof(name), "backup_pool_verify_" INT64_FORMAT "_%d",
				 task->id, i);
	run_toplevel(bp_restore_createdb_text(session, name));
	oid = get_database_oid(name, false);
	CreateSharedComments(oid, DatabaseRelationId,
						 marker(task, psprintf("%u", oid)));
	strlcpy(task->scratch, name, NAMEDATALEN);
}

/* The names of the databases that have the comment of the task. */
static List *
find_marked(const BpTask *task)
{
	MemoryContext cxt = CurrentMemoryContext;
	List	   *names = NIL;
	char	   *sql;

	sql = psprintf("SELECT d.datname FROM pg_catalog.pg_database d"
				   " JOIN pg_catalog.pg_shdescription s ON s.objoid OPERATOR(pg_catalog.=) d.oid"
				   " WHERE s.classoid OPERATOR(pg_catalog.=) %u"
				   " AND s.description OPERATOR(pg_catalog.=) pg_catalog.format(%s, d.oid)",
				   DatabaseRelationId,
				   quote_literal_cstr(marker(task, "%s")));
	SPI_connect();
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_shdescription");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *name = SPI_getvalue(SPI_tuptable->vals[i],
										SPI_tuptable->tupdesc, 1);
		MemoryContext old = MemoryContextSwitchTo(cxt);

		names = lappend(names, pstrdup(name));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return names;
}

void
bp_verify_drop_scratch(BpTask *task)
{
	ListCell   *lc;

	if (task->kind != BP_KIND_VERIFY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("task " INT64_FORMAT " is not a verification",
						task->id)));
	foreach(lc, find_marked(task))
	{
		const char *name = lfirst(lc);

		strlcpy(task->scratch, name, NAMEDATALEN);
		run_toplevel(psprintf("DROP DATABASE %s WITH (FORCE)",
							  quote_identifier(name)));
	}
	task->scratch[0] = '\0';
}
