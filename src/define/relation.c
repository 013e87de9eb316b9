/*-------------------------------------------------------------------------
 *
 * relation.c
 *	  Reads the selected relations and all that belongs to them.
 *
 * The relations that the patterns select (d->relations) become tables with an
 * object; their parents, needed to know what a child inherits, become tables
 * without one.  What belongs to them is read by other files, each with one
 * query for all tables.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/relation.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "catalog/scan.h"
#include "define/acl.h"
#include "define/column.h"
#include "define/comment.h"
#include "define/constraint.h"
#include "define/index.h"
#include "define/policy.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/relation.h"
#include "define/rule.h"
#include "define/sequence.h"
#include "define/table.h"
#include "define/tables.h"
#include "define/trigger.h"

/* The columns of relations_query */
enum
{
	RELATION_OID, RELATION_KIND, RELATION_SCHEMA, RELATION_NAME,
	RELATION_OWNER, RELATION_PERSISTENCE, RELATION_ISPARTITION,
	RELATION_HAS_INDEX, RELATION_HAS_TRIGGERS, RELATION_REPLICA_IDENTITY,
	RELATION_FORCE_ROW_SECURITY, RELATION_TABLESPACE, RELATION_ACCESS_METHOD,
	RELATION_OPTIONS, RELATION_CHECK_OPTION, RELATION_TOAST_OPTIONS,
	RELATION_OF_TYPE, RELATION_PARTITION_KEY, RELATION_PARTITION_BOUND,
	RELATION_ACL, RELATION_ACL_DEFAULT, RELATION_OWNING_TABLE,
	RELATION_OWNING_COLUMN, RELATION_IS_IDENTITY, RELATION_HAS_RULES,
	RELATION_NCHECKS, RELATION_ROW_SECURITY, RELATION_SERVER,
	RELATION_SERVER_OPTIONS
};

static BpQuery relations_query = {
	"SELECT c.oid, c.relkind, n.nspname, c.relname, "
	"pg_catalog.pg_get_userbyid(c.relowner), c.relpersistence, c.relispartition, "
	"c.relhasindex, c.relhastriggers, c.relreplident, c.relforcerowsecurity, "
	"tsp.spcname, am.amname, "
	"pg_catalog.array_remove(pg_catalog.array_remove(c.reloptions, 'check_option=local'), 'check_option=cascaded'), "
	"CASE WHEN 'check_option=local' OPERATOR(pg_catalog.=) ANY (c.reloptions) THEN 'LOCAL' "
	"WHEN 'check_option=cascaded' OPERATOR(pg_catalog.=) ANY (c.reloptions) THEN 'CASCADED' END, "
	"tc.reloptions, "
	"CASE WHEN c.reloftype OPERATOR(pg_catalog.<>) 0 THEN pg_catalog.format_type(c.reloftype, NULL) END, "
	"CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END, "
	"CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END, "
	"c.relacl, pg_catalog.acldefault(CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S' "
	"THEN 's'::pg_catalog.\"char\" ELSE 'r'::pg_catalog.\"char\" END, c.relowner), "
	"d.refobjid, d.refobjsubid, d.deptype OPERATOR(pg_catalog.=) 'i', "
	"c.relhasrules, c.relchecks, c.relrowsecurity, fs.srvname, pg_catalog.array_to_string(ARRAY("
	"SELECT pg_catalog.quote_ident(option_name) OPERATOR(pg_catalog.||) ' ' "
	"OPERATOR(pg_catalog.||) pg_catalog.quote_literal(option_value) "
	"FROM pg_catalog.pg_options_to_table(ft.ftoptions) "
	"ORDER BY option_name), E',\\n    ') "
	"FROM pg_catalog.unnest($1) AS src(reloid) "
	"JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) src.reloid "
	"JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace "
	"LEFT JOIN pg_catalog.pg_depend d ON c.relkind OPERATOR(pg_catalog.=) 'S' "
	"AND d.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid "
	"AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.objsubid OPERATOR(pg_catalog.=) 0 "
	"AND d.refclassid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid "
	"AND (d.deptype OPERATOR(pg_catalog.=) 'a' OR d.deptype OPERATOR(pg_catalog.=) 'i') "
	"LEFT JOIN pg_catalog.pg_tablespace tsp ON tsp.oid OPERATOR(pg_catalog.=) c.reltablespace "
	"LEFT JOIN pg_catalog.pg_am am ON am.oid OPERATOR(pg_catalog.=) c.relam "
	"LEFT JOIN pg_catalog.pg_class tc ON tc.oid OPERATOR(pg_catalog.=) c.reltoastrelid "
	"AND c.relkind OPERATOR(pg_catalog.<>) 'p' "
	"LEFT JOIN pg_catalog.pg_foreign_table ft ON ft.ftrelid OPERATOR(pg_catalog.=) c.oid "
	"LEFT JOIN pg_catalog.pg_foreign_server fs ON fs.oid OPERATOR(pg_catalog.=) ft.ftserver "
	"ORDER BY c.oid"
};

static void write_relation(BpDefine *d, BpObject *o);
static void write_attach(BpDefine *d, BpObject *o);

static void
table_fill(BpTable *t, const BpRows *rows, int i)
{
	t->kind = bp_row_text(rows, i, RELATION_KIND)[0];
	t->schema = bp_row_text(rows, i, RELATION_SCHEMA);
	t->name = bp_row_text(rows, i, RELATION_NAME);
	t->qualified = bp_qualified(t->schema, t->name);
	t->owner = bp_row_text(rows, i, RELATION_OWNER);
	t->persistence = bp_row_text(rows, i, RELATION_PERSISTENCE)[0];
	t->ispartition = bp_row_bool(rows, i, RELATION_ISPARTITION);
	t->has_index = bp_row_bool(rows, i, RELATION_HAS_INDEX);
	t->has_triggers = bp_row_bool(rows, i, RELATION_HAS_TRIGGERS);
	t->replica_identity = bp_row_text(rows, i, RELATION_REPLICA_IDENTITY)[0];
	t->force_row_security = bp_row_bool(rows, i, RELATION_FORCE_ROW_SECURITY);
	t->tablespace = bp_row_text(rows, i, RELATION_TABLESPACE);
	t->access_method = bp_row(rows, i, RELATION_ACCESS_METHOD);
	t->options = bp_row_array(rows, i, RELATION_OPTIONS, &t->noptions);
	t->check_option = bp_row(rows, i, RELATION_CHECK_OPTION);
	t->toast_options = bp_row_array(rows, i, RELATION_TOAST_OPTIONS,
									&t->ntoast_options);
	t->of_type = bp_row(rows, i, RELATION_OF_TYPE);
	t->partition_key = bp_row(rows, i, RELATION_PARTITION_KEY);
	t->partition_bound = bp_row(rows, i, RELATION_PARTITION_BOUND);
	t->acl = bp_row(rows, i, RELATION_ACL);
	t->acl_default = bp_row(rows, i, RELATION_ACL_DEFAULT);
	t->owning_table = bp_row_oid(rows, i, RELATION_OWNING_TABLE);
	t->owning_column = bp_row_int(rows, i, RELATION_OWNING_COLUMN);
	t->is_identity = bp_row_bool(rows, i, RELATION_IS_IDENTITY);
	t->has_rules = bp_row_bool(rows, i, RELATION_HAS_RULES);
	t->has_checks = bp_row_int(rows, i, RELATION_NCHECKS) > 0;
	t->row_security = bp_row_bool(rows, i, RELATION_ROW_SECURITY);
	t->server = bp_row(rows, i, RELATION_SERVER);
	t->server_options = bp_row_text(rows, i, RELATION_SERVER_OPTIONS);
}

/* Reads these relations; those that are known already are skipped. */
static void
read_relations(BpDefine *d, const Oid *oids, int n, bool selected)
{
	BpRows	   *rows = bp_query(d, &relations_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		Oid			oid = bp_row_oid(rows, i, RELATION_OID);
		BpTable    *t = bp_table_add(d, oid);

		if (t == NULL)
			continue;
		table_fill(t, rows, i);
		if (!selected)
		{
			d->parents = lappend_oid(d->parents, oid);
			continue;
		}
		t->object = bp_object_add(d, BP_OBJECT_RELATION, RelationRelationId,
								  oid, t->schema, t->name, write_relation);
		t->object->owner = t->owner;
		t->object->info = t;
	}
}

/*
 * Appends the parents of a relation, in order, to *parents, and for each of
 * them the relation itself to *children.
 */
static void
parents_of(BpDefine *d, Oid child, List **children, List **parents)
{
	BpCatalogScan s = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&s, Anum_pg_inherits_inhrelid, child);
	bp_catalog_begin(&s, InheritsRelationId, InheritsRelidSeqnoIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&s)))
	{
		*children = lappend_oid(*children, child);
		*parents = lappend_oid(*parents,
							   ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
	}
	bp_catalog_end(&s);
}

/*
 * Links selected tables to their parents.  Parents that are not selected are
 * read, but their own parents are not.
 */
static void
read_parents(BpDefine *d)
{
	List	   *children = NIL;
	List	   *parents = NIL;
	Oid		   *oids;
	int			n = 0;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);

		if (strchr("rpf", t->kind) != NULL)
			parents_of(d, t->oid, &children, &parents);
	}
	oids = palloc(sizeof(Oid) * Max(1, list_length(parents)));
	foreach(lc, parents)
		oids[n++] = lfirst_oid(lc);
	read_relations(d, oids, n, false);
	forboth(lc, children, lc2, parents)
	{
		BpTable    *child = bp_table_find(d, lfirst_oid(lc));
		BpTable    *parent = bp_table_find(d, lfirst_oid(lc2));

		if (child != NULL && parent != NULL)
			child->parents = lappend(child->parents, parent);
	}
}

static bool
may_have_triggers(BpDefine *d, const BpTable *t)
{
	return t->object != NULL && t->has_triggers;
}

static bool
may_have_rules(BpDefine *d, const BpTable *t)
{
	return t->object != NULL && t->has_rules;
}

/* A table can have policies although row security is not enabled. */
static bool
may_have_policies(BpDefine *d, const BpTable *t)
{
	BpCatalogScan s = {0};
	bool		found;

	if (t->object == NULL || t->row_security)
		return t->object != NULL;
	bp_catalog_key_oid(&s, Anum_pg_policy_polrelid, t->oid);
	bp_catalog_begin(&s, PolicyRelationId, PolicyPolrelidPolnameIndexId,
					 d->snapshot);
	found = HeapTupleIsValid(bp_catalog_next(&s));
	bp_catalog_end(&s);
	return found;
}

/* A partition is created as a table of its own, and then attached. */
static void
add_attach(BpDefine *d, BpTable *t)
{
	BpObject   *o;
	BpTable    *parent;

	if (!t->ispartition)
		return;
	if (list_length(t->parents) != 1)
	{
		bp_refuse(d, psprintf("%s is a partition without a parent",
							  t->qualified));
		return;
	}
	parent = linitial(t->parents);
	o = bp_object_add(d, BP_OBJECT_ATTACH, InvalidOid, InvalidOid, t->schema,
					  t->name, write_attach);
	o->owner = t->owner;
	o->info = t;
	bp_object_depends(o, t->object);
	if (parent->object != NULL)
		bp_object_depends(o, parent->object);
	else
		bp_object_depends_on_id(o, RelationRelationId, parent->oid);
}

/* pg_dump also reads the unselected table that owns a selected sequence. */
static void
read_owners(BpDefine *d)
{
	ListCell   *lc;

	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);

		if (t->kind == RELKIND_SEQUENCE && t->object != NULL &&
			OidIsValid(t->owning_table) &&
			bp_table_find(d, t->owning_table) == NULL)
			d->parents = list_append_unique_oid(d->parents, t->owning_table);
	}
}

static int
table_compare(const ListCell *a, const ListCell *b)
{
	Oid			x = ((BpTable *) lfirst(a))->oid;
	Oid			y = ((BpTable *) lfirst(b))->oid;

	return x < y ? -1 : x > y;
}

void
bp_read_relations(BpDefine *d)
{
	BpRelations *r = d->relations;
	Oid		   *oids = palloc(sizeof(Oid) * Max(1, r->nrels));
	int			n = 0;
	ListCell   *lc;

	bp_tables_init(d);
	for (int i = 0; i < r->nrels; i++)
		if (r->rels[i].whole)
			oids[n++] = r->rels[i].oid;
	read_relations(d, oids, n, true);
	read_parents(d);
	read_owners(d);
	/* in 15, the defaults that column.c adds depend on this order */
	list_sort(d->tables, table_compare);
	bp_read_columns(d);
	bp_read_sequences(d);
	foreach(lc, d->tables)
		if (((BpTable *) lfirst(lc))->object != NULL)
			add_attach(d, lfirst(lc));
	bp_read_indexes(d);
	bp_read_foreign_keys(d);
	oids = bp_tables_with(d, may_have_triggers, &n);
	bp_read_triggers(d, oids, n);
	oids = bp_tables_with(d, may_have_rules, &n);
	bp_read_rules(d, oids, n);
	oids = bp_tables_with(d, may_have_policies, &n);
	bp_read_policies(d, oids, n);
}

static const char *
relation_type(const BpTable *t)
{
	switch (t->kind)
	{
		case RELKIND_VIEW:
			return "VIEW";
		case RELKIND_MATVIEW:
			return "MATERIALIZED VIEW";
		case RELKIND_FOREIGN_TABLE:
			return "FOREIGN TABLE";
		case RELKIND_SEQUENCE:
			return "SEQUENCE";
		default:
			return "TABLE";
	}
}

static void
write_table(BpDefine *d, BpTable *t)
{
	const char *type = relation_type(t);
	BpObject   *o = t->object;
	StringInfoData sql;
	BpTocEntry *e;
	char	  **names = palloc(sizeof(char *) * Max(1, t->ncolumns));
	ListCell   *lc;

	initStringInfo(&sql);
	bp_put_table(d, &sql, t);
	e = bp_object_entry(d, o, type, t->name, BP_SECTION_PRE_DATA, sql.data,
						psprintf("DROP %s %s;\n", type, t->qualified));
	/*
	 * "" is the default tablespace; kinds that are in no tablespace have NULL
	 */
	e->tablespace = RELKIND_HAS_TABLESPACE(t->kind) ? t->tablespace : NULL;
	e->tableam = BP_DEFINE_HAS_TABLE_AM(t->kind) ? t->access_method : NULL;
	e->relkind = BP_DEFINE_VMIN >= 16 ? t->kind : 0;
	for (int i = 0; i < t->ncolumns; i++)
		names[i] = t->columns[i].name;
	bp_write_table_comments(d, o, type, names, t->ncolumns);
	bp_write_table_labels(d, o, type, names, t->ncolumns);
	for (int i = 0; i < t->ncolumns; i++)
		if (t->columns[i].not_null != NULL && t->columns[i].not_null_comment)
			bp_write_constraint_comment(d, t->columns[i].not_null_oid,
										t->columns[i].not_null, t->schema,
										t->name, t->owner, o->dump_id);
	foreach(lc, t->checks)
	{
		BpCheck    *check = lfirst(lc);

		if (check->local && !check->object->separate)
			bp_write_constraint_comment(d, check->oid, check->name, t->schema,
										t->name, t->owner, o->dump_id);
	}
}

static void
write_relation(BpDefine *d, BpObject *o)
{
	BpTable    *t = o->info;
	bool		sequence = t->kind == RELKIND_SEQUENCE;
	BpEntryTarget target = bp_object_target(o, sequence ? "SEQUENCE" : "TABLE",
											bp_name(t->name));
	int			acl;

	if (sequence)
		bp_write_sequence(d, t);
	else
		write_table(d, t);
	acl = bp_write_acl(d, &target, t->acl, t->acl_default);
	if (t->has_column_acls)
		bp_write_column_acls(d, t, acl);
}

static void
write_attach(BpDefine *d, BpObject *o)
{
	BpTable    *t = o->info;
	BpTable    *parent = linitial(t->parents);

	bp_object_entry(d, o, "TABLE ATTACH", t->name, BP_SECTION_PRE_DATA,
					psprintf("ALTER TABLE ONLY %s ATTACH PARTITION %s %s;\n",
							 parent->qualified, t->qualified,
							 t->partition_bound != NULL ? t->partition_bound : ""),
					NULL);
}
