/*-------------------------------------------------------------------------
 *
 * tables.c
 *	  The relations of a selection and their parents, with their columns.
 *
 * relation.c fills in the relations, and column.c adds their columns; the
 * files for indexes, constraints, sequences and statements look relations up
 * here.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/tables.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "define/quote.h"
#include "define/tables.h"
#include "utils/hsearch.h"

/* An entry of d->tables_by_oid */
typedef struct BpTableOfOid
{
	Oid			oid;
	BpTable    *table;
} BpTableOfOid;

void
bp_tables_init(BpDefine *d)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(BpTableOfOid);
	ctl.hcxt = CurrentMemoryContext;
	d->tables_by_oid = hash_create("tables of a backup", 256, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

BpTable *
bp_table_add(BpDefine *d, Oid oid)
{
	bool		known;
	BpTableOfOid *entry = hash_search(d->tables_by_oid, &oid, HASH_ENTER,
									  &known);

	if (known)
		return NULL;
	entry->table = palloc0(sizeof(BpTable));
	entry->table->oid = oid;
	d->tables = lappend(d->tables, entry->table);
	return entry->table;
}

BpTable *
bp_table_find(BpDefine *d, Oid oid)
{
	BpTableOfOid *found = hash_search(d->tables_by_oid, &oid, HASH_FIND, NULL);

	return found != NULL ? found->table : NULL;
}

Oid *
bp_tables_with(BpDefine *d, BpTableTestFn test, int *n)
{
	Oid		   *oids = palloc(sizeof(Oid) * Max(1, list_length(d->tables)));
	ListCell   *lc;

	*n = 0;
	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);

		if (test(d, t))
			oids[(*n)++] = t->oid;
	}
	return oids;
}

const char *
bp_table_foreign(const BpTable *t)
{
	return t->kind == RELKIND_FOREIGN_TABLE ? "FOREIGN " : "";
}

bool
bp_column_is_written(const BpTable *t, const BpColumn *c)
{
	return !c->dropped && (c->local || t->ispartition);
}

void
bp_put_options(StringInfo sql, const char *prefix, char **options, int n)
{
	for (int i = 0; i < n; i++)
	{
		char	   *equals = strchr(options[i], '=');
		char	   *name = equals == NULL ? options[i] :
			pnstrdup(options[i], equals - options[i]);
		char	   *value = equals == NULL ? "" : equals + 1;

		appendStringInfo(sql, "%s%s%s=", i > 0 ? ", " : "", prefix,
						 bp_name(name));
		/* a value that needs no quotes as a name is written without them */
		if (strcmp(bp_name(value), value) == 0)
			appendStringInfoString(sql, value);
		else
			bp_put_literal(sql, value);
	}
}
