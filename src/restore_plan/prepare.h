/*-------------------------------------------------------------------------
 *
 * prepare.h
 *	  Planning what is truncated or dropped before a restore.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/prepare.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_PREPARE_H
#define BP_RESTORE_PLAN_PREPARE_H

#include "restore_plan/dag.h"

/*
 * With if_exists 'truncate' or 'replace': adds the group that truncates
 * tables or drops objects, if there are any, and sets dag->prepare and
 * dag->pre_last to it.  Raises feature_not_supported or wrong_object_type for
 * a table that cannot be truncated, and configuration_limit_exceeded if the
 * lock table has no room for all the locks.
 */
extern void bp_restore_plan_prepare(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_PREPARE_H */
