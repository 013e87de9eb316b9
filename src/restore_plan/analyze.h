/*-------------------------------------------------------------------------
 *
 * analyze.h
 *	  Planning the statistics of the tables that are loaded.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/analyze.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_ANALYZE_H
#define BP_RESTORE_PLAN_ANALYZE_H

#include "restore_plan/dag.h"

/*
 * Adds groups that analyze the tables that this restore loads, each after
 * the data and the post-data entries of its table.
 */
extern void bp_restore_plan_analyze(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_ANALYZE_H */
