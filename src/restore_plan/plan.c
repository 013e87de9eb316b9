/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The plan of a restore: its units, and what each of them waits for.
 *
 * The units, in the order of planning, and the file that plans them:
 *
 *	prepare			truncates or drops objects, if if_exists says so (prepare.c)
 *	pre-data		in archive order, in a chain of units (pre.c)
 *	data			of tables and large objects, in parallel (data.c,
 *					lob_plan.c); sequences and the large objects themselves (here)
 *	post-data		in parallel, each after the data of its tables (post.c)
 *	statistics		ANALYZE, each table after its post-data (analyze.c)
 *	privileges		all of pg_restore's second pass, in a chain, then the
 *					properties of the database (here)
 *	the last passes	materialized views and statistics from the archive, and
 *					last of all event triggers (here)
 *
 * Everything that can be checked is checked now, before anything is changed.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "commands/tablespace.h"
#include "mb/pg_wchar.h"
#include "restore/database.h"
#include "restore/metadata.h"
#include "restore/run.h"
#include "restore/toc.h"
#include "restore_plan/analyze.h"
#include "restore_plan/conflicts.h"
#include "restore_plan/data.h"
#include "restore_plan/lob_plan.h"
#include "restore_plan/plan.h"
#include "restore_plan/post.h"
#include "restore_plan/pre.h"
#include "restore_plan/prepare.h"
#include "restore_plan/readers.h"
#include "restore_plan/requirements.h"
#include "restore_plan/select.h"

static void check_options(BpSession *session);
static void note_tablespaces(BpSelection *sel);
static void plan_other_data(BpDag *dag);
static void plan_pass(BpDag *dag, BpRestorePass pass, bool database,
					  int *last);
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

/* Notes in the task, once each, tablespaces that this server does not have. */
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
							psprintf("Tablespace \"%s\" does not exist on this server; the database's default tablespace is used.",
									 e->tablespace));
	}
}

/*
 * Plans the entries of the data section that have no data file: SEQUENCE SET,
 * groups of large objects, and remarks on large objects.
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

		/* A remark on a large object runs after the entry that makes it */
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

/* Plans the entries of one pass, or those about the database, in a chain. */
static void
plan_pass(BpDag *dag, BpRestorePass pass, bool database, int *last)
{
	BpSelection *sel = dag->sel;
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (sel->reqs[i] == 0 || dag->group_of[i] >= 0 || e->had_dumper ||
			bp_entry_is_database(e) != database ||
			(!database && bp_entry_pass(e) != pass))
			continue;
		if (*last < 0)
		{
			*last = bp_dag_group(dag, BP_UNIT_DDL, 0);
			bp_dag_barrier(dag, *last);
		}
		bp_dag_chain(dag, last, i,
					 bp_entry_is(e, "MATERIALIZED VIEW DATA") ? 1 :
					 dag->max_entries);
	}
}

/*
 * Plans the passes after the main one.  Entries about the database come before
 * the refreshes of materialized views: so they are done even if a query fails
 * there.  They may forbid connections to the database, but the leader has its
 * own, and a chain needs no other.
 */
static void
plan_passes(BpDag *dag)
{
	int			last = -1;

	plan_pass(dag, BP_PASS_ACL, false, &last);
	plan_pass(dag, BP_PASS_ACL, true, &last);
	plan_pass(dag, BP_PASS_POST_ACL, false, &last);
	plan_pass(dag, BP_PASS_EVENT_TRIGGER, false, &last);
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
	bp_restore_plan_requirements(sel);
	note_tablespaces(sel);

	dag = bp_dag_create(sel);
	bp_restore_plan_find_readers(dag);
	bp_restore_plan_prepare(dag);
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
	/* A verification has read all files before: these bytes count, too */
	pg_atomic_write_u64(&task->bytes_total, dag->bytes +
						pg_atomic_read_u64(&task->bytes_done));
	task->plan = bp_plan_publish(dag->builder);
}

void
bp_restore_plan_new_database(BpSession *session)
{
	BpToc	   *toc = bp_session_toc(session);

	if (session->options->schemas != NIL || session->options->tables != NIL ||
		bp_restore_data_encoding(toc) != GetDatabaseEncoding())
		return;
	bp_restore_convert_toc(session, toc);
	bp_restore_plan_requirements(bp_restore_plan_select(session));
}
