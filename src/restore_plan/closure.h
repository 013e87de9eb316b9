/*-------------------------------------------------------------------------
 *
 * closure.h
 *	  The entries that a selection by schemas or tables also needs.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/closure.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_CLOSURE_H
#define BP_RESTORE_PLAN_CLOSURE_H

#include "restore_plan/selection.h"

/*
 * 'in' (indexed as BpToc.entries is) says which entries are selected by name.
 * Adds the entries that belong to those and the entries that those need, and
 * takes out entries that refer to an object that will not be there.  Notes
 * foreign keys that are left out for that reason in the task.
 */
extern void bp_restore_plan_closure(BpSelection *sel, bool *in);

#endif							/* BP_RESTORE_PLAN_CLOSURE_H */
