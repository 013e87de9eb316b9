/*-------------------------------------------------------------------------
 *
 * scan.h
 *	  Reading system catalogs by index, under a given snapshot.
 *
 * The system caches show what is committed now.  A backup must read what its
 * snapshot shows, as pg_dump does.  Strings that are returned are allocated in
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

/* A scan; it must be ended with bp_catalog_end. */
typedef struct BpCatalogScan
{
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData keys[4];
	int			nkeys;
} BpCatalogScan;

/* Adds a condition: the column with this number equals the value. */
extern void bp_catalog_key_oid(BpCatalogScan *s, AttrNumber column, Oid value);
extern void bp_catalog_key_name(BpCatalogScan *s, AttrNumber column,
								const char *value);
extern void bp_catalog_key_int4(BpCatalogScan *s, AttrNumber column,
								int32 value);

/*
 * Begins a scan.  The caller has zeroed *s and added the conditions, which
 * must be for the first columns of the index, in order.  If 'index' is
 * InvalidOid, the whole catalog is read, and conditions may be for any
 * columns.
 */
extern void bp_catalog_begin(BpCatalogScan *s, Oid catalog, Oid index,
							 Snapshot snapshot);

/* The next tuple, which is valid until the next call; NULL at the end */
extern HeapTuple bp_catalog_next(BpCatalogScan *s);
extern void bp_catalog_end(BpCatalogScan *s);

/* The value of a column; *isnull tells whether it is null. */
extern Datum bp_catalog_attr(BpCatalogScan *s, HeapTuple tuple,
							 AttrNumber column, bool *isnull);

/* The value of a column of type text, or NULL */
extern char *bp_catalog_text(BpCatalogScan *s, HeapTuple tuple,
							 AttrNumber column);

/*
 * These functions scan pg_depend; they replace bp_catalog_begin and
 * bp_catalog_next.  The caller has zeroed *s and added no conditions.
 *
 * bp_catalog_begin_depends finds the entries that tell what an object and its
 * parts, such as columns, depend on.  bp_catalog_begin_dependents finds the
 * entries that tell what depends on an object or its parts.
 * bp_catalog_next_depend returns the next entry, which is valid until the
 * next call; NULL at the end.
 */
extern void bp_catalog_begin_depends(BpCatalogScan *s, Oid classid, Oid objid,
									 Snapshot snapshot);
extern void bp_catalog_begin_dependents(BpCatalogScan *s, Oid classid,
										Oid objid, Snapshot snapshot);
extern Form_pg_depend bp_catalog_next_depend(BpCatalogScan *s);

/*
 * The name of a role or of a tablespace.  Raises undefined_object if there is
 * none.
 */
extern char *bp_catalog_role(Oid role, Snapshot snapshot);
extern char *bp_catalog_tablespace(Oid tablespace, Snapshot snapshot);

/* The parent of a partition.  Raises undefined_table if there is none. */
extern Oid	bp_catalog_parent(Oid relid, Snapshot snapshot);

/* Does the object belong to an extension? */
extern bool bp_catalog_is_member(Oid classid, Oid objid, Snapshot snapshot);

#endif							/* BP_CATALOG_SCAN_H */
