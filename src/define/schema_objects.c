/*-------------------------------------------------------------------------
 *
 * schema_objects.c
 *	  What stands in the schemas asked for, besides relations.
 *
 * Every object in a schema has an entry in pg_depend that says so; they are
 * found by that, however many objects other schemas have.  What belongs to an
 * extension comes with it.  A kind that is not in the table here is a reason
 * to refuse: operators, collations, text search, and whatever later releases
 * may bring.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/schema_objects.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication_namespace.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_type.h"
#include "catalog/scan.h"
#include "define/object.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

typedef void (*BpReadFn) (BpDefine *d, const Oid *oids, int n);

/* Kinds of objects in schemas; without a function: not written with them */
static const struct
{
	Oid			classid;
	BpReadFn define;
}			schema_object_kinds[] =
{
	{TypeRelationId, bp_read_types},
	{ProcedureRelationId, bp_read_functions},
	{StatisticExtRelationId, bp_read_statistics},
	{DefaultAclRelationId, bp_read_default_acls},
	/* read by their own rules (catalog/relations.c) */
	{RelationRelationId, NULL},
	/* go with a whole database */
	{ExtensionRelationId, NULL},
	{PublicationNamespaceRelationId, NULL}
};

#define BP_NSCHEMA_KINDS	((int) lengthof(schema_object_kinds))

typedef struct BpOidArray
{
	Oid		   *oids;
	int			n;
	int			max;
} BpOidArray;

static void
oid_array_add(BpOidArray *m, Oid oid)
{
	if (m->n == m->max)
	{
		m->max = Max(32, m->max * 2);
		m->oids = m->oids == NULL ? palloc(m->max * sizeof(Oid)) :
			repalloc_huge(m->oids, m->max * sizeof(Oid));
	}
	m->oids[m->n++] = oid;
}

static void
read_objects_of_schema(BpDefine *d, Oid schema, BpOidArray *members)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&s, Anum_pg_depend_refclassid, NamespaceRelationId);
	bp_catalog_key_oid(&s, Anum_pg_depend_refobjid, schema);
	bp_catalog_begin(&s, DependRelationId, DependReferenceIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		int			kind = 0;

		CHECK_FOR_INTERRUPTS();
		while (kind < BP_NSCHEMA_KINDS &&
			   schema_object_kinds[kind].classid != dep->classid)
			kind++;
		if (kind < BP_NSCHEMA_KINDS && schema_object_kinds[kind].define == NULL)
			continue;
		if (bp_catalog_is_member(dep->classid, dep->objid, d->snapshot))
			continue;
		if (kind == BP_NSCHEMA_KINDS)
		{
			char	   *catalog = get_rel_name(dep->classid);

			bp_refuse(d, psprintf("there is an object of catalog %s",
								  catalog != NULL ? catalog : "unknown"));
			break;
		}
		oid_array_add(&members[kind], dep->objid);
	}
	bp_catalog_end(&s);
}

void
bp_read_schema_objects(BpDefine *d)
{
	BpOidArray	members[BP_NSCHEMA_KINDS] = {{0}};
	BpOidArray	schemas = {0};
	ListCell   *lc;

	foreach(lc, d->relations->schemas)
	{
		Oid			schema = lfirst_oid(lc);

		if (schema < FirstNormalObjectId && schema != PG_PUBLIC_NAMESPACE)
			bp_refuse(d, "there is a schema of the server's own");
		if (!bp_catalog_is_member(NamespaceRelationId, schema, d->snapshot))
			oid_array_add(&schemas, schema);
		read_objects_of_schema(d, schema, members);
	}
	bp_read_schemas(d, schemas.oids, schemas.n);
	for (int i = 0; i < BP_NSCHEMA_KINDS && d->reason == NULL; i++)
		if (schema_object_kinds[i].define != NULL)
			schema_object_kinds[i].define(d, members[i].oids, members[i].n);
}
