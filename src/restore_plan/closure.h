/*-------------------------------------------------------------------------
 *
 * closure.h
 *	  What a selection by schemas or tables brings along.
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

#include "restore_plan/select.h"

/*
 * Adds to the entries chosen so far (in, indexed as BpToc.entries is) what
 * belongs to them and what they need, and takes out what would link to
 * something that will not be there.
 */
extern void bp_restore_plan_closure(BpSelection *sel, bool *in);

#endif							/* BP_RESTORE_PLAN_CLOSURE_H */
