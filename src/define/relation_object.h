/*-------------------------------------------------------------------------
 *
 * relation_object.h
 *	  Triggers, rules, policies, and the statements of views.
 *
 * See relation_object.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/relation_object.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_RELATION_OBJECT_H
#define BP_DEFINE_RELATION_OBJECT_H

#include "define/object.h"

/* What belongs to a relation and has a name there only */
typedef struct BpRelationObject
{
	BpObject   *table;
	const char *desc;			/* TRIGGER, RULE, POLICY */
	const char *qname;			/* quoted */
	const char *qtable;			/* quoted, with its schema */
	StringInfoData defn;
	StringInfoData drop;
} BpRelationObject;

/*
 * Adds such an object, whose texts are empty yet: the caller appends them.
 * NULL if the relation is not asked for.
 */
extern BpRelationObject *bp_relation_object_add(BpDefine *d, BpObjectKind kind, Oid classid,
												Oid oid, Oid relid, const char *desc,
												const char *name);

/*
 * ENABLE, DISABLE, … for what pg_trigger and pg_rewrite say; refuses what is
 * not known.
 */
extern const char *bp_enabled_state(BpDefine *d, char enabled);

/*
 * Appends ALTER … DEPENDS ON EXTENSION as pg_dump does, for functions,
 * materialized views, indexes and triggers.  qualified is quoted.
 */
extern void bp_put_depends_on_extension(BpDefine *d, StringInfo sql,
										Oid classid, Oid oid,
										const char *keyword,
										const char *qualified);

/*
 * Readers: what belongs to these relations, which are asked for and have
 * their objects.
 */
extern void bp_read_triggers(BpDefine *d, const Oid *relids, int n);
extern void bp_read_rules(BpDefine *d, const Oid *relids, int n);
extern void bp_read_policies(BpDefine *d, const Oid *relids, int n);

/* REFRESH MATERIALIZED VIEW, if data is asked for (view.c) */
extern void bp_read_refreshes(BpDefine *d, const Oid *relids, int n);

/*
 * The number of what fills a materialized view, and the object: NULL if it is
 * not to be filled.  0 if its data is not asked for.
 */
extern int	bp_refresh_of(BpDefine *d, Oid relid, BpObject **refresh);

/* Planner statistics of relations and indexes (relstats.c) */
extern void bp_read_relstats(BpDefine *d);

/*
 * What stands after AS in the statement of a view or a materialized view,
 * without the semicolon.
 */
extern char *bp_read_view_query(BpDefine *d, Oid view);

#endif							/* BP_DEFINE_RELATION_OBJECT_H */
