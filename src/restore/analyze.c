/*-------------------------------------------------------------------------
 *
 * analyze.c
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
 *	  src/restore/analyze.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "restore/entry.h"
#include "restore/exists.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore_plan/dag.h"
#include "utils/lsyscache.h"

#define BP_ANALYZE_BYTES	((uint64) 8 * 1024 * 1024)
#define BP_ANALYZE_TABLES	32

static bool *find_described(BpSelection *sel);
static bool has_foreign_part(BpDag *dag, int root);
static void analyze_wait(BpDag *dag, int group, int table);
static void analyze_table(const BpTocEntry *e);

/* Tables whose statistics come from the archive */
static bool *
find_described(BpSelection *sel)
{
	bool	   *described = palloc0(sel->toc->nentries + 1);
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const char *defn = sel->toc->entries[i].defn;

		/* a table that was never analyzed has statistics without columns */
		if ((sel->reqs[i] & BP_REQ_STATS) != 0 && sel->parent[i] >= 0 &&
			defn != NULL && strstr(defn, "pg_restore_attribute_stats") != NULL)
			described[sel->parent[i]] = true;
	}
	return described;
}

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
	bool	   *described = find_described(sel);
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

		/* ANALYZE would go down to foreign servers, which may be away */
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

/*
 * ANALYZE of a table goes down to those that inherit from it, and fails or
 * takes long if one lies on a foreign server; ONLY (since 18) still reads those
 * below for the statistics of the whole.  Such a table is left to autovacuum.
 */
static void
analyze_table(const BpTocEntry *e)
{
	const char *command = "ANALYZE";
	Oid			relid = bp_restore_relation(e);
	ListCell   *lc;

	if (!OidIsValid(relid))
		return;
	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_FOREIGN_TABLE)
			command = NULL;
	}
	if (command != NULL)
		bp_restore_execute(psprintf("%s %s", command, bp_entry_qualified(e)));
}

void
bp_restore_analyze(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	MemoryContext cxt = CurrentMemoryContext;
	BpTocEntry *volatile e = NULL;
	uint32		k;

	bp_restore_set_dialect(toc);
	for (k = unit->first; k <= unit->last; k++)
	{
		e = bp_restore_plan_entry(session, plan, toc, k);
		PG_TRY();
		{
			analyze_table(e);
		}
		PG_CATCH();
		{
			bp_restore_rethrow(cxt, plan, e, "ANALYZE");
		}
		PG_END_TRY();
	}
}
