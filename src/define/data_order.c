/*-------------------------------------------------------------------------
 *
 * data_order.c
 *	  The order in which pg_dump -a writes data.
 *
 * Tables by schema and name, then sequences by schema and name; but a table
 * that others refer to by foreign keys comes before these.  How much that
 * changes, and where circles of references are cut, follows from pg_dump's
 * way to sort: backwards, always the last of those that nothing waits for any
 * more; circles are looked for depth first, in order of oid, and the first
 * reference of each is dropped.  The rest of what pg_dump sorts has no
 * influence: no definition waits for data, and all data is between the same
 * two boundaries.
 *
 * Of configuration tables of extensions pg_dump learns the references in no
 * defined order.  That matters only in a circle, which is a reason to refuse.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/data_order.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/scan.h"
#include "define/define.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"

/* Data of a relation */
typedef struct BpItem
{
	int			rel;			/* in relations->rels */
	int			place;			/* by kind, schema, name */
	int			waiting;		/* references to it not yet written */
	int			nrefs;
	int			max_refs;
	int		   *refs;			/* items it refers to */
	bool		done;			/* of the search for circles */
	int			failed;			/* no way from here to the start so numbered */
	bool		on_path;
} BpItem;

typedef struct BpOrder
{
	BpDefine   *d;
	BpItem	   *items;			/* by oid */
	int			n;
	int		   *by_place;
	int		   *path;
} BpOrder;

static BpItem *
order_find(BpOrder *o, Oid oid)
{
	BpRel	   *rels = o->d->relations->rels;
	int			low = 0;
	int			high = o->n;

	while (low < high)
	{
		int			mid = low + (high - low) / 2;
		Oid			at = rels[o->items[mid].rel].oid;

		if (at == oid)
			return &o->items[mid];
		if (at < oid)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void
order_refer(BpItem *from, int to)
{
	if (from->nrefs == from->max_refs)
	{
		from->max_refs = Max(8, from->max_refs * 2);
		from->refs = from->refs == NULL ?
			palloc(from->max_refs * sizeof(int)) :
			repalloc(from->refs, from->max_refs * sizeof(int));
	}
	from->refs[from->nrefs++] = to;
}

/* Foreign keys, in order of their names. */
static void
order_references(BpOrder *o, BpItem *item)
{
	BpRel	   *rel = &o->d->relations->rels[item->rel];
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&s, Anum_pg_constraint_conrelid, rel->oid);
	bp_catalog_begin(&s, ConstraintRelationId,
					 ConstraintRelidTypidNameIndexId, o->d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		Form_pg_constraint c = (Form_pg_constraint) GETSTRUCT(tuple);
		BpItem	   *to;

		if (c->contype != CONSTRAINT_FOREIGN ||
			(to = order_find(o, c->confrelid)) == NULL)
			continue;
		if ((rel->whole && !OidIsValid(c->conparentid)) ||
			o->d->relations->rels[to->rel].member)
			order_refer(item, to - o->items);
	}
	bp_catalog_end(&s);
}

static int
order_compare(const void *a, const void *b, void *arg)
{
	BpOrder    *o = arg;
	BpRel	   *x = &o->d->relations->rels[o->items[*(const int *) a].rel];
	BpRel	   *y = &o->d->relations->rels[o->items[*(const int *) b].rel];
	int			cmp = (x->kind == RELKIND_SEQUENCE) - (y->kind == RELKIND_SEQUENCE);

	if (cmp == 0)
		cmp = strcmp(x->schema, y->schema);
	return cmp != 0 ? cmp : strcmp(x->name, y->name);
}

static int
order_later(Datum a, Datum b, void *arg)
{
	return DatumGetInt32(a) - DatumGetInt32(b);
}

/* From the last to the first; false if there is a circle. */
static bool
order_sort(BpOrder *o, int *order)
{
	binaryheap *ready = binaryheap_allocate(Max(1, o->n), order_later, NULL);
	int			left = o->n;

	for (int i = 0; i < o->n; i++)
		o->items[i].waiting = 0;
	for (int i = 0; i < o->n; i++)
		for (int k = 0; k < o->items[i].nrefs; k++)
			o->items[o->items[i].refs[k]].waiting++;
	for (int i = 0; i < o->n; i++)
		if (o->items[i].waiting == 0)
			binaryheap_add_unordered(ready, Int32GetDatum(o->items[i].place));
	binaryheap_build(ready);
	while (!binaryheap_empty(ready))
	{
		int			place = DatumGetInt32(binaryheap_remove_first(ready));
		BpItem	   *item = &o->items[o->by_place[place]];

		CHECK_FOR_INTERRUPTS();
		order[--left] = item->rel;
		for (int k = 0; k < item->nrefs; k++)
		{
			BpItem	   *to = &o->items[item->refs[k]];

			if (--to->waiting == 0)
				binaryheap_add(ready, Int32GetDatum(to->place));
		}
	}
	binaryheap_free(ready);
	return left == 0;
}

/* A way from the item back to the start; its length, 0 if there is none. */
static int
order_circle(BpOrder *o, int at, int start, int depth)
{
	BpItem	   *item = &o->items[at];
	int			length = 0;

	check_stack_depth();
	if (item->done || item->failed == start + 1 || item->on_path)
		return 0;
	o->path[depth++] = at;
	for (int k = 0; k < item->nrefs; k++)
		if (item->refs[k] == start)
			return depth;
	item->on_path = true;
	for (int k = 0; k < item->nrefs && length == 0; k++)
		length = order_circle(o, item->refs[k], start, depth);
	item->on_path = false;
	if (length == 0)
		item->failed = start + 1;
	return length;
}

static void
order_forget(BpItem *item, int to)
{
	int			n = 0;

	for (int k = 0; k < item->nrefs; k++)
		if (item->refs[k] != to)
			item->refs[n++] = item->refs[k];
	item->nrefs = n;
}

/* Cuts circles that do not overlap; the others next time. */
static void
order_cut(BpOrder *o)
{
	for (int i = 0; i < o->n; i++)
	{
		o->items[i].done = false;
		o->items[i].failed = 0;
	}
	for (int i = 0; i < o->n && o->d->reason == NULL; i++)
	{
		int			length;

		CHECK_FOR_INTERRUPTS();
		/* what could be sorted is in no circle */
		if (o->items[i].waiting == 0)
			continue;
		length = order_circle(o, i, i, 0);
		for (int k = 0; k < length; k++)
		{
			o->items[o->path[k]].done = true;
			if (o->d->relations->rels[o->items[o->path[k]].rel].member)
				bp_refuse(o->d, "configuration tables of extensions refer to each other in a circle");
		}
		if (length > 0)
			order_forget(&o->items[o->path[0]],
						 o->path[length > 1 ? 1 : 0]);
		o->items[i].done = true;
	}
}

int *
bp_data_order(BpDefine *d, int *n)
{
	BpRelations *r = d->relations;
	BpOrder		o = {0};
	int		   *order = palloc(Max(1, r->nrels) * sizeof(int));

	o.d = d;
	o.items = palloc0(Max(1, r->nrels) * sizeof(BpItem));
	o.by_place = palloc(Max(1, r->nrels) * sizeof(int));
	o.path = palloc(Max(1, r->nrels) * sizeof(int));
	for (int i = 0; i < r->nrels; i++)
		if (r->rels[i].data)
		{
			o.by_place[o.n] = o.n;
			o.items[o.n++].rel = i;
		}
	qsort_arg(o.by_place, o.n, sizeof(int), order_compare, &o);
	for (int i = 0; i < o.n; i++)
		o.items[o.by_place[i]].place = i;
	for (int i = 0; i < o.n; i++)
		if (r->rels[o.items[i].rel].kind == RELKIND_RELATION)
			order_references(&o, &o.items[i]);
	while (d->reason == NULL && !order_sort(&o, order))
		order_cut(&o);
	*n = o.n;
	return d->reason == NULL ? order : NULL;
}
