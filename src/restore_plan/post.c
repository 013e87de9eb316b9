/*-------------------------------------------------------------------------
 *
 * post.c
 *	  Planning the entries of the post-data section: indexes, constraints,
 *	  triggers.
 *
 * An entry may start when the data of the tables that it depends on is
 * loaded, and when all other entries that it depends on are done.  A unit
 * that locks a table has the table in its lock list, so that no two units can
 * deadlock.  CREATE INDEX shares the table with other index builds; all other
 * entries need it exclusively (pg_restore's identify_locking_dependencies).
 *
 * Unlike in pg_restore, an entry of a partitioned table waits for the data of
 * all partitions and locks them too, since its statement may recurse to them.
 *
 * Entries that depend on no relation wait for all data: if a constraint is
 * added to a domain NOT VALID, rows that violate it must be loaded before.
 *
 * Entries that may run functions that read tables (readers.c) wait for all
 * data, as in pg_restore; post_readers.c plans them.
 *
 * A foreign key of a large table becomes two units.  The first one adds it
 * NOT VALID as soon as the key that it refers to exists, and before the other
 * indexes of both tables, since it needs both tables exclusively.  The second
 * one validates it while those indexes are built.
 *
 * Each entry of a large table is a unit of its own.  Entries of small tables
 * are grouped by table, or by the bundle of tables that one unit loads, if
 * they depend on no post-data entry outside of the group.  Foreign keys are
 * in groups of their own, since nothing depends on them.  Therefore groups
 * cannot form a cycle.
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
#include "restore_plan/post.h"
#include "restore_plan/post_readers.h"
#include "utils/lsyscache.h"

/* Tables up to this size (decoded) are small */
#define BP_SMALL_TABLE	((uint64) 1024 * 1024)

/* Most entries of small tables in one group */
#define BP_GROUP_ENTRIES 64

/* Raises the cost of an index that a foreign key waits for: it starts early */
#define BP_NEEDED_FACTOR	16

typedef struct BpPostPlan
{
	BpDag	   *dag;
	int		   *own;			/* by group_key: the group that is being
								 * filled, or -1 */
	int		   *fkeys;			/* the same for foreign keys */
	int			unrelated;		/* last group of the chain of entries that
								 * depend on no relation, or -1 */
	bool	   *needed;			/* by entry: a foreign key depends on it */
	BpPostReaders *readers;
} BpPostPlan;

static bool is_post_data(BpDag *dag, int i);
static int	group_key(BpDag *dag, int table);
static bool depends_on_relation(BpDag *dag, int entry);
static int	choose_group(BpPostPlan *post, int entry);
static void link_entry(BpDag *dag, int entry, int group);
static void wait_for_data(BpDag *dag, int group);
static bool is_plain_table(BpDag *dag, int table);
static bool may_split(BpDag *dag, int entry);
static void split_fkey(BpPostPlan *post, int entry);
static void fkey_before_indexes(BpPostPlan *post, int fkey, int table);
static void find_needed(BpPostPlan *post);
static void weigh_build(BpPostPlan *post, int entry, int group);
static void lock_table(BpDag *dag, int group, int table, bool exclusive);

/* Is the entry one of the main pass that no group runs yet? */
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
 * Entries of small tables with the same key go into the same group.  The key
 * stands for the group that loads the table, if that loads several tables;
 * otherwise for the table itself.  Keys of groups are behind those of tables.
 */
static int
group_key(BpDag *dag, int table)
{
	if (list_length(dag->data[table]) == 1 &&
		dag->groups[linitial_int(dag->data[table])].nfiles > 1)
		return dag->sel->toc->nentries + linitial_int(dag->data[table]);
	return table;
}

/* Does the entry depend on a relation or on a post-data entry? */
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
 * The group that the entry must be added to, perhaps a new one; -1 if the
 * entry depends on no relation.
 */
static int
choose_group(BpPostPlan *post, int entry)
{
	static const char *const groupable[] = {
		"INDEX", "CONSTRAINT", "CHECK CONSTRAINT", "TRIGGER", "RULE", "POLICY",
		"ROW SECURITY", "STATISTICS", "FK CONSTRAINT", NULL
	};
	BpDag	   *dag = post->dag;
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			up = dag->sel->parent[entry];
	int		   *group;

	/* A remark is in the group of its object */
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
		if (*group < 0 || (!fkey && bp_post_depends_outside(dag, entry, *group)) ||
			list_length(dag->groups[*group].entries) >=
			Min(BP_GROUP_ENTRIES, dag->max_entries))
		{
			int			g = bp_dag_group(dag, BP_UNIT_DDL, dag->raw[up]);

			/* No later entry may join the group of one that waits for others */
			if (fkey || !bp_post_depends_outside(dag, entry, g))
				*group = g;
			return g;
		}
		return *group;
	}
	return bp_dag_group(dag, BP_UNIT_DDL, up >= 0 ? dag->raw[up] : 0);
}

/* The group locks the table. */
static void
lock_table(BpDag *dag, int group, int table, bool exclusive)
{
	bp_dag_lock(dag, group,
				dag->sel->toc->entries[table].dump_id, exclusive);
	if (list_length(dag->touched[table]) == 0 ||
		llast_int(dag->touched[table]) != group)
		dag->touched[table] = lappend_int(dag->touched[table], group);
}

/*
 * Adds the edges and locks of an entry: its group waits for the entries and the
 * data that it depends on, and locks its tables.
 */
static void
link_entry(BpDag *dag, int entry, int group)
{
	BpSelection *sel = dag->sel;
	const BpTocEntry *e = &sel->toc->entries[entry];
	bool		exclusive = !bp_entry_is(e, "INDEX");
	List	   *seen = NIL;
	int			k;

	bp_dag_edge(dag, dag->pre_last, group);
	bp_dag_edge(dag, dag->config_last, group);
	bp_dag_edge(dag, dag->reader_last, group);
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
		if (!bp_entry_is_table(&sel->toc->entries[j]))
			continue;
		foreach(lc, bp_dag_loads(dag, j))
			bp_dag_edge(dag, lfirst_int(lc), group);
		if (bp_entry_is_remark(e))
			continue;
		lock_table(dag, group, j, exclusive);

		/* CREATE TRIGGER and foreign keys recurse to partitions */
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
 * Is the table neither a partition nor partitioned?  For a table that exists
 * already the catalogs are looked up, since it may differ from the archive.
 */
static bool
is_plain_table(BpDag *dag, int table)
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

/* Is this a foreign key of a large table, and are all its tables plain? */
static bool
may_split(BpDag *dag, int entry)
{
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			table = dag->sel->parent[entry];
	int			k;

	if (!bp_entry_is(e, "FK CONSTRAINT") || table < 0 ||
		dag->raw[table] <= BP_SMALL_TABLE || !is_plain_table(dag, table))
		return false;
	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(dag->sel, e->deps[k]);

		if (j >= 0 && bp_entry_is(&dag->sel->toc->entries[j], "TABLE") &&
			!is_plain_table(dag, j))
			return false;
	}
	return true;
}

/*
 * Makes the indexes of the table that no foreign key needs, and that have
 * groups of their own, wait for group 'fkey'.
 */
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

/* Plans a foreign key as two units: add it NOT VALID, and validate it. */
static void
split_fkey(BpPostPlan *post, int entry)
{
	BpDag	   *dag = post->dag;
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	int			table = dag->sel->parent[entry];
	uint64		cost = dag->raw[table];
	int			add = bp_dag_group(dag, BP_UNIT_FKEY, PG_INT64_MAX);
	int			validate;
	int			k;

	bp_dag_add(dag, add, entry);
	link_entry(dag, entry, add);
	validate = bp_dag_group(dag, BP_UNIT_FKEY_CHECK, 0);
	bp_dag_add(dag, validate, entry);
	bp_dag_edge(dag, add, validate);
	lock_table(dag, validate, table, true);
	fkey_before_indexes(post, add, table);
	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(dag->sel, e->deps[k]);

		if (j < 0 || j == table ||
			!bp_entry_is(&dag->sel->toc->entries[j], "TABLE"))
			continue;
		lock_table(dag, validate, j, false);
		fkey_before_indexes(post, add, j);
		cost += dag->raw[j];
	}
	dag->groups[validate].cost = cost;
}

/* Finds the entries that foreign keys depend on, among them unique indexes. */
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

/* The group waits for all groups that load data of tables. */
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

/*
 * Sets the cost of an index build: the costliest builds start first, but those
 * that a foreign key waits for start before others of their size.
 */
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
	post.unrelated = -1;
	post.own = palloc(nkeys * sizeof(int));
	post.fkeys = palloc(nkeys * sizeof(int));
	for (i = 0; i < nkeys; i++)
		post.own[i] = post.fkeys[i] = -1;
	find_needed(&post);
	post.readers = bp_post_readers_create(dag);

	for (i = 0; i < n; i++)
	{
		int			g;

		if (!is_post_data(dag, i))
			continue;

		/* Without data, parallel work gains nothing */
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
		if (!dag->reads[i] && may_split(dag, i))
		{
			split_fkey(&post, i);
			continue;
		}
		g = bp_post_readers_group(post.readers, i);
		if (g < 0)
			g = choose_group(&post, i);
		if (g < 0)
		{
			if (post.unrelated < 0)
			{
				post.unrelated = bp_dag_group(dag, BP_UNIT_DDL, 0);
				wait_for_data(dag, post.unrelated);
			}
			bp_dag_chain(dag, &post.unrelated, i, dag->max_entries);
			continue;
		}
		bp_dag_add(dag, g, i);
		link_entry(dag, i, g);
		dag->groups[g].cost += 1;
		weigh_build(&post, i, g);
	}
}
