/*-------------------------------------------------------------------------
 *
 * pre.c
 *	  Planning pre-data: definitions that come before any rows.
 *
 * They run in the archive's order, in chains of units, as pg_restore runs
 * them.  What other objects need before they can be made is not always a
 * dependency that the archive tells: the body of a function is just text.
 *
 * A run of tables and what belongs to them is another matter.  A table is
 * made of types, functions and other tables, all of which pg_dump knows, and
 * nothing is executed when it is made.  Those of a run that depend on each
 * other stay together and in order; the rest may be made by several
 * connections at once.  Tables that take a lock on the same parent stay
 * together too, since two units that lock parents in different order could
 * deadlock.
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
#include "restore_plan/dag.h"

/* Shorter runs are not worth it; a unit has so many entries at least. */
#define BP_MIN_RUN		64
#define BP_MIN_ENTRIES	16

typedef struct BpPrePlan
{
	BpDag	   *dag;
	int			last;			/* group that all that follows waits for */
	List	   *run;			/* entries of the run at hand */
	int		   *leader;			/* by entry: union-find within the run */
	int		   *user;			/* by table: an entry of the run that needs it */
	int		   *chain;			/* by leader: its group at hand */
} BpPrePlan;

static bool is_pre_data(BpSelection *sel, int i, int section);
static bool may_run_beside(BpPrePlan *pre, int entry);
static int	leader_of(BpPrePlan *pre, int entry);
static void join_entries(BpPrePlan *pre);
static void end_run(BpPrePlan *pre);

int
bp_selection_section(BpSelection *sel, int i, int current)
{
	int			depth;

	for (depth = 0; i >= 0 && depth < 10; depth++)
	{
		if (sel->toc->entries[i].section != BP_SECTION_NONE)
			return sel->toc->entries[i].section;
		i = sel->parent[i];
	}
	return current;
}

static bool
is_pre_data(BpSelection *sel, int i, int section)
{
	const BpTocEntry *e = &sel->toc->entries[i];

	return (sel->reqs[i] & (BP_REQ_SCHEMA | BP_REQ_DATA)) != 0 &&
		!e->had_dumper && bp_entry_pass(e) == BP_PASS_MAIN &&
		!bp_entry_is_database(e) &&
		bp_selection_section(sel, i, section) == BP_SECTION_PRE_DATA;
}

static bool
may_run_beside(BpPrePlan *pre, int entry)
{
	static const char *const kinds[] = {
		"TABLE", "SEQUENCE", "SEQUENCE OWNED BY", "DEFAULT", "TABLE ATTACH",
		NULL
	};
	BpSelection *sel = pre->dag->sel;
	const BpTocEntry *e = &sel->toc->entries[entry];
	int			up = sel->parent[entry];

	if (bp_entry_is_remark(e))
		return up >= 0 && pre->leader[up] >= 0;
	return bp_entry_in(e, kinds);
}

static int
leader_of(BpPrePlan *pre, int entry)
{
	while (pre->leader[entry] != entry)
	{
		pre->leader[entry] = pre->leader[pre->leader[entry]];
		entry = pre->leader[entry];
	}
	return entry;
}

/* Bring together what depends on each other, or on the same table. */
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

		/* one more round for the parent, which may be no dependency */
		for (k = 0; k <= e->ndeps; k++)
		{
			int			j = k < e->ndeps ?
				bp_selection_index(sel, e->deps[k]) : sel->parent[i];
			int			other;

			if (j < 0 || j == i)
				continue;
			if (pre->leader[j] >= 0)
				other = j;
			else if (!bp_entry_is(&sel->toc->entries[j], "TABLE"))
				continue;
			else
			{
				if (pre->user[j] < 0 || pre->leader[pre->user[j]] < 0)
					pre->user[j] = i;
				other = pre->user[j];
			}
			pre->leader[leader_of(pre, i)] = leader_of(pre, other);
		}
	}
}

static void
end_run(BpPrePlan *pre)
{
	BpDag	   *dag = pre->dag;
	int			n = list_length(pre->run);
	int			size = Max(BP_MIN_ENTRIES, n / (4 * dag->connections));
	int			before = pre->last;
	int			open = -1;		/* group for components that begin now */
	List	   *made = NIL;
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
			int		   *g = &pre->chain[leader_of(pre, lfirst_int(lc))];

			if (*g < 0)
			{
				if (open < 0 ||
					list_length(dag->groups[open].entries) >= size)
				{
					open = bp_dag_group(dag, BP_UNIT_DDL, 0);
					bp_dag_edge(dag, before, open);
					made = lappend_int(made, open);
				}
				*g = open;
			}
			else if (list_length(dag->groups[*g].entries) >= dag->max_entries)
			{
				int			next = bp_dag_group(dag, BP_UNIT_DDL, 0);

				bp_dag_edge(dag, *g, next);
				made = lappend_int(made, next);
				*g = next;
			}
			bp_dag_add(dag, *g, lfirst_int(lc));
		}
		/* All that follows waits for this one, be it empty */
		pre->last = bp_dag_group(dag, BP_UNIT_DDL, 0);
		foreach(lc, made)
			bp_dag_edge(dag, lfirst_int(lc), pre->last);
	}
	foreach(lc, pre->run)
		pre->leader[lfirst_int(lc)] = pre->chain[lfirst_int(lc)] = -1;
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
	pre.leader = palloc(n * sizeof(int));
	pre.user = palloc(n * sizeof(int));
	pre.chain = palloc(n * sizeof(int));
	for (i = 0; i < n; i++)
		pre.leader[i] = pre.user[i] = pre.chain[i] = -1;

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
		if (may_run_beside(&pre, i))
		{
			pre.leader[i] = i;
			pre.run = lappend_int(pre.run, i);
			continue;
		}
		end_run(&pre);
		bp_dag_chain(dag, &pre.last, i, dag->max_entries);
	}
	end_run(&pre);
	dag->pre_last = pre.last;
	pfree(pre.leader);
	pfree(pre.user);
	pfree(pre.chain);
}
