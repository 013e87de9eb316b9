/*-------------------------------------------------------------------------
 *
 * data_order.c
 *	  The order in which pg_dump -a writes data.
 *
 * Tables come first, by schema and name, then sequences by schema and name.
 * But a table that is referenced by foreign keys comes before the tables that
 * reference it.  How far that moves a table follows from pg_dump's
 * topological sort (topo_sort.c).  If the references form cycles, pg_dump
 * looks for the cycles depth first, beginning with the tables in order of
 * oid, and drops the first reference of each cycle; then it sorts again.  The
 * same is done here.
 *
 * The other objects that pg_dump sorts have no influence on the order of
 * data: no definition depends on data, and all data is between the same two
 * boundaries.
 *
 * The order in which pg_dump finds the references between configuration
 * tables of extensions is not defined.  It matters only in a cycle; such a
 * cycle is refused.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/data_order.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/scan.h"
#include "define/data_order.h"
#include "define/topo_sort.h"
#include "miscadmin.h"

/* The data of a relation */
typedef struct BpDataItem
{
	Oid			oid;			/* of the relation */
	int			rel;			/* its index in relations->rels */
	bool		done;			/* the search for cycles is done with this
								 * item */
	int			failed;			/* 1 + the start of the last search that found
								 * no path from here */
	bool		on_path;		/* is part of the path being followed */
} BpDataItem;

typedef struct BpDataOrder
{
	BpDefine   *d;
	BpDataItem *items;			/* by oid */
	BpSortNode *nodes;			/* in the same order: what each item
								 * references */
	int			n;
	int		   *path;			/* items on the path being followed */
} BpDataOrder;

static int
item_compare(const void *a, const void *b)
{
	Oid			x = ((const BpDataItem *) a)->oid;
	Oid			y = ((const BpDataItem *) b)->oid;

	return x < y ? -1 : x > y;
}

static BpDataItem *
item_find(BpDataOrder *o, Oid oid)
{
	BpDataItem	key = {.oid = oid};

	return bsearch(&key, o->items, o->n, sizeof(BpDataItem), item_compare);
}

/* Adds the table's foreign keys, in order of their names. */
static void
read_references(BpDataOrder *o, int item)
{
	BpRel	   *rel = &o->d->relations->rels[o->items[item].rel];
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&s, Anum_pg_constraint_conrelid, rel->oid);
	bp_catalog_begin(&s, ConstraintRelationId,
					 ConstraintRelidTypidNameIndexId, o->d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		Form_pg_constraint c = (Form_pg_constraint) GETSTRUCT(tuple);
		BpDataItem *to;

		if (c->contype != CONSTRAINT_FOREIGN ||
			(to = item_find(o, c->confrelid)) == NULL)
			continue;
		if ((rel->whole && !OidIsValid(c->conparentid)) ||
			o->d->relations->rels[to->rel].member)
			bp_sort_node_add(&o->nodes[item], to - o->items);
	}
	bp_catalog_end(&s);
}

/* Compares items by kind, schema and name. */
static int
item_compare_rank(const void *a, const void *b, void *arg)
{
	BpDataOrder *o = arg;
	BpRel	   *x = &o->d->relations->rels[o->items[*(const int *) a].rel];
	BpRel	   *y = &o->d->relations->rels[o->items[*(const int *) b].rel];
	int			cmp = (x->kind == RELKIND_SEQUENCE) - (y->kind == RELKIND_SEQUENCE);

	if (cmp == 0)
		cmp = strcmp(x->schema, y->schema);
	return cmp != 0 ? cmp : strcmp(x->name, y->name);
}

/*
 * Finds a path from item "at" back to item "start", and leaves it in o->path.
 * Returns the length of the path; 0 if there is none.
 */
static int
find_cycle(BpDataOrder *o, int at, int start, int depth)
{
	BpDataItem *item = &o->items[at];
	BpSortNode *node = &o->nodes[at];
	int			length = 0;

	check_stack_depth();
	if (item->done || item->failed == start + 1 || item->on_path)
		return 0;
	o->path[depth++] = at;
	for (int k = 0; k < node->nneeds; k++)
		if (node->needs[k] == start)
			return depth;
	item->on_path = true;
	for (int k = 0; k < node->nneeds && length == 0; k++)
		length = find_cycle(o, node->needs[k], start, depth);
	item->on_path = false;
	if (length == 0)
		item->failed = start + 1;
	return length;
}

static void
drop_reference(BpSortNode *node, int to)
{
	int			n = 0;

	for (int k = 0; k < node->nneeds; k++)
		if (node->needs[k] != to)
			node->needs[n++] = node->needs[k];
	node->nneeds = n;
}

/*
 * Breaks cycles that do not overlap.  The caller sorts again, and calls this
 * again for the cycles that remain.
 */
static void
break_cycles(BpDataOrder *o)
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
		/* an item that could be sorted is in no cycle */
		if (o->nodes[i].waiting == 0)
			continue;
		length = find_cycle(o, i, i, 0);
		for (int k = 0; k < length; k++)
		{
			o->items[o->path[k]].done = true;
			if (o->d->relations->rels[o->items[o->path[k]].rel].member)
				bp_refuse(o->d, "configuration tables of extensions reference each other in a cycle");
		}
		if (length > 0)
			drop_reference(&o->nodes[o->path[0]],
						   o->path[length > 1 ? 1 : 0]);
		o->items[i].done = true;
	}
}

/* Fills items and nodes, except for the references. */
static void
collect_items(BpDataOrder *o)
{
	BpRelations *r = o->d->relations;
	int		   *by_rank = palloc(Max(1, r->nrels) * sizeof(int));

	o->items = palloc0(Max(1, r->nrels) * sizeof(BpDataItem));
	o->nodes = palloc0(Max(1, r->nrels) * sizeof(BpSortNode));
	o->path = palloc(Max(1, r->nrels) * sizeof(int));
	/* relations are in order of oid, so items are, too */
	for (int i = 0; i < r->nrels; i++)
		if (r->rels[i].data)
		{
			by_rank[o->n] = o->n;
			o->items[o->n].oid = r->rels[i].oid;
			o->items[o->n++].rel = i;
		}
	qsort_arg(by_rank, o->n, sizeof(int), item_compare_rank, o);
	for (int i = 0; i < o->n; i++)
		o->nodes[by_rank[i]].rank = i;
	pfree(by_rank);
}

int *
bp_data_order(BpDefine *d, int *n)
{
	BpDataOrder o = {.d = d};
	int		   *order;

	collect_items(&o);
	for (int i = 0; i < o.n; i++)
		if (d->relations->rels[o.items[i].rel].kind == RELKIND_RELATION)
			read_references(&o, i);
	order = palloc(Max(1, o.n) * sizeof(int));
	while (d->reason == NULL && bp_topo_sort(o.nodes, o.n, order) > 0)
		break_cycles(&o);
	if (d->reason != NULL)
		return NULL;
	for (int i = 0; i < o.n; i++)
		order[i] = o.items[order[i]].rel;
	*n = o.n;
	return order;
}
