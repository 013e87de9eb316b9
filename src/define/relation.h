/*-------------------------------------------------------------------------
 *
 * relation.h
 *	  Reads the selected relations and all that belongs to them.
 *
 * See relation.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/relation.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_RELATION_H
#define BP_DEFINE_RELATION_H

#include "define/context.h"

/*
 * Adds the selected relations of d->relations, with their columns, indexes,
 * constraints, triggers, rules and policies.
 */
extern void bp_read_relations(BpDefine *d);

#endif							/* BP_DEFINE_RELATION_H */
