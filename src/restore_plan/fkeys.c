/*-------------------------------------------------------------------------
 *
 * fkeys.c
 *	  The order in which tables with foreign keys can be loaded.
 *
 * A restore into tables that exist meets their foreign keys, which are
 * checked at the end of each COPY: a table must be loaded as a whole after
 * all tables that it refers to.  The keys are those of the target, not of the
 * archive.  A foreign key to a partitioned table refers to each partition.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/fkeys.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "lib/stringinfo.h"
#include "restore_plan/fkeys.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

typedef struct BpPlace
{
	Oid			relid;			/* hash key */
	int			place;
} BpPlace;

static HTAB *place_table(List *relids);
static List *referenced_tables(Oid relid);
static void check_order(List *relids, List *pairs);

/* Tables that a table refers to, partitions included */
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
place_table(List *relids)
{
	HASHCTL		ctl;
	HTAB	   *hash;
	int			i;

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(BpPlace);
	ctl.hcxt = CurrentMemoryContext;
	hash = hash_create("tables to load", list_length(relids), &ctl,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (i = 0; i < list_length(relids); i++)
	{
		Oid			relid = list_nth_oid(relids, i);
		bool		found;
		BpPlace    *place = hash_search(hash, &relid, HASH_ENTER, &found);

		if (!found)
			place->place = i;
	}
	return hash;
}

List *
bp_restore_plan_fkey_order(List *relids)
{
	HTAB	   *places = place_table(relids);
	List	   *pairs = NIL;
	int			i;

	for (i = 0; i < list_length(relids); i++)
	{
		ListCell   *lc;

		foreach(lc, referenced_tables(list_nth_oid(relids, i)))
		{
			Oid			target = lfirst_oid(lc);
			BpPlace    *place = hash_search(places, &target, HASH_FIND, NULL);
			BpFkeyPair *pair;

			if (place == NULL || target == list_nth_oid(relids, i))
				continue;
			pair = palloc0(sizeof(BpFkeyPair));
			pair->referencing = i;
			pair->referenced = place->place;
			pairs = lappend(pairs, pair);
		}
	}
	check_order(relids, pairs);
	return pairs;
}

/* Take away tables that nobody is waited for by, until none is left. */
static void
check_order(List *relids, List *pairs)
{
	int			n = list_length(relids);
	bool	   *loaded = palloc0(n + 1);
	bool	   *blocked = palloc(n + 1);
	bool		progress = true;
	StringInfoData names;
	ListCell   *lc;
	int			i;
	int			left = 0;

	while (progress)
	{
		progress = false;
		memset(blocked, 0, n);
		foreach(lc, pairs)
		{
			BpFkeyPair *pair = lfirst(lc);

			if (!loaded[pair->referenced])
				blocked[pair->referencing] = true;
		}
		for (i = 0; i < n; i++)
		{
			if (!loaded[i] && !blocked[i])
				loaded[i] = progress = true;
		}
	}
	initStringInfo(&names);
	for (i = 0; i < n; i++)
	{
		Oid			relid = list_nth_oid(relids, i);

		if (!loaded[i] && left++ < 10)
		{
			char	   *nsp = get_namespace_name(get_rel_namespace(relid));

			appendStringInfo(&names, "%s%s", left > 1 ? ", " : "",
							 quote_qualified_identifier(nsp,
														get_rel_name(relid)));
		}
	}
	if (left > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("tables that exist refer to each other by foreign keys in a circle"),
				 errdetail("There is no order in which these could be loaded: %s%s.  Nothing was changed.",
						   names.data, left > 10 ? ", ..." : ""),
				 errhint("Set if_exists to replace, or drop one of the foreign keys before the restore.")));
}
