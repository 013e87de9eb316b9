/*-------------------------------------------------------------------------
 *
 * data.h
 *	  Planning the load of data files.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/data.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_DATA_H
#define BP_RESTORE_PLAN_DATA_H

#include "restore_plan/dag.h"

/*
 * Adds groups that load the selected data files.  Sets dag->data and
 * dag->raw.  Raises what bp_restore_plan_files and bp_restore_plan_fkey_order
 * raise.
 */
extern void bp_restore_plan_data(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_DATA_H */
