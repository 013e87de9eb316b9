/*-------------------------------------------------------------------------
 *
 * object.c
 *	  The objects that definitions are made of.
 *
 * What is asked for becomes objects: relations, and all that pg_dump writes
 * as entries of their own (constraints, indexes, defaults, …) or as part of
 * another's statement.  Readers (relation.c, type.c, …) add
 * them, one query for all of a catalog; then it is found out what each needs
 * (depend.c), they are sorted (sort.c), and each writes its
 * entries.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/object.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "define/object.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

/* Identity in the catalogs, the key; and what is behind it */
typedef struct BpObjectId
{
	Oid			classid;
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

	if (d->nobjects == d->max_objects)
	{
		d->max_objects = Max(64, d->max_objects * 2);
		d->objects = d->objects == NULL ?
			palloc(d->max_objects * sizeof(BpObject *)) :
			repalloc_huge(d->objects, d->max_objects * sizeof(BpObject *));
	}
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
bp_object_depends_on(BpObject *o, Oid classid, Oid oid)
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

int
bp_boundary(BpDefine *d, bool after_data)
{
	if (d->boundaries[after_data] == 0)
		d->boundaries[after_data] = ++d->last_id;
	return d->boundaries[after_data];
}

BpTocEntry *
bp_add_dependent_entry(BpDefine *d, const char *desc, const char *tag, int section,
					   const char *schema, const char *owner, const char *defn,
					   int dep, int dep2)
{
	BpTocEntry *e = bp_add_entry(d, desc, tag, section);

	e->nsp = schema != NULL ? pstrdup(schema) : NULL;
	e->owner = owner != NULL ? pstrdup(owner) : NULL;
	e->defn = pstrdup(defn);
	e->deps = palloc(sizeof(int) * 2);
	if (dep != 0)
		e->deps[e->ndeps++] = dep;
	if (dep2 != 0)
		e->deps[e->ndeps++] = dep2;
	return e;
}
