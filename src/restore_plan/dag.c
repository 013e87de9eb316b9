/*-------------------------------------------------------------------------
 *
 * dag.c
 *	  The graph of a restore's units while it is planned.
 *
 * The passes of the planner add groups of entries, edges between groups, and
 * locks.  When all passes are done, bp_dag_emit makes a unit of each group,
 * with the same index.
 *
 * The planner only adds edges from entries that stand earlier in the archive
 * to later ones, and groups entries so that no cycle arises.  But an archive
 * may be damaged or made by hand, and a cycle would make the task wait for
 * ever.  So cycles are looked for and broken before the units are made.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/dag.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "base/array.h"
#include "restore/entry.h"
#include "restore_plan/dag.h"
#include "session/lock_room.h"
#include "shared/settings.h"

static void dag_break_cycles(BpDag *dag);
static void dag_check_partitions(BpDag *dag);
static void dag_find_partitions(BpDag *dag);
static void dag_emit_links(BpDag *dag);
static char *group_text(BpDag *dag, BpGroup *group);

BpDag *
bp_dag_create(BpSelection *sel)
{
	BpDag	   *dag = palloc0(sizeof(BpDag));
	int			n = sel->toc->nentries + 1;
	int			wanted = sel->session->options->parallel;
	int			i;

	if (wanted <= 0)
		wanted = bp_setting_parallel;
	dag->connections = bp_effective_max_connections();
	if (wanted > 0)
		dag->connections = Min(dag->connections, wanted);
	dag->connections = Max(dag->connections, 1);

	/*
	 * An entry takes about four locks: those of its table, of indexes, a
	 * sequence, and a TOAST table.
	 */
	dag->max_entries = Min(BP_MAX_ENTRIES,
						   Max(bp_lock_room() / (4 * dag->connections), 8));

	dag->sel = sel;
	dag->builder = bp_plan_builder_create();
	dag->prepare = dag->pre_last = -1;
	dag->config_last = dag->reader_last = -1;
	dag->group_of = palloc(n * sizeof(int));
	dag->attached_to = palloc(n * sizeof(int));
	dag->partitions = palloc0(n * sizeof(List *));
	dag->created = palloc0(n * sizeof(bool));
	dag->reads = palloc0(n * sizeof(bool));
	dag->data = palloc0(n * sizeof(List *));
	dag->touched = palloc0(n * sizeof(List *));
	dag->raw = palloc0(n * sizeof(uint64));
	for (i = 0; i < n; i++)
		dag->group_of[i] = dag->attached_to[i] = -1;
	dag_find_partitions(dag);
	return dag;
}

/*
 * Raises an error if the parents of a partition form a cycle.  pg_dump does
 * not write such an archive, but a damaged one may have such a cycle, and the
 * functions that go from a partition to its parents would never end.
 */
static void
dag_check_partitions(BpDag *dag)
{
	int			n = dag->sel->toc->nentries;
	int		   *seen = palloc0(n * sizeof(int));	/* index + 1 of the walk that
												 * came here first */
	int			i;

	for (i = 0; i < n; i++)
	{
		int			up;

		for (up = i; up >= 0 && seen[up] == 0; up = dag->attached_to[up])
			seen[up] = i + 1;
		if (up >= 0 && seen[up] == i + 1)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("%s is a partition of itself in the archive",
							bp_entry_name(&dag->sel->toc->entries[up]))));
	}
	pfree(seen);
}

/*
 * Finds out which tables this restore creates, and which are partitions of
 * which other: a TABLE ATTACH entry depends on both.
 */
static void
dag_find_partitions(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	int			i;
	int			k;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			child = sel->parent[i];

		dag->created[i] = bp_entry_is_table(e) &&
			(sel->reqs[i] & BP_REQ_SCHEMA) != 0;
		if (!bp_entry_is(e, "TABLE ATTACH") || child < 0)
			continue;
		for (k = 0; k < e->ndeps; k++)
		{
			int			j = bp_selection_index(sel, e->deps[k]);

			if (j >= 0 && j != child && bp_entry_is(&sel->toc->entries[j], "TABLE"))
			{
				/* pg_dump never writes a partition with two parents */
				if (dag->attached_to[child] >= 0)
					continue;
				dag->attached_to[child] = j;
				dag->partitions[j] = lappend_int(dag->partitions[j], child);
			}
		}
	}
	dag_check_partitions(dag);
}

int
bp_dag_group(BpDag *dag, BpUnitKind kind, uint64 cost)
{
	BpGroup    *group;

	BP_ARRAY_ROOM(dag->groups, dag->ngroups, dag->max_groups);
	group = &dag->groups[dag->ngroups];
	memset(group, 0, sizeof(BpGroup));
	group->kind = kind;
	group->file = -1;
	group->cost = cost;
	return dag->ngroups++;
}

void
bp_dag_add(BpDag *dag, int group, int entry)
{
	dag->groups[group].entries = lappend_int(dag->groups[group].entries,
											 entry);
	dag->group_of[entry] = group;
}

void
bp_dag_edge(BpDag *dag, int before, int after)
{
	if (before < 0 || after < 0 || before == after)
		return;
	BP_ARRAY_ROOM(dag->edges, dag->nedges, dag->max_edges);
	dag->edges[dag->nedges].before = before;
	dag->edges[dag->nedges].after = after;
	dag->nedges++;
	dag->groups[before].has_successor = true;
}

void
bp_dag_lock(BpDag *dag, int group, int id, bool exclusive)
{
	BP_ARRAY_ROOM(dag->locks, dag->nlocks, dag->max_locks);
	dag->locks[dag->nlocks].group = group;
	dag->locks[dag->nlocks].id = id;
	dag->locks[dag->nlocks].exclusive = exclusive;
	dag->nlocks++;
}

void
bp_dag_barrier(BpDag *dag, int after)
{
	int			g;

	for (g = 0; g < dag->ngroups; g++)
	{
		if (g != after && !dag->groups[g].has_successor)
			bp_dag_edge(dag, g, after);
	}
}

void
bp_dag_chain(BpDag *dag, int *last, int entry, int max_entries)
{
	if (*last < 0 ||
		list_length(dag->groups[*last].entries) >= max_entries)
	{
		int			group = bp_dag_group(dag, BP_UNIT_DDL, 0);

		bp_dag_edge(dag, *last, group);
		*last = group;
	}
	bp_dag_add(dag, *last, entry);
}

List *
bp_dag_family(BpDag *dag, int table)
{
	List	   *family = list_make1_int(table);
	int			depth;
	int			up;
	int			i;

	/* Descendants; the loop appends to the list that it reads */
	for (i = 0; i < list_length(family) && i < dag->sel->toc->nentries; i++)
		family = list_concat(family, dag->partitions[list_nth_int(family, i)]);

	for (up = dag->attached_to[table], depth = 0; up >= 0 && depth < 100;
		 up = dag->attached_to[up], depth++)
		family = lappend_int(family, up);
	return family;
}

List *
bp_dag_loads(BpDag *dag, int table)
{
	List	   *loads = NIL;
	ListCell   *lc;

	foreach(lc, bp_dag_family(dag, table))
		loads = list_concat(loads, dag->data[lfirst_int(lc)]);
	return loads;
}

/*
 * The worker would never start groups that are in a cycle or behind one.
 * Among those groups, keep only edges from a lower to a higher index: these
 * cannot form a cycle.
 */
static void
dag_break_cycles(BpDag *dag)
{
	int		   *blocked = bp_graph_blocked(dag->ngroups, dag->edges,
										   dag->nedges);
	int			kept = 0;
	int			i;

	for (i = 0; i < dag->nedges; i++)
	{
		BpEdge		edge = dag->edges[i];

		if (blocked[edge.before] == 0 || edge.before < edge.after)
			dag->edges[kept++] = edge;
	}
	dag->nedges = kept;
	pfree(blocked);
}

/* The text of the group's unit, which pg_stat_activity shows */
static char *
group_text(BpDag *dag, BpGroup *group)
{
	int			n = list_length(group->entries);
	char	   *first = n > 0 ?
		bp_entry_name(&dag->sel->toc->entries[linitial_int(group->entries)]) :
		"nothing";
	const char *what = "restore";

	if (group->text != NULL)
		return group->text;
	if (group->kind == BP_UNIT_PREPARE)
		what = dag->sel->session->options->if_exists == BP_EXISTS_REPLACE ?
			"drop" : "truncate";
	else if (group->kind == BP_UNIT_FKEY_CHECK)
		what = "check";
	else if (group->kind == BP_UNIT_ANALYZE)
		what = "analyze";
	if (n > 1)
		return bp_entry_unit_text(psprintf("%s %d objects from %s", what, n,
										   first));
	return bp_entry_unit_text(psprintf("%s %s", what, first));
}

static int
compare_edges(const void *a, const void *b)
{
	const BpEdge *x = a;
	const BpEdge *y = b;

	if (x->before != y->before)
		return x->before < y->before ? -1 : 1;
	return x->after < y->after ? -1 : x->after > y->after;
}

/* Of two locks of one group on the same id, the exclusive one comes first. */
static int
compare_locks(const void *a, const void *b)
{
	const BpLock *x = a;
	const BpLock *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (int) y->exclusive - (int) x->exclusive;
}

/* Gives edges and locks to the builder, each only once. */
static void
dag_emit_links(BpDag *dag)
{
	int			i;

	qsort(dag->edges, dag->nedges, sizeof(BpEdge), compare_edges);
	for (i = 0; i < dag->nedges; i++)
	{
		if (i == 0 ||
			compare_edges(&dag->edges[i - 1], &dag->edges[i]) != 0)
			bp_plan_add_dependency(dag->builder, dag->edges[i].after,
								   dag->edges[i].before);
	}
	qsort(dag->locks, dag->nlocks, sizeof(BpLock), compare_locks);
	for (i = 0; i < dag->nlocks; i++)
	{
		if (i == 0 || dag->locks[i - 1].group != dag->locks[i].group ||
			dag->locks[i - 1].id != dag->locks[i].id)
			bp_plan_add_lock(dag->builder, dag->locks[i].group,
							 dag->locks[i].id, dag->locks[i].exclusive);
	}
}

void
bp_dag_emit(BpDag *dag)
{
	int			i;

	dag_break_cycles(dag);
	for (i = 0; i < dag->ngroups; i++)
	{
		BpGroup    *group = &dag->groups[i];
		ListCell   *lc;
		int			unit;

		foreach(lc, group->entries)
		{
			group->last = bp_plan_add_entry(dag->builder, lfirst_int(lc));
			if (foreach_current_index(lc) == 0)
				group->first = group->last;
		}
		if (group->kind == BP_UNIT_DDL && group->entries == NIL)
			group->first = 1;	/* and last = 0: the unit runs nothing, but
								 * others wait for it */
		unit = bp_plan_add_unit(dag->builder, group->kind, group->file,
								group->nfiles, group->first, group->last,
								group->cost, group_text(dag, group));
		Assert(unit == i);
		(void) unit;
	}
	dag_emit_links(dag);
}
