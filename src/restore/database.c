/*-------------------------------------------------------------------------
 *
 * database.c
 *	  The database that is restored into, and its properties.
 *
 * The CREATE DATABASE statement of the archive is parsed.  A new statement is
 * made of the options that describe the database (its encoding and locale)
 * and of the name that the task gives.  In the same way, entries that set
 * properties of the database are parsed, get the new name in the parse tree,
 * and run.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/database.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/tablespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "restore/database.h"
#include "restore/entry.h"
#include "restore/metadata.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore/toc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

static CreatedbStmt *find_createdb(const BpToc *toc);
static void append_options(BpSession *session, StringInfo sql, List *options);
static void apply_setting(VariableSetStmt *stmt, GucSource source);
static bool rename_database(Node *stmt, char *name);

/*
 * The CREATE DATABASE statement of the archive, or NULL.  We are in another
 * database, whose encoding may lack characters of the archive.  So only this
 * statement is converted.
 */
static CreatedbStmt *
find_createdb(const BpToc *toc)
{
	int			encoding = bp_restore_data_encoding(toc);
	int			i;

	for (i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		ListCell   *lc;

		if (!bp_entry_is(e, "DATABASE") || e->defn == NULL)
			continue;
		foreach(lc, bp_entry_parse(pg_any_to_server(e->defn, strlen(e->defn),
													encoding)))
		{
			Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

			if (IsA(stmt, CreatedbStmt))
				return (CreatedbStmt *) stmt;
		}
	}
	return NULL;
}

/*
 * Appends the options that decide what data the database can hold.  Leaves out
 * the version of the collation, which belongs to the system that the archive
 * comes from, and a tablespace that this server does not have, which is noted
 * in the task.
 */
static void
append_options(BpSession *session, StringInfo sql, List *options)
{
	static const char *const wanted[] = {
		"encoding", "locale", "lc_collate", "lc_ctype", "locale_provider",
		"icu_locale", "icu_rules", "builtin_locale", "tablespace", NULL
	};
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);
		char	   *value;
		int			i;

		for (i = 0; wanted[i] != NULL; i++)
		{
			if (strcmp(option->defname, wanted[i]) == 0)
				break;
		}
		if (wanted[i] == NULL || option->arg == NULL)
			continue;
		value = defGetString(option);
		if (strcmp(option->defname, "tablespace") == 0)
		{
			if (OidIsValid(get_tablespace_oid(value, true)))
				appendStringInfo(sql, " TABLESPACE = %s",
								 quote_identifier(value));
			else
				bp_session_note(session,
								psprintf("Tablespace \"%s\" does not exist on this server; the new database is in the server's default tablespace.",
										 value));
			continue;
		}
		appendStringInfo(sql, " %s = %s", option->defname,
						 quote_literal_cstr(value));
	}
}

char *
bp_restore_createdb_text(BpSession *session, const char *name)
{
	BpToc	   *toc;
	CreatedbStmt *createdb;
	StringInfoData sql;

	bp_restore_verify_metadata(session);
	toc = bp_session_toc(session);
	bp_restore_set_dialect(toc);
	createdb = find_createdb(toc);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE DATABASE %s TEMPLATE = template0",
					 quote_identifier(name));
	if (createdb != NULL)
		append_options(session, &sql, createdb->options);
	else
	{
		const char *encoding =
			pg_encoding_to_char(bp_restore_data_encoding(toc));

		appendStringInfo(&sql, " ENCODING = %s", quote_literal_cstr(encoding));
	}
	return sql.data;
}

void
bp_restore_create_database(BpSession *session)
{
	BpTask	   *task = session->task;
	const char *name = bp_task_target_database(task);
	char	   *sql = bp_restore_createdb_text(session, name);

	if (OidIsValid(get_database_oid(name, true)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_DATABASE),
				 errmsg("database \"%s\" already exists", name),
				 errhint("Set create_database to false to restore into the existing database.")));
	bp_task_store_sql(task, sql);
}

/*
 * Applies a setting as a login does: the options of the session have priority,
 * and an invalid setting is ignored.  Unlike a login, this needs the privilege
 * of the current user to set the parameter: at a login the setting comes from
 * the catalog, where a privileged user has put it, but here it comes from an
 * archive.
 */
static void
apply_setting(VariableSetStmt *stmt, GucSource source)
{
	const char *value;

	if (stmt->kind != VAR_SET_VALUE)
		return;
	value = ExtractSetVariableArgs(stmt);
	if (value != NULL)
		(void) set_config_option_ext(stmt->name, value,
									 superuser() ? PGC_SUSET : PGC_USERSET,
									 source, GetUserId(), GUC_ACTION_SET,
									 true, DEBUG1, false);
}

/*
 * The settings of the database are restored last, but CHECK constraints,
 * triggers and materialized views may depend on them.  (pg_restore makes the
 * settings first, and then connects again.)
 */
void
bp_restore_database_settings(BpSession *session)
{
	BpToc	   *toc;
	int			i;

	if (session->database_settings ||
		!(session->options->create_database ||
		  session->task->kind == BP_KIND_VERIFY))
		return;
	toc = bp_restore_toc(session);
	bp_restore_set_dialect(toc);
	for (i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		ListCell   *lc;

		if (!bp_entry_is(e, "DATABASE PROPERTIES"))
			continue;
		foreach(lc, bp_entry_parse(e->defn))
		{
			Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;
			RoleSpec   *role = IsA(stmt, AlterRoleSetStmt) ?
				((AlterRoleSetStmt *) stmt)->role : NULL;

			if (IsA(stmt, AlterDatabaseSetStmt))
				apply_setting(((AlterDatabaseSetStmt *) stmt)->setstmt,
							  PGC_S_DATABASE);
			else if (role != NULL &&
					 get_rolespec_oid(role, true) == GetUserId())
				apply_setting(((AlterRoleSetStmt *) stmt)->setstmt,
							  PGC_S_DATABASE_USER);
		}
	}
	session->database_settings = true;
	bp_session_settings(session);
}

/*
 * Puts the name of the database into a statement.  Returns false if it is not a
 * statement that sets a property of a database.
 */
static bool
rename_database(Node *stmt, char *name)
{
	switch (nodeTag(stmt))
	{
		case T_AlterDatabaseStmt:
			((AlterDatabaseStmt *) stmt)->dbname = name;
			return true;
		case T_AlterDatabaseSetStmt:
			((AlterDatabaseSetStmt *) stmt)->dbname = name;
			return true;
		case T_AlterRoleSetStmt:
			((AlterRoleSetStmt *) stmt)->database = name;
			return true;
		case T_CommentStmt:
			((CommentStmt *) stmt)->object = (Node *) makeString(name);
			return ((CommentStmt *) stmt)->objtype == OBJECT_DATABASE;
		case T_SecLabelStmt:
			((SecLabelStmt *) stmt)->object = (Node *) makeString(name);
			return ((SecLabelStmt *) stmt)->objtype == OBJECT_DATABASE;
		case T_GrantStmt:
			((GrantStmt *) stmt)->objects = list_make1(makeString(name));
			return ((GrantStmt *) stmt)->objtype == OBJECT_DATABASE;
		case T_VariableSetStmt:
			/* SET SESSION AUTHORIZATION around a GRANT */
			return true;
		default:
			return false;
	}
}

void
bp_restore_database_entry(BpSession *session, const BpTocEntry *e)
{
	char	   *name = get_database_name(MyDatabaseId);
	ListCell   *lc;

	if (name == NULL)
		elog(ERROR, "database %u is missing", MyDatabaseId);

	/* The database was created in the first step, without its owner */
	if (bp_entry_is(e, "DATABASE"))
	{
		if (session->options->owner && e->owner != NULL &&
			e->owner[0] != '\0')
			bp_restore_execute(psprintf("ALTER DATABASE %s OWNER TO %s",
										quote_identifier(name),
										quote_identifier(e->owner)));
		return;
	}

	foreach(lc, bp_entry_parse(e->defn))
	{
		Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

		if (!rename_database(stmt, name))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("statement of archive entry %d does not set properties of a database",
							e->dump_id)));
		bp_restore_utility(stmt, e->defn);
	}
}
