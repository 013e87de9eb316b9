/*-------------------------------------------------------------------------
 *
 * select.c
 *	  Which entries of an archive a restore runs.
 *
 * The parts of an entry that can be restored (definition, data, statistics)
 * are the same as in pg_restore's _tocEntryRequired.  A selection by schema or
 * table begins with the entries that have one of the names; closure.c adds
 * the entries that these need.
 *
 * Most entries belong to another one: an index to its table, a comment to its
 * object.  Archives do not record that; archive/toc_graph.c finds it by
 * dependencies and by the form of the tag.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/select.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "archive/toc_graph.h"
#include "fmgr.h"
#include "nodes/value.h"
#include "restore/toc.h"
#include "restore_plan/closure.h"
#include "restore_plan/select.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

static uint8 possible_reqs(BpSelection *sel, const BpTocEntry *e,
						   int section);
static void choose_schemas(BpSelection *sel, List *names, bool *in);
static void choose_tables(BpSelection *sel, List *names, bool *in);
static bool choose_table(BpSelection *sel, const char *schema,
						 const char *table, bool *in);

/*
 * The parts of the entry (BP_REQ_...) that the task's options would restore if
 * it is selected.  'section' is that of the last entry before it that has one.
 */
static uint8
possible_reqs(BpSelection *sel, const BpTocEntry *e, int section)
{
	BpOptions  *options = sel->session->options;
	uint8		reqs = BP_REQ_SCHEMA | BP_REQ_DATA;

	if (bp_entry_is_archive(e))
		return 0;
	if (bp_entry_is_database(e) &&
		(!options->create_database || (e->defn == NULL)))
		return 0;
	if (bp_entry_is(e, "DATABASE") || bp_entry_is(e, "DATABASE PROPERTIES"))
		return BP_REQ_SCHEMA;
	if (!options->privileges && bp_entry_is_acl(e))
		return 0;

	/*
	 * A database with a subscription cannot be dropped, and DROP SUBSCRIPTION
	 * would drop the replication slot of the original.
	 */
	if (sel->session->task->kind == BP_KIND_VERIFY &&
		(bp_entry_is(e, "SUBSCRIPTION") || bp_entry_is(e, "SUBSCRIPTION TABLE") ||
		 (bp_entry_is_remark(e) && strncmp(e->tag, "SUBSCRIPTION ", 13) == 0)))
		return 0;
	if (bp_entry_is(e, "STATISTICS DATA"))
	{
		/* Servers before 18 have no function that restores statistics */
		if (options->content != BP_CONTENT_ALL || e->defn == NULL ||
			!OidIsValid(fmgr_internal_function("pg_restore_relation_stats")))
			return 0;
		return BP_REQ_STATS;
	}
	if (section != BP_SECTION_PRE_DATA && section != BP_SECTION_DATA &&
		section != BP_SECTION_POST_DATA)
		return 0;

	if (!e->had_dumper)
	{
		if (bp_entry_is(e, "SEQUENCE SET") || bp_entry_is(e, "BLOB") ||
			bp_entry_is(e, "BLOB METADATA") || bp_entry_is_lob_remark(e))
			reqs = BP_REQ_DATA;
		else
			reqs = BP_REQ_SCHEMA;
	}
	if (e->defn == NULL || e->defn[0] == '\0' ||
		strncmp(e->defn, "-- load via partition root ", 27) == 0)
		reqs &= ~BP_REQ_SCHEMA;
	if (options->content == BP_CONTENT_SCHEMA)
		reqs &= ~BP_REQ_DATA;
	if (options->content == BP_CONTENT_DATA)
		reqs &= ~BP_REQ_SCHEMA;
	return reqs;
}

/* Selects the entries of schemas by name. */
static void
choose_schemas(BpSelection *sel, List *names, bool *in)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);
		bool		found = false;
		int			i;

		for (i = 0; i < sel->toc->nentries; i++)
		{
			const BpTocEntry *e = &sel->toc->entries[i];

			if (bp_entry_is(e, "SCHEMA") ? strcmp(e->tag, name) == 0 :
				e->nsp != NULL && strcmp(e->nsp, name) == 0)
			{
				found = true;
				if (!bp_entry_is_remark(e))
					in[i] = true;
			}
		}
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_SCHEMA),
					 errmsg("schema \"%s\" is not in the archive", name)));
	}
}

/*
 * Selects the tables and sequences of this name, in any schema if 'schema' is
 * NULL; returns false if there are none.
 */
static bool
choose_table(BpSelection *sel, const char *schema, const char *table,
			 bool *in)
{
	bool		found = false;
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (!bp_entry_is_relation(e) && !bp_entry_is(e, "TABLE DATA") &&
			(!bp_entry_is(e, "SEQUENCE") || bp_entry_is_identity(e)))
			continue;
		if (strcmp(e->tag, table) != 0 || e->nsp == NULL ||
			(schema != NULL && strcmp(e->nsp, schema) != 0))
			continue;
		in[i] = true;
		found = true;
	}
	return found;
}

/* Selects tables and sequences by name. */
static void
choose_tables(BpSelection *sel, List *names, bool *in)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);
		List	   *parts = textToQualifiedNameList(cstring_to_text(name));
		int			n = list_length(parts);

		if (n < 1 || n > 2)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_NAME),
					 errmsg("invalid table name \"%s\"", name),
					 errhint("Write the name as table or schema.table.")));
		if (!choose_table(sel, n == 2 ? strVal(linitial(parts)) : NULL,
						  strVal(llast(parts)), in))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("table \"%s\" is not in the archive", name)));
	}
}

BpSelection *
bp_restore_plan_select(BpSession *session)
{
	BpSelection *sel = palloc0(sizeof(BpSelection));
	BpOptions  *options = session->options;
	int			section = BP_SECTION_PRE_DATA;
	bool	   *in;
	int			n;
	int			i;

	sel->session = session;
	sel->toc = bp_restore_toc(session);
	n = sel->toc->nentries;
	sel->reqs = palloc0(n + 1);
	sel->possible = palloc0(n + 1);
	sel->exists = palloc(n + 1);
	memset(sel->exists, -1, n + 1);
	sel->parent = palloc(sizeof(int) * (n + 1));
	sel->partial = options->schemas != NIL || options->tables != NIL;
	for (i = 0; i < n; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (e->section != BP_SECTION_NONE)
			section = e->section;
		sel->possible[i] = possible_reqs(sel, e, section);
		sel->parent[i] = bp_entry_parent(sel->toc, e);
	}
	if (!sel->partial)
	{
		memcpy(sel->reqs, sel->possible, n);
		return sel;
	}

	in = palloc0(n + 1);
	choose_schemas(sel, options->schemas, in);
	choose_tables(sel, options->tables, in);
	bp_restore_plan_closure(sel, in);
	for (i = 0; i < n; i++)
	{
		if (in[i] || bp_entry_is_database(&sel->toc->entries[i]))
			sel->reqs[i] = sel->possible[i];
	}
	return sel;
}
