/*-------------------------------------------------------------------------
 *
 * schema.c
 *	  Entries for schemas, and for the default privileges in them.
 *
 * Schemas have entries if schemas are what is selected; with tables alone,
 * pg_dump takes it that they are there.  Selected by name, schema public is
 * like any other: pg_dump makes no exception for it (its definition, its owner,
 * the comment that initdb gives it) but that its privileges are those on top
 * of what it has in a new database, see acl.c.
 *
 * In a schema default privileges can only be added to what is default
 * elsewhere, so the commands start from nothing.
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
#include "define/extra.h"
#include "define/query.h"
#include "define/quote.h"

typedef struct BpSchemaInfo
{
	char	   *acl;			/* NULL: none */
	char	   *acldefault;
} BpSchemaInfo;

static BpQuery schema_query = {
	"SELECT n.oid, n.nspname, n.nspowner, n.nspacl,"
	" pg_catalog.acldefault('n', n.nspowner)"
	" FROM pg_catalog.pg_namespace n"
	" WHERE n.oid OPERATOR(pg_catalog.=) ANY ($1)"
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

	bp_object_entry(d, o, "SCHEMA", o->name, BP_SECTION_PRE_DATA,
					psprintf("CREATE SCHEMA %s;\n", qname),
					psprintf("DROP SCHEMA %s;\n", qname));
	bp_write_comment(d, o->classid, o->oid, 0, "SCHEMA", qname, NULL,
					 o->owner, o->dump_id);
	bp_write_label(d, o->classid, o->oid, 0, "SCHEMA", qname, NULL, o->owner,
				   o->dump_id);
	bp_write_acl(d, o->classid, o->oid, 0, "SCHEMA", qname, NULL, NULL, NULL,
				 o->owner, info->acl, info->acldefault, o->dump_id, 0);
}

void
bp_read_schemas(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &schema_query, oids, n);

	/* there public is not created, and need not have an entry */
	if (d->relations->everything)
		bp_refuse(d, "schemas of a whole database are not handled");
	for (int i = 0; i < rows->n; i++)
	{
		BpObject   *o = bp_object_add(d, BP_OBJECT_SCHEMA,
									  NamespaceRelationId,
									  bp_row_oid(rows, i, 0), NULL,
									  bp_row(rows, i, 1), write_schema);
		BpSchemaInfo *info = palloc(sizeof(BpSchemaInfo));

		o->owner = bp_catalog_role(bp_row_oid(rows, i, 2), d->snapshot);
		info->acl = bp_row(rows, i, 3);
		info->acldefault = bp_row(rows, i, 4);
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
		bp_refuse(d, psprintf("default privileges of kind \"%s\"",
							  o->name));
		return;
	}
	sql = bp_default_acl_commands(d, o->owner, o->schema, type, o->info);
	/* an archive has no entries that do nothing */
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
		/* the kind stands for a name */
		BpObject   *o = bp_object_add(d, BP_OBJECT_DEFAULT_ACL,
									  DefaultAclRelationId,
									  bp_row_oid(rows, i, 0),
									  bp_row(rows, i, 2), bp_row(rows, i, 3),
									  write_default_acl);

		o->owner = bp_catalog_role(bp_row_oid(rows, i, 1), d->snapshot);
		o->second_key = o->owner;
		o->info = bp_row(rows, i, 4);
	}
}
