/*-------------------------------------------------------------------------
 *
 * slots.c
 *	  The states of tasks and of their slots.
 *
 * The state of a slot determines its list (slot_lists.c), if it is in any:
 *
 *	free list		FREE
 *	queue			QUEUED
 *	cancel list		QUEUED or RUNNING, and the worker is to cancel it
 *	ended list		a final state, and no session waits for it; in the order
 *					in which the tasks ended, so that the slot of the first
 *					is reused first
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/slots.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "shared/slot_lists.h"
#include "shared/slots.h"

static bool
task_may_become(BpTaskState from, BpTaskState to)
{
	switch (from)
	{
		case BP_TASK_FREE:
			return to == BP_TASK_RESERVED;
		case BP_TASK_RESERVED:
			return to == BP_TASK_QUEUED || to == BP_TASK_FREE;
		case BP_TASK_QUEUED:
			return to == BP_TASK_RUNNING || to == BP_TASK_FAILED ||
				to == BP_TASK_CANCELLED;
		case BP_TASK_RUNNING:
			return to == BP_TASK_QUEUED || to == BP_TASK_SUCCEEDED ||
				to == BP_TASK_FAILED || to == BP_TASK_CANCELLED ||
				to == BP_TASK_INTERRUPTED;
		case BP_TASK_SUCCEEDED:
		case BP_TASK_FAILED:
		case BP_TASK_CANCELLED:
		case BP_TASK_INTERRUPTED:
			return to == BP_TASK_FREE;
	}
	return false;
}

static void
task_count(BpTaskState state)
{
	BpCounters *c = &bp_shared->counters;

	if (state == BP_TASK_SUCCEEDED)
		pg_atomic_fetch_add_u64(&c->tasks_succeeded, 1);
	else if (state == BP_TASK_CANCELLED)
		pg_atomic_fetch_add_u64(&c->tasks_cancelled, 1);
	else
		pg_atomic_fetch_add_u64(&c->tasks_failed, 1);
}

void
bp_task_set_state(BpTask *task, BpTaskState state)
{
	Assert(LWLockHeldByMeInMode(bp_shared->lock, LW_EXCLUSIVE));

	if (!task_may_become(task->state, state))
	{
		/*
		 * this is a bug of ours, but a wrong state is better than a server
		 * crash
		 */
		elog(WARNING, "task " INT64_FORMAT " cannot go from state %s to %s",
			 task->id, bp_task_state_name(task->state),
			 bp_task_state_name(state));
		return;
	}
	task->state = state;
	switch (state)
	{
		case BP_TASK_FREE:
			bp_hash_remove(task);
			bp_task_release(task);
			bp_list_move(task, BP_LIST_FREE);
			break;
		case BP_TASK_RESERVED:
			bp_list_move(task, BP_LIST_NONE);
			break;
		case BP_TASK_QUEUED:
			bp_list_move(task, task->cancel_requested ? BP_LIST_CANCEL :
						 BP_LIST_QUEUE);
			break;
		case BP_TASK_RUNNING:
			bp_list_move(task, task->cancel_requested ? BP_LIST_CANCEL :
						 BP_LIST_NONE);
			break;
		case BP_TASK_SUCCEEDED:
		case BP_TASK_FAILED:
		case BP_TASK_CANCELLED:
		case BP_TASK_INTERRUPTED:
			task->phase = BP_PHASE_NONE;
			task->nconnections = 0;
			task_count(state);
			bp_list_move(task, task->nwaiters > 0 ? BP_LIST_NONE :
						 BP_LIST_ENDED);
			ConditionVariableBroadcast(&task->done);
			break;
	}
}

BpTask *
bp_task_find(int64 id)
{
	return bp_hash_find(id);
}

BpTask *
bp_task_reserve(int64 id)
{
	BpTask	   *task = bp_list_first(BP_LIST_FREE);

	if (task == NULL)
	{
		task = bp_list_first(BP_LIST_ENDED);
		if (task == NULL)
			return NULL;
		bp_task_set_state(task, BP_TASK_FREE);
	}
	bp_task_init(task);
	task->id = id != 0 ? id : bp_shared->next_task_id++;
	task->order = bp_shared->next_order++;
	bp_task_set_state(task, BP_TASK_RESERVED);
	bp_hash_add(task, task->id);
	return task;
}

int
bp_slots_available(void)
{
	return bp_list_count(BP_LIST_FREE) + bp_list_count(BP_LIST_ENDED);
}

int
bp_slots_queued(void)
{
	return bp_list_count(BP_LIST_QUEUE);
}

BpTask *
bp_task_first_queued(void)
{
	return bp_list_first(BP_LIST_QUEUE);
}

bool
bp_task_cancel(BpTask *task)
{
	if (task->state != BP_TASK_QUEUED && task->state != BP_TASK_RUNNING)
		return false;
	if (!task->cancel_requested)
	{
		task->cancel_requested = true;
		bp_list_move(task, BP_LIST_CANCEL);
	}
	return true;
}

BpTask *
bp_task_next_cancel(const BpTask *after)
{
	Assert(after == NULL || bp_list_of(after) == BP_LIST_CANCEL);
	return after == NULL ? bp_list_first(BP_LIST_CANCEL) : bp_list_next(after);
}

void
bp_task_cancel_seen(BpTask *task)
{
	if (bp_list_of(task) == BP_LIST_CANCEL)
		bp_list_move(task, BP_LIST_NONE);
}

void
bp_task_pin(BpTask *task)
{
	if (task->nwaiters++ == 0 && bp_task_is_final(task->state))
		bp_list_move(task, BP_LIST_NONE);
}

void
bp_task_unpin(BpTask *task)
{
	if (task->nwaiters > 0 && --task->nwaiters == 0 &&
		bp_task_is_final(task->state))
		bp_list_move(task, BP_LIST_ENDED);
}
