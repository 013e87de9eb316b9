/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The plan of a restore: which units, and what each waits for.
 *
 *	prepare			drop or truncate what is in the way, if asked to
 *	pre-data		in archive order, in a chain of units
 *	data			tables, large objects, sequences: parallel
 *	post-data		parallel, each after its own tables' data
 *	statistics		ANALYZE, each table after its own post-data
 *	privileges		all of pg_restore's second pass, in a chain
 *	the last pass	refreshes, event triggers, statistics from the archive, and
 *					the database's own properties: they may close it to us
 *
 * Everything that can be checked is checked here, while nothing is changed.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "archive/toc_entry.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "commands/tablespace.h"
#include "restore/entry.h"
#include "restore/exists.h"
#include "restore/metadata.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore_plan/dag.h"
#include "session/lock_room.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

static void check_options(BpSession *session);
static void note_tablespaces(BpSelection *sel);
static void plan_prepare(BpDag *dag);
static bool must_truncate(BpDag *dag, int i);
static bool identity_is_taken(BpSelection *sel, int i);
static bool must_drop(BpDag *dag, int i);
static void plan_other_data(BpDag *dag);
static void plan_passes(BpDag *dag);

static void
check_options(BpSession *session)
{
	BpOptions  *options = session->options;

	if (options->if_exists == BP_EXISTS_REPLACE &&
		options->content == BP_CONTENT_DATA)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot replace objects without their definitions"),
				 errhint("Use if_exists => 'truncate' with content => 'data'.")));
}

/* Tablespaces that this server does not have are told about once. */
static void
note_tablespaces(BpSelection *sel)
{
	List	   *seen = NIL;
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		ListCell   *lc;
		bool		known = false;

		if ((sel->reqs[i] & BP_REQ_SCHEMA) == 0 || e->tablespace == NULL ||
			e->tablespace[0] == '\0')
			continue;
		foreach(lc, seen)
			known = known || strcmp(lfirst(lc), e->tablespace) == 0;
		if (known)
			continue;
		seen = lappend(seen, e->tablespace);
		if (!OidIsValid(get_tablespace_oid(e->tablespace, true)))
			bp_session_note(sel->session,
							psprintf("Tablespace \"%s\" does not exist here: the database's default is used.",
									 e->tablespace));
	}
}

/* A table that stays and is to be emptied */
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
				 errmsg("cannot truncate %s, whose rows are loaded via the root of its partitions",
						bp_entry_qualified(e)),
				 errhint("Truncate the partitioned table, and use if_exists => 'append'; or use 'replace'.")));
	relid = bp_restore_relation(e);
	if (!OidIsValid(relid))
		return false;
	relkind = get_rel_relkind(relid);
	if (relkind != RELKIND_RELATION && relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s exists, but is no table that could be truncated",
						bp_entry_qualified(e))));

	/* Tables of extensions hold rows that the archive does not */
	return !OidIsValid(getExtensionOfObject(RelationRelationId, relid));
}

/*
 * The sequence of an identity column is a part of its table, unless the target
 * has the name for one that is not: then it is an object of its own.
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

/* An object that is replaced; parts of replaced objects go with them */
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
 * Locks that it takes to truncate or drop the object: its own, of a table also
 * those of its indexes and its TOAST table; when it is dropped, of its types
 * and keys, too.
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
 * What is truncated or dropped is locked all at once.  That this is too much
 * had better be known before it is begun, and by the setting's name.
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

static void
plan_prepare(BpDag *dag)
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

/*
 * Entries of the data section that are definitions: SEQUENCE SET, groups of
 * large objects and remarks on them.
 */
static void
plan_other_data(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	int			group = -1;
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		bool		lobs = bp_entry_is(e, "BLOB METADATA");

		if ((sel->reqs[i] & (BP_REQ_SCHEMA | BP_REQ_DATA)) == 0 ||
			e->had_dumper || dag->group_of[i] >= 0 ||
			bp_entry_pass(e) != BP_PASS_MAIN || bp_entry_is_database(e) ||
			bp_selection_section(sel, i, BP_SECTION_POST_DATA) != BP_SECTION_DATA)
			continue;

		/* Remarks on large objects come after these are made */
		if (sel->parent[i] >= 0 && dag->group_of[sel->parent[i]] >= 0 &&
			bp_entry_is_lob_remark(e))
		{
			bp_dag_add(dag, dag->group_of[sel->parent[i]], i);
			continue;
		}
		if (group < 0 || lobs ||
			list_length(dag->groups[group].entries) >= dag->max_entries)
		{
			group = bp_dag_group(dag, BP_UNIT_DDL, 0);
			bp_dag_edge(dag, dag->pre_last, group);
		}
		bp_dag_add(dag, group, i);
		if (lobs)
			group = -1;
	}
}

/* The passes after the main one: one unit after the other. */
static void
plan_passes(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	BpRestorePass pass;
	int			last = -1;
	int			i;

	/* One more round than there are passes, for the database */
	for (pass = BP_PASS_ACL; pass <= BP_PASS_POST_ACL + 1; pass++)
	{
		for (i = 0; i < sel->toc->nentries; i++)
		{
			const BpTocEntry *e = &sel->toc->entries[i];
			bool		database = bp_entry_is_database(e);

			if (sel->reqs[i] == 0 || dag->group_of[i] >= 0 ||
				e->had_dumper ||
				(database ? pass <= BP_PASS_POST_ACL :
				 bp_entry_pass(e) != pass))
				continue;
			if (last < 0)
			{
				last = bp_dag_group(dag, BP_UNIT_DDL, 0);
				bp_dag_barrier(dag, last);
			}
			bp_dag_chain(dag, &last, i,
						 bp_entry_is(e, "MATERIALIZED VIEW DATA") ? 1 :
						 dag->max_entries);
		}
	}
}

void
bp_restore_plan(BpSession *session)
{
	BpTask	   *task = session->task;
	BpToc	   *toc;
	BpSelection *sel;
	BpDag	   *dag;

	bp_restore_verify_metadata(session);
	toc = bp_session_toc(session);
	check_options(session);
	bp_restore_convert_toc(session, toc);
	bp_restore_database_settings(session);
	bp_restore_set_dialect(toc);
	sel = bp_restore_plan_select(session);
	bp_restore_plan_conflicts(sel);
	note_tablespaces(sel);

	dag = bp_dag_create(sel);
	plan_prepare(dag);
	bp_restore_plan_pre_data(dag);
	plan_other_data(dag);
	bp_restore_plan_data(dag);
	bp_restore_plan_lobs(dag);
	bp_restore_plan_post_data(dag);
	bp_restore_plan_analyze(dag);
	plan_passes(dag);
	bp_dag_emit(dag);

	bp_plan_set_totals(dag->builder, dag->bytes, dag->ntables);
	pg_atomic_write_u64(&task->tables_total, dag->ntables);
	/* a verification has read all of it before */
	pg_atomic_write_u64(&task->bytes_total, dag->bytes +
						pg_atomic_read_u64(&task->bytes_done));
	task->plan = bp_plan_publish(dag->builder);
}
