/*-------------------------------------------------------------------------
 *
 * dag.h
 *	  The graph of a restore's units while it is planned.
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
#include "restore_plan/select.h"
#include "shared/plan.h"

/* Most entries of one DDL unit; fewer if the lock table is small */
#define BP_MAX_ENTRIES	100

/* A unit in the making; its index will be that of the unit. */
typedef struct BpGroup
{
	BpUnitKind	kind;
	List	   *entries;		/* indexes into the TOC, for units of entries */
	int			file;			/* as in BpUnit */
	int			nfiles;
	uint32		first;
	uint32		last;
	uint64		cost;
	char	   *text;
	bool		has_successor;
} BpGroup;

typedef struct BpEdge
{
	int32		before;
	int32		after;
} BpEdge;

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
	int			connections;	/* that will work at once, about */
	int			max_entries;	/* of one unit: their locks must fit */

	BpGroup    *groups;
	int			ngroups;
	int			max_groups;
	BpEdge	   *edges;
	int			nedges;
	int			max_edges;
	BpLock	   *locks;
	int			nlocks;
	int			max_locks;

	int			prepare;		/* groups, or -1 */
	int			pre_last;

	/* by index into the TOC */
	int		   *group_of;		/* group that runs the entry, or -1 */
	int		   *attached_to;	/* a partition's parent table, or -1 */
	List	  **partitions;		/* of a table */
	bool	   *created;		/* this restore makes it */
	List	  **data;			/* groups that load the table */
	List	  **touched;		/* post-data groups that lock the table */
	uint64	   *raw;			/* about so many bytes of data */

	List	   *fkey_pairs;		/* BpFkeyPair, of files.c */
	int			ntables;
	uint64		bytes;
} BpDag;

extern BpDag *bp_dag_create(BpSelection *sel);

/* A new group; returns its index. */
extern int	bp_dag_group(BpDag *dag, BpUnitKind kind, uint64 cost);

/* Adds an entry to a group and remembers where it is. */
extern void bp_dag_add(BpDag *dag, int group, int entry);

/* 'after' waits for 'before'; negative ones, and itself, are ignored. */
extern void bp_dag_edge(BpDag *dag, int before, int after);

/* The group works on something that has this dump id, or needs it alone. */
extern void bp_dag_lock(BpDag *dag, int group, int id, bool exclusive);

/* 'after' waits for all groups there are now. */
extern void bp_dag_barrier(BpDag *dag, int after);

/*
 * Appends an entry to a chain of groups that run one after the other: to
 * *last, or to a new group behind it if that is full or -1.
 */
extern void bp_dag_chain(BpDag *dag, int *last, int entry, int max_entries);

/*
 * The table of that index and all its ancestors and descendants by
 * partitioning, as a list of int.
 */
extern List *bp_dag_family(BpDag *dag, int table);

/* The groups that load a table, by whatever partition they are named. */
extern List *bp_dag_loads(BpDag *dag, int table);

/* Makes the graph acyclic, come what may, and hands it to the builder. */
extern void bp_dag_emit(BpDag *dag);

/*
 * The section an entry is restored in: those that have none (comments,
 * labels) go with what they are about, or else where they stand.
 */
extern int	bp_selection_section(BpSelection *sel, int i, int current);

/* pre.c: groups of pre-data entries; sets pre_last */
extern void bp_restore_plan_pre_data(BpDag *dag);

/* files.c: groups that load data; checks all files first */
extern void bp_restore_plan_data(BpDag *dag);

/* lob_plan.c: groups that write large objects */
extern void bp_restore_plan_lobs(BpDag *dag);

/* post.c: groups of post-data entries */
extern void bp_restore_plan_post_data(BpDag *dag);

/* restore/analyze.c: groups that gather statistics */
extern void bp_restore_plan_analyze(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_DAG_H */
