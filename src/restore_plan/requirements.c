/*-------------------------------------------------------------------------
 *
 * requirements.c
 *	  What an archive needs that only the server can have.
 *
 * Roles, extensions and locales are not in the archive.  Without this check
 * the first entry that needs a missing one would fail, when much is restored
 * already, and the user would learn of one missing role at a time.  So all of
 * them are looked up before anything is made.
 *
 * Roles are the owners of objects, those that the SQL of privileges and of
 * policies names, and those with settings for the database.  Core's parser
 * reads the SQL.
 *
 * For a new database the check is made in the home database first, before
 * CREATE DATABASE.  It is made again in the target database, since two cases
 * are left to that: an archive whose text would have to be converted to the
 * encoding of the home database, and a selection, which depends on what the
 * target has.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/requirements.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "restore/entry.h"
#include "restore_plan/requirements.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

typedef struct Requirements
{
	MemoryContext cxt;			/* of the names */
	List	   *roles;			/* missing ones, as char * */
	List	   *extensions;
	List	   *locales;
	bool		owners;			/* a missing role owns an object */
	bool		grantees;		/* a missing role is in a privilege */
	bool		others;			/* a missing role is needed otherwise */
} Requirements;

static bool add_name(Requirements *need, List **names, const char *name);
static bool add_role(Requirements *need, const char *name);
static bool add_role_specs(Requirements *need, List *roles);
static bool add_statement_roles(Requirements *need, Node *stmt);
static void add_entry(Requirements *need, BpSelection *sel, int i);
static bool extension_is_available(const char *name);
static void add_locales(Requirements *need, const BpTocEntry *e);
static void append_names(StringInfo buf, const char *what, List *names);
static void raise_missing(Requirements *need);

/* Adds a name to a list, once; returns true. */
static bool
add_name(Requirements *need, List **names, const char *name)
{
	MemoryContext old = MemoryContextSwitchTo(need->cxt);
	ListCell   *lc;

	foreach(lc, *names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			break;
	}
	if (lc == NULL)
		*names = lappend(*names, pstrdup(name));
	MemoryContextSwitchTo(old);
	return true;
}

/* Adds a role if it is missing; returns whether it is. */
static bool
add_role(Requirements *need, const char *name)
{
	if (name == NULL || name[0] == '\0' || OidIsValid(get_role_oid(name, true)))
		return false;
	return add_name(need, &need->roles, name);
}

/* The same for a list of RoleSpec, of which PUBLIC and CURRENT_USER exist. */
static bool
add_role_specs(Requirements *need, List *roles)
{
	bool		missing = false;
	ListCell   *lc;

	foreach(lc, roles)
	{
		RoleSpec   *role = lfirst(lc);

		if (role != NULL && role->roletype == ROLESPEC_CSTRING &&
			add_role(need, role->rolename))
			missing = true;
	}
	return missing;
}

/* Adds the missing roles that a statement names; returns whether there are any. */
static bool
add_statement_roles(Requirements *need, Node *stmt)
{
	bool		missing = false;
	ListCell   *lc;

	switch (nodeTag(stmt))
	{
		case T_GrantStmt:
			return add_role_specs(need, ((GrantStmt *) stmt)->grantees);
		case T_AlterDefaultPrivilegesStmt:
			foreach(lc, ((AlterDefaultPrivilegesStmt *) stmt)->options)
			{
				DefElem    *option = lfirst_node(DefElem, lc);

				if (strcmp(option->defname, "roles") == 0 &&
					add_role_specs(need, (List *) option->arg))
					missing = true;
			}
			return add_role_specs(need, ((AlterDefaultPrivilegesStmt *) stmt)->action->grantees) ||
				missing;
		case T_VariableSetStmt:
			if (((VariableSetStmt *) stmt)->kind == VAR_SET_VALUE &&
				strcmp(((VariableSetStmt *) stmt)->name,
					   "session_authorization") == 0)
				return add_role(need, ExtractSetVariableArgs((VariableSetStmt *) stmt));
			return false;
		case T_CreatePolicyStmt:
			return add_role_specs(need, ((CreatePolicyStmt *) stmt)->roles);
		case T_CreateUserMappingStmt:
			return add_role_specs(need, list_make1(((CreateUserMappingStmt *) stmt)->user));
		case T_AlterRoleSetStmt:
			return add_role_specs(need, list_make1(((AlterRoleSetStmt *) stmt)->role));
		default:
			return false;
	}
}

/* Adds what the entry needs and the server does not have. */
static void
add_entry(Requirements *need, BpSelection *sel, int i)
{
	static const char *const with_roles[] = {
		"ACL", "DEFAULT ACL", "POLICY", "USER MAPPING",
		"DATABASE PROPERTIES", NULL
	};
	const BpTocEntry *e = &sel->toc->entries[i];
	ListCell   *lc;

	if (sel->session->options->owner && bp_entry_has_owner(e) &&
		add_role(need, e->owner))
		need->owners = true;
	if (bp_entry_is(e, "EXTENSION") &&
		!OidIsValid(get_extension_oid(e->tag, true)) &&
		!extension_is_available(e->tag))
		(void) add_name(need, &need->extensions, e->tag);
	if (!bp_entry_in(e, with_roles))
		return;
	foreach(lc, bp_entry_parse(e->defn))
	{
		if (!add_statement_roles(need, lfirst_node(RawStmt, lc)->stmt))
			continue;
		if (bp_entry_is_acl(e))
			need->grantees = true;
		else
			need->others = true;
	}
}

static bool
extension_is_available(const char *name)
{
	Oid			type = NAMEOID;
	Datum		value = DirectFunctionCall1(namein, CStringGetDatum(name));
	bool		found;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name OPERATOR(pg_catalog.=) $1",
							  1, &type, &value, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the available extensions");
	found = SPI_processed > 0;
	SPI_finish();
	return found;
}

/* Adds the locales of the C library that CREATE DATABASE would reject. */
static void
add_locales(Requirements *need, const BpTocEntry *e)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, bp_entry_parse(e->defn))
	{
		Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

		if (!IsA(stmt, CreatedbStmt))
			continue;
		foreach(lc2, ((CreatedbStmt *) stmt)->options)
		{
			DefElem    *option = lfirst_node(DefElem, lc2);
			bool		collate = strcmp(option->defname, "lc_collate") == 0;
			bool		ctype = strcmp(option->defname, "lc_ctype") == 0;
			char	   *value;

			if (strcmp(option->defname, "locale") == 0)
				collate = ctype = true;
			if (!(collate || ctype) || option->arg == NULL)
				continue;
			value = defGetString(option);
			if ((collate && !check_locale(LC_COLLATE, value, NULL)) ||
				(ctype && !check_locale(LC_CTYPE, value, NULL)))
				(void) add_name(need, &need->locales, value);
		}
	}
}

/* Appends a line with the names to an error detail, if there are any. */
static void
append_names(StringInfo buf, const char *what, List *names)
{
	ListCell   *lc;

	if (names == NIL)
		return;
	if (buf->len > 0)
		appendStringInfoChar(buf, '\n');
	appendStringInfo(buf, "Missing %s: ", what);
	foreach(lc, names)
		appendStringInfo(buf, "%s\"%s\"",
						 foreach_current_index(lc) > 0 ? ", " : "",
						 (char *) lfirst(lc));
	appendStringInfoChar(buf, '.');
}

/* Raises the error for all that is missing; returns if nothing is. */
static void
raise_missing(Requirements *need)
{
	StringInfoData detail;
	StringInfoData hint;
	bool		one = list_length(need->roles) == 1 &&
		need->extensions == NIL && need->locales == NIL;

	if (need->roles == NIL && need->extensions == NIL && need->locales == NIL)
		return;
	initStringInfo(&detail);
	append_names(&detail, "roles", need->roles);
	append_names(&detail, "extensions", need->extensions);
	append_names(&detail, "locales", need->locales);
	appendStringInfoString(&detail, "\nNothing was restored.");

	initStringInfo(&hint);
	if (need->roles != NIL)
	{
		appendStringInfo(&hint, "Create the role%s", one ? "" : "s");
		if (!need->others && (need->owners || need->grantees))
			appendStringInfo(&hint, ", or set %s%s%s to false",
							 need->owners ? "owner" : "",
							 need->owners && need->grantees ? " and " : "",
							 need->grantees ? "privileges" : "");
		appendStringInfoString(&hint, ".");
	}
	if (need->extensions != NIL)
		appendStringInfo(&hint, "%sInstall the files of the extensions.",
						 hint.len > 0 ? "  " : "");
	if (need->locales != NIL)
		appendStringInfo(&hint, "%sInstall the locales, or create the database with another locale and set create_database to false.",
						 hint.len > 0 ? "  " : "");
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 one ? errmsg("role \"%s\" does not exist",
						  (char *) linitial(need->roles)) :
			 errmsg("this server does not have all roles, extensions and locales that the archive needs"),
			 errdetail_internal("%s", detail.data),
			 errhint("%s", hint.data)));
}

void
bp_restore_plan_requirements(BpSelection *sel)
{
	Requirements need = {CurrentMemoryContext};
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext,
											   "backup_pool requirements",
											   ALLOCSET_DEFAULT_SIZES);
	bool		here;
	int			i;

	here = OidIsValid(MyDatabaseId) &&
		strcmp(get_database_name(MyDatabaseId),
			   bp_task_target_database(sel->session->task)) == 0;
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		MemoryContext old;

		if ((sel->reqs[i] & (BP_REQ_SCHEMA | BP_REQ_DATA)) == 0 ||
			e->had_dumper)
			continue;
		old = MemoryContextSwitchTo(work);
		add_entry(&need, sel, i);
		if (!here && bp_entry_is(e, "DATABASE"))
			add_locales(&need, e);
		MemoryContextSwitchTo(old);
		MemoryContextReset(work);
	}
	MemoryContextDelete(work);
	raise_missing(&need);
}
