/*-------------------------------------------------------------------------
 *
 * relstats.c
 *	  Entries with the planner's statistics: STATISTICS DATA.
 *
 * pg_dump --statistics (18 and later) writes an entry for each selected
 * table, materialized view and foreign table, and for each index of a table
 * that it reads, selected or not: it also reads parents of selected tables,
 * tables that own a selected sequence, and configuration tables of
 * extensions.  An entry has the numbers of pg_class and the rows of pg_stats
 * that the task's owner may read.
 *
 * The statistics of a table come between its data and the boundary after
 * data, those of an index after the index.  REFRESH removes statistics, so
 * those of a materialized view that is refreshed come after the REFRESH.
 *
 * The entry's dump id is not that of its BpObject.  The entry depends on
 * everything that the BpObject was made to depend on, including boundaries
 * and objects without an entry.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/relstats.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "define/object.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/relstats.h"
#include "define/tables.h"
#include "define/view.h"
#include "utils/guc.h"

enum
{
	RELSTATS_OID, RELSTATS_SCHEMA, RELSTATS_NAME, RELSTATS_PAGES,
	RELSTATS_TUPLES, RELSTATS_VISIBLE, RELSTATS_FROZEN, RELSTATS_CONSTRAINT,
	RELSTATS_COLUMNS
};

#define BP_RELSTATS_NUMBERS \
	"c.relname, c.relpages, c.reltuples, c.relallvisible, c.relallfrozen, "

static BpQuery table_relstats_query = {
	"SELECT c.oid, n.nspname, " BP_RELSTATS_NUMBERS "0, NULL "
	"FROM pg_catalog.pg_class c "
	"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
	"WHERE c.oid = ANY ($1) ORDER BY c.oid"
};

/*
 * An index is in its table's schema.  The names of its columns are read only
 * if it has an expression.
 */
static BpQuery index_relstats_query = {
	"SELECT c.oid, n.nspname, " BP_RELSTATS_NUMBERS "con.oid, "
	"CASE WHEN i.indexprs IS NOT NULL THEN ARRAY("
	"SELECT a.attname FROM pg_catalog.pg_attribute a "
	"WHERE a.attrelid = i.indexrelid ORDER BY a.attnum) END "
	"FROM pg_catalog.pg_index i "
	"JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
	"JOIN pg_catalog.pg_class t ON t.oid = i.indrelid "
	"JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace "
	"LEFT JOIN pg_catalog.pg_constraint con ON con.conrelid = i.indrelid "
	"AND con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x') "
	"WHERE i.indrelid = ANY ($1) AND i.indisready "
	"AND (i.indisvalid OR t.relkind = 'p') ORDER BY c.oid"
};

/*
 * OFFSET 0 keeps the comparison of names inside the subquery, so that rows
 * are found by index.
 */
static BpQuery attribute_stats_query = {
	"SELECT c.oid, s.* FROM pg_catalog.pg_class c "
	"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
	"CROSS JOIN LATERAL (SELECT st.attname, st.inherited, st.null_frac, "
	"st.avg_width, st.n_distinct, st.most_common_vals, st.most_common_freqs, "
	"st.histogram_bounds, st.correlation, st.most_common_elems, "
	"st.most_common_elem_freqs, st.elem_count_histogram, "
	"st.range_length_histogram, st.range_empty_frac, "
	"st.range_bounds_histogram FROM pg_catalog.pg_stats st "
	"WHERE st.schemaname = n.nspname AND st.tablename = c.relname OFFSET 0) s "
	"WHERE c.oid = ANY ($1) ORDER BY c.oid, s.attname, s.inherited"
};

/* The columns of that query after the name, and their types */
static const struct
{
	const char *name;
	const char *type;
}			attribute_stats_columns[] =
{
	{"inherited", "boolean"},
	{"null_frac", "real"},
	{"avg_width", "integer"},
	{"n_distinct", "real"},
	{"most_common_vals", "text"},
	{"most_common_freqs", "real[]"},
	{"histogram_bounds", "text"},
	{"correlation", "real"},
	{"most_common_elems", "text"},
	{"most_common_elem_freqs", "real[]"},
	{"elem_count_histogram", "real[]"},
	{"range_length_histogram", "text"},
	{"range_empty_frac", "real"},
	{"range_bounds_histogram", "text"}
};

#define BP_ATTRIBUTE_OID	0
#define BP_ATTRIBUTE_NAME	1
#define BP_ATTRIBUTE_FIRST	2

/* BpObject.info: the statistics of one relation */
typedef struct BpRelstats
{
	const BpRows *rows;			/* of one of the first two queries */
	int			row;
	BpRows	   *attributes;
	int			section;
	int			ndeps;
	int			deps[4];
} BpRelstats;

/* The oid that a row begins with */
static Oid
row_values_oid(const void *row)
{
	const char *value = *(char *const *) row;

	return value == NULL ? InvalidOid : (Oid) strtoul(value, NULL, 10);
}

static int
row_compare(const void *key, const void *row)
{
	Oid			x = *(const Oid *) key;
	Oid			y = row_values_oid(row);

	return x < y ? -1 : x > y;
}

/* The first row of attribute_stats_query with this oid; rows->n if none */
static int
relstats_first(const BpRows *rows, Oid oid)
{
	Size		size = rows->ncols * sizeof(char *);
	char	  **found = rows->n == 0 ? NULL :
		bsearch(&oid, rows->values, rows->n, size, row_compare);
	int			row;

	if (found == NULL)
		return rows->n;
	row = (found - rows->values) / rows->ncols;
	while (row > 0 && bp_row_oid(rows, row - 1, BP_ATTRIBUTE_OID) == oid)
		row--;
	return row;
}

static void
put_relstats_names(StringInfo sql, const BpObject *o)
{
	appendStringInfo(sql, "\t'version', '%s'::integer,\n\t'schemaname', ",
					 GetConfigOption("server_version_num", false, false));
	bp_put_literal(sql, o->schema);
	appendStringInfoString(sql, ",\n\t'relname', ");
	bp_put_literal(sql, o->name);
}

static void
put_relstats_numbers(StringInfo sql, const BpObject *o)
{
	const BpRelstats *r = o->info;

	appendStringInfoString(sql, "SELECT * FROM pg_catalog.pg_restore_relation_stats(\n");
	put_relstats_names(sql, o);
	appendStringInfo(sql, ",\n\t'relpages', '%s'::integer,\n",
					 bp_row_text(r->rows, r->row, RELSTATS_PAGES));
	appendStringInfo(sql, "\t'reltuples', '%s'::real,\n",
					 bp_row_text(r->rows, r->row, RELSTATS_TUPLES));
	appendStringInfo(sql, "\t'relallvisible', '%s'::integer,\n",
					 bp_row_text(r->rows, r->row, RELSTATS_VISIBLE));
	appendStringInfo(sql, "\t'relallfrozen', '%s'::integer\n);\n",
					 bp_row_text(r->rows, r->row, RELSTATS_FROZEN));
}

/*
 * Identifies a column by its name or, in an index with expressions, by its
 * number: the column names of such an index may differ after a restore.
 */
static void
put_relstats_column(BpDefine *d, StringInfo sql, const BpObject *o,
					const char *name)
{
	const BpRelstats *r = o->info;
	int			n;
	char	  **names = bp_row_array(r->rows, r->row, RELSTATS_COLUMNS, &n);

	if (n == 0)
	{
		appendStringInfoString(sql, ",\n\t'attname', ");
		bp_put_literal(sql, name);
		return;
	}
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
		{
			appendStringInfo(sql, ",\n\t'attnum', '%d'::smallint", i + 1);
			return;
		}
	bp_refuse(d, psprintf("the statistics of index %s name a column that it does not have",
						  o->name));
}

static void
put_attribute_stats(BpDefine *d, StringInfo sql, const BpObject *o, int row)
{
	const BpRelstats *r = o->info;

	appendStringInfoString(sql, "SELECT * FROM pg_catalog.pg_restore_attribute_stats(\n");
	put_relstats_names(sql, o);
	put_relstats_column(d, sql, o,
						bp_row_text(r->attributes, row, BP_ATTRIBUTE_NAME));
	for (int i = 0; i < (int) lengthof(attribute_stats_columns); i++)
	{
		char	   *value = bp_row(r->attributes, row, BP_ATTRIBUTE_FIRST + i);

		if (value == NULL)
			continue;
		appendStringInfo(sql, ",\n\t'%s', ", attribute_stats_columns[i].name);
		bp_put_literal(sql, value);
		appendStringInfo(sql, "::%s", attribute_stats_columns[i].type);
	}
	appendStringInfoString(sql, "\n);\n");
}

static void
write_relstats(BpDefine *d, BpObject *o)
{
	const BpRelstats *r = o->info;
	Oid			oid = bp_row_oid(r->rows, r->row, RELSTATS_OID);
	StringInfoData sql;
	BpTocEntry *e;

	initStringInfo(&sql);
	put_relstats_numbers(&sql, o);
	for (int i = relstats_first(r->attributes, oid); i < r->attributes->n; i++)
	{
		if (bp_row_oid(r->attributes, i, BP_ATTRIBUTE_OID) != oid)
			break;
		put_attribute_stats(d, &sql, o, i);
	}
	e = bp_add_entry(d, "STATISTICS DATA", o->name, r->section);
	e->nsp = pstrdup(o->schema);
	e->defn = sql.data;
	e->deps = palloc(sizeof(int) * (r->ndeps + 1));
	for (int i = 0; i < r->ndeps; i++)
		e->deps[e->ndeps++] = r->deps[i];
	e->deps[e->ndeps++] = bp_boundary(d, o->after_data);
}

/*
 * Makes statistics depend on an object.  If the object is not selected, it
 * gets a dump id all the same, as in pg_dump.
 */
static void
relstats_depend(BpDefine *d, BpObject *o, Oid classid, Oid oid)
{
	BpRelstats *r = o->info;
	BpObject   *other = bp_object_find(d, classid, oid);

	if (other != NULL)
		bp_object_depends(o, other);
	r->deps[r->ndeps++] = other != NULL ? other->dump_id : ++d->last_id;
}

static BpObject *
relstats_add(BpDefine *d, const BpRows *rows, int row, BpRows *attributes)
{
	BpRelstats *r = palloc0(sizeof(BpRelstats));
	BpObject   *o = bp_object_add(d, BP_OBJECT_RELSTATS, InvalidOid,
								  InvalidOid,
								  bp_row_text(rows, row, RELSTATS_SCHEMA),
								  bp_row_text(rows, row, RELSTATS_NAME),
								  write_relstats);

	o->info = r;
	r->rows = rows;
	r->row = row;
	r->attributes = attributes;
	r->section = BP_SECTION_DATA;
	relstats_depend(d, o, RelationRelationId,
					bp_row_oid(rows, row, RELSTATS_OID));
	return o;
}

static void
relstats_after_data(BpObject *o)
{
	((BpRelstats *) o->info)->section = BP_SECTION_POST_DATA;
	o->after_data = true;
}

static BpRows *
relstats_attributes(BpDefine *d, const BpRows *rows)
{
	Oid		   *oids = palloc(sizeof(Oid) * Max(1, rows->n));

	for (int i = 0; i < rows->n; i++)
		oids[i] = bp_row_oid(rows, i, RELSTATS_OID);
	return bp_query(d, &attribute_stats_query, oids, rows->n);
}

static void
add_table_relstats(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &table_relstats_query, oids, n);
	BpRows	   *attributes = relstats_attributes(d, rows);

	for (int i = 0; i < rows->n; i++)
	{
		BpObject   *o = relstats_add(d, rows, i, attributes);
		BpRelstats *r = o->info;
		BpObject   *refresh;
		int			number;

		number = bp_refresh_of(d, bp_row_oid(rows, i, RELSTATS_OID),
							   &refresh);
		if (number == 0)
			continue;
		if (refresh != NULL)
			bp_object_depends(o, refresh);
		r->deps[r->ndeps++] = number;
		relstats_after_data(o);
	}
}

static void
add_index_relstats(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &index_relstats_query, oids, n);
	BpRows	   *attributes = relstats_attributes(d, rows);

	for (int i = 0; i < rows->n; i++)
	{
		BpObject   *o = relstats_add(d, rows, i, attributes);
		Oid			constraint = bp_row_oid(rows, i, RELSTATS_CONSTRAINT);

		if (OidIsValid(constraint))
			relstats_depend(d, o, ConstraintRelationId, constraint);
		relstats_after_data(o);
	}
}

/* Collects relations whose indexes pg_dump reads; duplicates do no harm. */
static int
collect_indexed_relations(BpDefine *d, Oid *oids)
{
	BpRelations *rels = d->relations;
	int			n = 0;
	ListCell   *lc;

	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);

		oids[n++] = t->oid;
		if (t->kind == RELKIND_SEQUENCE && OidIsValid(t->owning_table))
			oids[n++] = t->owning_table;
	}
	for (int i = 0; i < rels->nrels; i++)
		if (rels->rels[i].config && rels->rels[i].data)
			oids[n++] = rels->rels[i].oid;
	return n;
}

void
bp_read_relstats(BpDefine *d)
{
	Oid		   *oids = palloc(sizeof(Oid) *
							  (2 * list_length(d->tables) +
							   d->relations->nrels + 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);

		if (t->object != NULL &&
			(t->kind == RELKIND_RELATION || t->kind == RELKIND_MATVIEW ||
			 t->kind == RELKIND_PARTITIONED_TABLE ||
			 t->kind == RELKIND_FOREIGN_TABLE))
			oids[n++] = t->oid;
	}
	add_table_relstats(d, oids, n);
	n = collect_indexed_relations(d, oids);
	add_index_relstats(d, oids, n);
}
