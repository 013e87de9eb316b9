/*-------------------------------------------------------------------------
 *
 * exists.c
 *	  Which objects of an archive the target database has already.
 *
 * The DROP statement of an archive entry names its object in the syntax of the
 * server, so core's parser and get_object_address() find nearly all objects.
 * Relations are looked up by name alone, since a view cannot be created if a
 * table has its name.  Lookups take locks and may fail (for example, the type
 * of a function's argument may be missing), so each one runs in a
 * subtransaction that is always rolled back.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/exists.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "archive/toc_entry.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "restore/entry.h"
#include "restore/exists.h"
#include "storage/large_object.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

static bool find_partition_trigger(const BpTocEntry *e);
static bool find_by_drop(Node *stmt, bool check_owner,
						 ObjectAddress *address);
static bool find_safely(const BpTocEntry *e, bool check_owner,
						ObjectAddress *address);
static bool find_user_mapping(DropUserMappingStmt *stmt, bool check_owner,
							  ObjectAddress *address);
static bool find_domain_constraint(AlterDomainStmt *stmt, bool check_owner,
								   ObjectAddress *address);
static bool find_lob(const BpTocEntry *e, Oid *found);

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

/* Is the entry's object a relation, which is looked up by name? */
static bool
named_as_relation(const BpTocEntry *e)
{
	return bp_entry_is_relation(e) || bp_entry_is(e, "SEQUENCE") ||
		bp_entry_is(e, "INDEX") || bp_entry_is(e, "TABLE DATA");
}

/*
 * For an entry whose ALTER TABLE sets the state of a partition's trigger: does
 * the partition have that trigger?  It is created with the parent's trigger.
 */
static bool
find_partition_trigger(const BpTocEntry *e)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, bp_entry_parse(e->defn))
	{
		AlterTableStmt *alter = (AlterTableStmt *) lfirst_node(RawStmt, lc)->stmt;
		const char *schema;
		Oid			relid;

		if (!IsA(alter, AlterTableStmt))
			continue;
		schema = alter->relation->schemaname != NULL ?
			alter->relation->schemaname : bp_entry_schema(e);
		if (schema == NULL)
			continue;
		relid = get_relname_relid(alter->relation->relname,
								  get_namespace_oid(schema, true));
		foreach(lc2, alter->cmds)
		{
			const char *name = lfirst_node(AlterTableCmd, lc2)->name;

			if (OidIsValid(relid) && name != NULL &&
				OidIsValid(get_trigger_oid(relid, name, true)))
				return true;
		}
	}
	return false;
}

bool
bp_restore_has_no_name(const BpTocEntry *e)
{
	static const char *const descs[] = {
		"COMMENT", "ACL", "SECURITY LABEL", "DEFAULT", "TABLE ATTACH",
		"INDEX ATTACH", "SEQUENCE OWNED BY", "ROW SECURITY",
		"PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", NULL
	};

	/* the query of a view that pg_dump had to create in two steps */
	if (bp_entry_is(e, "RULE") && e->defn != NULL &&
		strncmp(e->defn, "CREATE OR REPLACE VIEW ", 23) == 0)
		return true;
	return bp_entry_in(e, descs) || bp_entry_is_identity(e);
}

bool
bp_restore_object_exists(const BpTocEntry *e)
{
	ObjectAddress address;

	if (named_as_relation(e))
		return OidIsValid(bp_restore_relation(e));
	if (bp_entry_is(e, "SCHEMA"))
		return OidIsValid(get_namespace_oid(e->tag, true));
	if (bp_entry_is(e, "EXTENSION"))
		return OidIsValid(get_extension_oid(e->tag, true));
	if (bp_entry_is(e, "BLOB") || bp_entry_is(e, "BLOB METADATA"))
		return find_lob(e, NULL);
	if (bp_entry_is_trigger_state(e))
		return find_partition_trigger(e);
	if (bp_entry_is(e, "SHELL TYPE") && bp_entry_schema(e) != NULL)
		return SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum(e->tag),
									 ObjectIdGetDatum(get_namespace_oid(e->nsp,
																		true)));
	return find_safely(e, false, &address);
}

bool
bp_restore_object_address(const BpTocEntry *e, bool check_owner,
						  ObjectAddress *address)
{
	if (named_as_relation(e))
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
		if (!find_lob(e, &address->objectId))
			return false;
		if (check_owner)
		{
			char	   *name = psprintf("%u", address->objectId);

			check_object_ownership(GetUserId(), OBJECT_LARGEOBJECT, *address,
								   (Node *) makeFloat(name), NULL);
		}
		return true;
	}
	return find_safely(e, check_owner, address);
}

/* Finds the entry's large object, or the first of its list that exists. */
static bool
find_lob(const BpTocEntry *e, Oid *found)
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

/*
 * User mappings have no owner.  Raises an error unless the current user may drop
 * the mapping: the owner of the server may, and the mapped user with the USAGE
 * privilege on the server.
 */
static void
check_user_mapping(Oid userid, const ForeignServer *server)
{
	ObjectAddress address;

	if (userid == GetUserId() &&
		DatumGetBool(DirectFunctionCall2(has_server_privilege_id,
										 ObjectIdGetDatum(server->serverid),
										 CStringGetTextDatum("USAGE"))))
		return;
	ObjectAddressSet(address, ForeignServerRelationId, server->serverid);
	check_object_ownership(GetUserId(), OBJECT_FOREIGN_SERVER, address,
						   (Node *) makeString(server->servername), NULL);
}

static bool
find_user_mapping(DropUserMappingStmt *stmt, bool check_owner,
				  ObjectAddress *address)
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
	ObjectAddressSet(*address, UserMappingRelationId,
					 GetSysCacheOid2(USERMAPPINGUSERSERVER,
									 Anum_pg_user_mapping_oid,
									 ObjectIdGetDatum(userid),
									 ObjectIdGetDatum(server->serverid)));
	if (OidIsValid(address->objectId) && check_owner)
		check_user_mapping(userid, server);
	return OidIsValid(address->objectId);
}

static bool
find_domain_constraint(AlterDomainStmt *stmt, bool check_owner,
					   ObjectAddress *address)
{
	Oid			domain;
	Oid			conoid;
	ObjectAddress type;

	if (stmt->subtype != 'X' || stmt->name == NULL)
		return false;
	domain = LookupTypeNameOid(NULL, makeTypeNameFromNameList(stmt->typeName),
							   true);
	if (!OidIsValid(domain))
		return false;
	conoid = get_domain_constraint_oid(domain, stmt->name, true);
	if (!OidIsValid(conoid))
		return false;
	ObjectAddressSet(type, TypeRelationId, domain);
	if (check_owner)
		check_object_ownership(GetUserId(), OBJECT_TYPE, type, NULL, NULL);
	ObjectAddressSet(*address, ConstraintRelationId, conoid);
	return true;
}

/*
 * Finds the object that a DROP statement names, or the constraint that an ALTER
 * TABLE or ALTER DOMAIN statement drops.
 */
static bool
find_by_drop(Node *stmt, bool check_owner, ObjectAddress *address)
{
	ObjectType	type;
	Node	   *object;
	Relation	rel = NULL;

	*address = InvalidObjectAddress;
	if (IsA(stmt, DropUserMappingStmt))
		return find_user_mapping((DropUserMappingStmt *) stmt, check_owner,
								 address);
	if (IsA(stmt, AlterDomainStmt))
		return find_domain_constraint((AlterDomainStmt *) stmt,
									  check_owner, address);
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
 * Looks an object up by its DROP statement, and keeps no locks.  An error means
 * that the object cannot exist, with these exceptions: errors are raised if
 * check_owner is set, and for a cancel or shutdown; and an object of the same
 * name but another kind is a conflict, too, so it counts as found.
 */
static bool
find_safely(const BpTocEntry *e, bool check_owner, ObjectAddress *address)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool found = false;

	if (e->drop_stmt == NULL || strncmp(e->drop_stmt, "--", 2) == 0)
		return false;

	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		Node	   *stmt = bp_entry_parse_one(e->drop_stmt);

		found = stmt != NULL && find_by_drop(stmt, check_owner, address);
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
