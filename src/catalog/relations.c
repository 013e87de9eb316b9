/*-------------------------------------------------------------------------
 *
 * relations.c
 *	  The relations that a backup's patterns select, by pg_dump's rules.
 *
 * pg_dump reads all of pg_class and then selects.  Here only relations that
 * may be selected are read (relations_collect.c).  The rules are the same in
 * all supported releases:
 *
 * - If there are patterns of tables, the relations that match one of them are
 *	 selected.  Otherwise, if there are patterns of schemas, all relations in
 *	 the matching schemas are selected.  Otherwise all relations are selected,
 *	 except those in the server's own schemas.  Relations that match an
 *	 excluding pattern are not selected.
 * - The definitions of relations that belong to an extension are never
 *	 selected.  The rows of an extension's configuration table are selected in
 *	 a backup of the whole database, or if a pattern selects the table or its
 *	 schema.
 * - A sequence that a column owns is selected if the column's table is.  The
 *	 sequence of an identity column is selected only then.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/relations.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "catalog/relations.h"
#include "catalog/relations_collect.h"
#include "catalog/scan.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

BpRel *
bp_relations_find(const BpRelations *relations, Oid oid)
{
	return bp_relations_search(relations->rels, relations->nrels, oid);
}

bool
bp_relation_needs_lock(const BpRel *rel)
{
	return (rel->kind == RELKIND_RELATION ||
			rel->kind == RELKIND_PARTITIONED_TABLE) &&
		(rel->whole || rel->config) && !rel->system &&
		rel->persistence != RELPERSISTENCE_TEMP;
}

/* ----------------------------------------------------------------
 *		extensions
 * ----------------------------------------------------------------
 */

/*
 * Marks the relations that belong to an extension.  For a whole database one
 * scan for each extension is cheaper than one for each relation.
 */
static void
mark_members(BpRelationsReader *s, Oid extension)
{
	BpCatalogScan scan = {0};
	Form_pg_depend d;

	bp_catalog_begin_dependents(&scan, ExtensionRelationId, extension,
								s->snapshot);
	while ((d = bp_catalog_next_depend(&scan)) != NULL)
	{
		BpRel	   *rel;

		if (d->classid != RelationRelationId ||
			d->deptype != DEPENDENCY_EXTENSION)
			continue;
		rel = bp_relations_search(s->rels, s->nrels, d->objid);
		if (rel != NULL)
			rel->member = true;
	}
	bp_catalog_end(&scan);
}

/* Are the rows of this configuration table selected? */
static bool
is_config_selected(BpRelationsReader *s, const BpRel *rel, Oid extension)
{
	BpSchema   *schema = bp_relations_schema(s, rel->nsp);

	if (schema->excluded || bp_relation_matches_any(s->no_tables, rel))
		return false;
	if (s->everything && extension >= FirstNormalObjectId)
		return true;
	return rel->named ||
		(schema->contains &&
		 !bp_catalog_is_member(NamespaceRelationId, rel->nsp, s->snapshot));
}

/*
 * Marks those configuration tables of an extension whose rows are selected.
 * extconfig and extcondition are arrays of the same length.
 */
static void
mark_config_tables(BpRelationsReader *s, Oid extension, Datum config,
				   Datum conditions)
{
	Datum	   *oids;
	Datum	   *texts;
	int			n;
	int			ntexts;

	deconstruct_array(DatumGetArrayTypeP(config), OIDOID, sizeof(Oid), true,
					  TYPALIGN_INT, &oids, NULL, &n);
	deconstruct_array(DatumGetArrayTypeP(conditions), TEXTOID, -1, false,
					  TYPALIGN_INT, &texts, NULL, &ntexts);
	for (int i = 0; i < Min(n, ntexts); i++)
	{
		BpRel	   *rel = bp_relations_search(s->rels, s->nrels,
												   DatumGetObjectId(oids[i]));
		bool		added = false;

		if (rel == NULL)
		{
			int			before = s->nrels;

			/*
			 * keep it at the end, unsorted, until we know whether it is
			 * selected
			 */
			bp_relations_add_oid(s, DatumGetObjectId(oids[i]));
			if (s->nrels == before)
				continue;
			rel = &s->rels[before];
			rel->member = true;
			added = true;
		}
		if (is_config_selected(s, rel, extension))
		{
			char	   *condition = TextDatumGetCString(texts[i]);

			rel->config = true;
			if (condition[0] != '\0')
				rel->condition = condition;
			if (added)
				bp_relations_sort(s);
		}
		else if (added)
			s->nrels--;
	}
}

/*
 * Marks the relations that belong to extensions, and the configuration tables
 * of extensions.
 */
static void
read_extensions(BpRelationsReader *s)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;

	if (!s->everything)
		for (int i = 0; i < s->nrels; i++)
			s->rels[i].member = bp_catalog_is_member(RelationRelationId,
													 s->rels[i].oid,
													 s->snapshot);
	bp_catalog_begin(&scan, ExtensionRelationId, InvalidOid, s->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		Oid			oid = ((Form_pg_extension) GETSTRUCT(tuple))->oid;
		bool		isnull[2];
		Datum		config = bp_catalog_attr(&scan, tuple,
											 Anum_pg_extension_extconfig,
											 &isnull[0]);
		Datum		conditions = bp_catalog_attr(&scan, tuple,
												 Anum_pg_extension_extcondition,
												 &isnull[1]);

		CHECK_FOR_INTERRUPTS();
		if (s->everything)
			mark_members(s, oid);
		if (!isnull[0] && !isnull[1])
			mark_config_tables(s, oid, config, conditions);
	}
	bp_catalog_end(&scan);
}

/* ----------------------------------------------------------------
 *		sequences
 * ----------------------------------------------------------------
 */

/*
 * Appends the sequences that columns of the table own, unless they are among
 * the first 'sorted' relations.
 */
static void
add_owned_sequences(BpRelationsReader *s, Oid table, int sorted)
{
	BpCatalogScan scan = {0};
	Form_pg_depend d;

	bp_catalog_begin_dependents(&scan, RelationRelationId, table, s->snapshot);
	while ((d = bp_catalog_next_depend(&scan)) != NULL)
	{
		int			before = s->nrels;

		if (d->classid != RelationRelationId || d->objsubid != 0 ||
			(d->deptype != DEPENDENCY_AUTO &&
			 d->deptype != DEPENDENCY_INTERNAL) ||
			bp_relations_search(s->rels, sorted, d->objid) != NULL)
			continue;
		/* indexes and partitions have such entries in pg_depend, too */
		bp_relations_add_oid(s, d->objid);
		if (s->nrels > before && s->rels[before].kind != RELKIND_SEQUENCE)
			s->nrels = before;
		else if (s->nrels > before)
			s->rels[before].member = bp_catalog_is_member(RelationRelationId,
														  d->objid,
														  s->snapshot);
	}
	bp_catalog_end(&scan);
}

/*
 * The table whose column owns the sequence, or InvalidOid.  *identity tells
 * whether it is the sequence of an identity column.
 */
static Oid
sequence_owner(BpRelationsReader *s, Oid sequence, bool *identity)
{
	BpCatalogScan scan = {0};
	Form_pg_depend d;
	Oid			owner = InvalidOid;

	bp_catalog_begin_depends(&scan, RelationRelationId, sequence, s->snapshot);
	while ((d = bp_catalog_next_depend(&scan)) != NULL)
	{
		if (d->objsubid == 0 && d->refclassid == RelationRelationId &&
			(d->deptype == DEPENDENCY_AUTO ||
			 d->deptype == DEPENDENCY_INTERNAL))
		{
			owner = d->refobjid;
			*identity = d->deptype == DEPENDENCY_INTERNAL;
		}
	}
	bp_catalog_end(&scan);
	return owner;
}

/* Selects the sequences that columns of selected tables own. */
static void
select_sequences(BpRelationsReader *s)
{
	int			sorted = s->nrels;

	/* in a whole database all sequences have been read already */
	if (!s->everything)
		for (int i = 0; i < sorted; i++)
			if (s->rels[i].whole && strchr("rpf", s->rels[i].kind) != NULL)
				add_owned_sequences(s, s->rels[i].oid, sorted);
	bp_relations_sort(s);
	for (int i = 0; i < s->nrels; i++)
	{
		BpRel	   *rel = &s->rels[i];
		BpRel	   *table;
		bool		identity = false;
		Oid			owner;

		CHECK_FOR_INTERRUPTS();
		if (rel->kind != RELKIND_SEQUENCE)
			continue;
		owner = sequence_owner(s, rel->oid, &identity);
		if (!OidIsValid(owner))
			continue;
		table = bp_relations_search(s->rels, s->nrels, owner);
		if (identity)
			rel->whole = table != NULL && table->whole;
		else
			rel->whole |= table != NULL && table->whole;
	}
}

/* ----------------------------------------------------------------
 *		selection
 * ----------------------------------------------------------------
 */

/* Applies the patterns to all relations that have been read. */
static void
select_relations(BpRelationsReader *s)
{
	for (int i = 0; i < s->nrels; i++)
	{
		BpRel	   *rel = &s->rels[i];

		rel->whole = !rel->member &&
			(s->tables != NIL ? rel->named :
			 bp_relations_schema(s, rel->nsp)->contains) &&
			!bp_relation_matches_any(s->no_tables, rel);
	}
}

/* Are there rows, or the value of a sequence, to be backed up? */
static bool
has_data(const BpRel *rel)
{
	if (!rel->whole && !rel->config)
		return false;
	if (rel->kind != RELKIND_RELATION && rel->kind != RELKIND_SEQUENCE)
		return false;
	/* a standby does not have the rows of unlogged tables */
	if (rel->persistence == RELPERSISTENCE_UNLOGGED && RecoveryInProgress())
		return false;
	return !rel->data_excluded;
}

BpRelations *
bp_relations_read(BpOptions *options, Snapshot snapshot)
{
	BpRelations *relations = palloc0(sizeof(BpRelations));
	BpRelationsReader s = {0};
	ListCell   *lc;

	s.snapshot = snapshot;
	s.tables = bp_relations_parse_patterns(options->tables, true);
	s.schemas = bp_relations_parse_patterns(options->schemas, false);
	s.no_tables = bp_relations_parse_patterns(options->exclude_tables, true);
	s.no_schemas = bp_relations_parse_patterns(options->exclude_schemas, false);
	s.no_data = bp_relations_parse_patterns(options->exclude_table_data, true);
	s.everything = s.tables == NIL && s.schemas == NIL;
	bp_relations_collect(&s);
	read_extensions(&s);
	select_relations(&s);
	select_sequences(&s);
	for (int i = 0; i < s.nrels; i++)
	{
		BpRel	   *rel = &s.rels[i];

		rel->data_excluded = (rel->whole || rel->config) &&
			bp_relation_matches_any(s.no_data, rel);
		rel->data = has_data(rel);
	}

	relations->everything = s.everything;
	foreach(lc, s.schemas)
		relations->dotted |= ((BpPattern *) lfirst(lc))->dotted;
	foreach(lc, s.no_schemas)
		relations->dotted |= ((BpPattern *) lfirst(lc))->dotted;
	if (s.tables == NIL && s.schemas != NIL)
		foreach(lc, s.known)
		{
			BpSchema   *schema = lfirst(lc);

			if (schema->contains)
				relations->schemas = lappend_oid(relations->schemas,
												 schema->oid);
		}
	relations->rels = s.rels;
	relations->nrels = s.nrels;
	return relations;
}
