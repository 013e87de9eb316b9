/*-------------------------------------------------------------------------
 *
 * index.c
 *	  Indexes, the constraints that they serve, and indexes of partitions.
 *
 * An index that serves a constraint has no entry: the constraint has one, and
 * creates the index.  Such an index is an object nevertheless, so that
 * depend.c finds the constraint if another object depends on the index.  An
 * index of a partition is created as an index of its own, and then attached
 * to the parent's.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/index.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "define/comment.h"
#include "define/extension.h"
#include "define/index.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/tables.h"

/* The columns of indexes_query */
enum
{
	INDEX_OID, INDEX_RELID, INDEX_NAME, INDEX_DEFN, INDEX_CLUSTERED,
	INDEX_REPLICA_IDENTITY, INDEX_TABLESPACE, INDEX_OPTIONS, INDEX_NKEYS,
	INDEX_NCOLUMNS, INDEX_NULLS_NOT_DISTINCT, INDEX_COLUMNS,
	INDEX_STAT_COLUMNS, INDEX_STAT_VALUES, INDEX_CON_OID, INDEX_CON_TYPE,
	INDEX_CON_NAME, INDEX_DEFERRABLE, INDEX_DEFERRED, INDEX_PERIOD,
	INDEX_CON_DEFN, INDEX_PARENT, INDEX_PARENT_NAME, INDEX_PARENT_SCHEMA,
	INDEX_PARENT_RELID
};

static BpQuery indexes_query = {
	"SELECT t.oid, i.indrelid, t.relname, pg_catalog.pg_get_indexdef(i.indexrelid), "
	"i.indisclustered, i.indisreplident, tsp.spcname, t.reloptions, "
	"i.indnkeyatts, i.indnatts, i.indnullsnotdistinct, "
	"pg_catalog.array_to_string(i.indkey, ' '), "
	"ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a "
	"WHERE a.attrelid OPERATOR(pg_catalog.=) i.indexrelid "
	"AND a.attstattarget OPERATOR(pg_catalog.>=) 0 ORDER BY a.attnum), "
	"ARRAY(SELECT a.attstattarget FROM pg_catalog.pg_attribute a "
	"WHERE a.attrelid OPERATOR(pg_catalog.=) i.indexrelid "
	"AND a.attstattarget OPERATOR(pg_catalog.>=) 0 ORDER BY a.attnum), "
	"c.oid, c.contype, c.conname, c.condeferrable, c.condeferred, "
	BP_DEFINE_CONPERIOD ", "
	"CASE WHEN c.contype OPERATOR(pg_catalog.=) 'x' THEN pg_catalog.pg_get_constraintdef(c.oid, false) END, "
	"inh.inhparent, pi.relname, pn.nspname, px.indrelid "
	"FROM pg_catalog.unnest($1) AS src(tbloid) "
	"JOIN pg_catalog.pg_index i ON src.tbloid OPERATOR(pg_catalog.=) i.indrelid "
	"JOIN pg_catalog.pg_class t ON t.oid OPERATOR(pg_catalog.=) i.indexrelid "
	"JOIN pg_catalog.pg_class t2 ON t2.oid OPERATOR(pg_catalog.=) i.indrelid "
	"LEFT JOIN pg_catalog.pg_constraint c ON i.indrelid OPERATOR(pg_catalog.=) c.conrelid "
	"AND i.indexrelid OPERATOR(pg_catalog.=) c.conindid "
	"AND c.contype OPERATOR(pg_catalog.=) ANY ('{p,u,x}'::pg_catalog.\"char\"[]) "
	"LEFT JOIN pg_catalog.pg_inherits inh ON inh.inhrelid OPERATOR(pg_catalog.=) i.indexrelid "
	"LEFT JOIN pg_catalog.pg_class pi ON pi.oid OPERATOR(pg_catalog.=) inh.inhparent "
	"LEFT JOIN pg_catalog.pg_index px ON px.indexrelid OPERATOR(pg_catalog.=) inh.inhparent "
	"LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid OPERATOR(pg_catalog.=) pi.relnamespace "
	"LEFT JOIN pg_catalog.pg_tablespace tsp ON tsp.oid OPERATOR(pg_catalog.=) t.reltablespace "
	"WHERE (i.indisvalid OR t2.relkind OPERATOR(pg_catalog.=) 'p') AND i.indisready "
	"ORDER BY i.indrelid, t.relname"
};

typedef struct BpIndex
{
	BpTable    *table;
	BpObject   *object;
	Oid			oid;
	char	   *name;
	char	   *qualified;
	char	   *def;
	bool		clustered;
	bool		replica_identity;
	char	   *tablespace;
	char	  **options;
	int			noptions;
	int			nkeys;			/* number of key columns; INCLUDE has the rest */
	int			ncolumns;
	char	  **columns;		/* quoted names; NULL for an expression */
	char	  **stat_columns;
	char	  **stat_values;
	int			nstats;
	bool		nulls_not_distinct;
	/* the constraint */
	BpObject   *constraint;		/* or NULL */
	Oid			con_oid;
	char		con_type;
	char	   *con_name;
	char	   *con_def;
	bool		deferrable;
	bool		deferred;
	bool		period;			/* the last column is WITHOUT OVERLAPS */
	/* the parent's index */
	Oid			parent;
	char	   *parent_qualified;
	BpTable    *parent_table;
	BpObject   *attach;			/* or NULL */
} BpIndex;

static void write_index(BpDefine *d, BpObject *o);
static void write_index_constraint(BpDefine *d, BpObject *o);
static void write_index_attach(BpDefine *d, BpObject *o);

/* Quoted names of the columns by their numbers; NULL for an expression */
static void
index_columns(BpIndex *x, const char *numbers)
{
	const char *p = numbers;

	x->columns = palloc0(sizeof(char *) * Max(1, x->ncolumns));
	for (int i = 0; i < x->ncolumns; i++)
	{
		char	   *end;
		int			n = strtol(p, &end, 10);

		p = end;
		if (n > 0 && n <= x->table->ncolumns)
			x->columns[i] = bp_name(x->table->columns[n - 1].name);
		else if (n < 0 && n > FirstLowInvalidHeapAttributeNumber)
			x->columns[i] = n == TableOidAttributeNumber ? "tableoid" : "ctid";
	}
}

static BpIndex *
index_make(BpDefine *d, const BpRows *rows, int i)
{
	BpIndex    *x = palloc0(sizeof(BpIndex));
	int			n;

	x->table = bp_table_find(d, bp_row_oid(rows, i, INDEX_RELID));
	x->oid = bp_row_oid(rows, i, INDEX_OID);
	x->name = bp_row_text(rows, i, INDEX_NAME);
	x->qualified = bp_qualified(x->table->schema, x->name);
	x->def = bp_row_text(rows, i, INDEX_DEFN);
	x->clustered = bp_row_bool(rows, i, INDEX_CLUSTERED);
	x->replica_identity = bp_row_bool(rows, i, INDEX_REPLICA_IDENTITY);
	x->tablespace = bp_row_text(rows, i, INDEX_TABLESPACE);
	x->options = bp_row_array(rows, i, INDEX_OPTIONS, &x->noptions);
	x->nkeys = bp_row_int(rows, i, INDEX_NKEYS);
	x->ncolumns = bp_row_int(rows, i, INDEX_NCOLUMNS);
	x->nulls_not_distinct = bp_row_bool(rows, i, INDEX_NULLS_NOT_DISTINCT);
	index_columns(x, bp_row_text(rows, i, INDEX_COLUMNS));
	x->stat_columns = bp_row_array(rows, i, INDEX_STAT_COLUMNS, &x->nstats);
	x->stat_values = bp_row_array(rows, i, INDEX_STAT_VALUES, &n);
	x->con_oid = bp_row_oid(rows, i, INDEX_CON_OID);
	x->con_type = bp_row_text(rows, i, INDEX_CON_TYPE)[0];
	x->con_name = bp_row_text(rows, i, INDEX_CON_NAME);
	x->deferrable = bp_row_bool(rows, i, INDEX_DEFERRABLE);
	x->deferred = bp_row_bool(rows, i, INDEX_DEFERRED);
	x->period = bp_row_bool(rows, i, INDEX_PERIOD);
	x->con_def = bp_row(rows, i, INDEX_CON_DEFN);
	x->parent = bp_row_oid(rows, i, INDEX_PARENT);
	if (OidIsValid(x->parent))
	{
		x->parent_qualified =
			bp_qualified(bp_row_text(rows, i, INDEX_PARENT_SCHEMA),
						 bp_row_text(rows, i, INDEX_PARENT_NAME));
		x->parent_table = bp_table_find(d, bp_row_oid(rows, i,
													  INDEX_PARENT_RELID));
	}
	return x;
}

static void
index_add_attach(BpDefine *d, BpIndex *x)
{
	BpTable    *t = x->table;
	BpObject   *o;

	if (!t->ispartition || !OidIsValid(x->parent) || x->parent_table == NULL)
		return;
	x->attach = o = bp_object_add(d, BP_OBJECT_INDEX_ATTACH, InvalidOid,
								  InvalidOid, t->schema, x->name,
								  write_index_attach);
	o->owner = x->parent_table->owner;
	o->info = x;
	bp_object_depends(o, x->object);
	bp_object_depends(o, t->object);
	bp_object_depends_on_id(o, RelationRelationId, x->parent);
	bp_object_depends_on_id(o, RelationRelationId, x->parent_table->oid);
	d->parent_indexes = lappend_oid(d->parent_indexes, x->parent);
}

/*
 * Unselected parents count, too: the indexes of selected partitions are
 * attached to the indexes of the parents.
 */
static bool
may_have_indexes(BpDefine *d, const BpTable *t)
{
	return t->has_index;
}

void
bp_read_indexes(BpDefine *d)
{
	int			n;
	Oid		   *oids = bp_tables_with(d, may_have_indexes, &n);
	BpRows	   *rows = bp_query(d, &indexes_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		BpIndex    *x = index_make(d, rows, i);
		BpTable    *t = x->table;

		d->indexes = lappend(d->indexes, x);
		if (t->object == NULL)
			continue;
		x->object = bp_object_add(d, BP_OBJECT_INDEX, RelationRelationId,
								  x->oid, t->schema, x->name, write_index);
		x->object->owner = t->owner;
		x->object->info = x;
		if (OidIsValid(x->con_oid))
		{
			x->object->separate = false;
			x->constraint = bp_object_add(d, BP_OBJECT_CONSTRAINT,
										  ConstraintRelationId, x->con_oid,
										  t->schema, x->con_name,
										  write_index_constraint);
			x->constraint->second_key = t->name;
			x->constraint->owner = t->owner;
			x->constraint->info = x;
		}
		index_add_attach(d, x);
	}
}

void
bp_depend_on_attached_indexes(BpDefine *d, BpObject *o, Oid index)
{
	ListCell   *lc;

	foreach(lc, d->indexes)
	{
		BpIndex    *x = lfirst(lc);

		if (x->parent != index || !x->table->ispartition ||
			x->parent_table == NULL)
			continue;
		if (x->attach != NULL)
			bp_object_depends(o, x->attach);
		else
		{
			/* the partition is not selected */
			bp_object_depends_on_id(o, RelationRelationId, x->oid);
			bp_object_depends_on_id(o, RelationRelationId, x->parent);
			bp_object_depends_on_id(o, RelationRelationId, x->table->oid);
			bp_object_depends_on_id(o, RelationRelationId, x->parent_table->oid);
			d->parent_indexes = lappend_oid(d->parent_indexes, x->oid);
			d->parent_indexes = lappend_oid(d->parent_indexes, x->parent);
		}
		bp_depend_on_attached_indexes(d, o, x->oid);
	}
}

static void
put_cluster(StringInfo sql, const BpIndex *x)
{
	if (x->clustered)
		appendStringInfo(sql, "\nALTER TABLE %s CLUSTER ON %s;\n",
						 x->table->qualified, bp_name(x->name));
}

static void
put_identity(StringInfo sql, const BpIndex *x)
{
	if (x->replica_identity)
		appendStringInfo(sql, "\nALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %s;\n",
						 x->table->qualified, bp_name(x->name));
}

static void
write_index_comment(BpDefine *d, BpIndex *x, int dep)
{
	BpEntryTarget target = bp_object_target(x->object, "INDEX",
											bp_name(x->name));

	target.dep = dep;
	bp_write_comment(d, &target);
}

static void
write_index(BpDefine *d, BpObject *o)
{
	BpIndex    *x = o->info;
	StringInfoData sql;
	BpTocEntry *e;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s;\n", x->def);
	put_cluster(&sql, x);
	for (int i = 0; i < x->nstats; i++)
		appendStringInfo(&sql, "ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s;\n",
						 x->qualified, x->stat_columns[i], x->stat_values[i]);
	bp_put_depends_on_extension(d, &sql, RelationRelationId, x->oid, "INDEX",
								x->qualified);
	put_identity(&sql, x);
	/* dropping the partitioned index drops an attached one, too */
	e = bp_object_entry(d, o, "INDEX", x->name, BP_SECTION_POST_DATA, sql.data,
						OidIsValid(x->parent) ? "" :
						psprintf("DROP INDEX %s;\n", x->qualified));
	e->tablespace = x->tablespace;
	write_index_comment(d, x, o->dump_id);
}

static void
put_key_columns(StringInfo sql, const BpIndex *x, int from, int to)
{
	for (int i = from; i < to && x->columns[i] != NULL; i++)
		appendStringInfo(sql, "%s%s", i > from ? ", " : "", x->columns[i]);
}

/* PRIMARY KEY (…) and UNIQUE (…) */
static void
put_key(StringInfo sql, const BpIndex *x)
{
	appendStringInfoString(sql, x->con_type == CONSTRAINT_PRIMARY ?
						   "PRIMARY KEY" : "UNIQUE");
	if (x->nulls_not_distinct && x->con_type != CONSTRAINT_PRIMARY)
		appendStringInfoString(sql, " NULLS NOT DISTINCT");
	appendStringInfoString(sql, " (");
	put_key_columns(sql, x, 0, x->nkeys);
	if (x->period)
		appendStringInfoString(sql, " WITHOUT OVERLAPS");
	if (x->nkeys < x->ncolumns)
		appendStringInfoString(sql, ") INCLUDE (");
	put_key_columns(sql, x, x->nkeys, x->ncolumns);
	appendStringInfoChar(sql, ')');
	if (x->noptions > 0)
	{
		appendStringInfoString(sql, " WITH (");
		bp_put_options(sql, "", x->options, x->noptions);
		appendStringInfoChar(sql, ')');
	}
	if (x->deferrable)
		appendStringInfoString(sql, x->deferred ?
							   " DEFERRABLE INITIALLY DEFERRED" :
							   " DEFERRABLE");
}

static void
write_index_constraint(BpDefine *d, BpObject *o)
{
	BpIndex    *x = o->info;
	BpTable    *t = x->table;
	const char *foreign = bp_table_foreign(t);
	char	   *name = bp_name(x->con_name);
	StringInfoData sql;
	BpTocEntry *e;

	initStringInfo(&sql);
	appendStringInfo(&sql, "ALTER %sTABLE ONLY %s\n    ADD CONSTRAINT %s ",
					 foreign, t->qualified, name);
	if (x->con_def != NULL)
		appendStringInfoString(&sql, x->con_def);
	else
		put_key(&sql, x);
	appendStringInfoString(&sql, ";\n");
	put_cluster(&sql, x);
	put_identity(&sql, x);
	bp_put_depends_on_extension(d, &sql, RelationRelationId, x->oid, "INDEX",
								x->qualified);
	e = bp_object_entry(d, o, "CONSTRAINT",
						psprintf("%s %s", t->name, x->con_name),
						BP_SECTION_POST_DATA, sql.data,
						psprintf("ALTER %sTABLE ONLY %s DROP CONSTRAINT %s;\n",
								 foreign, t->qualified, name));
	e->tablespace = x->tablespace;
	bp_write_constraint_comment(d, x->con_oid, x->con_name, t->schema, t->name,
								t->owner, o->dump_id);
	write_index_comment(d, x, o->dump_id);
}

static void
write_index_attach(BpDefine *d, BpObject *o)
{
	BpIndex    *x = o->info;

	bp_object_entry(d, o, "INDEX ATTACH", x->name, BP_SECTION_POST_DATA,
					psprintf("ALTER INDEX %s ATTACH PARTITION %s;\n",
							 x->parent_qualified, x->qualified), NULL);
}
