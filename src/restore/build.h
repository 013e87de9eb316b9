/*-------------------------------------------------------------------------
 *
 * build.h
 *	  Building indexes and validating foreign keys with idle processors.
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
 * Lowers max_parallel_maintenance_workers, until the current GUC nest level
 * ends, to the number of processors that no unit of the task uses.
 */
extern void bp_build_share(BpSession *session, BpPlan *plan);

/*
 * Estimates the cost of building an index or a key of the table, in tenths of
 * the cost of sorting the table by one integer column.
 */
extern int	bp_build_weight(const BpTocEntry *index, const BpTocEntry *table);

/*
 * Adds the foreign key that an entry defines, as NOT VALID.  Returns false,
 * without having done anything, if the entry's definition is not a single ALTER
 * TABLE ... ADD FOREIGN KEY.  Raises the server's errors.
 */
extern bool bp_build_add_fkey_not_valid(const BpTocEntry *e);

/*
 * Validates the foreign key that bp_build_add_fkey_not_valid added; does
 * nothing if that returned false.  Raises foreign_key_violation if a row
 * violates it.
 */
extern void bp_build_validate_fkey(const BpTocEntry *e);

#endif							/* BP_RESTORE_BUILD_H */
