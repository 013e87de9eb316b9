/*-------------------------------------------------------------------------
 *
 * define.c
 *	  Definitions made here, entry by entry as pg_dump would write them.
 *
 * pg_dump needs a process, a login and a reading of the whole catalog, however
 * small the selection: for a backup of one small table it takes nearly all of
 * the time.  What is handled here is read in the pooled backend itself, by
 * index, under the backup's snapshot, and only for what is selected.
 *
 * The measure of right is pg_dump of the server's release: the same entries in
 * the same order, with the same texts and dependencies; only the numbers of
 * entries may be others, as pg_dump numbers all objects of the database.
 * Anything that is not known here for certain makes bp_define_toc refuse, with
 * a reason, and pg_dump is run.
 *
 * Handled so far: content => 'data', of all that the table below names.  It
 * has every kind of relation: one that it does not have is a reason to refuse.
 * In such an archive stand ENCODING, STDSTRINGS, SEARCHPATH, DATABASE, DATABASE
 * PROPERTIES, TABLE DATA, SEQUENCE SET, and large objects, which are left to
 * pg_dump.  Comments, privileges and REFRESH MATERIALIZED VIEW, which pg_dump
 * prepares, are no data and fall away.
 *
 * To add a kind: a function that writes its entry, a line in the table, and
 * the oracle test (test/t/100_definitions.pl), which compares with pg_dump.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/define.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_largeobject_metadata.h"
#include "catalog/scan.h"
#include "define/define.h"
#include "define/relation_object.h"
#include "define/object.h"
#include "define/relation.h"
#include "define/quote.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

typedef struct BpDefineKind
{
	char		relkind;
	BpDefineDataFn data;		/* NULL: content => 'data' has nothing of it */
} BpDefineKind;

static const BpDefineKind define_kinds[] = {
	{RELKIND_RELATION, bp_write_table_data},
	{RELKIND_SEQUENCE, bp_write_sequence_set},
	{RELKIND_PARTITIONED_TABLE, NULL},
	{RELKIND_VIEW, NULL},
	{RELKIND_MATVIEW, NULL},
	{RELKIND_FOREIGN_TABLE, NULL}
};

static void define_check(BpDefine *d);
static void define_header(BpDefine *d);
static void define_settings(BpDefine *d);
static void define_verify(BpDefine *d);

void
bp_refuse(BpDefine *d, const char *reason)
{
	if (d->reason == NULL)
		d->reason = pstrdup(reason);
}

BpTocEntry *
bp_add_entry(BpDefine *d, const char *desc, const char *tag, int section)
{
	BpToc	   *toc = d->toc;
	BpTocEntry *e;

	if (toc->nentries == d->max_entries)
	{
		d->max_entries = Max(16, d->max_entries * 2);
		toc->entries = toc->entries == NULL ?
			palloc(d->max_entries * sizeof(BpTocEntry)) :
			repalloc_huge(toc->entries, d->max_entries * sizeof(BpTocEntry));
	}
	e = &toc->entries[toc->nentries++];
	memset(e, 0, sizeof(BpTocEntry));
	e->dump_id = ++d->last_id;
	e->desc = pstrdup(desc);
	e->tag = pstrdup(tag);
	e->section = section;
	return e;
}

static const BpDefineKind *
define_kind(char relkind)
{
	for (int i = 0; i < (int) lengthof(define_kinds); i++)
		if (define_kinds[i].relkind == relkind)
			return &define_kinds[i];
	return NULL;
}

/* Is there a large object?  pg_dump takes them with a whole database only. */
static bool
define_has_lobs(BpDefine *d)
{
	BpCatalogScan s = {0};
	bool		found;

	bp_catalog_begin(&s, LargeObjectMetadataRelationId, InvalidOid,
					 d->snapshot);
	found = HeapTupleIsValid(bp_catalog_next(&s));
	bp_catalog_end(&s);
	return found;
}

/*
 * Would pg_dump's session quote constants as in the old days?  Ours was begun
 * under the server's settings, but maybe before those of the login were
 * changed.
 */
static bool
define_other_quotes(BpDefine *d)
{
	static const char *const name = "standard_conforming_strings";
	bool		on;

	return !parse_bool(GetConfigOptionResetString(name), &on) || !on ||
		bp_login_turns_off(d, name);
}

/* What we know that we don't know */
static void
define_check(BpDefine *d)
{
	BpRelations *r = d->relations;

	if (!BP_DEFINE_KNOWS_SERVER)
		bp_refuse(d, "definitions of this server release are not known");
	if (d->session->options->content != BP_CONTENT_DATA &&
		!BP_DEFINE_KNOWS_ALL)
		bp_refuse(d, "definitions of this server release are not known");
	if (d->session->options->content != BP_CONTENT_DATA && r->everything)
		bp_refuse(d, "all definitions of a database are asked for");
	if (define_other_quotes(d))
		bp_refuse(d, "standard_conforming_strings is off");
	if (r->dotted)
		bp_refuse(d, "the pattern of a schema has a dot in it");
	if (r->everything && define_has_lobs(d))
		bp_refuse(d, "there are large objects");
	for (int i = 0; i < r->nrels && d->reason == NULL; i++)
	{
		BpRel	   *rel = &r->rels[i];

		if (!rel->whole && !rel->config)
			continue;
		if (define_kind(rel->kind) == NULL)
			bp_refuse(d, psprintf("%s.%s is of kind \"%c\"",
								  rel->schema, rel->name, rel->kind));
		/* those of other sessions too */
		else if (rel->system || rel->persistence == RELPERSISTENCE_TEMP)
			bp_refuse(d, psprintf("%s.%s lies in a schema of the server's own",
								  rel->schema, rel->name));
	}
}

static void
define_header(BpDefine *d)
{
	BpToc	   *toc = d->toc;
	const char *version = GetConfigOption("server_version", false, false);
	time_t		now = time(NULL);
	struct tm	tm;

	/* pg_dump's clock is the system's, not that of log_timezone */
	localtime_r(&now, &tm);
	toc->vmaj = BP_TOC_VMAJ;
	toc->vmin = BP_DEFINE_VMIN;
	toc->int_size = sizeof(int);
	toc->off_size = sizeof(int64);
	toc->format = BP_TOC_CUSTOM;
	toc->tm_sec = tm.tm_sec;
	toc->tm_min = tm.tm_min;
	toc->tm_hour = tm.tm_hour;
	toc->tm_mday = tm.tm_mday;
	toc->tm_mon = tm.tm_mon;
	toc->tm_year = tm.tm_year;
	toc->tm_isdst = tm.tm_isdst;
	toc->dbname = pstrdup(d->session->task->database);
	toc->server_version = pstrdup(version);
	/* what we write is what that release of pg_dump writes */
	toc->dump_version = pstrdup(version);
	toc->encoding = pstrdup(GetDatabaseEncodingName());
	toc->std_strings = true;
}

/* The three that every archive begins with */
static void
define_settings(BpDefine *d)
{
	BpTocEntry *e;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SET client_encoding = ");
	bp_put_literal(&sql, d->toc->encoding);
	appendStringInfoString(&sql, ";\n");
	e = bp_add_entry(d, "ENCODING", "ENCODING", BP_SECTION_PRE_DATA);
	e->defn = sql.data;
	e = bp_add_entry(d, "STDSTRINGS", "STDSTRINGS", BP_SECTION_PRE_DATA);
	e->defn = pstrdup("SET standard_conforming_strings = 'on';\n");
	e = bp_add_entry(d, "SEARCHPATH", "SEARCHPATH", BP_SECTION_PRE_DATA);
	e->defn = pstrdup("SELECT pg_catalog.set_config('search_path', '', false);\n");
	d->toc->searchpath = e->defn;
}

/* pg_dump changes what is not valid in the database's encoding. */
static void
define_verify(BpDefine *d)
{
	for (int i = 0; i < d->toc->nentries; i++)
	{
		BpTocEntry *e = &d->toc->entries[i];
		const char *texts[] = {e->tag, e->nsp, e->owner, e->defn,
		e->drop_stmt, e->copy_stmt};

		for (int k = 0; k < (int) lengthof(texts); k++)
			if (texts[k] != NULL &&
				!pg_verifymbstr(texts[k], strlen(texts[k]), true))
				bp_refuse(d, "there is a name that is not valid in the database's encoding");
	}
}

/*
 * As in pg_dump, relations have numbers even if only their data is written:
 * that is what the data depends on.
 */
static void
define_number(BpDefine *d)
{
	BpRelations *r = d->relations;

	d->rel_ids = palloc0(Max(1, r->nrels) * sizeof(int));
	d->data_ids = palloc0(Max(1, r->nrels) * sizeof(int));
	for (int i = 0; i < r->nrels; i++)
		d->rel_ids[i] = ++d->last_id;
	for (int i = 0; i < r->nrels; i++)
		if (r->rels[i].data)
			d->data_ids[i] = ++d->last_id;
}

static void
write_data(BpDefine *d, BpObject *o)
{
	int			rel = o->number;

	define_kind(d->relations->rels[rel].kind)->data(d, rel);
}

/* The data of relations becomes objects, too, to be sorted with the others. */
static void
define_add_data(BpDefine *d)
{
	BpRelations *r = d->relations;

	d->rel_ids = palloc0(Max(1, r->nrels) * sizeof(int));
	d->data_ids = palloc0(Max(1, r->nrels) * sizeof(int));
	for (int i = 0; i < r->nrels; i++)
	{
		BpRel	   *rel = &r->rels[i];
		BpObject   *table = bp_object_find(d, RelationRelationId, rel->oid);
		BpObject   *o;

		if (!rel->data)
			continue;
		o = bp_object_add(d, rel->kind == RELKIND_SEQUENCE ?
						  BP_OBJECT_SEQUENCE_SET : BP_OBJECT_TABLE_DATA,
						  InvalidOid, rel->oid, rel->schema, rel->name,
						  write_data);
		o->number = i;
		if (table != NULL)
			bp_object_depends(o, table);
		d->data_ids[i] = o->dump_id;
		/* rows of an extension's table: its definition has but a number */
		d->rel_ids[i] = table != NULL ? table->dump_id : ++d->last_id;
	}
}

/* Relations and data, and all else in schemas; then written in order. */
static void
define_all(BpDefine *d)
{
	BpRelations *r = d->relations;
	Oid		   *views = palloc(sizeof(Oid) * Max(1, r->nrels));
	int			n = 0;

	bp_read_relations(d);
	bp_read_schema_objects(d);
	if (d->session->options->content == BP_CONTENT_ALL)
	{
		define_add_data(d);
		for (int i = 0; i < r->nrels; i++)
			if (r->rels[i].whole && r->rels[i].kind == RELKIND_MATVIEW)
				views[n++] = r->rels[i].oid;
		bp_read_refreshes(d, views, n);
		if (BP_DEFINE_STATISTICS && d->reason == NULL)
			bp_read_relstats(d);
	}
	if (d->reason == NULL)
		bp_resolve_dependencies(d);
	if (d->reason == NULL)
		bp_sort_objects(d);
	if (d->reason != NULL)
		return;
	define_header(d);
	define_settings(d);
	bp_write_database(d);
	for (int i = 0; i < d->nobjects; i++)
	{
		CHECK_FOR_INTERRUPTS();
		d->objects[i]->write(d, d->objects[i]);
	}
}

/* content => 'data' */
static void
define_data(BpDefine *d)
{
	int			n = 0;
	int		   *order = bp_data_order(d, &n);

	if (order == NULL)
		return;
	define_number(d);
	define_header(d);
	define_settings(d);
	bp_write_database(d);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		define_kind(d->relations->rels[order[i]].kind)->data(d, order[i]);
	}
}

BpToc *
bp_define_toc(BpSession *session, char **reason)
{
	BpDefine	d = {0};
	MemoryContext old = MemoryContextSwitchTo(session->cxt);

	d.session = session;
	d.relations = session->relations;
	d.snapshot = session->snapshot;
	d.toc = palloc0(sizeof(BpToc));
	define_check(&d);
	if (d.reason == NULL)
	{
		if (session->options->content == BP_CONTENT_DATA)
			define_data(&d);
		else
		{
			int			nest = NewGUCNestLevel();

			bp_session_login_settings();
			define_all(&d);
			AtEOXact_GUC(true, nest);
		}
	}
	if (d.reason == NULL)
	{
		define_verify(&d);
		bp_toc_index(d.toc);
	}
	MemoryContextSwitchTo(old);
	if (reason != NULL)
		*reason = d.reason;
	return d.reason == NULL ? d.toc : NULL;
}
