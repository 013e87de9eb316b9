/*-------------------------------------------------------------------------
 *
 * pre.h
 *	  Planning the entries of the pre-data section.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/pre.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_PRE_H
#define BP_RESTORE_PLAN_PRE_H

#include "restore_plan/dag.h"

/*
 * Adds groups that run the pre-data entries of the selection, after
 * dag->prepare.  Sets dag->pre_last, which all later groups wait for.
 */
extern void bp_restore_plan_pre_data(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_PRE_H */
