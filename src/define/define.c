/*-------------------------------------------------------------------------
 *
 * define.c
 *	  Makes the table of contents of a backup as pg_dump would write it.
 *
 * pg_dump needs a process, a login and a scan of all catalogs, however small
 * the selection is: for a backup of one small table that takes nearly all of
 * the time.  Definitions that are made here are read in the pooled backend
 * itself, by index, under the backup's snapshot, and only for selected
 * objects.
 *
 * The result must be what pg_dump of the server's release makes: the same
 * entries in the same order, with the same texts and dependencies.  Only dump
 * ids may differ, since pg_dump numbers all objects of the database.
 * Wherever that is not certain, the code refuses (bp_refuse), and pg_dump is
 * used.
 *
 * With definitions (content 'all' and 'schema'), this file runs these steps:
 *
 * 1. bp_read_relations and bp_read_schema_objects read the catalogs and add an
 *	  object for everything that is selected (object.c); data, REFRESH and
 *	  statistics are added for content 'all'.
 * 2. bp_resolve_dependencies finds out what each object needs (depend.c).
 * 3. bp_sort_objects sorts them as pg_dump does (sort.c).
 * 4.  The writer of each object appends its entries to the table of contents,
 *	  after those that every archive begins with.
 *
 * With content 'data', data_order.c gives the order of the relations, and
 * only their data is written (data.c).
 *
 * A kind of relation is handled if it is in the table below; other kinds of
 * objects are in that of schema_objects.c.  Everything else is refused,
 * including whole databases with definitions, and large objects.  The tests
 * in test/t/define/ compare the entries with pg_dump's.
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
#include "define/data.h"
#include "define/data_order.h"
#include "define/database.h"
#include "define/define.h"
#include "define/depend.h"
#include "define/object.h"
#include "define/quote.h"
#include "define/relation.h"
#include "define/relstats.h"
#include "define/schema_objects.h"
#include "define/sort.h"
#include "define/view.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

typedef struct BpDefineKind
{
	char		relkind;
	void		(*write_data) (BpDefine *d, int rel);	/* NULL: has no data */
} BpDefineKind;

static const BpDefineKind define_kinds[] = {
	{RELKIND_RELATION, bp_write_table_data},
	{RELKIND_SEQUENCE, bp_write_sequence_set},
	{RELKIND_PARTITIONED_TABLE, NULL},
	{RELKIND_VIEW, NULL},
	{RELKIND_MATVIEW, NULL},
	{RELKIND_FOREIGN_TABLE, NULL}
};

static const BpDefineKind *
define_kind(char relkind)
{
	for (int i = 0; i < (int) lengthof(define_kinds); i++)
		if (define_kinds[i].relkind == relkind)
			return &define_kinds[i];
	return NULL;
}

/* Is there a large object?  pg_dump writes them with a whole database only. */
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
 * Would standard_conforming_strings be off in pg_dump's session?  Our session
 * began with the server's settings, but the settings of the database or role
 * may have been changed since.
 */
static bool
define_other_quotes(BpDefine *d)
{
	static const char *const name = "standard_conforming_strings";
	bool		on;

	return !parse_bool(GetConfigOptionResetString(name), &on) || !on ||
		bp_login_turns_off(d, name);
}

/* Refuses selections that are known in advance not to be handled. */
static void
define_check(BpDefine *d)
{
	BpRelations *r = d->relations;

	if (!BP_DEFINE_KNOWS_SERVER)
		bp_refuse(d, "definitions of this server release are not known");
	if (d->options->content != BP_CONTENT_DATA &&
		!BP_DEFINE_KNOWS_ALL)
		bp_refuse(d, "definitions of this server release are not known");
	if (d->options->content != BP_CONTENT_DATA && r->everything)
		bp_refuse(d, "definitions of a whole database are selected");
	if (define_other_quotes(d))
		bp_refuse(d, "standard_conforming_strings is off");
	if (r->dotted)
		bp_refuse(d, "a pattern of schemas contains a dot");
	if (r->everything && define_has_lobs(d))
		bp_refuse(d, "there are large objects");
	for (int i = 0; i < r->nrels && d->reason == NULL; i++)
	{
		BpRel	   *rel = &r->rels[i];

		if (!rel->whole && !rel->config)
			continue;
		if (define_kind(rel->kind) == NULL)
			bp_refuse(d, psprintf("%s.%s is of unknown kind \"%c\"",
								  rel->schema, rel->name, rel->kind));
		/* the selection can include temporary tables of other sessions */
		else if (rel->system || rel->persistence == RELPERSISTENCE_TEMP)
			bp_refuse(d, psprintf("%s.%s is temporary or in a system schema",
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

	/* pg_dump uses the system's time zone, not log_timezone */
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
	toc->dbname = pstrdup(d->database);
	toc->server_version = pstrdup(version);
	/* the entries are those that pg_dump of this release writes */
	toc->dump_version = pstrdup(version);
	toc->encoding = pstrdup(GetDatabaseEncodingName());
	toc->std_strings = true;
}

/* Writes the three entries that every archive begins with. */
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

/*
 * Refuses texts that are not valid in the database's encoding: pg_dump would
 * change such texts.
 */
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
				bp_refuse(d, "a name is not valid in the encoding of the database");
	}
}

/*
 * Assigns dump ids for content 'data'.  As in pg_dump, each relation has a
 * dump id even though only its data is written, and the data depends on that
 * dump id.
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
write_relation_data(BpDefine *d, int rel)
{
	define_kind(d->relations->rels[rel].kind)->write_data(d, rel);
}

static void
write_data(BpDefine *d, BpObject *o)
{
	write_relation_data(d, o->number);
}

/* Adds objects for the data of relations, to be sorted with the others. */
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
		/* the table of an extension has a dump id, but no entry */
		d->rel_ids[i] = table != NULL ? table->dump_id : ++d->last_id;
	}
}

/* content 'all' and 'schema' */
static void
define_all(BpDefine *d)
{
	BpRelations *r = d->relations;
	Oid		   *matviews = palloc(sizeof(Oid) * Max(1, r->nrels));
	int			n = 0;

	bp_read_relations(d);
	bp_read_schema_objects(d);
	if (d->options->content == BP_CONTENT_ALL)
	{
		define_add_data(d);
		for (int i = 0; i < r->nrels; i++)
			if (r->rels[i].whole && r->rels[i].kind == RELKIND_MATVIEW)
				matviews[n++] = r->rels[i].oid;
		bp_read_refreshes(d, matviews, n);
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

/* content 'data' */
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
		write_relation_data(d, order[i]);
	}
}

BpToc *
bp_define_toc(const BpDefineInput *input, char **reason)
{
	BpDefine	d = {0};
	MemoryContext old = MemoryContextSwitchTo(input->cxt);

	d.options = input->options;
	d.relations = input->relations;
	d.snapshot = input->snapshot;
	d.database = input->database;
	d.toc = palloc0(sizeof(BpToc));
	define_check(&d);
	if (d.reason == NULL)
	{
		if (d.options->content == BP_CONTENT_DATA)
			define_data(&d);
		else
			define_all(&d);
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
