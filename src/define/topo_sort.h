/*-------------------------------------------------------------------------
 *
 * topo_sort.h
 *	  Topological sort, with the same result as that of pg_dump.
 *
 * See topo_sort.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/topo_sort.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_TOPO_SORT_H
#define BP_DEFINE_TOPO_SORT_H

/*
 * A node of the graph, zeroed at first; nodes are known by their array index.
 */
typedef struct BpSortNode
{
	int			rank;			/* position without regard to dependencies:
								 * a permutation of 0 to n - 1 */
	int			nneeds;
	int			max_needs;
	int		   *needs;			/* indexes of nodes that must come before it */
	int			waiting;		/* used by the sort: nodes that need this one
								 * and have not been placed yet */
} BpSortNode;

/* Makes the node need another; memory from CurrentMemoryContext. */
extern void bp_sort_node_add(BpSortNode *node, int needed);

/*
 * Fills order, an array of n, with indexes of nodes so that each node comes
 * after all that it needs.  Returns the number of nodes that could not be
 * placed, because they are in a cycle or a cycle needs them; 0 means success.
 * If there are any, their "waiting" is positive, and the beginning of order
 * is not set.
 */
extern int	bp_topo_sort(BpSortNode *nodes, int n, int *order);

#endif							/* BP_DEFINE_TOPO_SORT_H */
