/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  The plan of a restore.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/plan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_PLAN_H
#define BP_RESTORE_PLAN_PLAN_H

#include "session/session.h"

/*
 * Step "plan", in the target database: reads the archive, selects entries,
 * checks all that can be checked before anything is changed, and publishes
 * the plan (task->plan).  Raises the errors of the passes (the other headers
 * of this folder).
 */
extern void bp_restore_plan(BpSession *session);

/*
 * Step "database", in the home database: raises undefined_object if the server
 * does not have the roles, extensions and locales that a new database needs.
 * Selections, and archives in another encoding, are left to step "plan".
 */
extern void bp_restore_plan_new_database(BpSession *session);

#endif							/* BP_RESTORE_PLAN_PLAN_H */
