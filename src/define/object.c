/*-------------------------------------------------------------------------
 *
 * object.c
 *	  The objects that definitions are made of.
 *
 * A reader (relation.c, type.c, …) runs one query on a catalog for all
 * selected objects of that catalog, and adds a BpObject for each.  An object
 * becomes an entry of its own, or part of another object's statement, as most
 * defaults and CHECK constraints do.  When all objects have been read,
 * depend.c finds out what each of them needs, sort.c sorts them, and the
 * writer of each object appends its entries.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/object.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "define/object.h"
#include "utils/hsearch.h"

/* An entry of d->by_id */
typedef struct BpObjectId
{
	Oid			classid;		/* the key: classid and oid */
	Oid			oid;
	BpObject   *object;
} BpObjectId;

static void
object_remember(BpDefine *d, BpObject *o)
{
	BpObjectId	key = {.classid = o->classid, .oid = o->oid};
	BpObjectId *found;

	if (d->by_id == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = offsetof(BpObjectId, object);
		ctl.entrysize = sizeof(BpObjectId);
		ctl.hcxt = CurrentMemoryContext;
		d->by_id = hash_create("definitions of a backup", 256, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	found = hash_search(d->by_id, &key, HASH_ENTER, NULL);
	found->object = o;
}

BpObject *
bp_object_add(BpDefine *d, BpObjectKind kind, Oid classid, Oid oid,
			  const char *schema, const char *name, BpObjectWriteFn write)
{
	BpObject   *o = palloc0(sizeof(BpObject));

	BP_ARRAY_ROOM(d->objects, d->nobjects, d->max_objects);
	d->objects[d->nobjects++] = o;
	o->kind = kind;
	o->classid = classid;
	o->oid = oid;
	o->schema = schema;
	o->name = name;
	o->write = write;
	o->separate = true;
	o->dump_id = ++d->last_id;
	if (OidIsValid(classid))
		object_remember(d, o);
	return o;
}

BpObject *
bp_object_find(BpDefine *d, Oid classid, Oid oid)
{
	BpObjectId	key = {.classid = classid, .oid = oid};
	BpObjectId *found;

	if (d->by_id == NULL)
		return NULL;
	found = hash_search(d->by_id, &key, HASH_FIND, NULL);
	return found != NULL ? found->object : NULL;
}

void
bp_object_depends(BpObject *o, BpObject *other)
{
	if (o != other)
		o->deps = lappend(o->deps, other);
}

void
bp_object_depends_on_id(BpObject *o, Oid classid, Oid oid)
{
	ObjectAddress *to = palloc(sizeof(ObjectAddress));

	ObjectAddressSet(*to, classid, oid);
	o->unselected_deps = lappend(o->unselected_deps, to);
}

BpTocEntry *
bp_object_entry(BpDefine *d, BpObject *o, const char *desc, const char *tag,
				int section, const char *defn, const char *drop)
{
	BpTocEntry *e = bp_add_entry(d, desc, tag, section);
	ListCell   *lc;

	e->dump_id = o->dump_id;
	e->table_oid = o->classid;
	e->oid = o->oid;
	e->nsp = o->schema != NULL ? pstrdup(o->schema) : NULL;
	e->owner = o->owner != NULL ? pstrdup(o->owner) : NULL;
	e->defn = defn != NULL ? pstrdup(defn) : NULL;
	e->drop_stmt = drop != NULL ? pstrdup(drop) : NULL;
	e->deps = palloc(sizeof(int) * Max(1, list_length(o->needs)));
	foreach(lc, o->needs)
		e->deps[e->ndeps++] = ((BpObject *) lfirst(lc))->dump_id;
	return e;
}

BpEntryTarget
bp_object_target(const BpObject *o, const char *type, const char *qname)
{
	BpEntryTarget target = {.classid = o->classid,.oid = o->oid,.type = type,
		.qname = qname,.schema = o->schema,.owner = o->owner,
	.dep = o->dump_id};

	return target;
}
