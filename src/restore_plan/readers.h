/*-------------------------------------------------------------------------
 *
 * readers.h
 *	  Which entries of an archive run functions that may read tables.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/readers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_READERS_H
#define BP_RESTORE_PLAN_READERS_H

#include "restore_plan/dag.h"

/*
 * Sets dag->reads.  For a TABLE it says whether loading rows into the table
 * may run a function that reads tables; for an INDEX, a constraint or a
 * STATISTICS entry, whether making the object, or ANALYZE afterwards, may.
 * It is false for entries of other kinds.
 *
 * Statements that the parser does not accept count as reading.  Raises no
 * error but those of the server's catalogs and of memory.
 */
extern void bp_restore_plan_find_readers(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_READERS_H */
