/*-------------------------------------------------------------------------
 *
 * sort.c
 *	  The order of definitions, which is that of pg_dump.
 *
 * Objects are sorted by kind, schema, name and a few more keys; that gives
 * each its rank.  Then they are sorted topologically (topo_sort.c), so that
 * an object comes after all that it needs.  pg_dump sorts all objects of the
 * database.  Unselected objects are not sorted here, so the order differs
 * from pg_dump's where an unselected object moves a selected one forward.
 *
 * The boundary after data is a node of its own: all that comes after data
 * needs it, and it needs everything else.  It matters for objects whose kind
 * belongs to data, but that come after data (BpObject.after_data), such as
 * the statistics of an index.
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
#include "define/sort.h"
#include "define/topo_sort.h"

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

static bool
comes_after_data(const BpObject *o)
{
	return o->after_data || o->kind >= BP_OBJECT_CONSTRAINT;
}

/*
 * The graph of the n objects, which are in order of rank, followed by the
 * boundary.  The boundary has the highest rank, so it is placed as soon as
 * all that comes after data has been.
 */
static BpSortNode *
sort_graph(BpObject **objects, int n)
{
	BpSortNode *nodes = palloc0(sizeof(BpSortNode) * (n + 1));

	nodes[n].rank = n;
	for (int i = 0; i < n; i++)
		objects[i]->rank = nodes[i].rank = i;
	for (int i = 0; i < n; i++)
	{
		ListCell   *lc;

		foreach(lc, objects[i]->needs)
			bp_sort_node_add(&nodes[i], ((BpObject *) lfirst(lc))->rank);
		if (comes_after_data(objects[i]))
			bp_sort_node_add(&nodes[i], n);
		else
			bp_sort_node_add(&nodes[n], i);
	}
	return nodes;
}

void
bp_sort_objects(BpDefine *d)
{
	int			n = 0;
	int			nsorted = 0;
	int		   *order;
	BpObject  **sorted;

	/* objects that are not separate have no entries */
	for (int i = 0; i < d->nobjects; i++)
		if (d->objects[i]->separate)
			d->objects[n++] = d->objects[i];
	d->nobjects = n;
	qsort(d->objects, n, sizeof(BpObject *), object_compare);
	order = palloc(sizeof(int) * (n + 1));
	if (bp_topo_sort(sort_graph(d->objects, n), n + 1, order) > 0)
	{
		bp_refuse(d, "definitions depend on each other in a cycle");
		return;
	}
	sorted = palloc(sizeof(BpObject *) * Max(1, n));
	for (int i = 0; i <= n; i++)
		if (order[i] != n)
			sorted[nsorted++] = d->objects[order[i]];
	d->objects = sorted;
}
