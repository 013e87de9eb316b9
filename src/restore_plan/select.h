/*-------------------------------------------------------------------------
 *
 * select.h
 *	  Which entries of an archive a restore runs.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/select.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_SELECT_H
#define BP_RESTORE_PLAN_SELECT_H

#include "restore_plan/selection.h"

/*
 * The entries that the task's options select, in CurrentMemoryContext.
 * Raises undefined_schema or undefined_table for a schema or table that the
 * archive does not have, and invalid_name for a table name that cannot be
 * parsed.
 */
extern BpSelection *bp_restore_plan_select(BpSession *session);

#endif							/* BP_RESTORE_PLAN_SELECT_H */
