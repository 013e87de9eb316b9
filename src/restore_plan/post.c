/*-------------------------------------------------------------------------
 *
 * post.c
 *	  Planning post-data: indexes, constraints, triggers.
 *
 * An entry may start when the data of the tables that it depends on is
 * loaded, and what else it depends on is done.  Whoever needs a lock on a
 * table that would conflict with another unit's names the table in its lock
 * list, so that no two units can deadlock: all but CREATE INDEX need it
 * alone (pg_restore's identify_locking_dependencies).
 *
 * Beyond pg_restore: a partitioned table's entry waits for the data of all
 * its partitions, since it may recurse to them, and locks them too.
 *
 * Entries that depend on no relation at all wait for all data: a constraint
 * that is added to a domain NOT VALID must not meet the rows that break it.
 *
 * A foreign key of a large table becomes two units: it is added unchecked as
 * soon as the key that it refers to is there, before the other indexes of
 * both tables, since it needs both alone; and checked beside them.
 *
 * Entries of large tables are units of their own.  Those of small ones are
 * grouped by table, or by the bundle of tables that one unit loads, if they
 * depend on no post-data entry outside of the group; foreign keys are grouped
 * apart, since nothing depends on them.  So groups can't form a circle.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/post.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "catalog/pg_class.h"
#include "restore/build.h"
#include "restore/exists.h"
#include "restore_plan/dag.h"
#include "utils/lsyscache.h"

/* Tables up to this size (decoded) are small */
#define BP_SMALL_TABLE	((uint64) 1024 * 1024)
#define BP_GROUP_ENTRIES 64

typedef struct BpPostPlan
{
	BpDag	   *dag;
	int		   *own;			/* by table entry or by loading group: */
	int		   *fkeys;			/* the group at hand, or -1 */
	int			loose;			/* chain of entries of no table */
	bool	   *needed;			/* by entry: a foreign key depends on it */
} BpPostPlan;

/* What foreign keys wait for comes before anything else of its size */
#define BP_NEEDED_FACTOR	16

static bool is_post_data(BpDag *dag, int i);
static int	group_key(BpDag *dag, int table);
static bool depends_outside(BpDag *dag, int entry, int group);
static bool depends_on_relation(BpDag *dag, int entry);
static int	place_entry(BpPostPlan *post, int entry);
static void link_entry(BpDag *dag, int entry, int group);
static void wait_for_data(BpDag *dag, int group);
static bool is_alone(BpDag *dag, int table);
static bool may_split(BpDag *dag, int entry);
static void split_fkey(BpPostPlan *post, int entry);
static void fkey_before_indexes(BpPostPlan *post, int fkey, int table);
static void find_needed(BpPostPlan *post);
static void weigh_build(BpPostPlan *post, int entry, int group);
static void lock_table(BpDag *dag, int group, int table, bool exclusive);

/* Main-pass entries that come after the data */
static bool
is_post_data(BpDag *dag, int i)
{
	const BpTocEntry *e = &dag->sel->toc->entries[i];

	return (dag->sel->reqs[i] & (BP_REQ_SCHEMA | BP_REQ_DATA)) != 0 &&
		!e->had_dumper && dag->group_of[i] < 0 &&
		bp_entry_pass(e) == BP_PASS_MAIN &&
		!bp_entry_is_database(e);
}

/*
 * What entries of a small table are grouped by: the unit that loads it, which
 * may load others too, or else the table.  Keys of both kinds must not mix.
 */
static int
group_key(BpDag *dag, int table)
{
	if (list_length(dag->data[table]) == 1 &&
		dag->groups[linitial_int(dag->data[table])].nfiles > 1)
		return dag->sel->toc->nentries + linitial_int(dag->data[table]);
	return table;
}

/* Does the entry depend on a post-data entry that is not in the group? */
static bool
depends_outside(BpDag *dag, int entry, int group)
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

static bool
depends_on_relation(BpDag *dag, int entry)
{
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			k;

	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(dag->sel, e->deps[k]);
		const BpTocEntry *d = j >= 0 ? &dag->sel->toc->entries[j] : NULL;

		if (d != NULL && (bp_entry_is_relation(d) ||
						  d->section == BP_SECTION_POST_DATA))
			return true;
	}
	return false;
}

/*
 * The group that the entry goes into, perhaps a new one; -1 if it is one of
 * no table.
 */
static int
place_entry(BpPostPlan *post, int entry)
{
	static const char *const groupable[] = {
		"INDEX", "CONSTRAINT", "CHECK CONSTRAINT", "TRIGGER", "RULE", "POLICY",
		"ROW SECURITY", "STATISTICS", "FK CONSTRAINT", NULL
	};
	BpDag	   *dag = post->dag;
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			up = dag->sel->parent[entry];
	int		   *group;

	/* Remarks go with their object */
	if (bp_entry_is_remark(e) && up >= 0 && dag->group_of[up] >= 0 &&
		dag->sel->toc->entries[up].section == BP_SECTION_POST_DATA)
		return dag->group_of[up];
	if (!depends_on_relation(dag, entry))
		return -1;

	if (up >= 0 && bp_entry_in(e, groupable) &&
		dag->raw[up] <= BP_SMALL_TABLE && dag->partitions[up] == NIL)
	{
		int			key = group_key(dag, up);
		bool		fkey = bp_entry_is(e, "FK CONSTRAINT");

		group = fkey ? &post->fkeys[key] : &post->own[key];
		if (*group < 0 || (!fkey && depends_outside(dag, entry, *group)) ||
			list_length(dag->groups[*group].entries) >=
			Min(BP_GROUP_ENTRIES, dag->max_entries))
		{
			int			g = bp_dag_group(dag, BP_UNIT_DDL, dag->raw[up]);

			/* One with needs of its own stays alone */
			if (fkey || !depends_outside(dag, entry, g))
				*group = g;
			return g;
		}
		return *group;
	}
	return bp_dag_group(dag, BP_UNIT_DDL, up >= 0 ? dag->raw[up] : 0);
}

static void
lock_table(BpDag *dag, int group, int table, bool exclusive)
{
	bp_dag_lock(dag, group,
					 dag->sel->toc->entries[table].dump_id, exclusive);
	if (list_length(dag->touched[table]) == 0 ||
		llast_int(dag->touched[table]) != group)
		dag->touched[table] = lappend_int(dag->touched[table], group);
}

/* What the entry waits for, and what it locks. */
static void
link_entry(BpDag *dag, int entry, int group)
{
	BpSelection *sel = dag->sel;
	const BpTocEntry *e = &sel->toc->entries[entry];
	bool		exclusive = !bp_entry_is(e, "INDEX");
	List	   *seen = NIL;
	int			k;

	bp_dag_edge(dag, dag->pre_last, group);
	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(sel, e->deps[k]);
		ListCell   *lc;

		if (j < 0 || list_member_int(seen, j))
			continue;
		seen = lappend_int(seen, j);
		bp_dag_edge(dag, dag->group_of[j], group);
		if (bp_entry_is(&sel->toc->entries[j], "PUBLICATION"))
			bp_dag_lock(dag, group,
							 sel->toc->entries[j].dump_id, true);
		if (!bp_entry_is(&sel->toc->entries[j], "TABLE"))
			continue;
		foreach(lc, bp_dag_loads(dag, j))
			bp_dag_edge(dag, lfirst_int(lc), group);
		if (bp_entry_is_remark(e))
			continue;
		lock_table(dag, group, j, exclusive);

		/* CREATE TRIGGER and foreign keys go down to partitions */
		if (exclusive && dag->partitions[j] != NIL)
		{
			foreach(lc, bp_dag_family(dag, j))
			{
				if (lfirst_int(lc) != j)
					lock_table(dag, group, lfirst_int(lc), true);
			}
		}
	}
}

/*
 * No partition, nor partitioned.  One that is there already may be either,
 * whatever the archive, or its part that was read, says of it.
 */
static bool
is_alone(BpDag *dag, int table)
{
	Oid			relid;

	if (dag->partitions[table] != NIL || dag->attached_to[table] >= 0)
		return false;
	if (dag->created[table])
		return true;
	relid = bp_restore_relation(&dag->sel->toc->entries[table]);
	return !OidIsValid(relid) ||
		(get_rel_relkind(relid) == RELKIND_RELATION &&
		 !get_rel_relispartition(relid));
}

/* Is this the foreign key of a large table, between tables that stand alone? */
static bool
may_split(BpDag *dag, int entry)
{
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			table = dag->sel->parent[entry];
	int			k;

	if (!bp_entry_is(e, "FK CONSTRAINT") || table < 0 ||
		dag->raw[table] <= BP_SMALL_TABLE || !is_alone(dag, table))
		return false;
	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(dag->sel, e->deps[k]);

		if (j >= 0 && bp_entry_is(&dag->sel->toc->entries[j], "TABLE") &&
			!is_alone(dag, j))
			return false;
	}
	return true;
}

/* Plain indexes of the table that no foreign key needs wait for this one. */
static void
fkey_before_indexes(BpPostPlan *post, int fkey, int table)
{
	BpDag	   *dag = post->dag;
	ListCell   *lc;

	foreach(lc, dag->touched[table])
	{
		BpGroup    *group = &dag->groups[lfirst_int(lc)];
		int			entry;

		if (group->kind != BP_UNIT_DDL || list_length(group->entries) != 1)
			continue;
		entry = linitial_int(group->entries);
		if (bp_entry_is(&dag->sel->toc->entries[entry], "INDEX") &&
			!post->needed[entry])
			bp_dag_edge(dag, fkey, lfirst_int(lc));
	}
}

static void
split_fkey(BpPostPlan *post, int entry)
{
	BpDag	   *dag = post->dag;
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			table = dag->sel->parent[entry];
	uint64		cost = dag->raw[table];
	int			add = bp_dag_group(dag, BP_UNIT_FKEY, PG_INT64_MAX);
	int			check;
	int			k;

	bp_dag_add(dag, add, entry);
	link_entry(dag, entry, add);
	check = bp_dag_group(dag, BP_UNIT_FKEY_CHECK, 0);
	bp_dag_add(dag, check, entry);
	bp_dag_edge(dag, add, check);
	lock_table(dag, check, table, true);
	fkey_before_indexes(post, add, table);
	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(dag->sel, e->deps[k]);

		if (j < 0 || j == table ||
			!bp_entry_is(&dag->sel->toc->entries[j], "TABLE"))
			continue;
		lock_table(dag, check, j, false);
		fkey_before_indexes(post, add, j);
		cost += dag->raw[j];
	}
	dag->groups[check].cost = cost;
}

/* What any foreign key depends on: unique indexes, by constraint or alone */
static void
find_needed(BpPostPlan *post)
{
	BpSelection *sel = post->dag->sel;
	int			i;
	int			k;

	post->needed = palloc0(sel->toc->nentries + 1);
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (!bp_entry_is(e, "FK CONSTRAINT"))
			continue;
		for (k = 0; k < e->ndeps; k++)
		{
			int			j = bp_selection_index(sel, e->deps[k]);

			if (j >= 0)
				post->needed[j] = true;
		}
	}
}

static void
wait_for_data(BpDag *dag, int group)
{
	int			g;

	bp_dag_edge(dag, dag->pre_last, group);
	for (g = 0; g < group; g++)
	{
		if (dag->groups[g].kind == BP_UNIT_DATA_IN)
			bp_dag_edge(dag, g, group);
	}
}

/* The dearest builds start first, but for those that somebody waits for. */
static void
weigh_build(BpPostPlan *post, int entry, int group)
{
	BpSelection *sel = post->dag->sel;
	BpGroup    *g = &post->dag->groups[group];
	int			table = sel->parent[entry];

	if (list_length(g->entries) != 1)
		return;
	if (post->needed[entry])
		g->cost *= BP_NEEDED_FACTOR;
	else if (table >= 0 && post->dag->raw[table] > BP_SMALL_TABLE &&
			 bp_entry_is(&sel->toc->entries[entry], "INDEX"))
		g->cost = g->cost / 10 * bp_build_weight(&sel->toc->entries[entry],
												 &sel->toc->entries[table]);
}

void
bp_restore_plan_post_data(BpDag *dag)
{
	BpPostPlan	post;
	int			n = dag->sel->toc->nentries;
	int			nkeys = n + dag->ngroups + 1;
	int			chain = -1;
	int			i;

	post.dag = dag;
	post.loose = -1;
	post.own = palloc(nkeys * sizeof(int));
	post.fkeys = palloc(nkeys * sizeof(int));
	for (i = 0; i < nkeys; i++)
		post.own[i] = post.fkeys[i] = -1;
	find_needed(&post);

	for (i = 0; i < n; i++)
	{
		int			g;

		if (!is_post_data(dag, i))
			continue;

		/* Without data there is nothing to gain by parallel work */
		if (dag->ntables == 0)
		{
			if (chain < 0)
			{
				chain = bp_dag_group(dag, BP_UNIT_DDL, 0);
				bp_dag_barrier(dag, chain);
			}
			bp_dag_chain(dag, &chain, i, dag->max_entries);
			continue;
		}
		if (may_split(dag, i))
		{
			split_fkey(&post, i);
			continue;
		}
		g = place_entry(&post, i);
		if (g < 0)
		{
			if (post.loose < 0)
			{
				post.loose = bp_dag_group(dag, BP_UNIT_DDL, 0);
				wait_for_data(dag, post.loose);
			}
			bp_dag_chain(dag, &post.loose, i, dag->max_entries);
			continue;
		}
		bp_dag_add(dag, g, i);
		link_entry(dag, i, g);
		dag->groups[g].cost += 1;
		weigh_build(&post, i, g);
	}
}
