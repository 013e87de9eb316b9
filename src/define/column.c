/*-------------------------------------------------------------------------
 *
 * column.c
 *	  Columns, their defaults, and CHECK constraints.
 *
 * These are read of the relations asked for and of their parents, as what a
 * child inherits is not written again.  A default or a constraint is an
 * object: part of its table's statement, or, where it cannot be, an entry of
 * its own.  What makes it one: it belongs to a view, its column is inherited,
 * the constraint is not validated, or it needs something that needs the table
 * (a sequence that the column owns, most of the time).
 *
 * From 18 on NOT NULL is a constraint with a name, which is written if it isn't
 * the usual one or if a comment needs it.  A child that has it from a parent
 * does not say it again, unless no parent's is valid.  One that is not valid
 * itself is an entry, as such a CHECK is.
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
#include "define/query.h"
#include "define/relation.h"
#include "define/quote.h"

#define BP_ATTRIBUTE_VERSION	"pg_attver="

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

static BpQuery defaults_query = {
	"SELECT a.oid, adrelid, adnum, pg_catalog.pg_get_expr(adbin, adrelid) "
	"FROM pg_catalog.unnest($1) AS src(tbloid) "
	"JOIN pg_catalog.pg_attrdef a ON src.tbloid OPERATOR(pg_catalog.=) a.adrelid "
	"ORDER BY a.adrelid, a.adnum"
};

static BpQuery checks_query = {
	"SELECT c.oid, conrelid, conname, pg_catalog.pg_get_constraintdef(c.oid), "
	"conislocal, convalidated "
	"FROM pg_catalog.unnest($1) AS src(tbloid) "
	"JOIN pg_catalog.pg_constraint c ON src.tbloid OPERATOR(pg_catalog.=) c.conrelid "
	"WHERE contype OPERATOR(pg_catalog.=) 'c' ORDER BY c.conrelid, c.conname"
};

/* The same of NOT NULL constraints, by their oids */
static BpQuery not_nulls_query = {
	"SELECT c.oid, conrelid, conname, pg_catalog.pg_get_constraintdef(c.oid), "
	"conislocal, convalidated "
	"FROM pg_catalog.unnest($1) AS src(conoid) "
	"JOIN pg_catalog.pg_constraint c ON src.conoid OPERATOR(pg_catalog.=) c.oid "
	"ORDER BY c.conrelid, c.conname"
};

static void write_default(BpDefine *d, BpObject *o);

bool
bp_column_is_written(const BpTable *t, const BpColumn *c)
{
	return !c->dropped && (c->local || t->ispartition);
}

/*
 * Attribute options, less the one that recent minor releases keep there for
 * themselves (a version of the row type), which their pg_dump hides.
 */
static char *
column_options(const BpRows *rows, int row)
{
	StringInfoData out;
	int			n;
	char	  **options = bp_row_array(rows, row, 9, &n);

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
	char	   *target = bp_row(rows, row, 3);

	c->name = bp_row_text(rows, row, 1);
	c->type = bp_row_text(rows, row, 2);
	c->statistics = target == NULL ? -1 : atoi(target);
	c->storage = bp_row_text(rows, row, 4)[0];
	c->type_storage = bp_row_text(rows, row, 5)[0];
	c->dropped = bp_row_bool(rows, row, 7);
	c->local = bp_row_bool(rows, row, 8);
	c->options = column_options(rows, row);
	c->coll_schema = bp_row(rows, row, 10);
	c->coll_name = bp_row(rows, row, 11);
	c->compression = bp_row_text(rows, row, 12)[0];
	c->identity = bp_row_text(rows, row, 13)[0];
	c->generated = bp_row_text(rows, row, 14)[0];
	c->fdw_options = bp_row_text(rows, row, 15);
	c->has_default = bp_row_bool(rows, row, 17);
}

static void
column_fill_not_null(const BpTable *t, BpColumn *c, const BpRows *rows,
					 int row)
{
	char	   *name = bp_row(rows, row, 6);

	c->not_null_oid = bp_row_oid(rows, row, 18);
	c->not_null_no_inherit = bp_row_bool(rows, row, 20);
	c->not_null_local = bp_row_bool(rows, row, 21);
	c->not_null_comment = bp_row_bool(rows, row, 22);
	if (name == NULL || !bp_row_bool(rows, row, 19))
		return;
	/* not cut to a name's length, as the server does: so does pg_dump */
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
		Oid			relid = bp_row_oid(rows, i, 0);
		BpTable    *t = bp_table_find(d, relid);
		int			first = i;

		while (i < rows->n && bp_row_oid(rows, i, 0) == relid)
			i++;
		t->ncolumns = i - first;
		t->columns = palloc0(sizeof(BpColumn) * t->ncolumns);
		for (int k = 0; k < t->ncolumns; k++)
		{
			column_fill(&t->columns[k], rows, first + k);
			column_fill_not_null(t, &t->columns[k], rows, first + k);
			t->has_column_acls |= bp_row_bool(rows, first + k, 16);
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
									OidIsValid(oid) ? AttrDefaultRelationId : InvalidOid,
									oid, t->schema, t->name, write_default);
	o->number = column + 1;
	o->owner = t->owner;
	o->info = def;
	/* there is no syntax for generated ones by themselves */
	o->separate = c->generated == '\0' &&
		(t->kind == RELKIND_VIEW || !bp_column_is_written(t, c));
	if (o->separate)
	{
		/* one that is in no catalog has nothing else to say so */
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
		BpTable    *t = bp_table_find(d, bp_row_oid(rows, i, 1));
		int			column = bp_row_int(rows, i, 2) - 1;

		if (column >= 0 && column < t->ncolumns && !t->columns[column].dropped)
			(void) default_make(d, t, column, bp_row_text(rows, i, 3),
								bp_row_oid(rows, i, 0));
	}
}

static BpCheck *
check_make(BpDefine *d, const BpRows *rows, int row, const char *desc)
{
	BpTable    *t = bp_table_find(d, bp_row_oid(rows, row, 1));
	BpCheck    *check = palloc0(sizeof(BpCheck));
	BpObject   *o;

	check->table = t;
	check->desc = desc;
	check->oid = bp_row_oid(rows, row, 0);
	check->name = bp_row_text(rows, row, 2);
	check->local = bp_row_bool(rows, row, 4);
	if (t->object == NULL)
		return check;
	check->def = bp_row_constraint(d, rows, row, 3,
								   bp_row_bool(rows, row, 5));
	check->object = o = bp_object_add(d, BP_OBJECT_CONSTRAINT,
									  ConstraintRelationId, check->oid,
									  t->schema, check->name,
									  bp_write_check);
	o->second_key = t->name;
	o->owner = t->owner;
	o->info = check;
	/* rows that it does not hold for must be loaded first */
	o->separate = !bp_row_bool(rows, row, 5);
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

/* NOT NULL constraints that are NOT VALID */
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

/* What a column has from parents, and need not, or must, say itself */
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
	/* or it would get the parent's */
	if (found_default && c->def == NULL)
		(void) default_make(d, t, column, "NULL", InvalidOid);
	if (same && !other && !t->ispartition && c->def != NULL)
		c->def->hidden = true;
	if (!BP_DEFINE_NOT_NULL_NAMED)
		c->not_null_local = !found_not_null;
	else if (!found_not_null)
		c->not_null_local = true;
}

/* In order of oid: what is made up for a parent counts for its children */
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
	/* a sequence's are no columns */
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

/* A default that is an entry of its own */
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
