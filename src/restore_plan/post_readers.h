/*-------------------------------------------------------------------------
 *
 * post_readers.h
 *	  Planning post-data entries that may run functions that read tables.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/post_readers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_POST_READERS_H
#define BP_RESTORE_PLAN_POST_READERS_H

#include "restore_plan/dag.h"

typedef struct BpPostReaders BpPostReaders;

/*
 * Does the entry depend on a post-data entry that is in another group than
 * 'group'?
 */
extern bool bp_post_depends_outside(BpDag *dag, int entry, int group);

/*
 * Begins the planning of post-data: all groups of data are planned, no group of
 * post-data is.  palloc'd.
 */
extern BpPostReaders *bp_post_readers_create(BpDag *dag);

/*
 * The group that the entry must be added to, perhaps a new one, with the edges
 * that keep the order of the archive where functions could notice it.  -1 if
 * that order does not matter for the entry.  Called for the entries of
 * post-data in archive order.
 */
extern int	bp_post_readers_group(BpPostReaders *readers, int entry);

#endif							/* BP_RESTORE_PLAN_POST_READERS_H */
