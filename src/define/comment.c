/*-------------------------------------------------------------------------
 *
 * comment.c
 *	  Entries for comments and security labels.
 *
 * Comments and labels are found by catalog, oid and, for columns, column
 * number.  Their entries come after the object's own entry and depend on it
 * alone.  Each comment has an entry of its own.  All labels of an object
 * share one entry; so do all labels of a table and its columns.
 *
 * pg_dump reads labels in order of object and column only.  If two providers
 * have labelled the same object, the order of the two labels depends on the
 * plan of pg_dump's query, so such an object is refused.
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
#include "catalog/pg_constraint.h"
#include "catalog/pg_description.h"
#include "catalog/pg_seclabel.h"
#include "catalog/scan.h"
#include "define/comment.h"
#include "define/quote.h"

/* Writes COMMENT ON name IS text. */
static void
write_comment_entry(BpDefine *d, const BpEntryTarget *target,
					const char *name, const char *tag, const char *text)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "COMMENT ON %s IS ", name);
	bp_put_literal(&sql, text);
	appendStringInfoString(&sql, ";\n");
	bp_add_dependent_entry(d, target, "COMMENT", tag, BP_SECTION_NONE,
						   sql.data, 0);
	pfree(sql.data);
}

static void
put_label(StringInfo out, const char *provider, const char *name,
		  const char *label)
{
	appendStringInfoString(out, "SECURITY LABEL FOR ");
	bp_put_name(out, provider);
	appendStringInfo(out, " ON %s IS ", name);
	bp_put_literal(out, label);
	appendStringInfoString(out, ";\n");
}

/* The target as in COMMENT ON: "type schema.name" */
static char *
full_name(const BpEntryTarget *target)
{
	if (target->schema == NULL)
		return psprintf("%s %s", target->type, target->qname);
	return psprintf("%s %s.%s", target->type, bp_name(target->schema),
					target->qname);
}

/* The target as in tags: "type name" */
static char *
tag_name(const BpEntryTarget *target)
{
	return psprintf("%s %s", target->type, target->qname);
}

/* "COLUMN table.column", the table with its schema or without */
static char *
column_name(const BpObject *o, bool qualified, const char *attname)
{
	return psprintf("COLUMN %s.%s",
					qualified ? bp_qualified(o->schema, o->name) :
					bp_name(o->name), bp_name(attname));
}

void
bp_write_comment(BpDefine *d, const BpEntryTarget *target)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&s, Anum_pg_description_objoid, target->oid);
	bp_catalog_key_oid(&s, Anum_pg_description_classoid, target->classid);
	bp_catalog_key_int4(&s, Anum_pg_description_objsubid, target->subid);
	bp_catalog_begin(&s, DescriptionRelationId, DescriptionObjIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&s);
	if (HeapTupleIsValid(tuple))
		write_comment_entry(d, target, full_name(target), tag_name(target),
							bp_catalog_text(&s, tuple,
											Anum_pg_description_description));
	bp_catalog_end(&s);
}

void
bp_write_constraint_comment(BpDefine *d, Oid constraint, const char *name,
							const char *schema, const char *table,
							const char *owner, int dep)
{
	BpEntryTarget target = {.classid = ConstraintRelationId,
		.oid = constraint,.schema = schema,.owner = owner,.dep = dep};

	target.type = psprintf("CONSTRAINT %s ON", bp_name(name));
	target.qname = bp_name(table);
	bp_write_comment(d, &target);
}

void
bp_write_label(BpDefine *d, const BpEntryTarget *target)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;
	StringInfoData sql = {0};
	int			n = 0;

	bp_catalog_key_oid(&s, Anum_pg_seclabel_objoid, target->oid);
	bp_catalog_key_oid(&s, Anum_pg_seclabel_classoid, target->classid);
	bp_catalog_key_int4(&s, Anum_pg_seclabel_objsubid, target->subid);
	bp_catalog_begin(&s, SecLabelRelationId, SecLabelObjectIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		if (n++ == 0)
			initStringInfo(&sql);
		put_label(&sql,
				  bp_catalog_text(&s, tuple, Anum_pg_seclabel_provider),
				  full_name(target),
				  bp_catalog_text(&s, tuple, Anum_pg_seclabel_label));
	}
	bp_catalog_end(&s);
	if (n > 1)
		bp_refuse(d, psprintf("%s has security labels of %d providers",
							  full_name(target), n));
	else if (n == 1)
		bp_add_dependent_entry(d, target, "SECURITY LABEL", tag_name(target),
							   BP_SECTION_NONE, sql.data, 0);
}

/*
 * Writes comments in order of column number; the relation itself has number
 * 0.
 */
void
bp_write_table_comments(BpDefine *d, BpObject *o, const char *type,
						char **attnames, int natts)
{
	BpEntryTarget target = bp_object_target(o, type, bp_name(o->name));
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

		/* pg_dump does not write comments on system columns */
		if (subid < 0 || subid > natts)
			continue;
		if (subid > 0)
			write_comment_entry(d, &target,
								column_name(o, true, attnames[subid - 1]),
								column_name(o, false, attnames[subid - 1]),
								text);
		else
			write_comment_entry(d, &target, full_name(&target),
								tag_name(&target), text);
	}
	bp_catalog_end(&s);
}

/*
 * The name of a column.  Unlike comments on system columns, labels on them
 * are written.
 */
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
	BpEntryTarget target = bp_object_target(o, type, bp_name(o->name));
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
				  subid == 0 ? full_name(&target) :
				  column_name(o, true, attname),
				  bp_catalog_text(&s, tuple, Anum_pg_seclabel_label));
	}
	bp_catalog_end(&s);
	if (sql.data != NULL)
		bp_add_dependent_entry(d, &target, "SECURITY LABEL", tag_name(&target),
							   BP_SECTION_NONE, sql.data, 0);
}
