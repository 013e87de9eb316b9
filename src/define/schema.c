/*-------------------------------------------------------------------------
 *
 * schema.c
 *	  Schemas, and the default privileges in them.
 *
 * Schemas have entries only if schemas are selected; if tables are selected
 * by name, pg_dump assumes that their schemas exist.  If schema public is
 * selected by name, pg_dump treats it like any other (its definition, its
 * owner, the comment that initdb gives it), except that its privileges are
 * relative to those of a new database (acl.c).
 *
 * Default privileges in a schema can only add to the global ones, so the
 * commands start from no privileges.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/schema.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_default_acl.h"
#include "catalog/pg_namespace.h"
#include "catalog/scan.h"
#include "define/acl.h"
#include "define/comment.h"
#include "define/object.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/schema.h"

typedef struct BpSchemaInfo
{
	char	   *acl;			/* NULL: none */
	char	   *acldefault;
} BpSchemaInfo;

enum
{
	SCHEMA_OID, SCHEMA_NAME, SCHEMA_OWNER, SCHEMA_ACL, SCHEMA_ACL_DEFAULT
};

static BpQuery schema_query = {
	"SELECT n.oid, n.nspname, n.nspowner, n.nspacl,"
	" pg_catalog.acldefault('n', n.nspowner)"
	" FROM pg_catalog.pg_namespace n"
	" WHERE n.oid OPERATOR(pg_catalog.=) ANY ($1)"
};

enum
{
	DEFAULT_ACL_OID, DEFAULT_ACL_ROLE, DEFAULT_ACL_SCHEMA, DEFAULT_ACL_TYPE,
	DEFAULT_ACL_ACL
};

static BpQuery default_acl_query = {
	"SELECT a.oid, a.defaclrole, n.nspname, a.defaclobjtype, a.defaclacl"
	" FROM pg_catalog.pg_default_acl a"
	" JOIN pg_catalog.pg_namespace n"
	" ON n.oid OPERATOR(pg_catalog.=) a.defaclnamespace"
	" WHERE a.oid OPERATOR(pg_catalog.=) ANY ($1)"
};

static void
write_schema(BpDefine *d, BpObject *o)
{
	BpSchemaInfo *info = o->info;
	char	   *qname = bp_name(o->name);
	BpEntryTarget target;

	bp_object_entry(d, o, "SCHEMA", o->name, BP_SECTION_PRE_DATA,
					psprintf("CREATE SCHEMA %s;\n", qname),
					psprintf("DROP SCHEMA %s;\n", qname));
	target = bp_object_target(o, "SCHEMA", qname);
	bp_write_comment(d, &target);
	bp_write_label(d, &target);
	(void) bp_write_acl(d, &target, info->acl, info->acldefault);
}

void
bp_read_schemas(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &schema_query, oids, n);

	/* in a backup of a whole database, public has no entry in many cases */
	if (d->relations->everything)
		bp_refuse(d, "schemas of a whole database are not handled");
	for (int i = 0; i < rows->n; i++)
	{
		BpObject   *o = bp_object_add(d, BP_OBJECT_SCHEMA,
									  NamespaceRelationId,
									  bp_row_oid(rows, i, SCHEMA_OID), NULL,
									  bp_row(rows, i, SCHEMA_NAME),
									  write_schema);
		BpSchemaInfo *info = palloc(sizeof(BpSchemaInfo));

		o->owner = bp_catalog_role(bp_row_oid(rows, i, SCHEMA_OWNER),
								   d->snapshot);
		info->acl = bp_row(rows, i, SCHEMA_ACL);
		info->acldefault = bp_row(rows, i, SCHEMA_ACL_DEFAULT);
		o->info = info;
	}
}

static const char *
default_acl_type(char objtype)
{
	switch (objtype)
	{
		case DEFACLOBJ_RELATION:
			return "TABLES";
		case DEFACLOBJ_SEQUENCE:
			return "SEQUENCES";
		case DEFACLOBJ_FUNCTION:
			return "FUNCTIONS";
		case DEFACLOBJ_TYPE:
			return "TYPES";
		default:
			return NULL;
	}
}

static void
write_default_acl(BpDefine *d, BpObject *o)
{
	const char *type = default_acl_type(o->name[0]);
	char	   *sql;

	if (type == NULL)
	{
		bp_refuse(d, psprintf("there are default privileges of unknown kind \"%s\"",
							  o->name));
		return;
	}
	sql = bp_default_acl_commands(d, o->owner, o->schema, type, o->info);
	/* pg_dump omits entries without a command */
	if (sql[0] != '\0')
		bp_object_entry(d, o, "DEFAULT ACL",
						psprintf("DEFAULT PRIVILEGES FOR %s", type),
						BP_SECTION_POST_DATA, sql, NULL);
}

void
bp_read_default_acls(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &default_acl_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		/* pg_dump uses the kind as the name */
		BpObject   *o = bp_object_add(d, BP_OBJECT_DEFAULT_ACL,
									  DefaultAclRelationId,
									  bp_row_oid(rows, i, DEFAULT_ACL_OID),
									  bp_row(rows, i, DEFAULT_ACL_SCHEMA),
									  bp_row(rows, i, DEFAULT_ACL_TYPE),
									  write_default_acl);

		o->owner = bp_catalog_role(bp_row_oid(rows, i, DEFAULT_ACL_ROLE),
								   d->snapshot);
		o->second_key = o->owner;
		o->info = bp_row(rows, i, DEFAULT_ACL_ACL);
	}
}
