/*-------------------------------------------------------------------------
 *
 * slots.h
 *	  The states of tasks and of their slots.
 *
 * Everything here is O(1), or O(log n) in the length of the queue.  The caller
 * holds BpShared.lock, exclusively where the comment says so.  Nothing here
 * raises errors or allocates memory.
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
 * Changes BpTask.state; nothing else does.  A final state wakes the sessions
 * that wait for the task.  (exclusive)
 */
extern void bp_task_set_state(BpTask *task, BpTaskState state);

/* The task with this id; NULL if no slot has it. */
extern BpTask *bp_task_find(int64 id);

/*
 * Reserves a slot for a new task and resets it: a free slot, or else the slot
 * of the task that ended first.  The new task is last in the order of
 * arrival.  id 0 stands for the next id.  NULL if all slots are in use.
 * (exclusive)
 */
extern BpTask *bp_task_reserve(int64 id);

/* The number of slots that bp_task_reserve could give, and of queued tasks. */
extern int	bp_slots_available(void);
extern int	bp_slots_queued(void);

/*
 * The queued task that is first by priority and order of arrival, or NULL.  A
 * task that is to be cancelled is not among them.
 */
extern BpTask *bp_task_first_queued(void);

/*
 * Marks a queued or running task to be cancelled; false if it is neither.  The
 * task stays in the list of tasks to be cancelled until its state changes or
 * bp_task_cancel_seen is called.  (exclusive)
 */
extern bool bp_task_cancel(BpTask *task);

/*
 * The next task of the list of tasks to be cancelled, or NULL; the first if
 * 'after' is NULL.
 */
extern BpTask *bp_task_next_cancel(const BpTask *after);

/* Takes the task out of that list.  (exclusive) */
extern void bp_task_cancel_seen(BpTask *task);

/*
 * While it is pinned, the slot of a task that has ended is not reused.  Pins are
 * counted.  (exclusive)
 */
extern void bp_task_pin(BpTask *task);
extern void bp_task_unpin(BpTask *task);

#endif							/* BP_SHARED_SLOTS_H */
