/*-------------------------------------------------------------------------
 *
 * scan.c
 *	  Reading system catalogs by index, under a given snapshot.
 *
 * This code does not use SQL.  Each session would have to plan the SQL
 * statements, and to plan them again after each DISCARD ALL; that takes
 * longer than all the rest of a small backup.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/scan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_tablespace.h"
#include "catalog/scan.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

static void
catalog_key(BpCatalogScan *s, AttrNumber column, RegProcedure equal,
			Datum value)
{
	Assert(s->nkeys < (int) lengthof(s->keys));
	ScanKeyInit(&s->keys[s->nkeys++], column, BTEqualStrategyNumber, equal,
				value);
}

void
bp_catalog_key_oid(BpCatalogScan *s, AttrNumber column, Oid value)
{
	catalog_key(s, column, F_OIDEQ, ObjectIdGetDatum(value));
}

void
bp_catalog_key_name(BpCatalogScan *s, AttrNumber column, const char *value)
{
	catalog_key(s, column, F_NAMEEQ, CStringGetDatum(value));
}

void
bp_catalog_key_int4(BpCatalogScan *s, AttrNumber column, int32 value)
{
	catalog_key(s, column, F_INT4EQ, Int32GetDatum(value));
}

void
bp_catalog_begin(BpCatalogScan *s, Oid catalog, Oid index, Snapshot snapshot)
{
	s->rel = table_open(catalog, AccessShareLock);
	s->scan = systable_beginscan(s->rel, index, OidIsValid(index), snapshot,
								 s->nkeys, s->keys);
}

HeapTuple
bp_catalog_next(BpCatalogScan *s)
{
	return systable_getnext(s->scan);
}

void
bp_catalog_end(BpCatalogScan *s)
{
	systable_endscan(s->scan);
	table_close(s->rel, AccessShareLock);
}

Datum
bp_catalog_attr(BpCatalogScan *s, HeapTuple tuple, AttrNumber column,
				bool *isnull)
{
	return heap_getattr(tuple, column, RelationGetDescr(s->rel), isnull);
}

char *
bp_catalog_text(BpCatalogScan *s, HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		value = bp_catalog_attr(s, tuple, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

void
bp_catalog_begin_depends(BpCatalogScan *s, Oid classid, Oid objid,
						 Snapshot snapshot)
{
	bp_catalog_key_oid(s, Anum_pg_depend_classid, classid);
	bp_catalog_key_oid(s, Anum_pg_depend_objid, objid);
	bp_catalog_begin(s, DependRelationId, DependDependerIndexId, snapshot);
}

void
bp_catalog_begin_dependents(BpCatalogScan *s, Oid classid, Oid objid,
							Snapshot snapshot)
{
	bp_catalog_key_oid(s, Anum_pg_depend_refclassid, classid);
	bp_catalog_key_oid(s, Anum_pg_depend_refobjid, objid);
	bp_catalog_begin(s, DependRelationId, DependReferenceIndexId, snapshot);
}

Form_pg_depend
bp_catalog_next_depend(BpCatalogScan *s)
{
	HeapTuple	tuple = bp_catalog_next(s);

	return HeapTupleIsValid(tuple) ? (Form_pg_depend) GETSTRUCT(tuple) : NULL;
}

char *
bp_catalog_role(Oid role, Snapshot snapshot)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	char	   *name = NULL;

	bp_catalog_key_oid(&s, Anum_pg_authid_oid, role);
	bp_catalog_begin(&s, AuthIdRelationId, AuthIdOidIndexId, snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
		name = pstrdup(NameStr(((Form_pg_authid) GETSTRUCT(tuple))->rolname));
	bp_catalog_end(&s);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", role)));
	return name;
}

char *
bp_catalog_tablespace(Oid tablespace, Snapshot snapshot)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	char	   *name = NULL;

	bp_catalog_key_oid(&s, Anum_pg_tablespace_oid, tablespace);
	bp_catalog_begin(&s, TableSpaceRelationId, TablespaceOidIndexId,
					 snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
		name = pstrdup(NameStr(((Form_pg_tablespace) GETSTRUCT(tuple))->spcname));
	bp_catalog_end(&s);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("tablespace with OID %u does not exist", tablespace)));
	return name;
}

Oid
bp_catalog_parent(Oid relid, Snapshot snapshot)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	Oid			parent = InvalidOid;

	bp_catalog_key_oid(&s, Anum_pg_inherits_inhrelid, relid);
	bp_catalog_key_int4(&s, Anum_pg_inherits_inhseqno, 1);
	bp_catalog_begin(&s, InheritsRelationId, InheritsRelidSeqnoIndexId,
					 snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
		parent = ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent;
	bp_catalog_end(&s);
	if (!OidIsValid(parent))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("partition with OID %u has no parent", relid)));
	return parent;
}

bool
bp_catalog_is_member(Oid classid, Oid objid, Snapshot snapshot)
{
	BpCatalogScan s = {0};
	Form_pg_depend d;
	bool		found = false;

	bp_catalog_begin_depends(&s, classid, objid, snapshot);
	while (!found && (d = bp_catalog_next_depend(&s)) != NULL)
		found = d->refclassid == ExtensionRelationId &&
			d->deptype == DEPENDENCY_EXTENSION;
	bp_catalog_end(&s);
	return found;
}
