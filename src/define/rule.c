/*-------------------------------------------------------------------------
 *
 * rule.c
 *	  Rules.
 *
 * The query of a view is a rule, _RETURN.  It is part of the view's statement
 * and has no entry, but the view depends on all that the rule depends on.  If
 * a view depends on itself by way of its rule, pg_dump creates it in two
 * steps, first with nulls for its columns; depend.c refuses that.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/rule.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_rewrite.h"
#include "define/query.h"
#include "define/relation_object.h"
#include "define/rule.h"
#include "rewrite/rewriteDefine.h"

enum
{
	RULE_OID, RULE_TABLE, RULE_NAME, RULE_STATE, RULE_SELECTS, RULE_RELKIND,
	RULE_DEFN
};

static BpQuery rules_query = {
	"SELECT r.oid, r.ev_class, r.rulename, r.ev_enabled, "
	"r.ev_type OPERATOR(pg_catalog.=) '1' AND r.is_instead, c.relkind, "
	"CASE WHEN r.ev_type OPERATOR(pg_catalog.=) '1' AND r.is_instead "
	"THEN NULL ELSE pg_catalog.pg_get_ruledef(r.oid) END "
	"FROM pg_catalog.pg_rewrite r "
	"JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.ev_class "
	"WHERE r.ev_class OPERATOR(pg_catalog.=) ANY ($1) ORDER BY r.oid"
};

/* Adds the rule _RETURN of a view. */
static void
add_select_rule(BpDefine *d, const BpRows *rows, int row)
{
	BpObject   *view = bp_object_find(d, RelationRelationId,
									  bp_row_oid(rows, row, RULE_TABLE));
	char		relkind = bp_row_text(rows, row, RULE_RELKIND)[0];
	BpObject   *o;

	if (view == NULL)
		return;
	if (relkind != RELKIND_VIEW && relkind != RELKIND_MATVIEW)
		bp_refuse(d, psprintf("%s is not a view, but has a SELECT rule",
							  view->name));
	o = bp_object_add(d, BP_OBJECT_RULE, RewriteRelationId,
					  bp_row_oid(rows, row, RULE_OID), view->schema,
					  bp_row(rows, row, RULE_NAME), NULL);
	o->second_key = view->name;
	o->separate = false;
	o->part_of = view;
	bp_object_depends(view, o);
}

static void
add_rule(BpDefine *d, const BpRows *rows, int row)
{
	char	   *defn = bp_row(rows, row, RULE_DEFN);
	char		enabled = bp_row_text(rows, row, RULE_STATE)[0];
	BpRelationObject *e;

	e = bp_relation_object_add(d, BP_OBJECT_RULE, RewriteRelationId,
							   bp_row_oid(rows, row, RULE_OID),
							   bp_row_oid(rows, row, RULE_TABLE),
							   "RULE", bp_row(rows, row, RULE_NAME));
	if (e == NULL)
		return;
	/* the server's functions use the present catalogs, not the snapshot */
	if (defn == NULL)
	{
		bp_refuse(d, psprintf("rule %s has been dropped concurrently", e->qname));
		return;
	}
	appendStringInfo(&e->defn, "%s\n", defn);
	if (enabled != RULE_FIRES_ON_ORIGIN)
		appendStringInfo(&e->defn, "ALTER TABLE %s %s RULE %s;\n",
						 e->qtable, bp_enabled_state(d, enabled), e->qname);
	appendStringInfo(&e->drop, "DROP RULE %s ON %s;\n", e->qname, e->qtable);
}

void
bp_read_rules(BpDefine *d, const Oid *relids, int n)
{
	BpRows	   *rows = bp_query(d, &rules_query, relids, n);

	for (int i = 0; i < rows->n; i++)
	{
		if (bp_row_bool(rows, i, RULE_SELECTS))
			add_select_rule(d, rows, i);
		else
			add_rule(d, rows, i);
	}
}
