/*-------------------------------------------------------------------------
 *
 * column.c
 *	  Columns, their defaults, and CHECK constraints.
 *
 * These are read for the selected tables and for their parents, since what a
 * child inherits is not written again.  Each default and each constraint is
 * an object.  Normally it is part of its table's statement.  It is separate,
 * with an entry of its own, if it belongs to a view, if its column is
 * inherited, if the constraint is not validated, or if it depends on
 * something that depends on the table (mostly a sequence that the column
 * owns).
 *
 * From 18 on NOT NULL is a constraint with a name, which is written if it
 * isn't the default name or if the constraint has a comment.  A child that
 * inherits the constraint does not repeat it, unless no parent's constraint
 * is valid.  A NOT NULL constraint that is NOT VALID is separate, like such a
 * CHECK constraint.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/column.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "define/column.h"
#include "define/constraint.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/tables.h"

#define BP_ATTRIBUTE_VERSION	"pg_attver="

/* The columns of columns_query; the last five are BP_NOT_NULL_VALUES. */
enum
{
	COLUMN_RELID, COLUMN_NAME, COLUMN_TYPE, COLUMN_STATISTICS, COLUMN_STORAGE,
	COLUMN_TYPE_STORAGE, COLUMN_NOT_NULL, COLUMN_DROPPED, COLUMN_LOCAL,
	COLUMN_OPTIONS, COLUMN_COLL_SCHEMA, COLUMN_COLL_NAME, COLUMN_COMPRESSION,
	COLUMN_IDENTITY, COLUMN_GENERATED, COLUMN_FDW_OPTIONS, COLUMN_HAS_ACL,
	COLUMN_HAS_DEFAULT, COLUMN_NOT_NULL_OID, COLUMN_NOT_NULL_VALID,
	COLUMN_NOT_NULL_NO_INHERIT, COLUMN_NOT_NULL_LOCAL, COLUMN_NOT_NULL_COMMENT
};

static BpQuery columns_query = {
	"SELECT a.attrelid, a.attname, pg_catalog.format_type(t.oid, a.atttypmod), "
	"a.attstattarget, a.attstorage, t.typstorage, " BP_NOT_NULL_NAME ", a.attisdropped, "
	"a.attislocal, a.attoptions, "
	"n.nspname, c.collname, a.attcompression, a.attidentity, a.attgenerated, "
	"pg_catalog.array_to_string(ARRAY("
	"SELECT pg_catalog.quote_ident(option_name) OPERATOR(pg_catalog.||) ' ' "
	"OPERATOR(pg_catalog.||) pg_catalog.quote_literal(option_value) "
	"FROM pg_catalog.pg_options_to_table(a.attfdwoptions) "
	"ORDER BY option_name), E',\\n    '), a.attacl IS NOT NULL, a.atthasdef, "
	BP_NOT_NULL_VALUES
	"FROM pg_catalog.unnest($1) AS src(tbloid) "
	"JOIN pg_catalog.pg_attribute a ON src.tbloid OPERATOR(pg_catalog.=) a.attrelid "
	"LEFT JOIN pg_catalog.pg_type t ON a.atttypid OPERATOR(pg_catalog.=) t.oid "
	"LEFT JOIN pg_catalog.pg_collation c ON a.attcollation OPERATOR(pg_catalog.<>) t.typcollation "
	"AND c.oid OPERATOR(pg_catalog.=) a.attcollation "
	"LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.collnamespace "
	BP_NOT_NULL_JOIN
	"WHERE a.attnum OPERATOR(pg_catalog.>) 0 ORDER BY a.attrelid, a.attnum"
};

enum
{
	DEFAULT_OID, DEFAULT_RELID, DEFAULT_ATTNUM, DEFAULT_EXPR
};

static BpQuery defaults_query = {
	"SELECT a.oid, adrelid, adnum, pg_catalog.pg_get_expr(adbin, adrelid) "
	"FROM pg_catalog.unnest($1) AS src(tbloid) "
	"JOIN pg_catalog.pg_attrdef a ON src.tbloid OPERATOR(pg_catalog.=) a.adrelid "
	"ORDER BY a.adrelid, a.adnum"
};

/* The columns of checks_query and not_nulls_query */
enum
{
	CHECK_OID, CHECK_RELID, CHECK_NAME, CHECK_DEFN, CHECK_LOCAL, CHECK_VALID
};

static BpQuery checks_query = {
	"SELECT c.oid, conrelid, conname, pg_catalog.pg_get_constraintdef(c.oid), "
	"conislocal, convalidated "
	"FROM pg_catalog.unnest($1) AS src(tbloid) "
	"JOIN pg_catalog.pg_constraint c ON src.tbloid OPERATOR(pg_catalog.=) c.conrelid "
	"WHERE contype OPERATOR(pg_catalog.=) 'c' ORDER BY c.conrelid, c.conname"
};

/* The same columns for NOT NULL constraints; $1 has the constraints' oids */
static BpQuery not_nulls_query = {
	"SELECT c.oid, conrelid, conname, pg_catalog.pg_get_constraintdef(c.oid), "
	"conislocal, convalidated "
	"FROM pg_catalog.unnest($1) AS src(conoid) "
	"JOIN pg_catalog.pg_constraint c ON src.conoid OPERATOR(pg_catalog.=) c.oid "
	"ORDER BY c.conrelid, c.conname"
};

static void write_default(BpDefine *d, BpObject *o);

/*
 * Attribute options, except the one that recent minor releases use internally
 * (a version of the row type), which their pg_dump does not write either.
 */
static char *
column_options(const BpRows *rows, int row)
{
	StringInfoData out;
	int			n;
	char	  **options = bp_row_array(rows, row, COLUMN_OPTIONS, &n);

	initStringInfo(&out);
	for (int i = 0; i < n; i++)
		if (strncmp(options[i], BP_ATTRIBUTE_VERSION,
					strlen(BP_ATTRIBUTE_VERSION)) != 0)
			appendStringInfo(&out, "%s%s", out.len > 0 ? ", " : "",
							 options[i]);
	return out.data;
}

static void
column_fill(BpColumn *c, const BpRows *rows, int row)
{
	char	   *target = bp_row(rows, row, COLUMN_STATISTICS);

	c->name = bp_row_text(rows, row, COLUMN_NAME);
	c->type = bp_row_text(rows, row, COLUMN_TYPE);
	c->statistics = target == NULL ? -1 : atoi(target);
	c->storage = bp_row_text(rows, row, COLUMN_STORAGE)[0];
	c->type_storage = bp_row_text(rows, row, COLUMN_TYPE_STORAGE)[0];
	c->dropped = bp_row_bool(rows, row, COLUMN_DROPPED);
	c->local = bp_row_bool(rows, row, COLUMN_LOCAL);
	c->options = column_options(rows, row);
	c->coll_schema = bp_row(rows, row, COLUMN_COLL_SCHEMA);
	c->coll_name = bp_row(rows, row, COLUMN_COLL_NAME);
	c->compression = bp_row_text(rows, row, COLUMN_COMPRESSION)[0];
	c->identity = bp_row_text(rows, row, COLUMN_IDENTITY)[0];
	c->generated = bp_row_text(rows, row, COLUMN_GENERATED)[0];
	c->fdw_options = bp_row_text(rows, row, COLUMN_FDW_OPTIONS);
	c->has_default = bp_row_bool(rows, row, COLUMN_HAS_DEFAULT);
}

static void
column_fill_not_null(const BpTable *t, BpColumn *c, const BpRows *rows,
					 int row)
{
	char	   *name = bp_row(rows, row, COLUMN_NOT_NULL);

	c->not_null_oid = bp_row_oid(rows, row, COLUMN_NOT_NULL_OID);
	c->not_null_no_inherit = bp_row_bool(rows, row,
										 COLUMN_NOT_NULL_NO_INHERIT);
	c->not_null_local = bp_row_bool(rows, row, COLUMN_NOT_NULL_LOCAL);
	c->not_null_comment = bp_row_bool(rows, row, COLUMN_NOT_NULL_COMMENT);
	if (name == NULL || !bp_row_bool(rows, row, COLUMN_NOT_NULL_VALID))
		return;
	/*
	 * the server truncates the default name to NAMEDATALEN, pg_dump does not
	 */
	if (!c->not_null_comment &&
		strcmp(name, psprintf("%s_%s_not_null", t->name, c->name)) == 0)
		name = "";
	c->not_null = pstrdup(name);
}

static void
read_columns(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &columns_query, oids, n);

	for (int i = 0; i < rows->n;)
	{
		Oid			relid = bp_row_oid(rows, i, COLUMN_RELID);
		BpTable    *t = bp_table_find(d, relid);
		int			first = i;

		while (i < rows->n && bp_row_oid(rows, i, COLUMN_RELID) == relid)
			i++;
		t->ncolumns = i - first;
		t->columns = palloc0(sizeof(BpColumn) * t->ncolumns);
		for (int k = 0; k < t->ncolumns; k++)
		{
			column_fill(&t->columns[k], rows, first + k);
			column_fill_not_null(t, &t->columns[k], rows, first + k);
			t->has_column_acls |= bp_row_bool(rows, first + k, COLUMN_HAS_ACL);
		}
	}
}

static BpDefault *
default_make(BpDefine *d, BpTable *t, int column, char *expr, Oid oid)
{
	BpDefault  *def = palloc0(sizeof(BpDefault));
	BpColumn   *c = &t->columns[column];
	BpObject   *o;

	def->table = t;
	def->column = column;
	def->expr = expr;
	c->def = def;
	if (t->object == NULL)
		return def;
	def->object = o = bp_object_add(d, BP_OBJECT_DEFAULT,
									OidIsValid(oid) ? AttrDefaultRelationId :
									InvalidOid,
									oid, t->schema, t->name, write_default);
	o->number = column + 1;
	o->owner = t->owner;
	o->info = def;
	/* a generating expression cannot be added by ALTER TABLE */
	o->separate = c->generated == '\0' &&
		(t->kind == RELKIND_VIEW || !bp_column_is_written(t, c));
	if (o->separate)
	{
		/* a default that is in no catalog has no row in pg_depend */
		if (!OidIsValid(oid))
			bp_object_depends(o, t->object);
		return def;
	}
	o->part_of = t->object;
	o->may_split = c->generated == '\0';
	bp_object_depends(t->object, o);
	return def;
}

static void
read_defaults(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &defaults_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		BpTable    *t = bp_table_find(d, bp_row_oid(rows, i, DEFAULT_RELID));
		int			column = bp_row_int(rows, i, DEFAULT_ATTNUM) - 1;

		if (column >= 0 && column < t->ncolumns && !t->columns[column].dropped)
			(void) default_make(d, t, column,
								bp_row_text(rows, i, DEFAULT_EXPR),
								bp_row_oid(rows, i, DEFAULT_OID));
	}
}

static BpCheck *
check_make(BpDefine *d, const BpRows *rows, int row, const char *desc)
{
	BpTable    *t = bp_table_find(d, bp_row_oid(rows, row, CHECK_RELID));
	BpCheck    *check = palloc0(sizeof(BpCheck));
	BpObject   *o;

	check->table = t;
	check->desc = desc;
	check->oid = bp_row_oid(rows, row, CHECK_OID);
	check->name = bp_row_text(rows, row, CHECK_NAME);
	check->local = bp_row_bool(rows, row, CHECK_LOCAL);
	if (t->object == NULL)
		return check;
	check->def = bp_row_constraint(d, rows, row, CHECK_DEFN,
								   bp_row_bool(rows, row, CHECK_VALID));
	check->object = o = bp_object_add(d, BP_OBJECT_CONSTRAINT,
									  ConstraintRelationId, check->oid,
									  t->schema, check->name,
									  bp_write_check);
	o->second_key = t->name;
	o->owner = t->owner;
	o->info = check;
	/*
	 * rows that violate a NOT VALID constraint must be loaded before the
	 * constraint is added
	 */
	o->separate = !bp_row_bool(rows, row, CHECK_VALID);
	if (!o->separate)
	{
		o->part_of = t->object;
		o->may_split = true;
		bp_object_depends(t->object, o);
	}
	return check;
}

static void
read_checks(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &checks_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		BpCheck    *check = check_make(d, rows, i, "CHECK CONSTRAINT");

		check->table->checks = lappend(check->table->checks, check);
	}
}

/* Reads NOT NULL constraints that are NOT VALID. */
static void
read_not_nulls(BpDefine *d)
{
	List	   *oids = NIL;
	BpRows	   *rows;
	Oid		   *array;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);

		for (int i = 0; t->object != NULL && i < t->ncolumns; i++)
			if (OidIsValid(t->columns[i].not_null_oid) &&
				t->columns[i].not_null == NULL)
				oids = lappend_oid(oids, t->columns[i].not_null_oid);
	}
	array = palloc(sizeof(Oid) * Max(1, list_length(oids)));
	foreach(lc, oids)
		array[n++] = lfirst_oid(lc);
	rows = bp_query(d, &not_nulls_query, array, n);
	for (int i = 0; i < rows->n; i++)
		(void) check_make(d, rows, i, "CONSTRAINT");
}

static BpColumn *
column_find(BpTable *t, const char *name)
{
	for (int i = 0; i < t->ncolumns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

/*
 * Compares a column with those of the same name in the parents, to find out
 * what it inherits and what CREATE TABLE must repeat.
 */
static void
column_inherit(BpDefine *d, BpTable *t, int column)
{
	BpColumn   *c = &t->columns[column];
	bool		found_default = false;
	bool		found_not_null = false;
	bool		same = false;
	bool		other = false;
	ListCell   *lc;

	foreach(lc, t->parents)
	{
		BpColumn   *p = column_find(lfirst(lc), c->name);

		if (p == NULL)
			continue;
		found_not_null |= p->not_null != NULL;
		found_default |= p->def != NULL && p->generated == '\0' &&
			(BP_DEFINE_INHERITS_NULL || strcmp(p->def->expr, "NULL") != 0);
		if (p->generated == '\0')
			continue;
		if (BP_DEFINE_GENERATED_ALIKE ||
			(p->def != NULL && c->def != NULL &&
			 strcmp(p->def->expr, c->def->expr) == 0))
			same = true;
		else
			other = true;
	}
	/* without DEFAULT NULL the column would get the parent's default */
	if (found_default && c->def == NULL)
		(void) default_make(d, t, column, "NULL", InvalidOid);
	if (same && !other && !t->ispartition && c->def != NULL)
		c->def->hidden = true;
	if (!BP_DEFINE_NOT_NULL_NAMED)
		c->not_null_local = !found_not_null;
	else if (!found_not_null)
		c->not_null_local = true;
}

/*
 * Compares all columns with those of the parents, in order of the tables'
 * oids, since a default that is added to a parent counts for its children.
 */
static void
inherit(BpDefine *d)
{
	ListCell   *lc;

	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);

		if (t->object == NULL || t->parents == NIL)
			continue;
		for (int i = 0; i < t->ncolumns; i++)
			if (!t->columns[i].dropped)
				column_inherit(d, t, i);
	}
}

static bool
has_default(BpDefine *d, const BpTable *t)
{
	for (int i = 0; i < t->ncolumns; i++)
		if (t->columns[i].has_default)
			return true;
	return false;
}

static bool
has_columns(BpDefine *d, const BpTable *t)
{
	/* the columns of a sequence are not written */
	return t->kind != RELKIND_SEQUENCE;
}

static bool
has_checks(BpDefine *d, const BpTable *t)
{
	return t->has_checks;
}

static void
read_of(BpDefine *d, void (*reader) (BpDefine *d, const Oid *oids, int n),
		BpTableTestFn has)
{
	int			n;
	Oid		   *oids = bp_tables_with(d, has, &n);

	reader(d, oids, n);
	pfree(oids);
}

void
bp_read_columns(BpDefine *d)
{
	read_of(d, read_columns, has_columns);
	read_of(d, read_defaults, has_default);
	read_of(d, read_checks, has_checks);
	read_not_nulls(d);
	inherit(d);
}

/* Writes a default that is separate. */
static void
write_default(BpDefine *d, BpObject *o)
{
	BpDefault  *def = o->info;
	BpTable    *t = def->table;
	BpColumn   *c = &t->columns[def->column];
	StringInfoData sql;
	StringInfoData drop;

	initStringInfo(&sql);
	appendStringInfo(&sql, "ALTER %sTABLE ONLY %s ALTER COLUMN ",
					 bp_table_foreign(t), t->qualified);
	bp_put_name(&sql, c->name);
	appendStringInfo(&sql, " SET DEFAULT %s;\n", def->expr);
	initStringInfo(&drop);
	appendStringInfo(&drop, "ALTER %sTABLE %s ALTER COLUMN ",
					 bp_table_foreign(t), t->qualified);
	bp_put_name(&drop, c->name);
	appendStringInfoString(&drop, " DROP DEFAULT;\n");
	bp_object_entry(d, o, "DEFAULT", psprintf("%s %s", t->name, c->name),
					BP_SECTION_PRE_DATA, sql.data, drop.data);
}
