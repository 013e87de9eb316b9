/*-------------------------------------------------------------------------
 *
 * dag.h
 *	  The graph of a restore's units while it is planned.
 *
 * Each pass of the planner (pre.h, data.h, post.h, ...) adds groups, which
 * become units, and edges between them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/dag.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_DAG_H
#define BP_RESTORE_PLAN_DAG_H

#include "nodes/pg_list.h"
#include "restore_plan/graph.h"
#include "restore_plan/selection.h"
#include "shared/plan.h"

/* Most entries of one DDL unit; fewer if the lock table is small */
#define BP_MAX_ENTRIES	100

/* A unit that is being planned; its index will be that of the unit. */
typedef struct BpGroup
{
	BpUnitKind	kind;
	List	   *entries;		/* indexes into the TOC, for units of entries */
	int			file;			/* as in BpUnit */
	int			nfiles;
	uint32		first;
	uint32		last;
	uint64		cost;
	char	   *text;			/* of the unit; NULL: made from the entries */
	bool		has_successor;
} BpGroup;

/* While the group's unit runs it uses the object with this dump id. */
typedef struct BpLock
{
	int32		group;
	int32		id;
	bool		exclusive;
} BpLock;

typedef struct BpDag
{
	BpSelection *sel;
	BpPlanBuilder *builder;
	int			connections;	/* that will probably work at once */
	int			max_entries;	/* of one unit: their locks must fit into the
								 * lock table */

	BpGroup    *groups;
	int			ngroups;
	int			max_groups;
	BpEdge	   *edges;			/* between groups */
	int			nedges;
	int			max_edges;
	BpLock	   *locks;
	int			nlocks;
	int			max_locks;

	int			prepare;		/* group that truncates or drops, or -1 */
	int			pre_last;		/* last group of pre-data, or -1 */
	int			config_last;	/* group after all that load configuration
								 * tables of extensions, or -1 */
	int			reader_last;	/* last group that loads a table whose rows may
								 * run functions that read tables, or -1 */

	/* by index into the TOC */
	int		   *group_of;		/* group that runs the entry, or -1 */
	int		   *attached_to;	/* a partition's parent table, or -1 */
	List	  **partitions;		/* of a table */
	bool	   *created;		/* this restore makes the table */
	bool	   *reads;			/* may run functions that read tables: see
								 * readers.h */
	List	  **data;			/* groups that load the table */
	List	  **touched;		/* post-data groups that lock the table */
	uint64	   *raw;			/* bytes of the table's data, decoded; a guess
								 * for pg_dump's archives */

	int			ntables;		/* tables with data to load */
	uint64		bytes;			/* to read from files */
} BpDag;

/*
 * Makes a graph without groups in CurrentMemoryContext.  The functions below
 * add to it in the same context.  Raises data_corrupted if a table of the
 * archive is a partition of itself.
 */
extern BpDag *bp_dag_create(BpSelection *sel);

/* Adds an empty group; returns its index. */
extern int	bp_dag_group(BpDag *dag, BpUnitKind kind, uint64 cost);

/* Adds an entry to a group, and sets group_of. */
extern void bp_dag_add(BpDag *dag, int group, int entry);

/*
 * Group 'after' waits for group 'before'.  Does nothing if one of them is
 * negative or both are the same.
 */
extern void bp_dag_edge(BpDag *dag, int before, int after);

/*
 * While the group runs, no other group runs that has a lock on the same dump
 * id, if one of the two locks is exclusive.
 */
extern void bp_dag_lock(BpDag *dag, int group, int id, bool exclusive);

/* Group 'after' waits for all other groups that there are now. */
extern void bp_dag_barrier(BpDag *dag, int after);

/*
 * Appends an entry to a chain of groups that run one after the other: to
 * group *last, or, if that is -1 or has max_entries entries, to a new group
 * that waits for it.  Sets *last to the group that was used.
 */
extern void bp_dag_chain(BpDag *dag, int *last, int entry, int max_entries);

/*
 * The table at that index of the TOC, and all its ancestors and descendants by
 * partitioning, as a list of indexes (int).
 */
extern List *bp_dag_family(BpDag *dag, int table);

/*
 * The groups that load the table, one of its partitions or one of its
 * ancestors, as a list of group indexes (int).
 */
extern List *bp_dag_loads(BpDag *dag, int table);

/*
 * Removes cycles from the graph, if there are any, and adds all groups, edges
 * and locks to dag->builder.  Called once, after all passes.
 */
extern void bp_dag_emit(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_DAG_H */
