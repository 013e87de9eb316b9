/*-------------------------------------------------------------------------
 *
 * relation_object.c
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
 *	  src/define/relation_object.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/scan.h"
#include "define/relation_object.h"
#include "define/quote.h"

static void
write_relation_object(BpDefine *d, BpObject *o)
{
	BpRelationObject    *e = o->info;

	bp_object_entry(d, o, e->desc,
					psprintf("%s %s", e->table->name, o->name),
					BP_SECTION_POST_DATA, e->defn.data, e->drop.data);
	bp_write_comment(d, o->classid, o->oid, 0,
					 psprintf("%s %s ON", e->desc, e->qname),
					 bp_name(e->table->name), o->schema, o->owner,
					 o->dump_id);
}

BpRelationObject *
bp_relation_object_add(BpDefine *d, BpObjectKind kind, Oid classid, Oid oid, Oid relid,
					   const char *desc, const char *name)
{
	BpObject   *table = bp_object_find(d, RelationRelationId, relid);
	BpObject   *o;
	BpRelationObject    *e;

	if (table == NULL)
		return NULL;
	e = palloc0(sizeof(BpRelationObject));
	e->table = table;
	e->desc = desc;
	e->qname = bp_name(name);
	e->qtable = bp_qualified(table->schema, table->name);
	initStringInfo(&e->defn);
	initStringInfo(&e->drop);
	o = bp_object_add(d, kind, classid, oid, table->schema, name,
					  write_relation_object);
	o->second_key = table->name;
	o->owner = table->owner;
	o->info = e;
	return e;
}

const char *
bp_enabled_state(BpDefine *d, char enabled)
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
	bp_refuse(d, psprintf("a trigger or a rule is in the unknown state \"%c\"",
						  enabled));
	return "";
}

/* The extension that the object depends on; refuses more than one. */
static Oid
depended_extension(BpDefine *d, Oid classid, Oid oid)
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
			bp_refuse(d, "an object depends on several extensions");
		extension = dep->refobjid;
	}
	bp_catalog_end(&s);
	return extension;
}

void
bp_put_depends_on_extension(BpDefine *d, StringInfo sql, Oid classid, Oid oid,
							const char *keyword, const char *qualified)
{
	Oid			extension = depended_extension(d, classid, oid);
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	if (!OidIsValid(extension))
		return;
	if (!BP_DEFINE_KNOWS_DEPENDS_ON_EXTENSION)
		bp_refuse(d, psprintf("%s depends on an extension", qualified));
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
