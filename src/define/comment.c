/*-------------------------------------------------------------------------
 *
 * comment.c
 *	  Entries for comments and security labels.
 *
 * Both hang on an object by its catalog, oid and, for columns, number; an
 * entry stands behind the object's own and depends on it alone.  Each comment
 * is an entry.  The labels of an object are one entry, and so are those of a
 * table and all its columns.
 *
 * pg_dump asks for labels by object and column only.  If two providers have
 * labelled the same thing, the order of the two is whatever the plan of its
 * query makes of it, and that is a reason to refuse.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/comment.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/heap.h"
#include "catalog/pg_description.h"
#include "catalog/pg_seclabel.h"
#include "catalog/scan.h"
#include "define/extra.h"
#include "define/quote.h"

/* COMMENT ON target IS text */
static void
comment_entry(BpDefine *d, const char *target, const char *tag,
			  const char *schema, const char *owner, const char *text,
			  int dep)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "COMMENT ON %s IS ", target);
	bp_put_literal(&sql, text);
	appendStringInfoString(&sql, ";\n");
	bp_add_dependent_entry(d, "COMMENT", tag, BP_SECTION_NONE, schema, owner,
						   sql.data, dep, 0);
	pfree(sql.data);
}

static void
put_label(StringInfo out, const char *provider, const char *target,
		  const char *label)
{
	appendStringInfoString(out, "SECURITY LABEL FOR ");
	bp_put_name(out, provider);
	appendStringInfo(out, " ON %s IS ", target);
	bp_put_literal(out, label);
	appendStringInfoString(out, ";\n");
}

/* type schema.name, the name being quoted already */
static char *
comment_target(const char *type, const char *schema, const char *qname)
{
	if (schema == NULL)
		return psprintf("%s %s", type, qname);
	return psprintf("%s %s.%s", type, bp_name(schema), qname);
}

/* A column behind its relation's name, with schema or without */
static char *
column_target(const BpObject *o, bool qualified, const char *attname)
{
	return psprintf("COLUMN %s.%s",
					qualified ? bp_qualified(o->schema, o->name) :
					bp_name(o->name), bp_name(attname));
}

void
bp_write_comment(BpDefine *d, Oid classid, Oid oid, int subid,
				 const char *type, const char *qname, const char *schema,
				 const char *owner, int dep)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&s, Anum_pg_description_objoid, oid);
	bp_catalog_key_oid(&s, Anum_pg_description_classoid, classid);
	bp_catalog_key_int4(&s, Anum_pg_description_objsubid, subid);
	bp_catalog_begin(&s, DescriptionRelationId, DescriptionObjIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
		comment_entry(d, comment_target(type, schema, qname),
					  psprintf("%s %s", type, qname), schema, owner,
					  bp_catalog_text(&s, tuple,
									  Anum_pg_description_description),
					  dep);
	bp_catalog_end(&s);
}

void
bp_write_label(BpDefine *d, Oid classid, Oid oid, int subid,
			   const char *type, const char *qname, const char *schema,
			   const char *owner, int dep)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	StringInfoData sql = {0};
	int			n = 0;

	bp_catalog_key_oid(&s, Anum_pg_seclabel_objoid, oid);
	bp_catalog_key_oid(&s, Anum_pg_seclabel_classoid, classid);
	bp_catalog_key_int4(&s, Anum_pg_seclabel_objsubid, subid);
	bp_catalog_begin(&s, SecLabelRelationId, SecLabelObjectIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		if (n++ == 0)
			initStringInfo(&sql);
		put_label(&sql,
				  bp_catalog_text(&s, tuple, Anum_pg_seclabel_provider),
				  comment_target(type, schema, qname),
				  bp_catalog_text(&s, tuple, Anum_pg_seclabel_label));
	}
	bp_catalog_end(&s);
	if (n > 1)
		bp_refuse(d, psprintf("%s has security labels of %d providers",
							  comment_target(type, schema, qname), n));
	else if (n == 1)
		bp_add_dependent_entry(d, "SECURITY LABEL",
							   psprintf("%s %s", type, qname), BP_SECTION_NONE,
							   schema, owner, sql.data, dep, 0);
}

/* All rows of the relation: its own first, then those of columns */
void
bp_write_table_comments(BpDefine *d, BpObject *o, const char *type,
						char **attnames, int natts)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&s, Anum_pg_description_objoid, o->oid);
	bp_catalog_key_oid(&s, Anum_pg_description_classoid, o->classid);
	bp_catalog_begin(&s, DescriptionRelationId, DescriptionObjIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		int			subid = ((Form_pg_description) GETSTRUCT(tuple))->objsubid;
		char	   *text = bp_catalog_text(&s, tuple,
										   Anum_pg_description_description);

		/* pg_dump leaves out those of system columns */
		if (subid < 0 || subid > natts)
			continue;
		if (subid > 0)
		{
			comment_entry(d, column_target(o, true, attnames[subid - 1]),
						  column_target(o, false, attnames[subid - 1]),
						  o->schema, o->owner, text, o->dump_id);
			continue;
		}
		comment_entry(d, comment_target(type, o->schema, bp_name(o->name)),
					  comment_target(type, NULL, bp_name(o->name)),
					  o->schema, o->owner, text, o->dump_id);
	}
	bp_catalog_end(&s);
}

/* A column's name; those of system columns too, unlike with comments. */
static const char *
label_column(int subid, char **attnames, int natts)
{
	if (subid > 0 && subid <= natts)
		return attnames[subid - 1];
	if (subid < 0 && subid > FirstLowInvalidHeapAttributeNumber)
		return NameStr(SystemAttributeDefinition(subid)->attname);
	return NULL;
}

void
bp_write_table_labels(BpDefine *d, BpObject *o, const char *type,
					  char **attnames, int natts)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	StringInfoData sql = {0};
	int			last = FirstLowInvalidHeapAttributeNumber;

	bp_catalog_key_oid(&s, Anum_pg_seclabel_objoid, o->oid);
	bp_catalog_key_oid(&s, Anum_pg_seclabel_classoid, o->classid);
	bp_catalog_begin(&s, SecLabelRelationId, SecLabelObjectIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		int			subid = ((FormData_pg_seclabel *) GETSTRUCT(tuple))->objsubid;
		const char *attname = label_column(subid, attnames, natts);

		if (subid == last)
			bp_refuse(d, psprintf("%s.%s has security labels of more than one provider",
								  o->schema, o->name));
		if (subid != 0 && attname == NULL)
		{
			bp_refuse(d, psprintf("%s.%s has a security label on a column that does not exist",
								  o->schema, o->name));
			continue;
		}
		last = subid;
		if (sql.data == NULL)
			initStringInfo(&sql);
		put_label(&sql,
				  bp_catalog_text(&s, tuple, Anum_pg_seclabel_provider),
				  subid == 0 ?
				  comment_target(type, o->schema, bp_name(o->name)) :
				  column_target(o, true, attname),
				  bp_catalog_text(&s, tuple, Anum_pg_seclabel_label));
	}
	bp_catalog_end(&s);
	if (sql.data != NULL)
		bp_add_dependent_entry(d, "SECURITY LABEL",
							   comment_target(type, NULL, bp_name(o->name)),
							   BP_SECTION_NONE, o->schema, o->owner, sql.data,
							   o->dump_id, 0);
}
