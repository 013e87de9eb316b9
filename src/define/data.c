/*-------------------------------------------------------------------------
 *
 * data.c
 *	  Entries for data: TABLE DATA and SEQUENCE SET.
 *
 * The value of a sequence is read from the sequence as it is now: sequences
 * have no snapshots, and a value that is read after the snapshot was taken is
 * never too small.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/data.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "base/compat.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_partitioned_table.h"
#include "catalog/scan.h"
#include "commands/sequence.h"
#include "define/data.h"
#include "define/quote.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/*
 * Appends the list of columns that are neither dropped nor generated; nothing
 * if there are none.
 */
static void
put_columns(BpDefine *d, StringInfo out, Oid relid)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	int			n = 0;

	bp_catalog_key_oid(&s, Anum_pg_attribute_attrelid, relid);
	bp_catalog_begin(&s, AttributeRelationId, AttributeRelidNumIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		Form_pg_attribute a = (Form_pg_attribute) GETSTRUCT(tuple);

		if (a->attnum <= 0 || a->attisdropped || a->attgenerated != '\0')
			continue;
		appendStringInfoString(out, n++ > 0 ? ", " : "(");
		bp_put_name(out, NameStr(a->attname));
	}
	bp_catalog_end(&s);
	if (n > 0)
		appendStringInfoChar(out, ')');
}

/* Schema and name of a relation, which need not be selected */
static void
read_relation_name(BpDefine *d, Oid relid, char **schema, char **name,
				   bool *ispartition)
{
	BpCatalogScan s = {0};
	BpCatalogScan n = {0};
	HeapTuple	tuple;
	Oid			nsp = InvalidOid;

	bp_catalog_key_oid(&s, Anum_pg_class_oid, relid);
	bp_catalog_begin(&s, RelationRelationId, ClassOidIndexId, d->snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class c = (Form_pg_class) GETSTRUCT(tuple);

		*name = pstrdup(NameStr(c->relname));
		*ispartition = c->relispartition;
		nsp = c->relnamespace;
	}
	bp_catalog_end(&s);
	bp_catalog_key_oid(&n, Anum_pg_namespace_oid, nsp);
	bp_catalog_begin(&n, NamespaceRelationId, NamespaceOidIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&n);
	if (HeapTupleIsValid(tuple))
		*schema = pstrdup(NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname));
	else
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	bp_catalog_end(&n);
}

/* Is the table partitioned by the hash of an enum? */
static bool
is_enum_hash(BpDefine *d, Oid relid)
{
	Oid			enum_ops = GetSysCacheOid3(CLAAMNAMENSP, Anum_pg_opclass_oid,
										   ObjectIdGetDatum(HASH_AM_OID),
										   PointerGetDatum("enum_ops"),
										   ObjectIdGetDatum(PG_CATALOG_NAMESPACE));
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	bool		found = false;

	bp_catalog_key_oid(&s, Anum_pg_partitioned_table_partrelid, relid);
	bp_catalog_begin(&s, PartitionedRelationId, PartitionedRelidIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = bp_catalog_attr(&s, tuple,
											Anum_pg_partitioned_table_partclass,
											&isnull);
		oidvector  *classes = (oidvector *) DatumGetPointer(value);

		for (int i = 0; !isnull && i < classes->dim1; i++)
			found |= classes->values[i] == enum_ops;
	}
	bp_catalog_end(&s);
	return found;
}

/*
 * The hash of an enum value differs after a restore.  If a table is
 * partitioned by such a hash, a row of one partition may then belong to
 * another.  The rows of such partitions are loaded through the root of the
 * partition tree.  Returns true for such a partition, and sets *schema and
 * *name to those of the root.
 */
static bool
needs_load_via_root(BpDefine *d, const BpRel *rel, char **schema, char **name)
{
	Oid			relid = rel->oid;
	bool		ispartition = rel->ispartition;
	bool		via_root = false;

	while (ispartition)
	{
		relid = bp_catalog_parent(relid, d->snapshot);
		via_root |= is_enum_hash(d, relid);
		read_relation_name(d, relid, schema, name, &ispartition);
	}
	return via_root;
}

void
bp_write_table_data(BpDefine *d, int index)
{
	const BpRel *rel = &d->relations->rels[index];
	BpTocEntry *e = bp_add_entry(d, "TABLE DATA", rel->name, BP_SECTION_DATA);
	StringInfoData copy;
	char	   *schema = rel->schema;
	char	   *name = rel->name;
	bool		via_root = needs_load_via_root(d, rel, &schema, &name);

	if (!via_root)
	{
		schema = rel->schema;
		name = rel->name;
	}
	else
	{
		StringInfoData comment;

		initStringInfo(&comment);
		appendStringInfoString(&comment, "-- load via partition root ");
		bp_put_qualified(&comment, schema, name);
		for (char *p = comment.data; *p; p++)
			if (*p == '\n' || *p == '\r')
				*p = ' ';
		e->defn = comment.data;
	}
	initStringInfo(&copy);
	appendStringInfoString(&copy, "COPY ");
	bp_put_qualified(&copy, schema, name);
	appendStringInfoChar(&copy, ' ');
	put_columns(d, &copy, rel->oid);
	appendStringInfoString(&copy, " FROM stdin;\n");
	e->dump_id = d->data_ids[index];
	e->had_dumper = true;
	e->oid = rel->oid;
	e->copy_stmt = copy.data;
	e->nsp = pstrdup(rel->schema);
	e->owner = bp_catalog_role(rel->owner, d->snapshot);
	e->ndeps = 1;
	e->deps = palloc(sizeof(int));
	e->deps[0] = d->rel_ids[index];
}

static void
read_sequence(const BpRel *rel, int64 *last, bool *called)
{
	Relation	r = try_relation_open(rel->oid, AccessShareLock);
	Buffer		buf;
	HeapTupleHeader tuple;
	Form_pg_sequence_data data;

	if (r == NULL || r->rd_rel->relkind != RELKIND_SEQUENCE)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("sequence %s no longer exists",
						quote_qualified_identifier(rel->schema, rel->name))));
	if (pg_class_aclcheck(rel->oid, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		(BP_SEQUENCES_BY_NAME &&
		 bp_schema_aclcheck(rel->nsp, GetUserId(), ACL_USAGE) != ACLCHECK_OK))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for sequence %s",
						quote_qualified_identifier(rel->schema, rel->name)),
				 errdetail("Role \"%s\", the owner of the task, may not read it.",
						   GetUserNameFromId(GetUserId(), false)),
				 errhint("Grant SELECT on the sequence and USAGE on its schema, or membership in pg_read_all_data, or exclude the sequence.")));
	buf = ReadBuffer(r, 0);
	LockBuffer(buf, BUFFER_LOCK_SHARE);
	/* a sequence is one page with one tuple */
	tuple = (HeapTupleHeader) PageGetItem(BufferGetPage(buf),
										  PageGetItemId(BufferGetPage(buf),
														FirstOffsetNumber));
	data = (Form_pg_sequence_data) ((char *) tuple + tuple->t_hoff);
	*last = data->last_value;
	*called = data->is_called;
	UnlockReleaseBuffer(buf);
	/*
	 * release the lock now: more sequences may be selected than the lock
	 * table has room for
	 */
	relation_close(r, AccessShareLock);
}

void
bp_write_sequence_set(BpDefine *d, int index)
{
	const BpRel *rel = &d->relations->rels[index];
	BpTocEntry *e;
	StringInfoData name;
	StringInfoData sql;
	int64		last;
	bool		called;

	read_sequence(rel, &last, &called);
	initStringInfo(&name);
	bp_put_qualified(&name, rel->schema, rel->name);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT pg_catalog.setval(");
	bp_put_literal(&sql, name.data);
	appendStringInfo(&sql, ", " INT64_FORMAT ", %s);\n", last,
					 called ? "true" : "false");
	e = bp_add_entry(d, "SEQUENCE SET", rel->name, BP_SECTION_DATA);
	e->nsp = pstrdup(rel->schema);
	e->owner = bp_catalog_role(rel->owner, d->snapshot);
	e->defn = sql.data;
	e->ndeps = 1;
	e->deps = palloc(sizeof(int));
	e->deps[0] = d->rel_ids[index];
}
