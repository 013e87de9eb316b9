/*-------------------------------------------------------------------------
 *
 * define_event.c
 *	  What triggers, rules and policies have in common.
 *
 * Each belongs to a relation: it has that one's schema and owner, a tag of
 * both names, and a comment ON itself ON the relation.  All come after data.
 * Their texts are made when they are read, as all that is read is written.
 *
 * Here is also what several kinds of objects may say, that they depend on an
 * extension without being part of it.  pg_dump has no order for several of
 * these, so more than one is a reason to refuse.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/define_event.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "shared/compat.h"
#include "unit/catalog.h"
#include "unit/define_event.h"
#include "unit/define_text.h"

static void
bp_event_write(BpDefine *d, BpObject *o)
{
	BpEvent    *e = o->info;
	StringInfoData tag;
	StringInfoData on;
	StringInfoData table;

	initStringInfo(&tag);
	appendStringInfo(&tag, "%s %s", e->table->name, o->name);
	bp_object_entry(d, o, e->desc, tag.data, BP_SECTION_POST_DATA,
					e->defn.data, e->drop.data);
	initStringInfo(&on);
	appendStringInfo(&on, "%s %s ON", e->desc, e->qname);
	initStringInfo(&table);
	bp_put_name(&table, e->table->name);
	bp_define_comment(d, o->classid, o->oid, 0, on.data, table.data,
					  o->schema, o->owner, o->dump_id);
}

BpEvent *
bp_event_add(BpDefine *d, BpObjectKind kind, Oid classid, Oid oid, Oid relid,
			 const char *desc, const char *name)
{
	BpObject   *table = bp_object_find(d, RelationRelationId, relid);
	BpObject   *o;
	BpEvent    *e;
	StringInfoData qname;

	if (table == NULL)
		return NULL;
	e = palloc0(sizeof(BpEvent));
	initStringInfo(&qname);
	bp_put_name(&qname, name);
	e->table = table;
	e->desc = desc;
	e->qname = qname.data;
	initStringInfo(&e->defn);
	initStringInfo(&e->drop);
	o = bp_object_add(d, kind, classid, oid, table->schema, name,
					  bp_event_write);
	o->tie = table->name;
	o->owner = table->owner;
	o->info = e;
	return e;
}

void
bp_put_event_table(StringInfo sql, const BpEvent *e)
{
	bp_put_qualified(sql, e->table->schema, e->table->name);
}

const char *
bp_event_state(BpDefine *d, char enabled)
{
	switch (enabled)
	{
		case 'O':
			return "ENABLE";
		case 'D':
			return "DISABLE";
		case 'R':
			return "ENABLE REPLICA";
		case 'A':
			return "ENABLE ALWAYS";
	}
	bp_define_refuse(d, psprintf("a trigger or a rule is in the unknown state \"%c\"",
								 enabled));
	return "";
}

/* The extension that the object depends on; refuses more than one. */
static Oid
bp_depended_extension(BpDefine *d, Oid classid, Oid oid)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	Oid			extension = InvalidOid;

	bp_catalog_key_oid(&s, Anum_pg_depend_classid, classid);
	bp_catalog_key_oid(&s, Anum_pg_depend_objid, oid);
	bp_catalog_begin(&s, DependRelationId, DependDependerIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		if (dep->deptype != DEPENDENCY_AUTO_EXTENSION ||
			dep->refclassid != ExtensionRelationId)
			continue;
		if (OidIsValid(extension))
			bp_define_refuse(d, "an object depends on several extensions");
		extension = dep->refobjid;
	}
	bp_catalog_end(&s);
	return extension;
}

void
bp_put_depends_on_extension(BpDefine *d, StringInfo sql, Oid classid, Oid oid,
							const char *keyword, const char *qualified)
{
	Oid			extension = bp_depended_extension(d, classid, oid);
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	if (!OidIsValid(extension))
		return;
	if (!BP_DEFINE_KNOWS_DEPENDS_ON_EXTENSION)
		bp_define_refuse(d, psprintf("%s depends on an extension", qualified));
	bp_catalog_key_oid(&s, Anum_pg_extension_oid, extension);
	bp_catalog_begin(&s, ExtensionRelationId, ExtensionOidIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
	{
		appendStringInfo(sql, BP_DEPENDS_ON_EXTENSION_BEFORE
						 "ALTER %s %s DEPENDS ON EXTENSION ",
						 keyword, qualified);
		bp_put_name(sql, NameStr(((Form_pg_extension) GETSTRUCT(tuple))->extname));
		appendStringInfoString(sql, ";" BP_DEPENDS_ON_EXTENSION_AFTER);
	}
	bp_catalog_end(&s);
}
