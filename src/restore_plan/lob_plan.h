/*-------------------------------------------------------------------------
 *
 * lob_plan.h
 *	  Planning the contents of large objects.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/lob_plan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_LOB_PLAN_H
#define BP_RESTORE_PLAN_LOB_PLAN_H

#include "restore_plan/dag.h"

/*
 * Adds groups that write the contents of the selected large objects.  Raises
 * undefined_file or data_corrupted for a file that is missing or a list that
 * is damaged.
 */
extern void bp_restore_plan_lobs(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_LOB_PLAN_H */
