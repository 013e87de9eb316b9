/*-------------------------------------------------------------------------
 *
 * graph.h
 *	  A directed graph whose nodes are numbers.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/graph.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_GRAPH_H
#define BP_RESTORE_PLAN_GRAPH_H


/* Node 'after' must wait for node 'before'. */
typedef struct BpEdge
{
	int32		before;
	int32		after;
} BpEdge;

/*
 * Sorts nodes 0..nnodes - 1 topologically and returns, for each node, the
 * number of edges from nodes that it could not be sorted after: 0 if all
 * nodes before it could be sorted, more than 0 if it is in a cycle or behind
 * one.  The array is palloc'd.  An edge may be there twice; O(nodes + edges).
 */
extern int *bp_graph_blocked(int nnodes, const BpEdge *edges, int nedges);

#endif							/* BP_RESTORE_PLAN_GRAPH_H */
