/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Reading system catalogs by index, under a snapshot of ours.
 *
 * The system caches show what is committed now; a backup must read what its
 * snapshot shows, as pg_dump does.  All results are palloc'd copies in
 * CurrentMemoryContext.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/scan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_CATALOG_SCAN_H
#define BP_CATALOG_SCAN_H

#include "access/genam.h"
#include "access/htup_details.h"
#include "catalog/pg_depend.h"
#include "utils/snapshot.h"

/* A scan, to be ended with bp_catalog_end. */
typedef struct BpCatalogScan
{
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData keys[4];
	int			nkeys;
} BpCatalogScan;

/* Adds a condition: column (by number) = an oid, a name. */
extern void bp_catalog_key_oid(BpCatalogScan *s, AttrNumber column, Oid value);
extern void bp_catalog_key_name(BpCatalogScan *s, AttrNumber column,
								const char *value);
extern void bp_catalog_key_int4(BpCatalogScan *s, AttrNumber column,
								int32 value);

/*
 * Begins: *s zeroed, then keys, then this.  The keys must be the first
 * columns of the index, in order; InvalidOid scans the whole catalog.
 */
extern void bp_catalog_begin(BpCatalogScan *s, Oid catalog, Oid index,
							 Snapshot snapshot);

/* The next tuple, valid until the next call; NULL at the end. */
extern HeapTuple bp_catalog_next(BpCatalogScan *s);
extern void bp_catalog_end(BpCatalogScan *s);

/* The value of a column; *isnull must be looked at. */
extern Datum bp_catalog_attr(BpCatalogScan *s, HeapTuple tuple,
							 AttrNumber column, bool *isnull);

/* A column of type text as a C string, or NULL. */
extern char *bp_catalog_text(BpCatalogScan *s, HeapTuple tuple,
							 AttrNumber column);

/*
 * Scans of pg_depend: all that an object depends on, or all that depends on it.
 * *s must be zeroed; the scan is ended with bp_catalog_end.
 */
extern void bp_catalog_begin_dependencies(BpCatalogScan *s, Oid classid,
										  Oid oid, Snapshot snapshot);
extern void bp_catalog_begin_dependents(BpCatalogScan *s, Oid refclassid,
										Oid refoid, Snapshot snapshot);

/*
 * The next row of such a scan, valid until the one after it is read; NULL after
 * the last.
 */
extern Form_pg_depend bp_catalog_next_depend(BpCatalogScan *s);

/* Name of a role, or of a tablespace; an error if there is none. */
extern char *bp_catalog_role(Oid role, Snapshot snapshot);
extern char *bp_catalog_tablespace(Oid tablespace, Snapshot snapshot);

/* The parent of a partition. */
extern Oid	bp_catalog_parent(Oid relid, Snapshot snapshot);

/* Does the relation belong to an extension? */
extern bool bp_catalog_is_member(Oid classid, Oid objid, Snapshot snapshot);

#endif							/* BP_CATALOG_SCAN_H */
