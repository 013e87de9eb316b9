/*-------------------------------------------------------------------------
 *
 * conflicts.c
 *	  What a restore does with objects that exist already.
 *
 * The option if_exists decides about an object that exists in the target:
 *	error		an error is raised, before anything is changed
 *	skip		it stays as it is, with its data and all that belongs to it
 *	append		it stays; data is added, and missing parts are made
 *	truncate	the same, but tables are emptied first
 *	replace		it is dropped, and made from the archive
 * Schemas and extensions are only containers: it is no conflict if they exist,
 * and they are never dropped.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/conflicts.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "restore/exists.h"
#include "restore_plan/conflicts.h"
#include "utils/lsyscache.h"

/* How many existing objects an error lists at most */
#define BP_LISTED_CONFLICTS 10

static bool is_container(const BpTocEntry *e);
static bool kept_above(BpSelection *sel, int i);
static void report_conflicts(BpSelection *sel);
static void keep_existing(BpSelection *sel, bool with_data);

/*
 * Does the entry make a container (a schema, an extension), or a language that
 * is only made if it is missing?  It is no conflict if these exist.
 */
static bool
is_container(const BpTocEntry *e)
{
	if (bp_entry_is(e, "SCHEMA") || bp_entry_is(e, "EXTENSION"))
		return true;
	return e->defn != NULL &&
		(strncmp(e->defn, "CREATE OR REPLACE PROCEDURAL LANGUAGE", 37) == 0 ||
		 strncmp(e->defn, "CREATE OR REPLACE TRUSTED PROCEDURAL", 36) == 0);
}

/* Does the entry's object, or one that it belongs to, exist and stay? */
static bool
kept_above(BpSelection *sel, int i)
{
	int			depth;

	for (depth = 0; i >= 0 && depth < 10; depth++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (!is_container(e) && bp_selection_exists(sel, i))
			return true;
		i = sel->parent[i];
	}
	return false;
}

/* if_exists 'error': raises an error if the restore would make an existing object. */
static void
report_conflicts(BpSelection *sel)
{
	StringInfoData list;
	const BpTocEntry *first = NULL;
	int			n = 0;
	int			i;

	initStringInfo(&list);
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			creates = BP_REQ_SCHEMA;

		if (bp_entry_is(e, "BLOB") || bp_entry_is(e, "BLOB METADATA"))
			creates |= BP_REQ_DATA;
		if ((sel->reqs[i] & creates) == 0 || is_container(e) ||
			bp_entry_is_identity(e) || bp_entry_is_trigger_state(e) ||
			!bp_selection_exists(sel, i))
			continue;
		if (n == 0)
			first = e;
		else if (n < BP_LISTED_CONFLICTS)
			appendStringInfoString(&list, ", ");
		if (n++ < BP_LISTED_CONFLICTS)
			appendStringInfoString(&list, bp_entry_excerpt(bp_entry_name(e)));
	}
	if (n == 0)
		return;
	if (n > BP_LISTED_CONFLICTS)
		appendStringInfoString(&list, ", ...");
	ereport(ERROR,
			(errcode(bp_entry_is_relation(first) ||
					 bp_entry_is(first, "SEQUENCE") ||
					 bp_entry_is(first, "INDEX") ?
					 ERRCODE_DUPLICATE_TABLE : ERRCODE_DUPLICATE_OBJECT),
			 errmsg("%s already exists in database \"%s\"",
					bp_entry_excerpt(bp_entry_name(first)),
					bp_task_target_database(sel->session->task)),
			 errdetail_plural("%d object of the archive exists: %s.",
							  "%d objects of the archive exist: %s.",
							  n, n, list.data),
			 errhint("Nothing was changed.  Set if_exists to skip, truncate, append or replace.")));
}

/*
 * if_exists 'skip', 'append' and 'truncate': objects that exist stay, and so
 * does what belongs to them.  with_data: their data is restored, and parts that
 * are missing are made.
 */
static void
keep_existing(BpSelection *sel, bool with_data)
{
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			up = sel->parent[i];

		if (sel->reqs[i] == 0)
			continue;
		if (!with_data)
		{
			/* Groups of large objects: each one is looked up when it is made */
			if (bp_entry_is(e, "BLOB METADATA") || bp_entry_is(e, "BLOBS"))
				continue;
			if (kept_above(sel, i))
				sel->reqs[i] = 0;
			continue;
		}

		/* Missing parts are made; remarks on existing objects stay as they are */
		if (bp_selection_exists(sel, i) && !is_container(e))
			sel->reqs[i] &= ~BP_REQ_SCHEMA;
		else if (up >= 0 && bp_restore_has_no_name(e) && kept_above(sel, up))
			sel->reqs[i] &= ~BP_REQ_SCHEMA;
		else if (bp_entry_is_lob_remark(e) && up >= 0 && kept_above(sel, up))
			sel->reqs[i] = 0;
	}
}

/* The kinds of relation (pg_class.relkind) that an entry can make, or NULL */
static const char *
relkinds_of(const BpTocEntry *e)
{
	if (bp_entry_is(e, "TABLE"))
		return "rp";
	if (bp_entry_is(e, "VIEW"))
		return "v";
	if (bp_entry_is(e, "MATERIALIZED VIEW"))
		return "m";
	if (bp_entry_is(e, "SEQUENCE"))
		return "S";
	if (bp_entry_is(e, "FOREIGN TABLE"))
		return "f";
	if (bp_entry_is(e, "INDEX"))
		return "iI";
	return NULL;
}

/*
 * Relations of all kinds share one space of names.  Raises an error if an
 * existing relation has the name of an entry but is of another kind, or is an
 * index of another table: otherwise we might drop a table, or keep it as if it
 * were the object of the archive, because an index of the archive has its
 * name.
 */
static void
check_same_kind(BpSelection *sel)
{
	for (int i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		const char *kinds = relkinds_of(e);
		int			up = sel->parent[i];
		Oid			relid;

		if (kinds == NULL || sel->reqs[i] == 0)
			continue;
		relid = bp_restore_relation(e);
		if (!OidIsValid(relid))
			continue;
		if (strchr(kinds, get_rel_relkind(relid)) != NULL &&
			!(bp_entry_is(e, "INDEX") && up >= 0 &&
			  bp_entry_is_relation(&sel->toc->entries[up]) &&
			  IndexGetRelation(relid, true) !=
			  bp_restore_relation(&sel->toc->entries[up])))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("%s of the archive has the same name as another object in database \"%s\"",
						bp_entry_excerpt(bp_entry_name(e)),
						bp_task_target_database(sel->session->task)),
				 errdetail("In the archive it is of type %s.",
						   bp_entry_excerpt(e->desc)),
				 errhint("Rename or drop the object in the database first.")));
	}
}

/*
 * Tables of an extension that exists already keep the rows that they have.  The
 * rows of the archive are left out, since rows that came with the extension
 * would be there twice.
 */
static void
keep_extension_tables(BpSelection *sel)
{
	for (int i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		Oid			relid;

		if (!bp_entry_is(e, "TABLE DATA") ||
			(sel->reqs[i] & BP_REQ_DATA) == 0)
			continue;
		relid = bp_restore_relation(e);
		if (!OidIsValid(relid) ||
			!OidIsValid(getExtensionOfObject(RelationRelationId, relid)))
			continue;
		sel->reqs[i] &= ~BP_REQ_DATA;
		bp_session_note(sel->session,
						psprintf("Rows of %s were left out because its extension exists already.",
								 bp_entry_excerpt(bp_entry_name(e))));
	}
}

/*
 * if_exists 'replace': subscriptions that exist stay.  To drop one may need a
 * command on another server, which is not possible in a transaction.
 */
static void
keep_subscriptions(BpSelection *sel)
{
	for (int i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];

		if (!bp_entry_is(e, "SUBSCRIPTION") || sel->reqs[i] == 0 ||
			!bp_selection_exists(sel, i))
			continue;
		sel->reqs[i] = 0;
		bp_session_note(sel->session,
						psprintf("%s exists already and was not replaced.",
								 bp_entry_excerpt(bp_entry_name(e))));
	}
}

void
bp_restore_plan_conflicts(BpSelection *sel)
{
	BpIfExists	mode = sel->session->options->if_exists;
	int			i;

	if (mode != BP_EXISTS_ERROR)
		check_same_kind(sel);
	if (mode != BP_EXISTS_APPEND &&
		sel->session->options->content != BP_CONTENT_DATA)
		keep_extension_tables(sel);
	switch (mode)
	{
		case BP_EXISTS_ERROR:
			report_conflicts(sel);
			break;
		case BP_EXISTS_SKIP:
			keep_existing(sel, false);
			break;
		case BP_EXISTS_TRUNCATE:
		case BP_EXISTS_APPEND:
			keep_existing(sel, true);
			break;
		case BP_EXISTS_REPLACE:
			keep_subscriptions(sel);
			break;
	}

	/*
	 * Containers that exist stay.  Schema public, which each new database has,
	 * gets the owner that the archive says, as by pg_restore: its entry runs,
	 * but makes no schema.
	 */
	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		int			up = sel->parent[i];

		if (sel->reqs[i] == 0)
			continue;
		if (is_container(e) && bp_selection_exists(sel, i))
		{
			if (mode == BP_EXISTS_SKIP || !bp_entry_is(e, "SCHEMA") ||
				strcmp(e->tag, "public") != 0)
				sel->reqs[i] = 0;
		}
		else if (bp_entry_is_remark(e) && up >= 0 &&
				 is_container(&sel->toc->entries[up]) &&
				 bp_selection_exists(sel, up) &&
				 (mode == BP_EXISTS_SKIP ||
				  !bp_entry_is(&sel->toc->entries[up], "SCHEMA")))
			sel->reqs[i] = 0;
	}
}
