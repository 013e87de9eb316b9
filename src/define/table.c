/*-------------------------------------------------------------------------
 *
 * table.c
 *	  The statements that create a table or a view.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/table.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "define/acl.h"
#include "define/extension.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/table.h"
#include "define/view.h"

enum
{
	COLUMN_ACL_NAME, COLUMN_ACL_ATTNUM, COLUMN_ACL_ACL
};

static BpQuery column_acls_query = {
	"SELECT a.attname, a.attnum, a.attacl "
	"FROM pg_catalog.unnest($1) AS src(reloid) "
	"JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) src.reloid "
	"WHERE NOT a.attisdropped AND a.attacl IS NOT NULL ORDER BY a.attnum"
};

static bool
prints_default(const BpColumn *c)
{
	return c->def != NULL && !c->def->hidden && !c->def->object->separate;
}

/* Begins an item of the list in parentheses. */
static void
put_item(StringInfo sql, int *items)
{
	appendStringInfoString(sql, (*items)++ == 0 ? " (\n    " : ",\n    ");
}

static void
put_column(StringInfo sql, const BpTable *t, const BpColumn *c, int *items)
{
	bool		not_null = c->not_null != NULL &&
		(c->not_null_local || t->ispartition);

	/* the type defines everything else about the column */
	if (t->of_type != NULL && !prints_default(c) && !not_null)
		return;
	put_item(sql, items);
	bp_put_name(sql, c->name);
	if (t->of_type == NULL)
		appendStringInfo(sql, " %s", c->type);
	if (prints_default(c))
	{
		if (c->generated == ATTRIBUTE_GENERATED_STORED)
			appendStringInfo(sql, " GENERATED ALWAYS AS (%s) STORED",
							 c->def->expr);
		else if (c->generated == BP_GENERATED_VIRTUAL)
			appendStringInfo(sql, " GENERATED ALWAYS AS (%s)", c->def->expr);
		else
			appendStringInfo(sql, " DEFAULT %s", c->def->expr);
	}
	if (not_null)
	{
		if (c->not_null[0] != '\0')
			appendStringInfo(sql, " CONSTRAINT %s", bp_name(c->not_null));
		appendStringInfoString(sql, " NOT NULL");
		if (c->not_null_no_inherit)
			appendStringInfoString(sql, " NO INHERIT");
	}
	if (c->coll_name != NULL)
	{
		appendStringInfoString(sql, " COLLATE ");
		bp_put_qualified(sql, c->coll_schema, c->coll_name);
	}
}

/*
 * Writes what the child adds to an inherited column: a NOT NULL constraint
 * that the child does not only inherit.
 */
static void
put_inherited_column(BpDefine *d, StringInfo sql, const BpTable *t,
					 const BpColumn *c, int *items)
{
	if (!BP_DEFINE_NOT_NULL_NAMED || c->dropped || c->not_null == NULL ||
		!c->not_null_local)
		return;
	put_item(sql, items);
	if (c->not_null[0] != '\0')
	{
		/* pg_dump does not quote the name; a later minor release may */
		if (strcmp(c->not_null, bp_name(c->not_null)) != 0)
			bp_refuse(d, psprintf("%s has a NOT NULL constraint of an inherited column whose name needs quotes",
								  t->qualified));
		appendStringInfo(sql, "CONSTRAINT %s ", c->not_null);
	}
	appendStringInfo(sql, "NOT NULL %s", bp_name(c->name));
	if (c->not_null_no_inherit)
		appendStringInfoString(sql, " NO INHERIT");
}

/* Appends the columns, the constraints and the parents. */
static void
put_table_body(BpDefine *d, StringInfo sql, const BpTable *t)
{
	int			items = 0;
	ListCell   *lc;

	for (int i = 0; i < t->ncolumns; i++)
		if (bp_column_is_written(t, &t->columns[i]))
			put_column(sql, t, &t->columns[i], &items);
		else
			put_inherited_column(d, sql, t, &t->columns[i], &items);
	foreach(lc, t->checks)
	{
		BpCheck    *check = lfirst(lc);

		if (check->object->separate || (!check->local && !t->ispartition))
			continue;
		put_item(sql, &items);
		appendStringInfo(sql, "CONSTRAINT %s %s", bp_name(check->name),
						 check->def);
	}
	if (items > 0)
		appendStringInfoString(sql, "\n)");
	else if (t->of_type == NULL)
		appendStringInfoString(sql, " (\n)");
	if (t->parents != NIL && !t->ispartition)
	{
		appendStringInfoString(sql, "\nINHERITS (");
		foreach(lc, t->parents)
			appendStringInfo(sql, "%s%s",
							 lc != list_head(t->parents) ? ", " : "",
							 ((BpTable *) lfirst(lc))->qualified);
		appendStringInfoChar(sql, ')');
	}
	if (t->kind == RELKIND_PARTITIONED_TABLE)
		appendStringInfo(sql, "\nPARTITION BY %s", t->partition_key);
	if (t->kind == RELKIND_FOREIGN_TABLE)
		appendStringInfo(sql, "\nSERVER %s", bp_name(t->server));
}

static void
put_with(StringInfo sql, const BpTable *t)
{
	if (t->noptions == 0 && t->ntoast_options == 0)
		return;
	appendStringInfoString(sql, "\nWITH (");
	bp_put_options(sql, "", t->options, t->noptions);
	if (t->noptions > 0 && t->ntoast_options > 0)
		appendStringInfoString(sql, ", ");
	bp_put_options(sql, "toast.", t->toast_options, t->ntoast_options);
	appendStringInfoChar(sql, ')');
}

static void
put_view(BpDefine *d, StringInfo sql, const BpTable *t)
{
	appendStringInfo(sql, "CREATE VIEW %s", t->qualified);
	if (t->noptions > 0)
	{
		appendStringInfoString(sql, " WITH (");
		bp_put_options(sql, "", t->options, t->noptions);
		appendStringInfoChar(sql, ')');
	}
	appendStringInfo(sql, " AS\n%s", bp_read_view_query(d, t->oid));
	if (t->check_option != NULL)
		appendStringInfo(sql, "\n  WITH %s CHECK OPTION", t->check_option);
	appendStringInfoString(sql, ";\n");
}

static const char *
storage_name(char storage)
{
	switch (storage)
	{
		case TYPSTORAGE_PLAIN:
			return "PLAIN";
		case TYPSTORAGE_EXTERNAL:
			return "EXTERNAL";
		case TYPSTORAGE_EXTENDED:
			return "EXTENDED";
		case TYPSTORAGE_MAIN:
			return "MAIN";
		default:
			return NULL;
	}
}

/* Appends the properties of a column that only ALTER TABLE can set. */
static void
put_column_alters(StringInfo sql, const BpTable *t, const BpColumn *c)
{
	char	   *alter = psprintf("ALTER %sTABLE ONLY %s ALTER COLUMN %s",
								 bp_table_foreign(t), t->qualified,
								 bp_name(c->name));
	const char *storage = storage_name(c->storage);

	if (!BP_DEFINE_NOT_NULL_NAMED && !bp_column_is_written(t, c) &&
		c->not_null != NULL && c->not_null_local)
		appendStringInfo(sql, "%s SET NOT NULL;\n", alter);
	if (c->statistics >= 0)
		appendStringInfo(sql, "%s SET STATISTICS %d;\n", alter, c->statistics);
	if (c->storage != c->type_storage && storage != NULL)
		appendStringInfo(sql, "%s SET STORAGE %s;\n", alter, storage);
	if (c->compression == 'p' || c->compression == 'l')
		appendStringInfo(sql, "%s SET COMPRESSION %s;\n", alter,
						 c->compression == 'p' ? "pglz" : "lz4");
	if (c->options[0] != '\0')
		appendStringInfo(sql, "%s SET (%s);\n", alter, c->options);
	if (t->kind == RELKIND_FOREIGN_TABLE && c->fdw_options[0] != '\0')
		appendStringInfo(sql, "ALTER FOREIGN TABLE %s%s ALTER COLUMN %s OPTIONS (\n    %s\n);\n",
						 BP_DEFINE_OPTIONS_ONLY, t->qualified,
						 bp_name(c->name), c->fdw_options);
	pfree(alter);
}

static void
put_table_or_matview(BpDefine *d, StringInfo sql, const BpTable *t)
{
	bool		matview = t->kind == RELKIND_MATVIEW;
	const char *type = matview ? "MATERIALIZED VIEW" :
		t->kind == RELKIND_FOREIGN_TABLE ? "FOREIGN TABLE" : "TABLE";

	appendStringInfo(sql, "CREATE %s%s %s",
					 t->persistence == RELPERSISTENCE_UNLOGGED &&
					 (t->kind != RELKIND_PARTITIONED_TABLE ||
					  BP_DEFINE_UNLOGGED_PARTITIONED) ? "UNLOGGED " : "",
					 type, t->qualified);
	if (t->of_type != NULL)
		appendStringInfo(sql, " OF %s", t->of_type);
	if (!matview)
		put_table_body(d, sql, t);
	put_with(sql, t);
	if (t->server_options[0] != '\0')
		appendStringInfo(sql, "\nOPTIONS (\n    %s\n)", t->server_options);
	if (matview)
	{
		appendStringInfo(sql, " AS\n%s\n  WITH NO DATA;\n",
						 bp_read_view_query(d, t->oid));
		bp_put_depends_on_extension(d, sql, RelationRelationId, t->oid, type,
									t->qualified);
	}
	else
		appendStringInfoString(sql, ";\n");
	for (int i = 0; i < t->ncolumns; i++)
		if (!t->columns[i].dropped)
			put_column_alters(sql, t, &t->columns[i]);
}

void
bp_put_table(BpDefine *d, StringInfo sql, BpTable *t)
{
	if (t->kind == RELKIND_VIEW)
		put_view(d, sql, t);
	else
		put_table_or_matview(d, sql, t);
	if (t->kind == RELKIND_RELATION || t->kind == RELKIND_PARTITIONED_TABLE ||
		t->kind == RELKIND_MATVIEW)
	{
		/* index.c writes REPLICA IDENTITY USING INDEX after CREATE INDEX */
		if (t->replica_identity == REPLICA_IDENTITY_NOTHING)
			appendStringInfo(sql, "\nALTER TABLE ONLY %s REPLICA IDENTITY NOTHING;\n",
							 t->qualified);
		else if (t->replica_identity == REPLICA_IDENTITY_FULL)
			appendStringInfo(sql, "\nALTER TABLE ONLY %s REPLICA IDENTITY FULL;\n",
							 t->qualified);
	}
	if (t->force_row_security)
		appendStringInfo(sql, "\nALTER TABLE ONLY %s FORCE ROW LEVEL SECURITY;\n",
						 t->qualified);
}

void
bp_write_column_acls(BpDefine *d, BpTable *t, int table_acl)
{
	BpRows	   *rows = bp_query(d, &column_acls_query, &t->oid, 1);
	BpEntryTarget target = bp_object_target(t->object, "TABLE",
											bp_name(t->name));

	for (int i = 0; i < rows->n; i++)
	{
		target.subid = bp_row_int(rows, i, COLUMN_ACL_ATTNUM);
		bp_write_column_acl(d, &target,
							bp_name(bp_row_text(rows, i, COLUMN_ACL_NAME)),
							bp_row(rows, i, COLUMN_ACL_ACL), table_acl);
	}
}
