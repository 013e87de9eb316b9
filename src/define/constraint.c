/*-------------------------------------------------------------------------
 *
 * constraint.c
 *	  Foreign keys, and those constraints of tables that have their own entry.
 *
 * The latter are CHECK constraints that are not part of their table's
 * statement and NOT NULL constraints that are NOT VALID; column.c reads them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/constraint.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "define/comment.h"
#include "define/constraint.h"
#include "define/index.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/tables.h"

enum
{
	KEY_OID, KEY_RELID, KEY_NAME, KEY_REF_RELID, KEY_REF_INDEX, KEY_DEFN,
	KEY_VALID
};

static BpQuery foreign_keys_query = {
	"SELECT c.oid, conrelid, conname, confrelid, conindid, "
	"pg_catalog.pg_get_constraintdef(c.oid), convalidated "
	"FROM pg_catalog.unnest($1) AS src(tbloid) "
	"JOIN pg_catalog.pg_constraint c ON src.tbloid OPERATOR(pg_catalog.=) c.conrelid "
	"WHERE contype OPERATOR(pg_catalog.=) 'f' AND conparentid OPERATOR(pg_catalog.=) 0 "
	"ORDER BY conrelid, conname"
};

typedef struct BpForeignKey
{
	BpTable    *table;
	char	   *name;
	char	   *def;
} BpForeignKey;

static void write_foreign_key(BpDefine *d, BpObject *o);

/*
 * Is a sequence selected, but not the table that owns it?  Then pg_dump also
 * reads that table's indexes and, if it is a partition, follows dependencies
 * through them.
 */
static bool
has_lone_sequence(BpDefine *d)
{
	ListCell   *lc;

	foreach(lc, d->tables)
	{
		BpTable    *t = lfirst(lc);
		BpTable    *owner = OidIsValid(t->owning_table) ?
			bp_table_find(d, t->owning_table) : NULL;

		if (t->object != NULL && OidIsValid(t->owning_table) &&
			(owner == NULL || owner->object == NULL))
			return true;
	}
	return false;
}

/* A foreign key has triggers, except one of a partitioned table. */
static bool
may_have_keys(BpDefine *d, const BpTable *t)
{
	return t->object != NULL &&
		(t->has_triggers || t->kind == RELKIND_PARTITIONED_TABLE ||
		 !BP_DEFINE_KEYS_HAVE_TRIGGERS);
}

void
bp_read_foreign_keys(BpDefine *d)
{
	int			n;
	Oid		   *oids = bp_tables_with(d, may_have_keys, &n);
	BpRows	   *rows = bp_query(d, &foreign_keys_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		BpForeignKey *key = palloc0(sizeof(BpForeignKey));
		BpTable    *t = bp_table_find(d, bp_row_oid(rows, i, KEY_RELID));
		BpTable    *other = bp_table_find(d, bp_row_oid(rows, i,
														KEY_REF_RELID));
		BpObject   *o;

		key->table = t;
		key->name = bp_row_text(rows, i, KEY_NAME);
		key->def = bp_row_constraint(d, rows, i, KEY_DEFN,
									 bp_row_bool(rows, i, KEY_VALID));
		o = bp_object_add(d, BP_OBJECT_FOREIGN_KEY, ConstraintRelationId,
						  bp_row_oid(rows, i, KEY_OID), t->schema, key->name,
						  write_foreign_key);
		o->second_key = t->name;
		o->owner = t->owner;
		o->info = key;
		/*
		 * the referenced index becomes valid only when the indexes of all
		 * partitions are attached to it
		 */
		if (other == NULL || other->kind != RELKIND_PARTITIONED_TABLE)
			continue;
		if (has_lone_sequence(d))
			bp_refuse(d, psprintf("foreign key %s references a partitioned table, and a sequence is selected without the table that owns it",
								  key->name));
		bp_depend_on_attached_indexes(d, o, bp_row_oid(rows, i,
													   KEY_REF_INDEX));
	}
}

static void
write_foreign_key(BpDefine *d, BpObject *o)
{
	BpForeignKey *key = o->info;
	BpTable    *t = key->table;
	char	   *alter = psprintf("ALTER %sTABLE %s%s", bp_table_foreign(t),
								 t->kind == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
								 t->qualified);
	char	   *name = bp_name(key->name);

	bp_object_entry(d, o, "FK CONSTRAINT",
					psprintf("%s %s", t->name, key->name),
					BP_SECTION_POST_DATA,
					psprintf("%s\n    ADD CONSTRAINT %s %s;\n", alter, name,
							 key->def),
					psprintf("%s DROP CONSTRAINT %s;\n", alter, name));
	bp_write_constraint_comment(d, o->oid, key->name, t->schema, t->name,
								t->owner, o->dump_id);
}

void
bp_write_check(BpDefine *d, BpObject *o)
{
	BpCheck    *check = o->info;
	BpTable    *t = check->table;
	char	   *alter = psprintf("ALTER %sTABLE %s", bp_table_foreign(t),
								 t->qualified);
	char	   *name = bp_name(check->name);

	/*
	 * an inherited constraint is created with the parent's, but its comment
	 * is not
	 */
	if (check->local)
		bp_object_entry(d, o, check->desc,
						psprintf("%s %s", t->name, check->name),
						BP_SECTION_POST_DATA,
						psprintf("%s\n    ADD CONSTRAINT %s %s;\n", alter, name,
								 check->def),
						psprintf("%s DROP CONSTRAINT %s;\n", alter, name));
	bp_write_constraint_comment(d, o->oid, check->name, t->schema, t->name,
								t->owner, o->dump_id);
}
