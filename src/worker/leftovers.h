/*-------------------------------------------------------------------------
 *
 * leftovers.h
 *	  What a backup that did not succeed leaves in the repository.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/leftovers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_LEFTOVERS_H
#define BP_WORKER_LEFTOVERS_H

#include "datatype/timestamp.h"
#include "shared/task.h"

/*
 * Is the backup's archive complete?  It is if this task has made it and it has
 * its final name, which it gets after everything in it is synced; an error of
 * the connection after that does not matter.
 */
extern bool bp_leftovers_are_complete(const BpTask *task);

/*
 * Removes what the backup has made in the repository, if anything.  If that
 * fails, it is reported and tried again later.
 */
extern void bp_leftovers_remove(const BpTask *task);

/*
 * Adds a partial archive that could not be removed when the worker started, so
 * that the removal is tried again later.  path is copied; it is without the
 * suffix of partial archives.
 */
extern void bp_leftovers_add(const char *path);

/* If it is time, tries again to remove what could not be removed. */
extern void bp_leftovers_retry(TimestampTz now);

/*
 * The time of the next call of bp_leftovers_retry; 0: there is nothing to
 * remove.
 */
extern TimestampTz bp_leftovers_next_time(void);

#endif							/* BP_WORKER_LEFTOVERS_H */
