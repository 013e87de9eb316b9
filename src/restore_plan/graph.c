/*-------------------------------------------------------------------------
 *
 * graph.c
 *	  A directed graph whose nodes are numbers.
 *
 * The planner needs to know which nodes of a graph are in a cycle or behind
 * one: for the units of a plan (dag.c) and for tables with foreign keys
 * (load_order.c).  It does not need an order of the nodes: the worker finds the
 * order when units run.  define/sort.c sorts topologically, too, but cannot
 * use this function.  Its result is an order, which must be that of pg_dump.
 * Therefore it works backwards, and takes from a heap the largest of the
 * objects that are ready.  It also has a boundary node, which replaces an edge
 * for each pair of an object before the boundary and an object after it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/graph.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "restore_plan/graph.h"

int *
bp_graph_blocked(int nnodes, const BpEdge *edges, int nedges)
{
	int		   *blocked = palloc0(sizeof(int) * (nnodes + 1));
	int		   *offset = palloc0(sizeof(int) * (nnodes + 2));
	int		   *queue = palloc(sizeof(int) * (nnodes + 1));
	int32	   *after = palloc_extended(sizeof(int32) * ((Size) nedges + 1),
										MCXT_ALLOC_HUGE);
	int			head = 0;
	int			tail = 0;
	int			i;

	/* The successors of each node, side by side */
	for (i = 0; i < nedges; i++)
	{
		blocked[edges[i].after]++;
		offset[edges[i].before + 1]++;
	}
	for (i = 0; i < nnodes; i++)
		offset[i + 1] += offset[i];
	for (i = 0; i < nedges; i++)
		after[offset[edges[i].before]++] = edges[i].after;

	/* offset[n] is now the end of the successors of node n */
	for (i = 0; i < nnodes; i++)
	{
		if (blocked[i] == 0)
			queue[tail++] = i;
	}
	while (head < tail)
	{
		int			node = queue[head++];

		for (i = node > 0 ? offset[node - 1] : 0; i < offset[node]; i++)
		{
			if (--blocked[after[i]] == 0)
				queue[tail++] = after[i];
		}
	}
	pfree(offset);
	pfree(queue);
	pfree(after);
	return blocked;
}
