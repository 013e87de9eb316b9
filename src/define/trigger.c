/*-------------------------------------------------------------------------
 *
 * trigger.c
 *	  Triggers.
 *
 * If a partitioned table has a trigger, the server itself creates clones of
 * the trigger on the partitions.  A clone is written only if it is enabled or
 * disabled in another way than its original, and then only ALTER TABLE is
 * written for it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/trigger.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "define/extension.h"
#include "define/query.h"
#include "define/relation_object.h"
#include "define/trigger.h"

enum
{
	TRIGGER_OID, TRIGGER_TABLE, TRIGGER_NAME, TRIGGER_STATE, TRIGGER_CLONE,
	TRIGGER_RELKIND, TRIGGER_DEFN
};

static BpQuery triggers_query = {
	"SELECT t.oid, t.tgrelid, t.tgname, t.tgenabled, "
	"t.tgparentid OPERATOR(pg_catalog.<>) 0, c.relkind, "
	"pg_catalog.pg_get_triggerdef(t.oid, false) "
	"FROM pg_catalog.pg_trigger t "
	"JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid "
	"LEFT JOIN pg_catalog.pg_trigger p "
	"ON p.oid OPERATOR(pg_catalog.=) t.tgparentid "
	"WHERE t.tgrelid OPERATOR(pg_catalog.=) ANY ($1) "
	"AND ((NOT t.tgisinternal AND t.tgparentid OPERATOR(pg_catalog.=) 0) "
	"OR t.tgenabled OPERATOR(pg_catalog.<>) p.tgenabled) "
	"ORDER BY t.tgrelid, t.tgname"
};

static void
put_trigger_state(BpDefine *d, BpRelationObject *e, char relkind, char enabled)
{
	appendStringInfo(&e->defn, "\nALTER %sTABLE %s %s TRIGGER %s;\n",
					 relkind == RELKIND_FOREIGN_TABLE ? "FOREIGN " : "",
					 e->qtable, bp_enabled_state(d, enabled), e->qname);
}

static void
add_trigger(BpDefine *d, const BpRows *rows, int row)
{
	char		relkind = bp_row_text(rows, row, TRIGGER_RELKIND)[0];
	char		enabled = bp_row_text(rows, row, TRIGGER_STATE)[0];
	char	   *defn = bp_row(rows, row, TRIGGER_DEFN);
	Oid			oid = bp_row_oid(rows, row, TRIGGER_OID);
	BpRelationObject *e;
	char	   *identity;

	e = bp_relation_object_add(d, BP_OBJECT_TRIGGER, TriggerRelationId, oid,
							   bp_row_oid(rows, row, TRIGGER_TABLE),
							   "TRIGGER", bp_row(rows, row, TRIGGER_NAME));
	if (e == NULL)
		return;
	if (bp_row_bool(rows, row, TRIGGER_CLONE))
	{
		/* a clone's DROP statement is empty, not NULL */
		put_trigger_state(d, e, relkind, enabled);
		return;
	}
	/* the server's functions use the present catalogs, not the snapshot */
	if (defn == NULL)
	{
		bp_refuse(d, psprintf("trigger %s has been dropped concurrently", e->qname));
		return;
	}
	identity = psprintf("%s ON %s", e->qname, e->qtable);
	appendStringInfo(&e->defn, "%s;\n", defn);
	appendStringInfo(&e->drop, "DROP TRIGGER %s;\n", identity);
	bp_put_depends_on_extension(d, &e->defn, TriggerRelationId, oid,
								"TRIGGER", identity);
	if (enabled != TRIGGER_FIRES_ON_ORIGIN)
		put_trigger_state(d, e, relkind, enabled);
}

void
bp_read_triggers(BpDefine *d, const Oid *relids, int n)
{
	BpRows	   *rows = bp_query(d, &triggers_query, relids, n);

	for (int i = 0; i < rows->n; i++)
		add_trigger(d, rows, i);
}
