/*-------------------------------------------------------------------------
 *
 * relation_object.c
 *	  Triggers, rules and policies: objects that belong to a relation.
 *
 * Such an object has the schema and owner of its relation, a tag made of both
 * names, and a comment ON itself ON the relation.  It comes after data.  Its
 * statements are made when it is read (trigger.c, rule.c, policy.c), and this
 * file writes them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/relation_object.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "define/comment.h"
#include "define/quote.h"
#include "define/relation_object.h"

static void
write_relation_object(BpDefine *d, BpObject *o)
{
	BpRelationObject *e = o->info;
	BpEntryTarget target;

	bp_object_entry(d, o, e->desc,
					psprintf("%s %s", e->table->name, o->name),
					BP_SECTION_POST_DATA, e->defn.data, e->drop.data);
	target = bp_object_target(o, psprintf("%s %s ON", e->desc, e->qname),
							  bp_name(e->table->name));
	bp_write_comment(d, &target);
}

BpRelationObject *
bp_relation_object_add(BpDefine *d, BpObjectKind kind, Oid classid, Oid oid,
					   Oid relid, const char *desc, const char *name)
{
	BpObject   *table = bp_object_find(d, RelationRelationId, relid);
	BpObject   *o;
	BpRelationObject *e;

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
