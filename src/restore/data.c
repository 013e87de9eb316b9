/*-------------------------------------------------------------------------
 *
 * data.c
 *	  Units that load the data of tables.
 *
 * A unit loads some frames of a large table, or one or several whole files.
 * The COPY statement in the archive names the table and the columns; core
 * parses it.  Rows of frames for plain tables are loaded by load.c.  All other
 * data is loaded by core's COPY FROM, which reads it by a callback (source.c).
 *
 * BeginCopyFrom() checks no privileges, so the checks that DoCopy() makes
 * before it are made here.
 *
 * A table that this restore made, and that one unit loads, is truncated and
 * loaded with FREEZE in the unit's transaction.  Its pages are written once,
 * all-visible and frozen, and without WAL if wal_level allows that.  The table
 * must still be empty; this is checked under the lock that TRUNCATE takes.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/data.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/copy.h"
#include "commands/defrem.h"
#include "commands/tablecmds.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "restore/entry.h"
#include "restore/load.h"
#include "restore/ordered_load.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore/source.h"
#include "restore/toc.h"
#include "storage/bufmgr.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

static void check_copy_allowed(Relation rel, List *columns);
static void check_insert_privilege(Relation rel, List *columns);
static bool truncate_if_empty(CopyStmt *copy);
static List *copy_options(BpToc *toc, CopyStmt *copy, bool freeze,
						  bool *binary);
static void load_data_file(BpSession *session, BpToc *toc, BpPlanFile *file,
						   BpTocEntry *e, uint32 share);

/*
 * Raises an error unless the user has the INSERT privilege on the table or on
 * all columns that are loaded.
 */
static void
check_insert_privilege(Relation rel, List *columns)
{
	Oid			relid = RelationGetRelid(rel);
	ListCell   *lc;
	bool		ok = columns != NIL;

	if (pg_class_aclcheck(relid, GetUserId(), ACL_INSERT) == ACLCHECK_OK)
		return;
	foreach(lc, columns)
	{
		AttrNumber	attnum = get_attnum(relid, strVal(lfirst(lc)));

		/* COPY itself reports a column that does not exist */
		if (attnum != InvalidAttrNumber &&
			pg_attribute_aclcheck(relid, attnum, GetUserId(),
								  ACL_INSERT) != ACLCHECK_OK)
			ok = false;
	}
	if (!ok)
		aclcheck_error(ACLCHECK_NO_PRIV,
					   get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
}

/* Raises an error if DoCopy() would, before it calls BeginCopyFrom(). */
static void
check_copy_allowed(Relation rel, List *columns)
{
	check_insert_privilege(rel, columns);
	if (check_enable_rls(RelationGetRelid(rel), InvalidOid,
						 false) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot restore data into table \"%s\" with row-level security",
						RelationGetRelationName(rel)),
				 errhint("Restore as the table's owner or as a role with BYPASSRLS.")));
	if (XactReadOnly && !rel->rd_islocaltemp)
		PreventCommandIfReadOnly("COPY FROM");
}

/*
 * Runs TRUNCATE ONLY for the target if it is empty and COPY ... FREEZE is
 * possible after that.  Returns whether it did.
 */
static bool
truncate_if_empty(CopyStmt *copy)
{
	Relation	rel = table_openrv(copy->relation, AccessExclusiveLock);
	bool		ok;

	ok = rel->rd_rel->relkind == RELKIND_RELATION &&
		pg_class_aclcheck(RelationGetRelid(rel), GetUserId(),
						  ACL_TRUNCATE) == ACLCHECK_OK &&
		RelationGetNumberOfBlocks(rel) == 0;
	table_close(rel, NoLock);

	InvalidateCatalogSnapshot();
	if (ok && ThereAreNoPriorRegisteredSnapshots() && ThereAreNoReadyPortals())
	{
		TruncateStmt *truncate = makeNode(TruncateStmt);
		RangeVar   *target = copyObject(copy->relation);

		target->inh = false;
		truncate->relations = list_make1(target);
		truncate->behavior = DROP_RESTRICT;
		ExecuteTruncate(truncate);
		CommandCounterIncrement();
		return true;
	}
	return false;
}

/*
 * The options of the archive's COPY statement, and the encoding of the archive:
 * otherwise COPY would use the client's encoding.
 */
static List *
copy_options(BpToc *toc, CopyStmt *copy, bool freeze, bool *binary)
{
	List	   *options = NIL;
	ListCell   *lc;
	const char *encoding = pg_encoding_to_char(bp_restore_data_encoding(toc));

	*binary = false;
	foreach(lc, copy->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "freeze") == 0 ||
			strcmp(option->defname, "encoding") == 0)
			continue;
		if (strcmp(option->defname, "format") == 0)
			*binary = strcmp(defGetString(option), "binary") == 0;
		options = lappend(options, option);
	}
	options = lappend(options,
					  makeDefElem("encoding",
								  (Node *) makeString(pstrdup(encoding)), -1));
	if (freeze)
		options = lappend(options,
						  makeDefElem("freeze", (Node *) makeInteger(1), -1));
	return options;
}

/*
 * A table that cannot be filled in turns (bp_load_ordered) is loaded by the
 * first unit that comes, for the sake of its order.  Returns false for others.
 */
static bool
claim_rest(BpPlanFile *file)
{
	uint64		first;

	if (file->npieces == 0)
		return true;
	first = bp_turn_claim(&file->turn, file->npieces, file->npieces);
	bp_source_restrict(first);
	if (first >= file->npieces)
		return false;
	bp_turn_wait(&file->turn, first);
	return true;
}

/* Loads one file; of a file that is cut, up to share pieces. */
static void
load_data_file(BpSession *session, BpToc *toc, BpPlanFile *file, BpTocEntry *e,
			   uint32 share)
{
	CopyStmt   *copy = bp_entry_copy(e);
	bool		freeze = (file->flags & BP_FILE_FREEZE) != 0;
	ParseState *pstate = make_parsestate(NULL);
	Relation	rel;
	List	   *options;
	uint64		rows;
	bool		binary;
	bool		rows_may_vanish;
	bool		ours;

	if (freeze)
		freeze = truncate_if_empty(copy);
	rel = table_openrv(copy->relation, RowExclusiveLock);
	check_copy_allowed(rel, copy->attlist);
	(void) addRangeTableEntryForRelation(pstate, rel, RowExclusiveLock, NULL,
										 false, false);
	rows_may_vanish = rel->trigdesc != NULL &&
		(rel->trigdesc->trig_insert_before_row ||
		 rel->trigdesc->trig_insert_instead_row);

	bp_source_open(session, file);
	options = copy_options(toc, copy, freeze, &binary);
	ours = bp_source_is_framed() && copy->options == NIL &&
		bp_restore_data_encoding(toc) == GetDatabaseEncoding();
	if (file->npieces > 0 && ours &&
		bp_load_ordered_possible(rel, copy->attlist))
		rows = bp_load_ordered(rel, copy->attlist, file, share);
	else if (!claim_rest(file))
		rows = 0;
	else if (ours && bp_load_possible(rel, copy->attlist))
		rows = bp_load_rows(rel, copy->attlist, freeze);
	else
	{
		CopyFromState cstate;

		cstate = BeginCopyFrom(pstate, rel, NULL, NULL, false, bp_source_read,
							   copy->attlist, options);
		rows = CopyFrom(cstate);
		EndCopyFrom(cstate);
	}
	bp_source_finish(rows, binary, !rows_may_vanish &&
					 rel->rd_rel->relkind == RELKIND_RELATION);
	free_parsestate(pstate);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

void
bp_restore_data(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	MemoryContext old = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(old, "backup_pool load",
											  ALLOCSET_DEFAULT_SIZES);
	BpTocEntry *volatile e = NULL;
	int			i;

	bp_restore_set_dialect(toc);
	for (i = 0; i < unit->nfiles; i++)
	{
		BpPlanFile *file = &bp_plan_files(plan)[unit->file + i];

		e = bp_toc_find(toc, file->dump_id);
		if (e == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("the archive was changed while it was being restored")));
		MemoryContextSwitchTo(cxt);
		PG_TRY();
		{
			load_data_file(session, toc, file, e, unit->first);
		}
		PG_CATCH();
		{
			bp_source_forget();
			bp_restore_rethrow(old, plan, e, e->copy_stmt);
		}
		PG_END_TRY();
		MemoryContextSwitchTo(old);
		MemoryContextReset(cxt);
		if (pg_atomic_sub_fetch_u32(&file->units_left, 1) == 0)
		{
			pg_atomic_fetch_add_u64(&session->task->tables_done, 1);
			bp_restore_count_entry(plan);
		}
	}
	MemoryContextDelete(cxt);
}
