/*-------------------------------------------------------------------------
 *
 * slot_lists.h
 *	  The lists of task slots: free, queued, to be cancelled, ended.
 *
 * Only slots.c moves slots between these lists.  Everything here is O(1), or
 * O(log n) in the length of the queue.  The caller holds BpShared.lock,
 * exclusively where the comment says so.  Nothing here raises errors or
 * allocates memory.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/slot_lists.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_SLOT_LISTS_H
#define BP_SHARED_SLOT_LISTS_H

#include "shared/task.h"

typedef enum BpListId
{
	BP_LIST_NONE = 0,
	BP_LIST_FREE,
	BP_LIST_QUEUE,				/* a heap: prev is the index in it */
	BP_LIST_CANCEL,
	BP_LIST_ENDED
} BpListId;

/*
 * Bytes of shared memory for the lists of so many slots.  bp_slots_init makes
 * the lists there, with all slots in the free list.
 */
extern Size bp_slots_size(int ntasks);
extern void bp_slots_init(void *space);

/*
 * Moves a slot from the list that it is in to the end of another; in the queue
 * to its place by priority and order of arrival.  (exclusive)
 */
extern void bp_list_move(BpTask *task, BpListId list);

/* The list that a slot is in. */
extern BpListId bp_list_of(const BpTask *task);

/* The first slot of a list; NULL if it is empty. */
extern BpTask *bp_list_first(BpListId list);

/* The next slot of the same list, or NULL; not for the queue. */
extern BpTask *bp_list_next(const BpTask *after);
extern int	bp_list_count(BpListId list);

/*
 * The hash table of tasks by id: add, remove (both exclusive), and find, which
 * returns NULL if no slot has that id.
 */
extern void bp_hash_add(const BpTask *task, int64 id);
extern void bp_hash_remove(const BpTask *task);
extern BpTask *bp_hash_find(int64 id);

/*
 * The list of tasks that were queued without a row in the log, in the order in
 * which they were queued: the worker has to insert their rows.
 */

/* Adds a task, unless it is there already.  (exclusive) */
extern void bp_task_add_unlogged(BpTask *task);

/* Takes the task, and those before it, out of the list.  (exclusive) */
extern void bp_task_unlogged_seen(const BpTask *task);

/* The next task of the list, or NULL; the first if 'after' is NULL. */
extern BpTask *bp_task_next_unlogged(const BpTask *after);

#endif							/* BP_SHARED_SLOT_LISTS_H */
