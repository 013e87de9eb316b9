/*-------------------------------------------------------------------------
 *
 * load_order.c
 *	  The order in which tables with foreign keys can be loaded.
 *
 * If a restore loads tables that existed before, the server checks their
 * foreign keys at the end of each COPY.  So a table must be loaded as a whole,
 * after all tables that it refers to.  The foreign keys are those of the
 * target database, not those of the archive.  A foreign key to a partitioned
 * table refers to each of its partitions.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/load_order.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "base/array.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "lib/stringinfo.h"
#include "restore_plan/load_order.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

/* The position of a table in a list */
typedef struct BpListedTable
{
	Oid			relid;			/* hash key */
	int			position;
} BpListedTable;

static HTAB *listed_tables(List *relids);
static List *referenced_tables(Oid relid);
static void report_cycle(List *relids, const int *blocked);

/* The tables, among them partitions, that a table refers to; a list of oid */
static List *
referenced_tables(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	List	   *tables = NIL;
	ListCell   *lc;

	if (rel == NULL)
		return NIL;
	foreach(lc, RelationGetFKeyList(rel))
	{
		ForeignKeyCacheInfo *key = lfirst(lc);

		if (get_rel_relkind(key->confrelid) == RELKIND_PARTITIONED_TABLE)
			tables = list_concat(tables, find_all_inheritors(key->confrelid,
															 NoLock, NULL));
		else
			tables = lappend_oid(tables, key->confrelid);
	}
	relation_close(rel, AccessShareLock);
	return tables;
}

bool
bp_restore_plan_refers_to_itself(Oid relid)
{
	return list_member_oid(referenced_tables(relid), relid);
}

static HTAB *
listed_tables(List *relids)
{
	HASHCTL		ctl;
	HTAB	   *hash;
	int			i;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(BpListedTable);
	ctl.hcxt = CurrentMemoryContext;
	hash = hash_create("tables to load", list_length(relids), &ctl,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (i = 0; i < list_length(relids); i++)
	{
		Oid			relid = list_nth_oid(relids, i);
		bool		found;
		BpListedTable *table = hash_search(hash, &relid, HASH_ENTER, &found);

		if (!found)
			table->position = i;
	}
	return hash;
}

BpEdge *
bp_restore_plan_fkey_order(List *relids, int *nedges)
{
	HTAB	   *listed;
	BpEdge	   *edges = NULL;
	int			max_edges = 0;
	int			n = list_length(relids);
	int		   *blocked;
	int			i;

	*nedges = 0;
	if (relids == NIL)
		return NULL;
	listed = listed_tables(relids);
	for (i = 0; i < n; i++)
	{
		ListCell   *lc;

		foreach(lc, referenced_tables(list_nth_oid(relids, i)))
		{
			Oid			target = lfirst_oid(lc);
			BpListedTable *table = hash_search(listed, &target, HASH_FIND,
											   NULL);

			if (table == NULL || target == list_nth_oid(relids, i))
				continue;
			BP_ARRAY_ROOM(edges, *nedges, max_edges);
			edges[*nedges].before = table->position;
			edges[*nedges].after = i;
			(*nedges)++;
		}
	}
	hash_destroy(listed);
	blocked = bp_graph_blocked(n, edges, *nedges);
	for (i = 0; i < n; i++)
	{
		if (blocked[i] > 0)
			report_cycle(relids, blocked);
	}
	pfree(blocked);
	return edges;
}

/* Raises an error that names up to ten of the tables that have no order. */
static void
report_cycle(List *relids, const int *blocked)
{
	StringInfoData names;
	int			nblocked = 0;
	int			i;

	initStringInfo(&names);
	for (i = 0; i < list_length(relids); i++)
	{
		Oid			relid = list_nth_oid(relids, i);
		char	   *nsp;

		if (blocked[i] == 0 || nblocked++ >= 10)
			continue;
		nsp = get_namespace_name(get_rel_namespace(relid));
		appendStringInfo(&names, "%s%s", nblocked > 1 ? ", " : "",
						 quote_qualified_identifier(nsp,
													get_rel_name(relid)));
	}
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("foreign keys of existing tables form a cycle"),
			 errdetail("There is no order in which these tables could be loaded: %s%s.  Nothing was changed.",
					   names.data, nblocked > 10 ? ", ..." : ""),
			 errhint("Set if_exists to replace, or drop one of the foreign keys before the restore.")));
}
