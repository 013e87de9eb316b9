/*-------------------------------------------------------------------------
 *
 * prepare.c
 *	  Planning what is truncated or dropped before a restore.
 *
 * With if_exists 'truncate', tables that stay are emptied; with 'replace',
 * objects that exist are dropped.  One unit does all of it, in one
 * transaction, before anything else (restore/prepare.c).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/prepare.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "archive/toc_entry.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "restore/entry.h"
#include "restore/exists.h"
#include "restore_plan/prepare.h"
#include "session/lock_room.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static bool must_truncate(BpDag *dag, int i);
static bool identity_is_taken(BpSelection *sel, int i);
static bool must_drop(BpDag *dag, int i);
static int	count_locks(const BpTocEntry *e, bool drop);
static void check_lock_room(BpDag *dag);

/*
 * Is the entry the data of a table that stays, and must be emptied?  Raises an
 * error if that cannot be done.
 */
static bool
must_truncate(BpDag *dag, int i)
{
	BpSelection *sel = dag->sel;
	const BpTocEntry *e = &sel->toc->entries[i];
	Oid			relid;
	char		relkind;

	if (!bp_entry_is(e, "TABLE DATA") || (sel->reqs[i] & BP_REQ_DATA) == 0 ||
		(sel->parent[i] >= 0 && dag->created[sel->parent[i]]))
		return false;
	if (bp_entry_via_root(e))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot truncate partition %s because its rows are loaded through the root of its partition tree",
						bp_entry_qualified(e)),
				 errhint("Truncate the partitioned table and use if_exists => 'append', or use if_exists => 'replace'.")));
	relid = bp_restore_relation(e);
	if (!OidIsValid(relid))
		return false;
	relkind = get_rel_relkind(relid);
	if (relkind != RELKIND_RELATION && relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot truncate %s because it is not a table",
						bp_entry_qualified(e))));

	/* Tables of extensions have rows that are not in the archive: keep them */
	return !OidIsValid(getExtensionOfObject(RelationRelationId, relid));
}

/*
 * The sequence of an identity column is dropped with its table.  Returns true if
 * the name of the sequence belongs to another object in the target, which would
 * not be dropped with the table.
 */
static bool
identity_is_taken(BpSelection *sel, int i)
{
	int			up = sel->parent[i];
	Oid			relid = bp_restore_relation(&sel->toc->entries[i]);
	Oid			table;
	int32		column;

	return OidIsValid(relid) &&
		!(sequenceIsOwned(relid, DEPENDENCY_INTERNAL, &table, &column) &&
		  up >= 0 && bp_restore_relation(&sel->toc->entries[up]) == table);
}

/*
 * Must the entry's object be dropped?  No if it is a part of an object that is
 * dropped: then the server drops it with that object.
 */
static bool
must_drop(BpDag *dag, int i)
{
	BpSelection *sel = dag->sel;
	const BpTocEntry *e = &sel->toc->entries[i];
	int			up = sel->parent[i];

	if (bp_entry_is_identity(e))
		return (sel->reqs[i] & BP_REQ_SCHEMA) != 0 &&
			identity_is_taken(sel, i);
	if ((sel->reqs[i] & (BP_REQ_SCHEMA | BP_REQ_DATA)) == 0 ||
		bp_restore_has_no_name(e) || bp_entry_is(e, "SCHEMA") ||
		bp_entry_is(e, "EXTENSION") || bp_entry_is(e, "TABLE DATA") ||
		bp_entry_is(e, "PROCEDURAL LANGUAGE") || bp_entry_is_database(e) ||
		!bp_selection_exists(sel, i))
		return false;
	return up < 0 || !bp_selection_exists(sel, up) ||
		bp_entry_is(&sel->toc->entries[up], "SCHEMA") ||
		bp_entry_is(&sel->toc->entries[up], "EXTENSION");
}

/*
 * The number of locks that it takes to truncate or drop the object: one for
 * itself; for a table also those of its indexes and its TOAST table; and if it
 * is dropped, those of its types and constraints.
 */
static int
count_locks(const BpTocEntry *e, bool drop)
{
	Oid			relid = bp_restore_relation(e);
	Relation	rel = OidIsValid(relid) ?
		try_relation_open(relid, AccessShareLock) : NULL;
	int			n = 1;

	if (rel == NULL)
		return n;
	if (rel->rd_rel->relkind == RELKIND_RELATION)
		n += list_length(RelationGetIndexList(rel)) * (drop ? 2 : 1) +
			(OidIsValid(rel->rd_rel->reltoastrelid) ? 2 : 0) +
			(drop ? 2 : 0);
	relation_close(rel, AccessShareLock);
	return n;
}

/*
 * All that is truncated or dropped is locked at the same time.  Raises an error
 * that names the setting, before anything is changed, if these are too many
 * locks.
 */
static void
check_lock_room(BpDag *dag)
{
	bool		drop =
		dag->sel->session->options->if_exists == BP_EXISTS_REPLACE;
	List	   *entries = dag->prepare < 0 ? NIL :
		dag->groups[dag->prepare].entries;
	int			n = list_length(entries);
	ListCell   *lc;

	if (n <= bp_lock_room())
	{
		n = 0;
		foreach(lc, entries)
			n += count_locks(&dag->sel->toc->entries[lfirst_int(lc)], drop);
	}
	if (n > bp_lock_room())
		bp_lock_too_many(n, "A restore that truncates or replaces locks",
						 "restore fewer tables at a time");
}

void
bp_restore_plan_prepare(BpDag *dag)
{
	BpIfExists	mode = dag->sel->session->options->if_exists;
	int			i;

	if (mode != BP_EXISTS_TRUNCATE && mode != BP_EXISTS_REPLACE)
		return;
	for (i = 0; i < dag->sel->toc->nentries; i++)
	{
		if (mode == BP_EXISTS_TRUNCATE ? !must_truncate(dag, i) :
			!must_drop(dag, i))
			continue;
		if (dag->prepare < 0)
			dag->prepare = bp_dag_group(dag, BP_UNIT_PREPARE, 0);
		dag->groups[dag->prepare].entries =
			lappend_int(dag->groups[dag->prepare].entries, i);
	}
	dag->pre_last = dag->prepare;
	check_lock_room(dag);
}
