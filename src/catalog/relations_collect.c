/*-------------------------------------------------------------------------
 *
 * relations_collect.c
 *	  Reading the relations that a backup's patterns may select.
 *
 * Only relations that may be selected are read, by index: a plain name in
 * pg_class; the relations of a schema in pg_depend, because each of them
 * depends on its schema.  The whole catalog is read only for a whole database,
 * for a pattern of tables that has neither a schema nor a plain name, and for
 * the server's own schemas, which have no entries in pg_depend.
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
#include "base/array.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_namespace.h"
#include "catalog/relations_collect.h"
#include "catalog/scan.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

/* ----------------------------------------------------------------
 *		patterns and schemas
 * ----------------------------------------------------------------
 */

List *
bp_relations_parse_patterns(List *texts, bool with_schema)
{
	List	   *patterns = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		patterns = lappend(patterns, bp_pattern_parse(lfirst(lc), with_schema));
	return patterns;
}

/* Does one of these patterns of schemas match the name? */
static bool
schema_matches_any(List *patterns, const char *name)
{
	ListCell   *lc;

	foreach(lc, patterns)
		if (bp_pattern_matches(&((BpPattern *) lfirst(lc))->name, name))
			return true;
	return false;
}

/* Adds a schema to the list of schemas already read. */
static BpSchema *
remember_schema(BpRelationsReader *s, Oid oid, const char *name)
{
	BpSchema   *schema = palloc(sizeof(BpSchema));

	schema->oid = oid;
	schema->name = pstrdup(name);
	schema->system = strncmp(name, "pg_", 3) == 0 ||
		strcmp(name, "information_schema") == 0;
	schema->excluded = schema_matches_any(s->no_schemas, name);
	if (s->tables != NIL)
		schema->contains = false;
	else if (s->schemas != NIL)
		schema->contains = schema_matches_any(s->schemas, name);
	else
		schema->contains = !schema->system;
	schema->contains &= !schema->excluded;
	s->known = lappend(s->known, schema);
	return schema;
}

BpSchema *
bp_relations_schema(BpRelationsReader *s, Oid oid)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	BpSchema   *schema = NULL;
	ListCell   *lc;

	/* most relations are in the same schema as the one before */
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
		schema = remember_schema(s, oid,
								 NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname));
	bp_catalog_end(&scan);
	if (schema == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", oid)));
	return s->last = schema;
}

/* The schemas whose names match, as a list of Oid */
static List *
matching_schemas(BpRelationsReader *s, const BpNamePattern *pattern)
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
		if (bp_pattern_matches(pattern, NameStr(n->nspname)))
			oids = lappend_oid(oids, n->oid);
	}
	bp_catalog_end(&scan);
	return oids;
}

static bool
is_visible(Oid oid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(oid)) &&
		RelationIsVisible(oid);
}

static bool
relation_matches(const BpPattern *p, Oid oid, const char *schema,
				  const char *name)
{
	if (!bp_pattern_matches(&p->name, name))
		return false;
	return p->has_schema ? bp_pattern_matches(&p->schema, schema) :
		is_visible(oid);
}

bool
bp_relation_matches_any(List *patterns, const BpRel *rel)
{
	ListCell   *lc;

	foreach(lc, patterns)
		if (relation_matches(lfirst(lc), rel->oid, rel->schema, rel->name))
			return true;
	return false;
}

/* ----------------------------------------------------------------
 *		collecting relations
 * ----------------------------------------------------------------
 */

/*
 * Appends the relation of a tuple of pg_class, if its kind can be selected and
 * it matches s->pattern.
 */
static void
add_relation(BpRelationsReader *s, Form_pg_class c)
{
	BpSchema   *schema;
	BpRel	   *rel;

	if (strchr("rSvmfp", c->relkind) == NULL)
		return;
	schema = bp_relations_schema(s, c->relnamespace);
	if (s->pattern != NULL &&
		!relation_matches(s->pattern, c->oid, schema->name,
						   NameStr(c->relname)))
		return;
	BP_ARRAY_ROOM(s->rels, s->nrels, s->max_rels);
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

/*
 * Appends the relations that a scan of pg_class finds.  If nsp is valid, only
 * the relations of that schema are appended.
 */
static void
add_scanned(BpRelationsReader *s, BpCatalogScan *scan, Oid index, Oid nsp)
{
	HeapTuple	tuple;

	bp_catalog_begin(scan, RelationRelationId, index, s->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(scan)))
	{
		Form_pg_class c = (Form_pg_class) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (!OidIsValid(nsp) || c->relnamespace == nsp)
			add_relation(s, c);
	}
	bp_catalog_end(scan);
}

void
bp_relations_add_oid(BpRelationsReader *s, Oid oid)
{
	BpCatalogScan scan = {0};

	bp_catalog_key_oid(&scan, Anum_pg_class_oid, oid);
	add_scanned(s, &scan, ClassOidIndexId, InvalidOid);
}

/* Appends the relations of a schema that match s->pattern. */
static void
add_schema(BpRelationsReader *s, Oid nsp)
{
	BpCatalogScan scan = {0};
	Form_pg_depend d;

	if (nsp < FirstNormalObjectId && nsp != PG_PUBLIC_NAMESPACE)
	{
		add_scanned(s, &scan, InvalidOid, nsp);
		return;
	}
	bp_catalog_begin_dependents(&scan, NamespaceRelationId, nsp, s->snapshot);
	while ((d = bp_catalog_next_depend(&scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (d->classid == RelationRelationId && d->objsubid == 0)
			bp_relations_add_oid(s, d->objid);
	}
	bp_catalog_end(&scan);
}

/* Raises the error for a selecting pattern that matches nothing. */
static void
report_no_match(const BpPattern *p, bool table)
{
	ereport(ERROR,
			(errcode(table ? ERRCODE_UNDEFINED_TABLE :
					 ERRCODE_UNDEFINED_SCHEMA),
			 errmsg(table ?
					"no matching tables were found for pattern \"%s\"" :
					"no matching schemas were found for pattern \"%s\"",
					p->text),
			 errhint("Patterns follow the rules of pg_dump: quote names that are not lower case, and qualify names whose schema is not in search_path.")));
}

/* Appends the relations that match a selecting pattern of tables. */
static void
add_by_pattern(BpRelationsReader *s, BpPattern *p)
{
	BpCatalogScan scan = {0};
	int			before = s->nrels;

	s->pattern = p;
	if (p->name.literal != NULL)
	{
		/* the scan finds the relations of this name in all schemas */
		bp_catalog_key_name(&scan, Anum_pg_class_relname, p->name.literal);
		add_scanned(s, &scan, ClassNameNspIndexId, InvalidOid);
	}
	else if (p->has_schema)
	{
		List	   *nsps = matching_schemas(s, &p->schema);
		ListCell   *lc;

		foreach(lc, nsps)
			add_schema(s, lfirst_oid(lc));
	}
	else
		add_scanned(s, &scan, InvalidOid, InvalidOid);
	s->pattern = NULL;
	if (s->nrels == before)
		report_no_match(p, true);
}

static int
compare_relations(const void *a, const void *b)
{
	Oid			x = ((const BpRel *) a)->oid;
	Oid			y = ((const BpRel *) b)->oid;

	return x < y ? -1 : x > y ? 1 : 0;
}

void
bp_relations_sort(BpRelationsReader *s)
{
	int			n = 0;

	qsort(s->rels, s->nrels, sizeof(BpRel), compare_relations);
	for (int i = 0; i < s->nrels; i++)
		if (n == 0 || s->rels[n - 1].oid != s->rels[i].oid)
			s->rels[n++] = s->rels[i];
	s->nrels = n;
}

BpRel *
bp_relations_search(BpRel *rels, int n, Oid oid)
{
	BpRel		key = {.oid = oid};

	if (n == 0)
		return NULL;
	return bsearch(&key, rels, n, sizeof(BpRel), compare_relations);
}

void
bp_relations_collect(BpRelationsReader *s)
{
	ListCell   *lc;

	if (s->tables != NIL)
		foreach(lc, s->tables)
			add_by_pattern(s, lfirst(lc));
	else if (s->schemas != NIL)
		foreach(lc, s->schemas)
		{
			List	   *nsps = matching_schemas(s, &((BpPattern *) lfirst(lc))->name);
			ListCell   *nc;

			if (nsps == NIL)
				report_no_match(lfirst(lc), false);
			foreach(nc, nsps)
				if (bp_relations_schema(s, lfirst_oid(nc))->contains)
					add_schema(s, lfirst_oid(nc));
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
			/*
			 * a sequence may be selected because a table in another schema
			 * owns it
			 */
			if (c->relkind != RELKIND_INDEX &&
				c->relkind != RELKIND_TOASTVALUE &&
				(c->relkind == RELKIND_SEQUENCE ||
				 bp_relations_schema(s, c->relnamespace)->contains))
				add_relation(s, c);
		}
		bp_catalog_end(&scan);
	}
	bp_relations_sort(s);
}
