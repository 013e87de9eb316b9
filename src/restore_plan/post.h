/*-------------------------------------------------------------------------
 *
 * post.h
 *	  Planning the entries of the post-data section.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/post.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_POST_H
#define BP_RESTORE_PLAN_POST_H

#include "restore_plan/dag.h"

/*
 * Adds groups that run the entries of the main pass that no other group runs
 * yet.  Must be called after the groups that load data are made.
 */
extern void bp_restore_plan_post_data(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_POST_H */
