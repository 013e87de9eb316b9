/*-------------------------------------------------------------------------
 *
 * closure.c
 *	  The entries that a selection by schemas or tables also needs.
 *
 * Unlike pg_restore, we also select the entries that belong to a selected
 * table, its partitions, the sequences that it owns, and the types, functions,
 * extensions and schemas that it needs and the target does not have.  We
 * leave out entries that refer to an object that will not be there: a foreign
 * key without its referenced table, a table's entry in a publication that is
 * missing.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/closure.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "archive/toc_graph.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "restore/entry.h"
#include "restore/exists.h"
#include "restore_plan/closure.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static bool comes_with_table(BpSelection *sel, int i);
static bool dropped_with_table(BpSelection *sel, int i, const bool *in);
static bool add_companions(BpSelection *sel, bool *in);
static bool add_needed(BpSelection *sel, bool *in);
static bool target_missing(BpSelection *sel, int i, const bool *in);
static RangeVar *referenced_table(const BpTocEntry *e);
static bool referenced_table_missing(BpSelection *sel, const BpTocEntry *e,
									 const bool *in);
static void leave_out_dangling(BpSelection *sel, bool *in);

/*
 * Is this partition or owned sequence selected together with its table?  A
 * sequence that the target has is used as it is, unless the table is replaced:
 * then the sequence is dropped with it and must be made again.  A restore of
 * data alone needs no sequence.
 */
static bool
comes_with_table(BpSelection *sel, int i)
{
	BpOptions  *options = sel->session->options;

	if (!bp_entry_is(&sel->toc->entries[i], "SEQUENCE"))
		return true;
	return options->content != BP_CONTENT_DATA &&
		(options->if_exists == BP_EXISTS_REPLACE ||
		 !bp_selection_exists(sel, i));
}

/*
 * Will the sequence be dropped because the target has it as a part of a
 * selected table that is replaced?  In the archive the sequence may belong to
 * another table.
 */
static bool
dropped_with_table(BpSelection *sel, int i, const bool *in)
{
	const BpTocEntry *e = &sel->toc->entries[i];
	Oid			relid;
	Oid			table;
	int32		column;
	char	   *name;
	int			k;

	if (sel->session->options->if_exists != BP_EXISTS_REPLACE ||
		!bp_entry_is(e, "SEQUENCE") || bp_entry_is_identity(e))
		return false;
	CHECK_FOR_INTERRUPTS();
	relid = bp_restore_relation(e);
	if (!OidIsValid(relid) ||
		(!sequenceIsOwned(relid, DEPENDENCY_AUTO, &table, &column) &&
		 !sequenceIsOwned(relid, DEPENDENCY_INTERNAL, &table, &column)))
		return false;

	/* The server keeps an owned sequence in the schema of its table */
	name = get_rel_name(table);
	for (k = 0; name != NULL && k < sel->toc->nentries; k++)
	{
		const BpTocEntry *t = &sel->toc->entries[k];

		if (in[k] && strcmp(t->tag, name) == 0 && bp_entry_is_relation(t) &&
			t->nsp != NULL && strcmp(t->nsp, e->nsp) == 0)
			return true;
	}
	return false;
}

/*
 * Adds entries that belong to selected ones, the partitions of selected tables,
 * and the sequences that these own.  Returns true if it added anything.
 */
static bool
add_companions(BpSelection *sel, bool *in)
{
	bool		changed = false;
	int			i;
	int			k;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			up = sel->parent[i];

		if (!in[i] && up >= 0 && in[up])
			in[i] = changed = true;
		if (up < 0 || in[up] || !bp_entry_is_companion(e))
			continue;

		/* 'up' is a partition or an owned sequence: is its table selected? */
		e = bp_entry_companion_links(sel->toc, e, up);
		for (k = 0; k < e->ndeps; k++)
		{
			int			j = bp_selection_index(sel, e->deps[k]);

			if (j >= 0 && j != up && in[j] &&
				bp_entry_is_relation(&sel->toc->entries[j]) &&
				comes_with_table(sel, up))
				in[up] = in[i] = changed = true;
		}
	}
	return changed;
}

/*
 * Adds entries that selected ones need, if the target does not have their
 * objects or will lose them.  Returns true if it added anything.
 */
static bool
add_needed(BpSelection *sel, bool *in)
{
	bool		changed = false;
	int			i;
	int			k;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (!in[i] || bp_entry_is_acl(e))
			continue;
		for (k = 0; k < e->ndeps; k++)
		{
			int			j = bp_selection_index(sel, e->deps[k]);

			if (j >= 0 && !in[j] &&
				bp_entry_is_needed(&sel->toc->entries[j]) &&
				(!bp_selection_exists(sel, j) ||
				 dropped_with_table(sel, j, in)))
				in[j] = changed = true;
		}
	}

	/* Archives do not record that an object depends on its schema */
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *schema = &sel->toc->entries[i];

		CHECK_FOR_INTERRUPTS();
		if (!bp_entry_is(schema, "SCHEMA") || in[i] ||
			bp_selection_exists(sel, i))
			continue;
		for (k = 0; k < sel->toc->nentries && !in[i]; k++)
		{
			const BpTocEntry *e = &sel->toc->entries[k];

			if (in[k] && e->nsp != NULL && strcmp(e->nsp, schema->tag) == 0)
				in[i] = changed = true;
		}
	}
	return changed;
}

/* The table that a FK CONSTRAINT entry refers to, or NULL */
static RangeVar *
referenced_table(const BpTocEntry *e)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, bp_entry_parse(e->defn))
	{
		Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

		if (!IsA(stmt, AlterTableStmt))
			continue;
		foreach(lc2, ((AlterTableStmt *) stmt)->cmds)
		{
			AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc2);

			if (cmd->def != NULL && IsA(cmd->def, Constraint) &&
				((Constraint *) cmd->def)->contype == CONSTR_FOREIGN)
				return ((Constraint *) cmd->def)->pktable;
		}
	}
	return NULL;
}

/* Will the referenced table of a foreign key be missing in the target? */
static bool
referenced_table_missing(BpSelection *sel, const BpTocEntry *e, const bool *in)
{
	RangeVar   *target = referenced_table(e);
	int			i;

	if (target == NULL)
		return false;
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *t = &sel->toc->entries[i];

		if (in[i] && bp_entry_is_relation(t) &&
			strcmp(t->tag, target->relname) == 0 &&
			(target->schemaname == NULL || t->nsp == NULL ||
			 strcmp(t->nsp, target->schemaname) == 0))
			return false;
	}
	return !OidIsValid(RangeVarGetRelid(target, NoLock, true));
}

/* Does a selected entry refer to an object that will not be there? */
static bool
target_missing(BpSelection *sel, int i, const bool *in)
{
	const BpTocEntry *e = &sel->toc->entries[i];
	int			k;

	if (bp_entry_is(e, "FK CONSTRAINT"))
		return referenced_table_missing(sel, e, in);
	if (!bp_entry_is(e, "TABLE ATTACH") && !bp_entry_is(e, "INDEX ATTACH") &&
		!bp_entry_is(e, "PUBLICATION TABLE") &&
		!bp_entry_is(e, "PUBLICATION TABLES IN SCHEMA") &&
		!bp_entry_is(e, "SEQUENCE OWNED BY"))
		return false;
	e = bp_entry_companion_links(sel->toc, e, sel->parent[i]);
	for (k = 0; k < e->ndeps; k++)
	{
		int			j = bp_selection_index(sel, e->deps[k]);

		if (j >= 0 && !in[j] && !bp_selection_exists(sel, j))
			return true;
	}
	return false;
}

/*
 * Takes out entries that refer to an object that will not be there, and
 * remarks on objects that are not selected.  Notes foreign keys in the task.
 */
static void
leave_out_dangling(BpSelection *sel, bool *in)
{
	StringInfoData keys;
	int			nkeys = 0;
	int			i;

	initStringInfo(&keys);
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			up = sel->parent[i];

		if (!in[i])
			continue;
		if (bp_entry_is_remark(e) && up >= 0 && !in[up])
			in[i] = false;
		else if (target_missing(sel, i, in))
		{
			in[i] = false;
			if (bp_entry_is(e, "FK CONSTRAINT") &&
				(sel->possible[i] & BP_REQ_SCHEMA) != 0 && nkeys++ < 5)
				appendStringInfo(&keys, "%s%s", nkeys > 1 ? ", " : "",
								 bp_entry_excerpt(bp_entry_name(e)));
		}
	}
	if (nkeys > 0)
		bp_session_note(sel->session,
						psprintf("Foreign keys were left out because the referenced table is missing: %s%s.",
								 keys.data, nkeys > 5 ? ", ..." : ""));
}

void
bp_restore_plan_closure(BpSelection *sel, bool *in)
{
	/*
	 * An archive may have any order: repeat until nothing is added, which is as
	 * many times as dependencies are deep.
	 */
	while (add_companions(sel, in))
		CHECK_FOR_INTERRUPTS();
	while (add_needed(sel, in) || add_companions(sel, in))
		CHECK_FOR_INTERRUPTS();
	leave_out_dangling(sel, in);
}
