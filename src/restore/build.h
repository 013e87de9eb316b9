/*-------------------------------------------------------------------------
 *
 * build.h
 *	  Building indexes and checking foreign keys with what is idle.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/build.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_BUILD_H
#define BP_RESTORE_BUILD_H

#include "session/session.h"

/*
 * Sets max_parallel_maintenance_workers, up to the end of the current GUC nest
 * level, to the processors that no unit of the task uses, if that is less.
 */
extern void bp_build_share(BpSession *session, BpPlan *plan);

/*
 * How much dearer it is to build the index or key of the first entry than to
 * sort the table of the second one by an integer; a guess, in tenths.
 */
extern int	bp_build_weight(const BpTocEntry *index, const BpTocEntry *table);

/*
 * Adds the foreign key that an entry defines as NOT VALID; false if the
 * entry's definition is not one that can be, and nothing was done.
 */
extern bool bp_build_add_fkey_not_valid(const BpTocEntry *e);

/* Has the server check the rows of the foreign key that was added so. */
extern void bp_build_validate_fkey(const BpTocEntry *e);

#endif							/* BP_RESTORE_BUILD_H */
