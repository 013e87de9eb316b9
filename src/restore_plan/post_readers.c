/*-------------------------------------------------------------------------
 *
 * post_readers.c
 *	  Planning post-data entries that may run functions that read tables.
 *
 * pg_restore makes indexes and constraints when all data is loaded, in the
 * order of the archive.  Functions that read tables (readers.c) depend on
 * that, so the entries that may run one ("readers") wait for all data, large
 * objects included.  Each is a unit of its own.
 *
 * Several indexes are built side by side, since building one changes nothing
 * that a function could see.  The other readers, constraints above all, form a
 * chain: each of them locks its table exclusively, and two of them whose
 * functions read the table of the other would deadlock.
 *
 * Triggers, rules and policies change what a function does or sees.  Those
 * that stand behind readers in the archive are made after them, in a chain, and
 * readers that stand behind such an entry are made after it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/post_readers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "restore/entry.h"
#include "restore_plan/post_readers.h"

struct BpPostReaders
{
	BpDag	   *dag;
	int			all_data;		/* group after all data; -1: no readers */
	int			chain;			/* last reader that is no index, or -1 */
	List	   *since;			/* readers since the last group of 'late' */
	int			late;			/* last group of the chain of triggers, rules
								 * and policies, or -1 */
};

static int	reader_group(BpPostReaders *readers, int entry);
static int	late_group(BpPostReaders *readers, int entry);

bool
bp_post_depends_outside(BpDag *dag, int entry, int group)
{
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			k;

	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(dag->sel, e->deps[k]);

		if (j >= 0 && dag->group_of[j] >= 0 && dag->group_of[j] != group &&
			dag->sel->toc->entries[j].section == BP_SECTION_POST_DATA)
			return true;
	}
	return false;
}

BpPostReaders *
bp_post_readers_create(BpDag *dag)
{
	BpPostReaders *readers = palloc0(sizeof(BpPostReaders));
	bool		any = false;

	readers->dag = dag;
	readers->all_data = readers->chain = readers->late = -1;
	for (int i = 0; i < dag->sel->toc->nentries; i++)
		any = any || (dag->reads[i] &&
					  (dag->sel->reqs[i] & BP_REQ_SCHEMA) != 0 &&
					  !bp_entry_is(&dag->sel->toc->entries[i], "TABLE"));
	if (any)
	{
		readers->all_data = bp_dag_group(dag, BP_UNIT_DDL, 0);
		dag->groups[readers->all_data].text =
			bp_entry_unit_text("wait for all data");
		bp_dag_barrier(dag, readers->all_data);
	}
	return readers;
}

static int
reader_group(BpPostReaders *readers, int entry)
{
	BpDag	   *dag = readers->dag;
	int			up = dag->sel->parent[entry];
	int			group = bp_dag_group(dag, BP_UNIT_DDL,
									 up >= 0 ? dag->raw[up] : 0);

	bp_dag_edge(dag, readers->all_data, group);
	bp_dag_edge(dag, readers->late, group);
	if (!bp_entry_is(&dag->sel->toc->entries[entry], "INDEX"))
	{
		bp_dag_edge(dag, readers->chain, group);
		readers->chain = group;
	}
	readers->since = lappend_int(readers->since, group);
	return group;
}

static int
late_group(BpPostReaders *readers, int entry)
{
	BpDag	   *dag = readers->dag;
	ListCell   *lc;
	int			group;

	if (readers->since == NIL &&
		list_length(dag->groups[readers->late].entries) < dag->max_entries &&
		!bp_post_depends_outside(dag, entry, readers->late))
		return readers->late;
	group = bp_dag_group(dag, BP_UNIT_DDL, 0);
	bp_dag_edge(dag, readers->late, group);
	foreach(lc, readers->since)
		bp_dag_edge(dag, lfirst_int(lc), group);
	readers->since = NIL;
	readers->late = group;
	return group;
}

int
bp_post_readers_group(BpPostReaders *readers, int entry)
{
	static const char *const late[] = {
		"RULE", "TRIGGER", "POLICY", "ROW SECURITY", NULL
	};
	BpDag	   *dag = readers->dag;

	if (readers->all_data < 0)
		return -1;
	if (dag->reads[entry])
		return reader_group(readers, entry);
	if (bp_entry_in(&dag->sel->toc->entries[entry], late) &&
		(readers->since != NIL || readers->late >= 0))
		return late_group(readers, entry);
	return -1;
}
