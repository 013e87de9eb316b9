/*-------------------------------------------------------------------------
 *
 * restore_analyze.c
 *	  Statistics of the tables that were loaded.
 *
 * A table whose statistics the archive holds, and the server can restore, is
 * left to that entry; all others are analyzed as soon as their own post-data
 * is done.  A partitioned table is analyzed instead of its partitions: that
 * gathers theirs too, and nobody else would ever gather its own.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/restore_analyze.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "unit/restore.h"
#include "unit/restore_dag.h"
#include "unit/restore_entry.h"
#include "unit/restore_exists.h"
#include "unit/restore_run.h"

#define BP_ANALYZE_BYTES	((uint64) 8 * 1024 * 1024)
#define BP_ANALYZE_TABLES	32

static bool *bp_find_described(BpSelection *sel);
static void bp_analyze_wait(BpDag *dag, int group, int table);

/* Tables whose statistics come from the archive */
static bool *
bp_find_described(BpSelection *sel)
{
	bool	   *described = palloc0(sel->toc->nentries + 1);
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		if ((sel->reqs[i] & BP_REQ_STATS) != 0 && sel->parent[i] >= 0)
			described[sel->parent[i]] = true;
	}
	return described;
}

static void
bp_analyze_wait(BpDag *dag, int group, int table)
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
bp_plan_analyze(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	int			n = sel->toc->nentries;
	bool	   *described = bp_find_described(sel);
	bool	   *todo = palloc0(n + 1);
	uint64		bytes = 0;
	int			group = -1;
	int			i;

	for (i = 0; i < n; i++)
	{
		int			root = i;
		int			depth;

		if (dag->data[i] == NIL || described[i])
			continue;
		for (depth = 0; depth < 100 && dag->attached_to[root] >= 0; depth++)
			root = dag->attached_to[root];
		todo[root] = true;
	}
	for (i = 0; i < n; i++)
	{
		bool		large = dag->raw[i] > BP_ANALYZE_BYTES ||
			dag->partitions[i] != NIL;

		if (!todo[i])
			continue;
		if (group < 0 || large || bytes > BP_ANALYZE_BYTES ||
			list_length(dag->groups[group].entries) >= BP_ANALYZE_TABLES)
		{
			group = bp_dag_group(dag, BP_UNIT_ANALYZE, dag->raw[i]);
			bytes = 0;
		}
		bytes += dag->raw[i];
		dag->groups[group].entries = lappend_int(dag->groups[group].entries, i);
		bp_analyze_wait(dag, group, i);
		if (large)
			group = -1;
	}
}

void
bp_restore_analyze(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	StringInfoData sql;
	uint32		k;

	bp_restore_set_dialect(toc);
	initStringInfo(&sql);
	for (k = unit->first; k <= unit->last; k++)
	{
		BpTocEntry *e = bp_restore_plan_entry(session, plan, toc, k);

		appendStringInfo(&sql, "%s%s", sql.len > 0 ? ", " : "ANALYZE ",
						 bp_entry_qualified(e));
	}
	bp_restore_execute(sql.data);
}
