/*-------------------------------------------------------------------------
 *
 * topo_sort.c
 *	  Topological sort, with the same result as that of pg_dump.
 *
 * The order is made from its end to its beginning.  Of the nodes that no
 * remaining node needs, the one with the highest rank is placed next.
 * pg_dump's TopoSort does the same, so the result is the same for the same
 * ranks and dependencies.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/topo_sort.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/array.h"
#include "define/topo_sort.h"
#include "lib/binaryheap.h"
#include "miscadmin.h"

void
bp_sort_node_add(BpSortNode *node, int needed)
{
	BP_ARRAY_ROOM(node->needs, node->nneeds, node->max_needs);
	node->needs[node->nneeds++] = needed;
}

/* The highest rank comes first. */
static int
rank_compare(Datum a, Datum b, void *arg)
{
	return DatumGetInt32(a) - DatumGetInt32(b);
}

int
bp_topo_sort(BpSortNode *nodes, int n, int *order)
{
	int		   *by_rank = palloc(sizeof(int) * Max(1, n));
	binaryheap *ready = binaryheap_allocate(Max(1, n), rank_compare, NULL);
	int			left = n;

	for (int i = 0; i < n; i++)
	{
		by_rank[nodes[i].rank] = i;
		nodes[i].waiting = 0;
	}
	for (int i = 0; i < n; i++)
		for (int k = 0; k < nodes[i].nneeds; k++)
			nodes[nodes[i].needs[k]].waiting++;
	for (int i = 0; i < n; i++)
		if (nodes[i].waiting == 0)
			binaryheap_add_unordered(ready, Int32GetDatum(nodes[i].rank));
	binaryheap_build(ready);
	while (!binaryheap_empty(ready))
	{
		int			i = by_rank[DatumGetInt32(binaryheap_remove_first(ready))];

		CHECK_FOR_INTERRUPTS();
		order[--left] = i;
		for (int k = 0; k < nodes[i].nneeds; k++)
		{
			BpSortNode *needed = &nodes[nodes[i].needs[k]];

			if (--needed->waiting == 0)
				binaryheap_add(ready, Int32GetDatum(needed->rank));
		}
	}
	binaryheap_free(ready);
	pfree(by_rank);
	return left;
}
