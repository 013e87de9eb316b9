/*-------------------------------------------------------------------------
 *
 * ordered_load.h
 *	  Several backends load one table, in the order of its file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/ordered_load.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_ORDERED_LOAD_H
#define BP_RESTORE_ORDERED_LOAD_H

#include "nodes/pg_list.h"
#include "shared/plan.h"
#include "utils/rel.h"

/*
 * May bp_load_ordered load this table?  The table must be a heap, and
 * bp_load_possible must hold.
 */
extern bool bp_load_ordered_possible(Relation rel, List *columns);

/*
 * Loads up to 'share' frames of a file that is cut, beside other backends that
 * do the same, and returns the number of rows loaded.  The source is open for
 * all frames of the file.  'rel' is locked for writing.  Raises the errors of
 * bp_load_rows.
 */
extern uint64 bp_load_ordered(Relation rel, List *columns, BpPlanFile *file,
							  uint32 share);

#endif							/* BP_RESTORE_ORDERED_LOAD_H */
