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

/*
 * Adds the policies of these relations, and row security where it is enabled.
 */
extern void bp_read_policies(BpDefine *d, const Oid *relids, int n);

#endif							/* BP_DEFINE_POLICY_H */
