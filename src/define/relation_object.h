/*-------------------------------------------------------------------------
 *
 * relation_object.h
 *	  Triggers, rules and policies: objects that belong to a relation.
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
#include "lib/stringinfo.h"

/*
 * BpObject.info of such an object.  The object's name is unique in its
 * relation only.
 */
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
 * Adds such an object.  defn and drop are empty; the caller appends to them.
 * Returns NULL if the relation is not selected.
 */
extern BpRelationObject *bp_relation_object_add(BpDefine *d, BpObjectKind kind,
												Oid classid, Oid oid,
												Oid relid, const char *desc,
												const char *name);

/*
 * ENABLE, DISABLE, … for a value of pg_trigger.tgenabled or
 * pg_rewrite.ev_enabled.  Refuses unknown values.
 */
extern const char *bp_enabled_state(BpDefine *d, char enabled);

#endif							/* BP_DEFINE_RELATION_OBJECT_H */
