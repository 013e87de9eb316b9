/*-------------------------------------------------------------------------
 *
 * rule.h
 *	  Reads rules.
 *
 * See rule.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/rule.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_RULE_H
#define BP_DEFINE_RULE_H

#include "define/context.h"

/* Adds the rules of these selected relations. */
extern void bp_read_rules(BpDefine *d, const Oid *relids, int n);

#endif							/* BP_DEFINE_RULE_H */
