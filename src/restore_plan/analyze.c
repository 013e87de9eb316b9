/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  Planning the statistics of the tables that are loaded.
 *
 * A table whose statistics are in the archive, if this server can restore
 * them, is left to that entry.  All other tables are analyzed as soon as their
 * own post-data is done.  A partitioned table is analyzed instead of its
 * partitions: that makes the statistics of the partitions too, and autovacuum
 * never makes those of the partitioned table.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/analyze.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "restore_plan/analyze.h"

/* A unit that analyzes several tables stops at one of these. */
#define BP_ANALYZE_BYTES	((uint64) 8 * 1024 * 1024)
#define BP_ANALYZE_TABLES	32

static bool *tables_with_statistics(BpSelection *sel);
static bool has_foreign_part(BpDag *dag, int root);
static void analyze_wait(BpDag *dag, int group, int table);

/* The tables, by index into the TOC, whose statistics come from the archive */
static bool *
tables_with_statistics(BpSelection *sel)
{
	bool	   *has_statistics = palloc0(sel->toc->nentries + 1);
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const char *defn = sel->toc->entries[i].defn;

		/*
		 * The statistics of a table that was never analyzed have no columns:
		 * they do not count.
		 */
		if ((sel->reqs[i] & BP_REQ_STATS) != 0 && sel->parent[i] >= 0 &&
			defn != NULL && strstr(defn, "pg_restore_attribute_stats") != NULL)
			has_statistics[sel->parent[i]] = true;
	}
	return has_statistics;
}

/* Is one of the tables below or above 'root' a foreign table? */
static bool
has_foreign_part(BpDag *dag, int root)
{
	ListCell   *lc;

	foreach(lc, bp_dag_family(dag, root))
	{
		if (bp_entry_is(&dag->sel->toc->entries[lfirst_int(lc)],
						"FOREIGN TABLE"))
			return true;
	}
	return false;
}

/* The group waits for all groups that load or lock the table or a partition. */
static void
analyze_wait(BpDag *dag, int group, int table)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, bp_dag_family(dag, table))
	{
		int			t = lfirst_int(lc);

		foreach(lc2, dag->data[t])
			bp_dag_edge(dag, lfirst_int(lc2), group);
		foreach(lc2, dag->touched[t])
			bp_dag_edge(dag, lfirst_int(lc2), group);
		bp_dag_lock(dag, group,
					dag->sel->toc->entries[t].dump_id, true);
	}
}

void
bp_restore_plan_analyze(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	int			n = sel->toc->nentries;
	bool	   *has_statistics = tables_with_statistics(sel);
	bool	   *todo = palloc0(n + 1);
	uint64		bytes = 0;
	int			group = -1;
	int			i;

	for (i = 0; i < n; i++)
	{
		int			root = i;
		int			depth;

		if (dag->data[i] == NIL || has_statistics[i])
			continue;
		for (depth = 0; depth < 100 && dag->attached_to[root] >= 0; depth++)
			root = dag->attached_to[root];

		/*
		 * ANALYZE of the root would read foreign partitions, whose servers may
		 * be out of reach.
		 */
		if (dag->attached_to[i] >= 0 && has_foreign_part(dag, root))
			root = i;
		todo[root] = true;
	}
	for (i = 0; i < n; i++)
	{
		bool		large = dag->raw[i] > BP_ANALYZE_BYTES ||
			dag->partitions[i] != NIL;

		if (!todo[i])
			continue;
		if (group < 0 || large || bytes > BP_ANALYZE_BYTES ||
			list_length(dag->groups[group].entries) >=
			Min(BP_ANALYZE_TABLES, dag->max_entries))
		{
			group = bp_dag_group(dag, BP_UNIT_ANALYZE, dag->raw[i]);
			bytes = 0;
		}
		bytes += dag->raw[i];
		dag->groups[group].entries = lappend_int(dag->groups[group].entries, i);
		analyze_wait(dag, group, i);
		if (large)
			group = -1;
	}
}
