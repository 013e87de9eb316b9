/*-------------------------------------------------------------------------
 *
 * relations.c
 *	  What a backup's patterns select, by pg_dump's rules.
 *
 * pg_dump reads all of pg_class and then decides.  Here only what may belong
 * to the selection is read (relations_collect.c).  The rules, the same in all
 * releases we know:
 *
 * - A selecting pattern of tables takes these relations and no others; one of
 *	 schemas all in these schemas; none at all all but the server's own.
 *	 Excluding patterns take away from that.
 * - What belongs to an extension is never taken, but the rows of its
 *	 configuration tables are: with a whole database, or if the table or its
 *	 schema is asked for.
 * - A sequence comes with the table whose column owns it.  That of an
 *	 identity column comes with its table only.
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
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "catalog/relations.h"
#include "catalog/relations_collect.h"
#include "catalog/scan.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

static BpRel *
rels_search(BpRel *rels, int n, Oid oid)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			mid = low + (high - low) / 2;

		if (rels[mid].oid == oid)
			return &rels[mid];
		if (rels[mid].oid < oid)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

BpRel *
bp_rels_find(const BpRelations *relations, Oid oid)
{
	return rels_search(relations->rels, relations->nrels, oid);
}

bool
bp_rels_is_locked(const BpRel *rel)
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

/* For a whole database: what belongs to the extension, all in one scan. */
static void
rels_mark_members(BpRelsReader *s, Oid extension)
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
		rel = rels_search(s->rels, s->nrels, d->objid);
		if (rel != NULL)
			rel->member = true;
	}
	bp_catalog_end(&scan);
}

/* Are the rows of this configuration table asked for? */
static bool
rels_wants_config(BpRelsReader *s, const BpRel *rel, Oid extension)
{
	BpSchema   *schema = bp_rels_schema(s, rel->nsp);
	bool		everything = s->tables == NIL && s->schemas == NIL;

	if (schema->excluded || bp_rels_in(s->no_tables, rel))
		return false;
	if (everything && extension >= FirstNormalObjectId)
		return true;
	return rel->named ||
		(schema->contains &&
		 !bp_catalog_is_member(NamespaceRelationId, rel->nsp, s->snapshot));
}

/* extconfig and extcondition, two arrays of the same length */
static void
rels_config(BpRelsReader *s, Oid extension, Datum config, Datum conditions)
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
		BpRel	   *rel = rels_search(s->rels, s->nrels,
										   DatumGetObjectId(oids[i]));
		bool		added = false;

		if (rel == NULL)
		{
			int			before = s->nrels;

			/* at the end, out of order, until we know */
			bp_rels_add_oid(s, DatumGetObjectId(oids[i]));
			if (s->nrels == before)
				continue;
			rel = &s->rels[before];
			rel->member = true;
			added = true;
		}
		if (rels_wants_config(s, rel, extension))
		{
			char	   *condition = TextDatumGetCString(texts[i]);

			rel->config = true;
			if (condition[0] != '\0')
				rel->condition = condition;
			if (added)
				bp_rels_sort(s);
		}
		else if (added)
			s->nrels--;
	}
}

static void
rels_extensions(BpRelsReader *s)
{
	bool		everything = s->tables == NIL && s->schemas == NIL;
	BpCatalogScan scan = {0};
	HeapTuple	tuple;

	if (!everything)
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
		if (everything)
			rels_mark_members(s, oid);
		if (!isnull[0] && !isnull[1])
			rels_config(s, oid, config, conditions);
	}
	bp_catalog_end(&scan);
}

/* ----------------------------------------------------------------
 *		sequences
 * ----------------------------------------------------------------
 */

/* The sequences that columns of the table own are appended to the list. */
static void
rels_sequences_of(BpRelsReader *s, Oid table, int sorted)
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
			rels_search(s->rels, sorted, d->objid) != NULL)
			continue;
		/* indexes and partitions have such entries too */
		bp_rels_add_oid(s, d->objid);
		if (s->nrels > before && s->rels[before].kind != RELKIND_SEQUENCE)
			s->nrels = before;
		else if (s->nrels > before)
			s->rels[before].member = bp_catalog_is_member(RelationRelationId,
														  d->objid,
														  s->snapshot);
	}
	bp_catalog_end(&scan);
}

/* The table whose column owns the sequence; *identity: it is the column's. */
static Oid
rels_owner_of(BpRelsReader *s, Oid sequence, bool *identity)
{
	BpCatalogScan scan = {0};
	Form_pg_depend d;
	Oid			owner = InvalidOid;

	bp_catalog_begin_dependencies(&scan, RelationRelationId, sequence,
								  s->snapshot);
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

static void
rels_sequences(BpRelsReader *s)
{
	int			sorted = s->nrels;

	/* of a whole database all sequences are here already */
	if (s->tables != NIL || s->schemas != NIL)
		for (int i = 0; i < sorted; i++)
			if (s->rels[i].whole && strchr("rpf", s->rels[i].kind) != NULL)
				rels_sequences_of(s, s->rels[i].oid, sorted);
	bp_rels_sort(s);
	for (int i = 0; i < s->nrels; i++)
	{
		BpRel	   *rel = &s->rels[i];
		BpRel	   *table;
		bool		identity = false;
		Oid			owner;

		CHECK_FOR_INTERRUPTS();
		if (rel->kind != RELKIND_SEQUENCE)
			continue;
		owner = rels_owner_of(s, rel->oid, &identity);
		if (!OidIsValid(owner))
			continue;
		table = rels_search(s->rels, s->nrels, owner);
		if (identity)
			rel->whole = table != NULL && table->whole;
		else
			rel->whole |= table != NULL && table->whole;
	}
}

/* ----------------------------------------------------------------
 *		the whole
 * ----------------------------------------------------------------
 */

static void
rels_decide(BpRelsReader *s)
{
	for (int i = 0; i < s->nrels; i++)
	{
		BpRel	   *rel = &s->rels[i];

		rel->whole = !rel->member &&
			(s->tables != NIL ? rel->named :
			 bp_rels_schema(s, rel->nsp)->contains) &&
			!bp_rels_in(s->no_tables, rel);
	}
}

static bool
rels_has_data(const BpRel *rel)
{
	if (!rel->whole && !rel->config)
		return false;
	if (rel->kind != RELKIND_RELATION && rel->kind != RELKIND_SEQUENCE)
		return false;
	/* on a standby nobody has them */
	if (rel->persistence == RELPERSISTENCE_UNLOGGED && RecoveryInProgress())
		return false;
	return !rel->no_data;
}

BpRelations *
bp_rels_read(BpOptions *options, Snapshot snapshot)
{
	BpRelations *relations = palloc0(sizeof(BpRelations));
	BpRelsReader	s = {0};
	ListCell   *lc;

	s.snapshot = snapshot;
	s.tables = bp_rels_patterns(options->tables, true);
	s.schemas = bp_rels_patterns(options->schemas, false);
	s.no_tables = bp_rels_patterns(options->exclude_tables, true);
	s.no_schemas = bp_rels_patterns(options->exclude_schemas, false);
	s.no_data = bp_rels_patterns(options->exclude_table_data, true);
	bp_rels_collect(&s);
	rels_extensions(&s);
	rels_decide(&s);
	rels_sequences(&s);
	for (int i = 0; i < s.nrels; i++)
	{
		s.rels[i].no_data = bp_rels_in(s.no_data, &s.rels[i]);
		s.rels[i].data = rels_has_data(&s.rels[i]);
	}

	relations->everything = s.tables == NIL && s.schemas == NIL;
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
