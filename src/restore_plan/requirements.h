/*-------------------------------------------------------------------------
 *
 * requirements.h
 *	  What an archive needs that only the server can have.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/requirements.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_REQUIREMENTS_H
#define BP_RESTORE_PLAN_REQUIREMENTS_H

#include "restore_plan/selection.h"

/*
 * Raises undefined_object, with all their names, if the selected entries need
 * roles or extensions that this server does not have.
 */
extern void bp_restore_plan_requirements(BpSelection *sel);

#endif							/* BP_RESTORE_PLAN_REQUIREMENTS_H */
