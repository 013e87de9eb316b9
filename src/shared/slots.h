/*-------------------------------------------------------------------------
 *
 * slots.h
 *	  The states of tasks, and of the slots that they are in.
 *
 * Everything here is O(1), or O(log n) for the queue, however many slots
 * there are.  The caller holds BpShared.lock, exclusively if the function
 * changes anything; nothing raises errors or allocates.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/slots.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_SLOTS_H
#define BP_SHARED_SLOTS_H

#include "shared/task.h"

/*
 * The only writer of BpTask.state.  A move to a final state wakes the
 * waiters.  (exclusive)
 */
extern void bp_task_set_state(BpTask *task, BpTaskState state);

/* By id; NULL if there is none. */
extern BpTask *bp_task_find(int64 id);

/*
 * A slot in state RESERVED, reset, last in the order of arrival: a free one,
 * or that of the task that ended first.  With id 0 it gets the next id.  NULL
 * if all slots are in use.  (exclusive)
 */
extern BpTask *bp_task_reserve(int64 id);

/* How many slots bp_task_reserve could give; how many tasks are queued. */
extern int	bp_slots_available(void);
extern int	bp_slots_queued(void);

/* The queued task that is next by priority and order of arrival, or NULL;
 * one that is to be cancelled is not queued any more. */
extern BpTask *bp_task_first_queued(void);

/*
 * Marks a queued or running task to be cancelled; false if it is neither.
 * The worker finds it in the list of these (after NULL comes the first),
 * where it is until its state changes or bp_task_cancel_seen is called.
 * (exclusive)
 */
extern bool bp_task_cancel(BpTask *task);
extern BpTask *bp_task_next_cancel(const BpTask *after);
extern void bp_task_cancel_seen(BpTask *task);

/* While it is pinned the slot of a task that is over is not given away.
 * (exclusive) */
extern void bp_task_pin(BpTask *task);
extern void bp_task_unpin(BpTask *task);

#endif							/* BP_SHARED_SLOTS_H */
