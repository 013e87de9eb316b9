/*-------------------------------------------------------------------------
 *
 * policy.c
 *	  Row security: whether it is enabled, and policies.
 *
 * FORCE ROW LEVEL SECURITY is part of the table's own entry (table.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/policy.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_policy.h"
#include "define/policy.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/relation_object.h"

static BpQuery row_security_query = {
	"SELECT c.oid FROM pg_catalog.pg_class c "
	"WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1) AND c.relrowsecurity "
	"AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') ORDER BY c.oid"
};

enum
{
	POLICY_OID, POLICY_TABLE, POLICY_NAME, POLICY_COMMAND, POLICY_PERMISSIVE,
	POLICY_ROLES, POLICY_USING, POLICY_CHECK
};

/*
 * The roles of a policy are written in the order in which pg_dump's statement
 * finds them.  So that part of the statement is the same as pg_dump's, and
 * the statement is planned with the session's settings.
 */
static BpQuery policies_query = {
	.as_planned = true,
	.sql = "SELECT pol.oid, pol.polrelid, pol.polname, pol.polcmd, "
	"pol.polpermissive, "
	"CASE WHEN pol.polroles OPERATOR(pg_catalog.=) '{0}' THEN NULL "
	"ELSE pg_catalog.array_to_string(ARRAY("
	"SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles "
	"WHERE oid OPERATOR(pg_catalog.=) ANY (pol.polroles)), ', ') END, "
	"pg_catalog.pg_get_expr(pol.polqual, pol.polrelid), "
	"pg_catalog.pg_get_expr(pol.polwithcheck, pol.polrelid) "
	"FROM pg_catalog.pg_policy pol "
	"JOIN pg_catalog.pg_class c "
	"ON c.oid OPERATOR(pg_catalog.=) pol.polrelid "
	"WHERE pol.polrelid OPERATOR(pg_catalog.=) ANY ($1) "
	"AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p}') "
	"ORDER BY pol.polrelid, pol.polname"
};

static void
write_row_security(BpDefine *d, BpObject *o)
{
	char	   *sql = psprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY;",
							   bp_qualified(o->schema, o->name));

	bp_object_entry(d, o, "ROW SECURITY", o->name, BP_SECTION_POST_DATA, sql,
					NULL);
}

static void
add_row_security(BpDefine *d, Oid relid)
{
	BpObject   *table = bp_object_find(d, RelationRelationId, relid);
	BpObject   *o;

	if (table == NULL)
		return;
	o = bp_object_add(d, BP_OBJECT_POLICY, InvalidOid, relid, table->schema,
					  table->name, write_row_security);
	o->second_key = table->name;
	o->owner = table->owner;
	bp_object_depends(o, table);
}

/* The FOR clause; NULL for an unknown command */
static const char *
policy_command(char command)
{
	switch (command)
	{
		case '*':
			return "";
		case 'r':
			return " FOR SELECT";
		case 'a':
			return " FOR INSERT";
		case 'w':
			return " FOR UPDATE";
		case 'd':
			return " FOR DELETE";
		default:
			return NULL;
	}
}

static void
add_policy(BpDefine *d, const BpRows *rows, int row)
{
	const char *command = policy_command(bp_row_text(rows, row,
													 POLICY_COMMAND)[0]);
	char	   *roles = bp_row(rows, row, POLICY_ROLES);
	char	   *using = bp_row(rows, row, POLICY_USING);
	char	   *check = bp_row(rows, row, POLICY_CHECK);
	BpRelationObject *e;

	e = bp_relation_object_add(d, BP_OBJECT_POLICY, PolicyRelationId,
							   bp_row_oid(rows, row, POLICY_OID),
							   bp_row_oid(rows, row, POLICY_TABLE),
							   "POLICY", bp_row(rows, row, POLICY_NAME));
	if (e == NULL)
		return;
	if (command == NULL)
	{
		bp_refuse(d, psprintf("policy %s is for an unknown command",
							  e->qname));
		return;
	}
	appendStringInfo(&e->defn, "CREATE POLICY %s ON %s%s%s", e->qname,
					 e->qtable,
					 bp_row_bool(rows, row, POLICY_PERMISSIVE) ? "" :
					 " AS RESTRICTIVE", command);
	if (roles != NULL)
		appendStringInfo(&e->defn, " TO %s", roles);
	if (using != NULL)
		appendStringInfo(&e->defn, " USING (%s)", using);
	if (check != NULL)
		appendStringInfo(&e->defn, " WITH CHECK (%s)", check);
	appendStringInfoString(&e->defn, ";\n");
	appendStringInfo(&e->drop, "DROP POLICY %s ON %s;\n", e->qname,
					 e->qtable);
}

void
bp_read_policies(BpDefine *d, const Oid *relids, int n)
{
	BpRows	   *enabled = bp_query(d, &row_security_query, relids, n);
	BpRows	   *rows = bp_query(d, &policies_query, relids, n);

	for (int i = 0; i < enabled->n; i++)
		add_row_security(d, bp_row_oid(enabled, i, POLICY_OID));
	for (int i = 0; i < rows->n; i++)
		add_policy(d, rows, i);
}
