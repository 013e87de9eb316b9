/*-------------------------------------------------------------------------
 *
 * load_edges.c
 *	  The order in which tables are loaded.
 *
 * Tables are loaded side by side, with these exceptions:
 *
 * Configuration tables of extensions are loaded first, one after the other, in
 * the order of the archive.  Checks, foreign keys and functions of other tables
 * may need their rows.  Foreign keys between them exist from the start, but
 * cannot be read while the extension does not exist; pg_dump writes the data in
 * an order that can be loaded.
 *
 * Tables that existed before may have foreign keys: these are loaded one by
 * one, referenced tables first.
 *
 * A table whose rows may run functions that read tables (readers.c) is loaded
 * by one unit: after all tables that stand before it in the archive, and before
 * all that stand behind it.  So such a function sees the rows that it sees when
 * pg_restore loads the tables one by one.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/load_edges.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "restore/entry.h"
#include "restore/exists.h"
#include "restore_plan/load_edges.h"
#include "restore_plan/load_order.h"
#include "restore_plan/target_readers.h"

static bool is_config(const BpDataFile *file);
static bool file_reads(BpDag *dag, const BpDataFile *file);
static void sort_files(BpLoadOrder *order);
static void add_edges(BpDag *dag, const BpDataFile *before,
					  const BpDataFile *after);
static void order_by_fkeys(BpDag *dag, const BpLoadOrder *order);
static void order_config(BpDag *dag, List *files);
static void order_readers(BpDag *dag, List *files);
static void hold_sequences(BpDag *dag);

/* Is this a table of an extension?  Only its configuration rows are dumped. */
static bool
is_config(const BpDataFile *file)
{
	if (file->created)
		return false;
	return !OidIsValid(file->existing) ||
		OidIsValid(getExtensionOfObject(RelationRelationId, file->existing));
}

/* May loading the file run a function that reads tables? */
static bool
file_reads(BpDag *dag, const BpDataFile *file)
{
	ListCell   *lc;

	if (OidIsValid(file->existing))
		return bp_target_table_reads(file->existing);
	if (file->table < 0)
		return false;
	foreach(lc, bp_dag_family(dag, file->table))
	{
		if (dag->reads[lfirst_int(lc)])
			return true;
	}
	return false;
}

/* What sort_visit needs to know */
typedef struct BpFileSort
{
	const BpLoadOrder *order;
	bool	   *seen;			/* by position in 'existing' */
	List	   *sorted;
} BpFileSort;

/*
 * Appends the file, after those that its foreign keys refer to.  'position' is
 * that in 'existing'.
 */
static void
sort_visit(BpFileSort *sort, int position)
{
	const BpLoadOrder *order = sort->order;
	BpDataFile *file = list_nth(order->existing, position);

	if (sort->seen[position])
		return;
	sort->seen[position] = true;
	check_stack_depth();
	for (int i = 0; i < order->nfkeys; i++)
	{
		BpDataFile *referenced;

		if (((BpDataFile *) list_nth(order->existing,
									 order->fkeys[i].after))->existing !=
			file->existing)
			continue;
		referenced = list_nth(order->existing, order->fkeys[i].before);

		/* Several files may be loaded into one table */
		for (int k = 0; k < list_length(order->existing); k++)
		{
			if (((BpDataFile *) list_nth(order->existing, k))->existing ==
				referenced->existing)
				sort_visit(sort, k);
		}
	}
	sort->sorted = lappend(sort->sorted, file);
}

/*
 * Keeps the order of the archive where foreign keys allow it.  pg_restore does
 * not look at foreign keys, and fails where the archive has another order.
 */
static void
sort_files(BpLoadOrder *order)
{
	BpFileSort	sort = {.order = order};
	int			position = 0;
	ListCell   *lc;

	sort.seen = palloc0((list_length(order->existing) + 1) * sizeof(bool));
	foreach(lc, order->files)
	{
		BpDataFile *file = lfirst(lc);

		if (OidIsValid(file->existing))
			sort_visit(&sort, position++);
		else
			sort.sorted = lappend(sort.sorted, file);
	}
	order->files = sort.sorted;
}

BpLoadOrder *
bp_load_edges_find(BpDag *dag, List *files)
{
	BpLoadOrder *order = palloc0(sizeof(BpLoadOrder));
	List	   *relids = NIL;
	bool		readers = false;
	ListCell   *lc;

	order->files = files;
	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);

		file->config = is_config(file);
		file->reads = file_reads(dag, file);
		readers = readers || file->reads;
		if (!OidIsValid(file->existing))
			continue;
		file->self_reference = bp_restore_plan_refers_to_itself(file->existing);
		order->existing = lappend(order->existing, file);
		relids = lappend_oid(relids, file->existing);
	}
	order->fkeys = bp_restore_plan_fkey_order(relids, &order->nfkeys);
	if (readers && order->nfkeys > 0)
		sort_files(order);
	return order;
}

/* All groups that load file 'after' wait for all that load file 'before'. */
static void
add_edges(BpDag *dag, const BpDataFile *before, const BpDataFile *after)
{
	ListCell   *b;
	ListCell   *a;

	foreach(b, before->groups)
	{
		foreach(a, after->groups)
			bp_dag_edge(dag, lfirst_int(b), lfirst_int(a));
	}
}

/*
 * Existing tables wait for the tables that their foreign keys refer to.
 * Several files may be loaded into one table.
 */
static void
order_by_fkeys(BpDag *dag, const BpLoadOrder *order)
{
	for (int i = 0; i < order->nfkeys; i++)
	{
		BpDataFile *referenced = list_nth(order->existing,
										  order->fkeys[i].before);
		BpDataFile *referencing = list_nth(order->existing,
										   order->fkeys[i].after);
		ListCell   *lc;

		foreach(lc, order->existing)
		{
			BpDataFile *file = lfirst(lc);

			if (file->existing == referenced->existing)
				add_edges(dag, file, referencing);
		}
	}
}

/*
 * Configuration tables are loaded one after the other, before all others.
 */
static void
order_config(BpDag *dag, List *files)
{
	BpDataFile *prev = NULL;
	ListCell   *lc;
	ListCell   *g;

	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);

		if (!file->config)
			continue;
		if (prev != NULL)
			add_edges(dag, prev, file);
		prev = file;
	}
	if (prev == NULL)
		return;
	dag->config_last = bp_dag_group(dag, BP_UNIT_DDL, 0);
	dag->groups[dag->config_last].text =
		bp_entry_unit_text("wait for configuration tables of extensions");
	foreach(g, prev->groups)
		bp_dag_edge(dag, lfirst_int(g), dag->config_last);
	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);

		if (file->config)
			continue;
		foreach(g, file->groups)
			bp_dag_edge(dag, dag->config_last, lfirst_int(g));
	}
}

/*
 * A table whose rows may run functions that read tables waits for all tables
 * before it, and all tables behind it wait for it.
 */
static void
order_readers(BpDag *dag, List *files)
{
	List	   *since = NIL;	/* groups since the last such table */
	ListCell   *lc;
	ListCell   *g;

	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);

		if (file->config)
			continue;
		foreach(g, file->groups)
		{
			int			group = lfirst_int(g);

			bp_dag_edge(dag, dag->reader_last, group);
			if (file->reads)
			{
				ListCell   *lc2;

				foreach(lc2, since)
					bp_dag_edge(dag, lfirst_int(lc2), group);
				since = NIL;
				dag->reader_last = group;
			}
			else if (since == NIL || llast_int(since) != group)
				since = lappend_int(since, group);
		}
	}
}

/* A trigger may draw numbers: sequences are set after tables with functions. */
static void
hold_sequences(BpDag *dag)
{
	const BpToc *toc = dag->sel->toc;

	for (int i = 0; i < toc->nentries; i++)
	{
		if (bp_entry_is(&toc->entries[i], "SEQUENCE SET"))
			bp_dag_edge(dag, dag->reader_last, dag->group_of[i]);
	}
}

void
bp_load_edges_add(BpDag *dag, const BpLoadOrder *order)
{
	order_by_fkeys(dag, order);
	order_config(dag, order->files);
	order_readers(dag, order->files);
	if (dag->reader_last >= 0)
		hold_sequences(dag);
}
