/*-------------------------------------------------------------------------
 *
 * slot_lists.h
 *	  The lists of task slots: free, queued, to be cancelled, ended.
 *
 * Only slots.c moves slots between them.  Everything here is O(1), or O(log n)
 * for the queue, however many slots there are.  The caller holds
 * BpShared.lock, exclusively if the function changes anything; nothing raises
 * errors or allocates.
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
	BP_LIST_QUEUE,				/* the heap; prev is the place in it */
	BP_LIST_CANCEL,
	BP_LIST_ENDED
} BpListId;

/* Shared memory for the lists of so many slots, in bytes; and making them,
 * all slots being FREE. */
extern Size bp_slots_size(int ntasks);
extern void bp_slots_init(void *space);

/* To the end of that list, out of the one it is in; in the queue to its
 * place by priority and order.  (exclusive) */
extern void bp_list_move(BpTask *task, BpListId list);

/* The list it is in; the first of a list, NULL if it is empty; the next of
 * any list but the queue, or NULL; how many there are. */
extern BpListId bp_list_of(const BpTask *task);
extern BpTask *bp_list_first(BpListId list);
extern BpTask *bp_list_next(const BpTask *after);
extern int	bp_list_count(BpListId list);

/* Makes the slot known by that id, and unknown; the one of an id, or NULL.
 * (the first two exclusive) */
extern void bp_hash_add(const BpTask *task, int64 id);
extern void bp_hash_remove(const BpTask *task);
extern BpTask *bp_hash_find(int64 id);

/*
 * Tasks that were queued without a row in the log, in the order of that;
 * after NULL comes the first.  The second takes the task, and those before
 * it, out of the list.  (exclusive, but for the list's reader)
 */
extern void bp_task_add_unlogged(BpTask *task);
extern void bp_task_unlogged_seen(const BpTask *task);
extern BpTask *bp_task_next_unlogged(const BpTask *after);

#endif							/* BP_SHARED_SLOT_LISTS_H */
