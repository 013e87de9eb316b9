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

/* Removes what the task has made; tried again later if that can't be done. */
extern void bp_remove_archive(const BpTask *task);

/*
 * The same for a partial archive that the worker's start could not remove;
 * path as if it were complete.
 */
extern void bp_remove_later(const char *path);

/* Tries again what could not be removed. */
extern void bp_remove_again(TimestampTz now);

/* When to call that, or 0 */
extern TimestampTz bp_remove_next_time(void);

#endif							/* BP_WORKER_LEFTOVERS_H */
