/*-------------------------------------------------------------------------
 *
 * schema_objects.c
 *	  The selected schemas, and what is in them besides relations.
 *
 * Every object in a schema depends on the schema in pg_depend.  The objects
 * are found by this dependency, at a cost that does not depend on other
 * schemas.  Members of an extension are skipped; the extension creates them.
 * A kind of object that is not in the table below is refused: operators,
 * collations, text search objects, and new kinds of later releases.
 *
 * To add a kind, write a file with its reader and writer, and add a line to
 * the table.
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
#include "base/array.h"
#include "catalog/pg_class.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication_namespace.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_type.h"
#include "catalog/scan.h"
#include "define/aggregate.h"
#include "define/domain.h"
#include "define/function.h"
#include "define/schema.h"
#include "define/schema_objects.h"
#include "define/statistics.h"
#include "define/type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

/* A reader, which gets the oids of the objects that it must add */
typedef void (*BpReadFn) (BpDefine *d, const Oid *oids, int n);

/*
 * Kinds of objects in schemas, in the order in which they are read.  Some
 * have a second step for objects that the first has added.
 */
static const struct
{
	Oid			classid;
	BpReadFn	read;			/* NULL: the kind is not written here, but not
								 * refused either */
	void		(*complete) (BpDefine *d);
}			schema_object_kinds[] =
{
	{TypeRelationId, bp_read_types, bp_read_domains},
	{ProcedureRelationId, bp_read_functions, bp_read_aggregates},
	{StatisticExtRelationId, bp_read_statistics, NULL},
	{DefaultAclRelationId, bp_read_default_acls, NULL},
	/* selected by rules of their own (catalog/relations.c) */
	{RelationRelationId, NULL, NULL},
	/* written only with a whole database */
	{ExtensionRelationId, NULL, NULL},
	{PublicationNamespaceRelationId, NULL, NULL}
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
	BP_ARRAY_ROOM(m->oids, m->n, m->max);
	m->oids[m->n++] = oid;
}

/* Collects the objects in a schema: found has an array for each kind. */
static void
collect_objects(BpDefine *d, Oid schema, BpOidArray *found)
{
	BpCatalogScan s = {0};
	Form_pg_depend dep;

	bp_catalog_begin_dependents(&s, NamespaceRelationId, schema, d->snapshot);
	while ((dep = bp_catalog_next_depend(&s)) != NULL)
	{
		int			kind = 0;

		CHECK_FOR_INTERRUPTS();
		while (kind < BP_NSCHEMA_KINDS &&
			   schema_object_kinds[kind].classid != dep->classid)
			kind++;
		if (kind < BP_NSCHEMA_KINDS && schema_object_kinds[kind].read == NULL)
			continue;
		if (bp_catalog_is_member(dep->classid, dep->objid, d->snapshot))
			continue;
		if (kind == BP_NSCHEMA_KINDS)
		{
			char	   *catalog = get_rel_name(dep->classid);

			bp_refuse(d, psprintf("a selected schema contains an object of catalog %s",
								  catalog != NULL ? catalog : "unknown"));
			break;
		}
		oid_array_add(&found[kind], dep->objid);
	}
	bp_catalog_end(&s);
}

void
bp_read_schema_objects(BpDefine *d)
{
	BpOidArray	found[BP_NSCHEMA_KINDS] = {{0}};
	BpOidArray	schemas = {0};
	ListCell   *lc;

	foreach(lc, d->relations->schemas)
	{
		Oid			schema = lfirst_oid(lc);

		if (schema < FirstNormalObjectId && schema != PG_PUBLIC_NAMESPACE)
			bp_refuse(d, "a system schema is selected");
		if (!bp_catalog_is_member(NamespaceRelationId, schema, d->snapshot))
			oid_array_add(&schemas, schema);
		collect_objects(d, schema, found);
	}
	bp_read_schemas(d, schemas.oids, schemas.n);
	for (int i = 0; i < BP_NSCHEMA_KINDS && d->reason == NULL; i++)
	{
		if (schema_object_kinds[i].read != NULL)
			schema_object_kinds[i].read(d, found[i].oids, found[i].n);
		if (schema_object_kinds[i].complete != NULL)
			schema_object_kinds[i].complete(d);
	}
}
