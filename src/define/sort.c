/*-------------------------------------------------------------------------
 *
 * sort.c
 *	  The order of definitions, as pg_dump sorts.
 *
 * By kind, schema, name; and then, backwards, always the last of those that
 * nothing waits for any more.  As objects unselected_deps of the selection take no
 * part here, the order is the same as pg_dump's but where one of these forces
 * an object forward.  What an entry needs comes before it in any case.
 *
 * The boundary after data, which all that comes later waits for, matters where
 * something of a kind of data comes after it (the statistics of an index):
 * data is taken when nothing of what comes later is left.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/sort.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "define/object.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"

/* NULL comes last */
static int
text_compare(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	return strcmp(a, b);
}

static int
object_compare(const void *x, const void *y)
{
	const BpObject *a = *(BpObject *const *) x;
	const BpObject *b = *(BpObject *const *) y;
	int			cmp = (int) a->kind - (int) b->kind;

	if (cmp == 0)
		cmp = text_compare(a->schema, b->schema);
	if (cmp == 0)
		cmp = text_compare(a->name, b->name);
	if (cmp == 0)
		cmp = text_compare(a->second_key, b->second_key);
	if (cmp == 0)
		cmp = a->number < b->number ? -1 : a->number > b->number;
	if (cmp == 0)
		cmp = a->oid < b->oid ? -1 : a->oid > b->oid;
	return cmp;
}

static int
object_later(Datum a, Datum b, void *arg)
{
	return DatumGetInt32(a) - DatumGetInt32(b);
}

static bool
object_is_late(const BpObject *o)
{
	return o->after_data || o->kind >= BP_OBJECT_CONSTRAINT;
}

/*
 * Counts what waits for each, and for the boundary.  The number of those that
 * the boundary waits for.
 */
static int
object_count(BpDefine *d)
{
	int			after_data = 0;

	for (int i = 0; i < d->nobjects; i++)
	{
		ListCell   *lc;

		d->objects[i]->place = i;
		foreach(lc, d->objects[i]->needs)
			((BpObject *) lfirst(lc))->waiting++;
		if (object_is_late(d->objects[i]))
			after_data++;
		else
			d->objects[i]->waiting++;
	}
	return after_data;
}

static void
object_release(binaryheap *ready, BpObject *o)
{
	if (--o->waiting == 0)
		binaryheap_add(ready, Int32GetDatum(o->place));
}

/* Nothing after_data is left */
static void
object_pass_boundary(BpDefine *d, binaryheap *ready)
{
	for (int i = 0; i < d->nobjects; i++)
		if (!object_is_late(d->objects[i]))
			object_release(ready, d->objects[i]);
}

void
bp_sort_objects(BpDefine *d)
{
	int			n = 0;
	int			left;
	int			after_data;
	BpObject  **sorted;
	binaryheap *ready;

	/* the others have no entries */
	for (int i = 0; i < d->nobjects; i++)
		if (d->objects[i]->separate)
			d->objects[n++] = d->objects[i];
	d->nobjects = left = n;
	qsort(d->objects, n, sizeof(BpObject *), object_compare);
	after_data = object_count(d);
	ready = binaryheap_allocate(Max(1, n), object_later, NULL);
	for (int i = 0; i < n; i++)
		if (d->objects[i]->waiting == 0)
			binaryheap_add_unordered(ready, Int32GetDatum(i));
	binaryheap_build(ready);
	if (after_data == 0)
		object_pass_boundary(d, ready);
	sorted = palloc(sizeof(BpObject *) * Max(1, n));
	while (!binaryheap_empty(ready))
	{
		BpObject   *o = d->objects[DatumGetInt32(binaryheap_remove_first(ready))];
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		sorted[--left] = o;
		foreach(lc, o->needs)
			object_release(ready, lfirst(lc));
		if (object_is_late(o) && --after_data == 0)
			object_pass_boundary(d, ready);
	}
	if (left > 0)
		bp_refuse(d, "definitions need each other in a circle");
	d->objects = sorted;
}
