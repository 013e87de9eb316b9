/*-------------------------------------------------------------------------
 *
 * conflicts.h
 *	  What a restore does with objects that exist already.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/conflicts.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_CONFLICTS_H
#define BP_RESTORE_PLAN_CONFLICTS_H

#include "restore_plan/selection.h"

/*
 * Applies the task's if_exists: takes entries out of the selection whose
 * objects stay as they are, and notes some of them in the task.  Raises
 * duplicate_table or duplicate_object, which lists the objects that exist, if
 * they may neither be kept nor replaced.
 */
extern void bp_restore_plan_conflicts(BpSelection *sel);

#endif							/* BP_RESTORE_PLAN_CONFLICTS_H */
