/*-------------------------------------------------------------------------
 *
 * policy.h
 *	  Reads row security and policies.
 *
 * See policy.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/policy.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_POLICY_H
#define BP_DEFINE_POLICY_H

#include "define/context.h"

/* Adds the row security, where enabled, and policies of selected relations. */
extern void bp_read_policies(BpDefine *d, const Oid *relids, int n);

#endif							/* BP_DEFINE_POLICY_H */
