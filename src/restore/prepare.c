/*-------------------------------------------------------------------------
 *
 * prepare.c
 *	  Truncating tables or dropping objects before a restore.
 *
 * One TRUNCATE, or one multiple deletion, does all of it.  So the tables and
 * objects may refer to each other.  If any other object depends on them, the
 * server raises an error that names it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/prepare.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_largeobject.h"
#include "commands/tablecmds.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "restore/exists.h"
#include "restore/lobs.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore/toc.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static void truncate_tables(BpSession *session, BpUnit *unit);
static void drop_objects(BpSession *session, BpUnit *unit);
static void check_partitions(Oid table, const Oid *dropped, int ndropped);
static void check_sequences(Oid table, const Oid *dropped, int ndropped);
static void check_relations(List *relids);
static void rethrow_dependents(MemoryContext cxt);
static void add_large_objects(const BpTocEntry *e,
							  ObjectAddresses *objects);

static void
truncate_tables(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	TruncateStmt *stmt = makeNode(TruncateStmt);
	uint32		k;

	for (k = unit->first; k <= unit->last; k++)
	{
		BpTocEntry *e = bp_restore_plan_entry(session, plan, toc, k);
		RangeVar   *rv;

		if (bp_entry_schema(e) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("archive entry %d has no schema", e->dump_id)));
		rv = makeRangeVar(pstrdup(e->nsp), pstrdup(e->tag), -1);

		rv->inh = false;
		stmt->relations = lappend(stmt->relations, rv);
	}
	stmt->behavior = DROP_RESTRICT;
	ExecuteTruncate(stmt);
}

/* Adds the existing large objects of an entry, which the user must own. */
static void
add_large_objects(const BpTocEntry *e, ObjectAddresses *objects)
{
	ListCell   *lc;

	foreach(lc, bp_restore_lob_oids(e))
	{
		ObjectAddress address;

		if (!LargeObjectExists(lfirst_oid(lc)))
			continue;
		ObjectAddressSet(address, LargeObjectRelationId, lfirst_oid(lc));
		check_object_ownership(GetUserId(), OBJECT_LARGEOBJECT, address,
							   (Node *) makeFloat(psprintf("%u",
														   lfirst_oid(lc))),
							   NULL);
		add_exact_object_address(&address, objects);
	}
}

/*
 * Raises the error again, but if other objects depend on those that we drop,
 * replaces the server's hint: a restore cannot use CASCADE.
 */
static void
rethrow_dependents(MemoryContext cxt)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(cxt);
	edata = CopyErrorData();
	if (edata->sqlerrcode != ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
		PG_RE_THROW();
	FlushErrorState();
	edata->message = "cannot replace objects because other objects depend on them";
	edata->hint = "Nothing was changed.  Drop the dependent objects first; this restore would not create them again.";
	ReThrowError(edata);
}

/*
 * Locks the relation that has the entry's name.  While we wait for the lock,
 * another session may drop or rename the relation; then the one that has the
 * name now is locked, as in DROP TABLE.
 */
static void
lock_by_name(const BpTocEntry *e)
{
	if (bp_entry_schema(e) != NULL &&
		(bp_entry_is_relation(e) || bp_entry_is(e, "SEQUENCE")))
		(void) RangeVarGetRelidExtended(makeRangeVar(pstrdup(e->nsp),
													 pstrdup(e->tag), -1),
										AccessExclusiveLock, RVR_MISSING_OK,
										RangeVarCallbackOwnsRelation, NULL);
}

/*
 * The server drops the partitions of a table with it, without CASCADE.  Raises
 * an error for a partition that is not in the archive: it would be lost, with
 * its rows.
 */
static void
check_partitions(Oid table, const Oid *dropped, int ndropped)
{
	List	   *partitions;
	ListCell   *lc;

	partitions = find_inheritance_children_extended(table, false,
													AccessExclusiveLock,
													NULL, NULL);
	foreach(lc, partitions)
	{
		Oid			partition = lfirst_oid(lc);

		if (bsearch(&partition, dropped, ndropped, sizeof(Oid),
					oid_cmp) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
					 errmsg("cannot replace table \"%s\" because it has partitions that would not be replaced",
							get_rel_name(table)),
					 errdetail("Partition \"%s\" would be dropped with it.",
							   get_rel_name(partition)),
					 errhint("Nothing was changed.  Detach or drop partitions that are not in the archive first.")));
	}
}

/*
 * The same for sequences that columns of the table own; but the sequence of an
 * identity column is a part of the table, like a default.
 */
static void
check_sequences(Oid table, const Oid *dropped, int ndropped)
{
	ListCell   *lc;

	foreach(lc, getOwnedSequences(table))
	{
		Oid			sequence = lfirst_oid(lc);
		Oid			owner;
		int32		column;

		if (bsearch(&sequence, dropped, ndropped, sizeof(Oid),
					oid_cmp) == NULL &&
			sequenceIsOwned(sequence, DEPENDENCY_AUTO, &owner, &column))
			ereport(ERROR,
					(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
					 errmsg("cannot replace table \"%s\" because it owns sequences that would not be replaced",
							get_rel_name(table)),
					 errdetail("Sequence \"%s\" would be dropped with it.",
							   get_rel_name(sequence)),
					 errhint("Nothing was changed.  Drop such sequences first, or use ALTER SEQUENCE ... OWNED BY NONE; this restore would not create them again.")));
	}
}

/* Raises an error if the server would drop more than these relations. */
static void
check_relations(List *relids)
{
	int			n = list_length(relids);
	Oid		   *dropped = palloc((n + 1) * sizeof(Oid));
	ListCell   *lc;

	foreach(lc, relids)
		dropped[foreach_current_index(lc)] = lfirst_oid(lc);
	qsort(dropped, n, sizeof(Oid), oid_cmp);
	foreach(lc, relids)
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE)
			check_partitions(lfirst_oid(lc), dropped, n);
		check_sequences(lfirst_oid(lc), dropped, n);
	}
	pfree(dropped);
}

static void
drop_objects(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	ObjectAddresses *objects = new_object_addresses();
	MemoryContext cxt = CurrentMemoryContext;
	List	   *relids = NIL;
	uint32		k;

	for (k = unit->first; k <= unit->last; k++)
	{
		BpTocEntry *e = bp_restore_plan_entry(session, plan, toc, k);
		ObjectAddress address;

		lock_by_name(e);
		if (bp_entry_is(e, "BLOB METADATA"))
			add_large_objects(e, objects);
		else if (bp_restore_object_address(e, true, &address))
		{
			add_exact_object_address(&address, objects);
			if (bp_entry_is_relation(e) || bp_entry_is(e, "SEQUENCE"))
				relids = lappend_oid(relids, address.objectId);
		}
	}
	check_relations(relids);
	PG_TRY();
	{
		performMultipleDeletions(objects, DROP_RESTRICT, 0);
	}
	PG_CATCH();
	{
		rethrow_dependents(cxt);
	}
	PG_END_TRY();
	free_object_addresses(objects);
}

void
bp_restore_prepare(BpSession *session, BpUnit *unit)
{
	bp_restore_set_dialect(bp_restore_toc(session));
	if (session->options->if_exists == BP_EXISTS_REPLACE)
		drop_objects(session, unit);
	else
		truncate_tables(session, unit);
}
