/*-------------------------------------------------------------------------
 *
 * restore_exists.c
 *	  Which objects of an archive the target database has already.
 *
 * An archive entry's DROP statement names its object the way the server
 * itself does, so core's parser and get_object_address() find nearly
 * everything; relations are looked up by name alone, since a table is in the
 * way of a view of the same name.  Lookups take locks and may fail (a type of
 * the name's arguments may be missing): each runs in a subtransaction that is
 * always rolled back.
 *
 * What if_exists makes of it:
 *	error	an object that exists is an error, before anything is changed
 *	skip	it stays as it is, with its data and all that belongs to it
 *	append	it stays; data is added, missing parts are made
 *	truncate the same, but tables are emptied first
 *	replace	it is dropped, and everything is made anew
 * Schemas and extensions are no more than containers: that they exist is
 * never in the way, and they are never dropped.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/restore_exists.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "commands/extension.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "shared/compat.h"
#include "storage/large_object.h"
#include "unit/restore_entry.h"
#include "unit/restore_exists.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

/* How many objects in the way an error lists */
#define BP_LISTED_CONFLICTS 10

static bool bp_find_by_drop(Node *stmt, bool check_owner,
							ObjectAddress *address);
static bool bp_find_safely(const BpTocEntry *e, bool check_owner,
						   ObjectAddress *address);
static bool bp_find_user_mapping(DropUserMappingStmt *stmt);
static bool bp_find_lob(const BpTocEntry *e, Oid *found);
static bool bp_is_container(const BpTocEntry *e);
static bool bp_kept_above(BpSelection *sel, int i);
static void bp_report_conflicts(BpSelection *sel);
static void bp_keep_existing(BpSelection *sel, bool with_data);

Oid
bp_restore_relation(const BpTocEntry *e)
{
	Oid			nspid;

	if (bp_entry_schema(e) == NULL)
		return InvalidOid;
	nspid = get_namespace_oid(e->nsp, true);
	if (!OidIsValid(nspid))
		return InvalidOid;
	return get_relname_relid(e->tag, nspid);
}

/* Relations are found by name, whatever kind of relation it is. */
static bool
bp_named_as_relation(const BpTocEntry *e)
{
	return bp_entry_is_relation(e) || bp_entry_is(e, "SEQUENCE") ||
		bp_entry_is(e, "INDEX") || bp_entry_is(e, "TABLE DATA");
}

bool
bp_restore_object_exists(const BpTocEntry *e)
{
	ObjectAddress address;

	if (bp_named_as_relation(e))
		return OidIsValid(bp_restore_relation(e));
	if (bp_entry_is(e, "SCHEMA"))
		return OidIsValid(get_namespace_oid(e->tag, true));
	if (bp_entry_is(e, "EXTENSION"))
		return OidIsValid(get_extension_oid(e->tag, true));
	if (bp_entry_is(e, "BLOB") || bp_entry_is(e, "BLOB METADATA"))
		return bp_find_lob(e, NULL);
	if (bp_entry_is(e, "SHELL TYPE") && bp_entry_schema(e) != NULL)
		return SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum(e->tag),
									 ObjectIdGetDatum(get_namespace_oid(e->nsp,
																		true)));
	return bp_find_safely(e, false, &address);
}

bool
bp_restore_object_address(const BpTocEntry *e, bool check_owner,
						  ObjectAddress *address)
{
	if (bp_named_as_relation(e))
	{
		Oid			relid = bp_restore_relation(e);

		if (!OidIsValid(relid))
			return false;
		if (check_owner && !bp_relation_ownercheck(relid, GetUserId()))
			aclcheck_error(ACLCHECK_NOT_OWNER,
						   get_relkind_objtype(get_rel_relkind(relid)),
						   e->tag);
		ObjectAddressSet(*address, RelationRelationId, relid);
		return true;
	}
	if (bp_entry_is(e, "BLOB"))
	{
		ObjectAddressSet(*address, LargeObjectRelationId, InvalidOid);
		if (!bp_find_lob(e, &address->objectId))
			return false;
		if (check_owner)
			check_object_ownership(GetUserId(), OBJECT_LARGEOBJECT, *address,
								   (Node *) makeFloat(psprintf("%u",
															   address->objectId)),
								   NULL);
		return true;
	}
	return bp_find_safely(e, check_owner, address);
}

/* Large objects: one, or the first of a list that exists. */
static bool
bp_find_lob(const BpTocEntry *e, Oid *found)
{
	const char *p = bp_entry_is(e, "BLOB") ? e->tag : e->defn;

	while (p != NULL && *p != '\0')
	{
		Oid			oid = (Oid) strtoul(p, NULL, 10);

		if (OidIsValid(oid) && LargeObjectExists(oid))
		{
			if (found != NULL)
				*found = oid;
			return true;
		}
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
	return false;
}

static bool
bp_find_user_mapping(DropUserMappingStmt *stmt)
{
	ForeignServer *server = GetForeignServerByName(stmt->servername, true);
	Oid			userid = InvalidOid;

	if (server == NULL)
		return false;
	if (stmt->user->roletype != ROLESPEC_PUBLIC)
	{
		userid = get_rolespec_oid(stmt->user, true);
		if (!OidIsValid(userid))
			return false;
	}
	return SearchSysCacheExists2(USERMAPPINGUSERSERVER,
								 ObjectIdGetDatum(userid),
								 ObjectIdGetDatum(server->serverid));
}

/* The object that a DROP or ALTER TABLE … DROP CONSTRAINT statement names. */
static bool
bp_find_by_drop(Node *stmt, bool check_owner, ObjectAddress *address)
{
	ObjectType	type;
	Node	   *object;
	Relation	rel = NULL;

	*address = InvalidObjectAddress;
	if (IsA(stmt, DropUserMappingStmt))
		return bp_find_user_mapping((DropUserMappingStmt *) stmt);
	if (IsA(stmt, DropSubscriptionStmt))
	{
		type = OBJECT_SUBSCRIPTION;
		object = (Node *) makeString(((DropSubscriptionStmt *) stmt)->subname);
	}
	else if (IsA(stmt, DropStmt) &&
			 list_length(((DropStmt *) stmt)->objects) == 1)
	{
		type = ((DropStmt *) stmt)->removeType;
		object = linitial(((DropStmt *) stmt)->objects);
	}
	else if (IsA(stmt, AlterTableStmt) &&
			 list_length(((AlterTableStmt *) stmt)->cmds) == 1)
	{
		AlterTableStmt *alter = (AlterTableStmt *) stmt;
		AlterTableCmd *cmd = linitial_node(AlterTableCmd, alter->cmds);
		Oid			relid;
		Oid			conoid;

		if (cmd->subtype != AT_DropConstraint || cmd->name == NULL)
			return false;
		relid = RangeVarGetRelid(alter->relation, NoLock, true);
		if (!OidIsValid(relid))
			return false;
		conoid = get_relation_constraint_oid(relid, cmd->name, true);
		if (!OidIsValid(conoid))
			return false;
		if (check_owner && !bp_relation_ownercheck(relid, GetUserId()))
			aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE,
						   get_rel_name(relid));
		ObjectAddressSet(*address, ConstraintRelationId, conoid);
		return true;
	}
	else
		return false;

	*address = get_object_address(type, object, &rel, AccessShareLock, true);
	if (OidIsValid(address->objectId) && check_owner)
		check_object_ownership(GetUserId(), type, *address, object, rel);
	if (rel != NULL)
		relation_close(rel, NoLock);
	return OidIsValid(address->objectId);
}

/*
 * Look an object up by its DROP statement, without leaving locks behind.
 * Errors, other than those about ownership and cancels, mean that it can't be
 * there; except that an object of the same name and another kind is as much
 * in the way.
 */
static bool
bp_find_safely(const BpTocEntry *e, bool check_owner, ObjectAddress *address)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	List	   *parsed;
	volatile bool found = false;

	if (e->drop_stmt == NULL || strncmp(e->drop_stmt, "--", 2) == 0)
		return false;

	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		parsed = bp_entry_parse(e->drop_stmt);
		if (list_length(parsed) == 1)
			found = bp_find_by_drop(linitial_node(RawStmt, parsed)->stmt,
									check_owner, address);
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(cxt);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(cxt);
		edata = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(cxt);
		CurrentResourceOwner = owner;
		if (check_owner ||
			ERRCODE_TO_CATEGORY(edata->sqlerrcode) ==
			ERRCODE_TO_CATEGORY(ERRCODE_QUERY_CANCELED) ||
			edata->elevel >= FATAL)
			ReThrowError(edata);
		found = edata->sqlerrcode == ERRCODE_WRONG_OBJECT_TYPE;
		FreeErrorData(edata);
	}
	PG_END_TRY();
	return found;
}

/*
 * Things that every database has, or that are made only if missing: that they
 * exist is no conflict.
 */
static bool
bp_is_container(const BpTocEntry *e)
{
	if (bp_entry_is(e, "SCHEMA") || bp_entry_is(e, "EXTENSION"))
		return true;
	return e->defn != NULL &&
		(strncmp(e->defn, "CREATE OR REPLACE PROCEDURAL LANGUAGE", 37) == 0 ||
		 strncmp(e->defn, "CREATE OR REPLACE TRUSTED PROCEDURAL", 36) == 0);
}

/* Does the entry, or something it belongs to, exist and stay? */
static bool
bp_kept_above(BpSelection *sel, int i)
{
	int			depth;

	for (depth = 0; i >= 0 && depth < 10; depth++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (!bp_is_container(e) && bp_selection_exists(sel, i))
			return true;
		i = sel->parent[i];
	}
	return false;
}

static void
bp_report_conflicts(BpSelection *sel)
{
	StringInfoData list;
	const BpTocEntry *first = NULL;
	int			n = 0;
	int			i;

	initStringInfo(&list);
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			creates = BP_REQ_SCHEMA;

		if (bp_entry_is(e, "BLOB") || bp_entry_is(e, "BLOB METADATA"))
			creates |= BP_REQ_DATA;
		if ((sel->reqs[i] & creates) == 0 || bp_is_container(e) ||
			bp_entry_is_identity(e) || !bp_selection_exists(sel, i))
			continue;
		if (n == 0)
			first = e;
		else if (n < BP_LISTED_CONFLICTS)
			appendStringInfoString(&list, ", ");
		if (n++ < BP_LISTED_CONFLICTS)
			appendStringInfoString(&list, bp_entry_excerpt(bp_entry_name(e)));
	}
	if (n == 0)
		return;
	if (n > BP_LISTED_CONFLICTS)
		appendStringInfoString(&list, ", ...");
	ereport(ERROR,
			(errcode(bp_entry_is_relation(first) ||
					 bp_entry_is(first, "SEQUENCE") ||
					 bp_entry_is(first, "INDEX") ?
					 ERRCODE_DUPLICATE_TABLE : ERRCODE_DUPLICATE_OBJECT),
			 errmsg("%s already exists in database \"%s\"",
					bp_entry_excerpt(bp_entry_name(first)),
					sel->session->task->database),
			 errdetail_plural("%d object of the archive exists: %s.",
							  "%d objects of the archive exist: %s.",
							  n, n, list.data),
			 errhint("Nothing was changed.  Set if_exists to skip, truncate, append or replace.")));
}

/* skip, append, truncate: what exists stays, and what belongs to it. */
static void
bp_keep_existing(BpSelection *sel, bool with_data)
{
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			up = sel->parent[i];

		if (sel->reqs[i] == 0)
			continue;
		if (!with_data)
		{
			if (bp_kept_above(sel, i))
				sel->reqs[i] = 0;
			continue;
		}

		/* Parts that are missing are made; remarks stay as they are */
		if (bp_selection_exists(sel, i) && !bp_is_container(e))
			sel->reqs[i] &= ~BP_REQ_SCHEMA;
		else if (up >= 0 && bp_restore_has_no_name(e) && bp_kept_above(sel, up))
			sel->reqs[i] &= ~BP_REQ_SCHEMA;
		else if (bp_entry_is_lob_remark(e) && up >= 0 && bp_kept_above(sel, up))
			sel->reqs[i] = 0;
	}
}

/*
 * Entries that make no object with a name of its own, and so can't be looked
 * up: they are done if what they belong to is there.
 */
bool
bp_restore_has_no_name(const BpTocEntry *e)
{
	static const char *const descs[] = {
		"COMMENT", "ACL", "SECURITY LABEL", "DEFAULT", "TABLE ATTACH",
		"INDEX ATTACH", "SEQUENCE OWNED BY", "ROW SECURITY",
		"PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", NULL
	};

	return bp_entry_in(e, descs) || bp_entry_is_identity(e);
}

void
bp_restore_apply_if_exists(BpSelection *sel)
{
	BpIfExists	mode = sel->session->options->if_exists;
	int			i;

	switch (mode)
	{
		case BP_EXISTS_ERROR:
			bp_report_conflicts(sel);
			break;
		case BP_EXISTS_SKIP:
			bp_keep_existing(sel, false);
			break;
		case BP_EXISTS_TRUNCATE:
		case BP_EXISTS_APPEND:
			bp_keep_existing(sel, true);
			break;
		case BP_EXISTS_REPLACE:
			break;
	}

	/*
	 * Containers that exist are kept.  What pg_dump says of schema public is
	 * no CREATE but a comment, and only sets its owner.
	 */
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			up = sel->parent[i];

		if (sel->reqs[i] == 0)
			continue;
		if (bp_is_container(e) && bp_selection_exists(sel, i))
		{
			if (e->defn == NULL || strncmp(e->defn, "--", 2) != 0 ||
				mode == BP_EXISTS_SKIP)
				sel->reqs[i] = 0;
		}
		else if (bp_entry_is_remark(e) && up >= 0 &&
				 bp_is_container(&sel->toc->entries[up]) &&
				 bp_selection_exists(sel, up) &&
				 (mode == BP_EXISTS_SKIP ||
				  !bp_entry_is(&sel->toc->entries[up], "SCHEMA")))
			sel->reqs[i] = 0;
	}
}
