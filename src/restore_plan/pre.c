/*-------------------------------------------------------------------------
 *
 * pre.c
 *	  Planning the entries of the pre-data section.
 *
 * Pre-data entries run in the archive's order, in a chain of units, as
 * pg_restore runs them.  The archive does not record all dependencies between
 * them: the body of a function, for example, is just text to pg_dump.
 *
 * Tables are different.  A table needs types, functions and other tables,
 * which pg_dump all records, and creating a table executes no code.  So in a
 * "run" (consecutive entries that are tables or belong to tables) several
 * connections may work at once.  Entries of a run that depend on each other
 * form a set, which stays in one chain, in the archive's order.  Entries that
 * need the same table from before the run are in the same set, too: creating
 * a child locks its parent, and two units that lock parents in different order
 * could deadlock.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/pre.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "restore_plan/pre.h"

/* A run with fewer entries is planned as a chain. */
#define BP_MIN_RUN		64

/* The least number of entries that a unit of a run is filled with */
#define BP_MIN_ENTRIES	16

typedef struct BpPrePlan
{
	BpDag	   *dag;
	int			last;			/* group that all later ones wait for */
	List	   *run;			/* entries of the current run */

	/* by index into the TOC; -1: none in the current run */
	int		   *link;			/* union-find: the next entry on the way to the
								 * root of the entry's set */
	int		   *user;			/* of a table made before the run: an entry of
								 * the run that needs it; may be a left-over of
								 * an earlier run, whose link is -1 */
	int		   *chain;			/* of the root of a set: the last group of its
								 * chain */
} BpPrePlan;

static bool is_pre_data(BpSelection *sel, int i, int section);
static bool may_be_in_run(BpPrePlan *pre, int entry);
static int	set_root(BpPrePlan *pre, int entry);
static void join_entries(BpPrePlan *pre);
static void end_run(BpPrePlan *pre);

/*
 * Is the entry one of the main pass of the pre-data section?  'section' is that
 * of the entries around it.
 */
static bool
is_pre_data(BpSelection *sel, int i, int section)
{
	const BpTocEntry *e = &sel->toc->entries[i];

	return (sel->reqs[i] & (BP_REQ_SCHEMA | BP_REQ_DATA)) != 0 &&
		!e->had_dumper && bp_entry_pass(e) == BP_PASS_MAIN &&
		!bp_entry_is_database(e) &&
		bp_selection_section(sel, i, section) == BP_SECTION_PRE_DATA;
}

/* May the entry be in a run?  A remark may, if its object is. */
static bool
may_be_in_run(BpPrePlan *pre, int entry)
{
	static const char *const kinds[] = {
		"TABLE", "SEQUENCE", "SEQUENCE OWNED BY", "DEFAULT", "TABLE ATTACH",
		NULL
	};
	BpSelection *sel = pre->dag->sel;
	const BpTocEntry *e = &sel->toc->entries[entry];
	int			up = sel->parent[entry];

	if (bp_entry_is_remark(e))
		return up >= 0 && pre->link[up] >= 0;
	return bp_entry_in(e, kinds);
}

/* The root of the entry's set; shortens the way to it. */
static int
set_root(BpPrePlan *pre, int entry)
{
	while (pre->link[entry] != entry)
	{
		pre->link[entry] = pre->link[pre->link[entry]];
		entry = pre->link[entry];
	}
	return entry;
}

/*
 * Joins the sets of entries that depend on each other, or on the same table
 * from before the run.
 */
static void
join_entries(BpPrePlan *pre)
{
	BpSelection *sel = pre->dag->sel;
	ListCell   *lc;

	foreach(lc, pre->run)
	{
		int			i = lfirst_int(lc);
		const BpTocEntry *e = &sel->toc->entries[i];
		int			k;

		/* The last round takes the parent, which is not always a dependency */
		for (k = 0; k <= e->ndeps; k++)
		{
			int			j = k < e->ndeps ?
				bp_selection_index(sel, e->deps[k]) : sel->parent[i];
			int			other;

			if (j < 0 || j == i)
				continue;
			if (pre->link[j] >= 0)
				other = j;
			else if (!bp_entry_is(&sel->toc->entries[j], "TABLE"))
				continue;
			else
			{
				if (pre->user[j] < 0 || pre->link[pre->user[j]] < 0)
					pre->user[j] = i;
				other = pre->user[j];
			}
			pre->link[set_root(pre, i)] = set_root(pre, other);
		}
	}
}

/* Plans the current run, and leaves an empty one. */
static void
end_run(BpPrePlan *pre)
{
	BpDag	   *dag = pre->dag;
	int			n = list_length(pre->run);
	int			size = Max(BP_MIN_ENTRIES, n / (4 * dag->connections));
	int			before = pre->last;
	int			first = -1;		/* group for sets that have no group yet */
	List	   *groups = NIL;
	ListCell   *lc;

	size = Min(size, dag->max_entries);
	if (n < BP_MIN_RUN || dag->connections < 2)
	{
		foreach(lc, pre->run)
			bp_dag_chain(dag, &pre->last, lfirst_int(lc), dag->max_entries);
	}
	else
	{
		join_entries(pre);
		foreach(lc, pre->run)
		{
			int		   *g = &pre->chain[set_root(pre, lfirst_int(lc))];

			if (*g < 0)
			{
				if (first < 0 ||
					list_length(dag->groups[first].entries) >= size)
				{
					first = bp_dag_group(dag, BP_UNIT_DDL, 0);
					bp_dag_edge(dag, before, first);
					groups = lappend_int(groups, first);
				}
				*g = first;
			}
			else if (list_length(dag->groups[*g].entries) >= dag->max_entries)
			{
				int			next = bp_dag_group(dag, BP_UNIT_DDL, 0);

				bp_dag_edge(dag, *g, next);
				groups = lappend_int(groups, next);
				*g = next;
			}
			bp_dag_add(dag, *g, lfirst_int(lc));
		}
		/* Later groups wait for this one, which may stay empty */
		pre->last = bp_dag_group(dag, BP_UNIT_DDL, 0);
		foreach(lc, groups)
			bp_dag_edge(dag, lfirst_int(lc), pre->last);
	}
	foreach(lc, pre->run)
		pre->link[lfirst_int(lc)] = pre->chain[lfirst_int(lc)] = -1;
	pre->run = NIL;
}

void
bp_restore_plan_pre_data(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	int			n = sel->toc->nentries + 1;
	int			section = BP_SECTION_PRE_DATA;
	BpPrePlan	pre;
	int			i;

	pre.dag = dag;
	pre.last = dag->prepare;
	pre.run = NIL;
	pre.link = palloc(n * sizeof(int));
	pre.user = palloc(n * sizeof(int));
	pre.chain = palloc(n * sizeof(int));
	for (i = 0; i < n; i++)
		pre.link[i] = pre.user[i] = pre.chain[i] = -1;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (e->section != BP_SECTION_NONE)
			section = e->section;
		if (!is_pre_data(sel, i, section))
			continue;
		if (pre.last < 0 || pre.last == dag->prepare)
		{
			pre.last = bp_dag_group(dag, BP_UNIT_DDL, 0);
			bp_dag_edge(dag, dag->prepare, pre.last);
		}
		if (may_be_in_run(&pre, i))
		{
			pre.link[i] = i;
			pre.run = lappend_int(pre.run, i);
			continue;
		}
		end_run(&pre);
		bp_dag_chain(dag, &pre.last, i, dag->max_entries);
	}
	end_run(&pre);
	dag->pre_last = pre.last;
	pfree(pre.link);
	pfree(pre.user);
	pfree(pre.chain);
}
