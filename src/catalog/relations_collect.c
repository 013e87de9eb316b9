/*-------------------------------------------------------------------------
 *
 * relations_collect.c
 *	  Finding the relations that a backup's patterns may be about.
 *
 * Only what may belong to the selection is read, by index: a plain name from
 * pg_class, the relations of a schema from pg_depend, where each has an entry
 * that keeps the schema from being dropped alone.  The whole catalog is read
 * only for a whole database, for a pattern of tables with neither schema nor
 * plain name, and for the server's own schemas, which have no such entries.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/relations_collect.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/relations_collect.h"
#include "catalog/scan.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* ----------------------------------------------------------------
 *		patterns and schemas
 * ----------------------------------------------------------------
 */

List *
bp_rels_patterns(List *texts, bool with_schema)
{
	List	   *patterns = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		patterns = lappend(patterns, bp_pattern_parse(lfirst(lc), with_schema));
	return patterns;
}

static bool
rels_schema_matches(List *patterns, const char *name)
{
	ListCell   *lc;

	foreach(lc, patterns)
		if (bp_name_matches(&((BpPattern *) lfirst(lc))->name, name))
			return true;
	return false;
}

static BpSchema *
rels_know_schema(BpRelsReader *s, Oid oid, const char *name)
{
	BpSchema   *schema = palloc(sizeof(BpSchema));

	schema->oid = oid;
	schema->name = pstrdup(name);
	schema->system = strncmp(name, "pg_", 3) == 0 ||
		strcmp(name, "information_schema") == 0;
	schema->excluded = rels_schema_matches(s->no_schemas, name);
	if (s->tables != NIL)
		schema->contains = false;
	else if (s->schemas != NIL)
		schema->contains = rels_schema_matches(s->schemas, name);
	else
		schema->contains = !schema->system;
	schema->contains &= !schema->excluded;
	s->known = lappend(s->known, schema);
	return schema;
}

BpSchema *
bp_rels_schema(BpRelsReader *s, Oid oid)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	BpSchema   *schema = NULL;
	ListCell   *lc;

	/* relations of one schema come together, mostly */
	if (s->last != NULL && s->last->oid == oid)
		return s->last;
	foreach(lc, s->known)
		if (((BpSchema *) lfirst(lc))->oid == oid)
			return s->last = lfirst(lc);
	bp_catalog_key_oid(&scan, Anum_pg_namespace_oid, oid);
	bp_catalog_begin(&scan, NamespaceRelationId, NamespaceOidIndexId,
					 s->snapshot);
	tuple = bp_catalog_next(&scan);
	if (HeapTupleIsValid(tuple))
		schema = rels_know_schema(s, oid,
									   NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname));
	bp_catalog_end(&scan);
	if (schema == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", oid)));
	return s->last = schema;
}

/* The schemas whose names match, a list of Oid. */
static List *
rels_schemas_like(BpRelsReader *s, const BpNamePattern *pattern)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	List	   *oids = NIL;

	if (pattern->literal != NULL)
		bp_catalog_key_name(&scan, Anum_pg_namespace_nspname,
							pattern->literal);
	bp_catalog_begin(&scan, NamespaceRelationId,
					 pattern->literal ? NamespaceNameIndexId : InvalidOid,
					 s->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		Form_pg_namespace n = (Form_pg_namespace) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (bp_name_matches(pattern, NameStr(n->nspname)))
			oids = lappend_oid(oids, n->oid);
	}
	bp_catalog_end(&scan);
	return oids;
}

static bool
rels_is_visible(Oid oid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(oid)) &&
		RelationIsVisible(oid);
}

static bool
rels_matches(const BpPattern *p, Oid oid, const char *schema,
				  const char *name)
{
	if (!bp_name_matches(&p->name, name))
		return false;
	return p->has_schema ? bp_name_matches(&p->schema, schema) :
		rels_is_visible(oid);
}

bool
bp_rels_in(List *patterns, const BpRel *rel)
{
	ListCell   *lc;

	foreach(lc, patterns)
		if (rels_matches(lfirst(lc), rel->oid, rel->schema, rel->name))
			return true;
	return false;
}

/* ----------------------------------------------------------------
 *		collecting relations
 * ----------------------------------------------------------------
 */

/* A tuple of pg_class: keep it if it is of a kind we know and wanted. */
static void
rels_add(BpRelsReader *s, Form_pg_class c)
{
	BpSchema   *schema;
	BpRel	   *rel;

	if (strchr("rSvmfp", c->relkind) == NULL)
		return;
	schema = bp_rels_schema(s, c->relnamespace);
	if (s->pattern != NULL &&
		!rels_matches(s->pattern, c->oid, schema->name,
						   NameStr(c->relname)))
		return;
	if (s->nrels == s->max)
	{
		s->max = Max(16, s->max * 2);
		s->rels = s->rels == NULL ? palloc(s->max * sizeof(BpRel)) :
			repalloc_huge(s->rels, s->max * sizeof(BpRel));
	}
	rel = &s->rels[s->nrels++];
	memset(rel, 0, sizeof(BpRel));
	rel->oid = c->oid;
	rel->nsp = c->relnamespace;
	rel->owner = c->relowner;
	rel->kind = c->relkind;
	rel->persistence = c->relpersistence;
	rel->ispartition = c->relispartition;
	rel->system = schema->system;
	rel->named = s->pattern != NULL;
	rel->schema = schema->name;
	rel->name = pstrdup(NameStr(c->relname));
}

static void
rels_add_all(BpRelsReader *s, BpCatalogScan *scan, Oid index, Oid nsp)
{
	HeapTuple	tuple;

	bp_catalog_begin(scan, RelationRelationId, index, s->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(scan)))
	{
		Form_pg_class c = (Form_pg_class) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (!OidIsValid(nsp) || c->relnamespace == nsp)
			rels_add(s, c);
	}
	bp_catalog_end(scan);
}

void
bp_rels_add_oid(BpRelsReader *s, Oid oid)
{
	BpCatalogScan scan = {0};

	bp_catalog_key_oid(&scan, Anum_pg_class_oid, oid);
	rels_add_all(s, &scan, ClassOidIndexId, InvalidOid);
}

/* All relations of a schema, or those that the pattern matches. */
static void
rels_relations_of(BpRelsReader *s, Oid nsp)
{
	BpCatalogScan scan = {0};
	Form_pg_depend d;

	if (nsp < FirstNormalObjectId && nsp != PG_PUBLIC_NAMESPACE)
	{
		rels_add_all(s, &scan, InvalidOid, nsp);
		return;
	}
	bp_catalog_begin_dependents(&scan, NamespaceRelationId, nsp, s->snapshot);
	while ((d = bp_catalog_next_depend(&scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (d->classid == RelationRelationId && d->objsubid == 0)
			bp_rels_add_oid(s, d->objid);
	}
	bp_catalog_end(&scan);
}

static void
rels_nothing(const BpPattern *p, bool table)
{
	ereport(ERROR,
			(errcode(table ? ERRCODE_UNDEFINED_TABLE :
					 ERRCODE_UNDEFINED_SCHEMA),
			 errmsg(table ?
					"no matching tables were found for pattern \"%s\"" :
					"no matching schemas were found for pattern \"%s\"",
					p->text),
			 errhint("Patterns are those of pg_dump: quote names that are not lower case, and give the schema if it is not on the search path.")));
}

static void
rels_by_table(BpRelsReader *s, BpPattern *p)
{
	BpCatalogScan scan = {0};
	int			before = s->nrels;

	s->pattern = p;
	if (p->name.literal != NULL)
	{
		/* as many as there are schemas with such a relation */
		bp_catalog_key_name(&scan, Anum_pg_class_relname, p->name.literal);
		rels_add_all(s, &scan, ClassNameNspIndexId, InvalidOid);
	}
	else if (p->has_schema)
	{
		List	   *nsps = rels_schemas_like(s, &p->schema);
		ListCell   *lc;

		foreach(lc, nsps)
			rels_relations_of(s, lfirst_oid(lc));
	}
	else
		rels_add_all(s, &scan, InvalidOid, InvalidOid);
	s->pattern = NULL;
	if (s->nrels == before)
		rels_nothing(p, true);
}

static int
rel_compare(const void *a, const void *b)
{
	Oid			x = ((const BpRel *) a)->oid;
	Oid			y = ((const BpRel *) b)->oid;

	return x < y ? -1 : x > y ? 1 : 0;
}

void
bp_rels_sort(BpRelsReader *s)
{
	int			n = 0;

	qsort(s->rels, s->nrels, sizeof(BpRel), rel_compare);
	for (int i = 0; i < s->nrels; i++)
		if (n == 0 || s->rels[n - 1].oid != s->rels[i].oid)
			s->rels[n++] = s->rels[i];
	s->nrels = n;
}

void
bp_rels_collect(BpRelsReader *s)
{
	ListCell   *lc;

	if (s->tables != NIL)
		foreach(lc, s->tables)
			rels_by_table(s, lfirst(lc));
	else if (s->schemas != NIL)
		foreach(lc, s->schemas)
		{
			List	   *nsps = rels_schemas_like(s, &((BpPattern *) lfirst(lc))->name);
			ListCell   *nc;

			if (nsps == NIL)
				rels_nothing(lfirst(lc), false);
			foreach(nc, nsps)
				if (bp_rels_schema(s, lfirst_oid(nc))->contains)
					rels_relations_of(s, lfirst_oid(nc));
		}
	else
	{
		BpCatalogScan scan = {0};
		HeapTuple	tuple;

		bp_catalog_begin(&scan, RelationRelationId, InvalidOid, s->snapshot);
		while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
		{
			Form_pg_class c = (Form_pg_class) GETSTRUCT(tuple);

			CHECK_FOR_INTERRUPTS();
			/* a sequence may come with a table of another schema */
			if (c->relkind != RELKIND_INDEX &&
				c->relkind != RELKIND_TOASTVALUE &&
				(c->relkind == RELKIND_SEQUENCE ||
				 bp_rels_schema(s, c->relnamespace)->contains))
				rels_add(s, c);
		}
		bp_catalog_end(&scan);
	}
	bp_rels_sort(s);
}
