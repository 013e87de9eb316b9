/*-------------------------------------------------------------------------
 *
 * slots.c
 *	  Which task slots are free, queued, to be cancelled, or over.
 *
 * A slot is in at most one of these, by its state:
 *
 *	free list		FREE
 *	queue			QUEUED; a binary heap by priority, then order of arrival
 *	cancel list		QUEUED or RUNNING, and the worker is to cancel it
 *	ended list		a final state, and nobody waits for it; the task that
 *					ended first stands first, its slot is reused first
 *
 * and all but free ones are in a hash table by id.  Ids are given one after
 * the other, so the buckets, as many as there are slots at least, are as
 * good as evenly filled: a task that stays long shares its bucket with few.
 *
 * Besides, a task that was queued from another database than the home one is
 * in the list of those that the log is to get to know.
 *
 * The links are numbers of slots, in an array of their own: 10,000 slots are
 * 80 MB, and nobody should have to touch them to walk a list.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/slots.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "shared/slots.h"

#define BP_NO_SLOT	(-1)

typedef enum BpListId
{
	BP_LIST_NONE = 0,
	BP_LIST_FREE,
	BP_LIST_QUEUE,				/* the heap; prev is the place in it */
	BP_LIST_CANCEL,
	BP_LIST_ENDED
} BpListId;

#define BP_NLISTS	(BP_LIST_ENDED + 1)

typedef struct BpLink
{
	int64		id;				/* of the task; 0: not in the hash table */
	int32		next;			/* in its list */
	int32		prev;
	int32		chain;			/* next of the same bucket */
	int32		next_unlogged;
	bool		unlogged;		/* it is in that list */
	BpListId	list;
} BpLink;

typedef struct BpQueueEntry
{
	uint64		order;
	int32		priority;
	int32		slot;
} BpQueueEntry;

struct BpSlots
{
	int32		first[BP_NLISTS];
	int32		last[BP_NLISTS];
	int			count[BP_NLISTS];
	int32		first_unlogged;
	int32		last_unlogged;
	uint32		mask;			/* of the hash table's buckets */
	int32	   *buckets;
	BpLink	   *links;
	BpQueueEntry *queue;
};

static bool bp_task_may_become(BpTaskState from, BpTaskState to);
static void bp_list_add(BpListId list, int slot);
static void bp_list_remove(int slot);
static void bp_queue_up(int pos);
static void bp_queue_down(int pos);
static void bp_hash_add(int slot, int64 id);
static void bp_hash_remove(int slot);

static inline int
bp_slot_of(const BpTask *task)
{
	return (int) (task - bp_shared->tasks);
}

static uint32
bp_slots_buckets(int ntasks)
{
	return pg_nextpower2_32((uint32) Max(16, ntasks));
}

Size
bp_slots_size(int ntasks)
{
	Size		size = MAXALIGN(sizeof(BpSlots));

	size = add_size(size, MAXALIGN(mul_size(bp_slots_buckets(ntasks),
											sizeof(int32))));
	size = add_size(size, MAXALIGN(mul_size(ntasks, sizeof(BpLink))));
	return add_size(size, MAXALIGN(mul_size(ntasks, sizeof(BpQueueEntry))));
}

void
bp_slots_init(void *space)
{
	char	   *p = space;
	BpSlots    *s = space;
	uint32		nbuckets = bp_slots_buckets(bp_shared->ntasks);

	bp_shared->slots = s;
	p += MAXALIGN(sizeof(BpSlots));
	s->buckets = (int32 *) p;
	p += MAXALIGN(nbuckets * sizeof(int32));
	s->links = (BpLink *) p;
	p += MAXALIGN(bp_shared->ntasks * sizeof(BpLink));
	s->queue = (BpQueueEntry *) p;

	s->mask = nbuckets - 1;
	for (uint32 i = 0; i < nbuckets; i++)
		s->buckets[i] = BP_NO_SLOT;
	for (int i = 0; i < BP_NLISTS; i++)
	{
		s->first[i] = s->last[i] = BP_NO_SLOT;
		s->count[i] = 0;
	}
	s->first_unlogged = s->last_unlogged = BP_NO_SLOT;
	for (int i = 0; i < bp_shared->ntasks; i++)
	{
		s->links[i].id = 0;
		s->links[i].unlogged = false;
		s->links[i].list = BP_LIST_NONE;
		bp_list_add(BP_LIST_FREE, i);
	}
}

/* ----------------------------------------------------------------
 *		the queue
 * ----------------------------------------------------------------
 */

static inline bool
bp_queue_before(const BpQueueEntry *a, const BpQueueEntry *b)
{
	return a->priority > b->priority ||
		(a->priority == b->priority && a->order < b->order);
}

static inline void
bp_queue_put(int pos, BpQueueEntry entry)
{
	bp_shared->slots->queue[pos] = entry;
	bp_shared->slots->links[entry.slot].prev = pos;
}

static void
bp_queue_up(int pos)
{
	BpQueueEntry *q = bp_shared->slots->queue;
	BpQueueEntry e = q[pos];

	while (pos > 0 && bp_queue_before(&e, &q[(pos - 1) / 2]))
	{
		bp_queue_put(pos, q[(pos - 1) / 2]);
		pos = (pos - 1) / 2;
	}
	bp_queue_put(pos, e);
}

static void
bp_queue_down(int pos)
{
	BpQueueEntry *q = bp_shared->slots->queue;
	int			n = bp_shared->slots->count[BP_LIST_QUEUE];
	BpQueueEntry e = q[pos];

	for (;;)
	{
		int			child = 2 * pos + 1;

		if (child >= n)
			break;
		if (child + 1 < n && bp_queue_before(&q[child + 1], &q[child]))
			child++;
		if (!bp_queue_before(&q[child], &e))
			break;
		bp_queue_put(pos, q[child]);
		pos = child;
	}
	bp_queue_put(pos, e);
}

/* ----------------------------------------------------------------
 *		lists, of which the queue is one
 * ----------------------------------------------------------------
 */

static void
bp_list_add(BpListId list, int slot)
{
	BpSlots    *s = bp_shared->slots;
	BpLink	   *link = &s->links[slot];

	Assert(link->list == BP_LIST_NONE);
	link->list = list;
	if (list == BP_LIST_NONE)
		return;
	if (list == BP_LIST_QUEUE)
	{
		BpTask	   *task = &bp_shared->tasks[slot];
		BpQueueEntry entry = {task->order, task->priority, slot};

		s->queue[s->count[list]] = entry;
		bp_queue_up(s->count[list]++);
		return;
	}
	link->next = BP_NO_SLOT;
	link->prev = s->last[list];
	if (link->prev == BP_NO_SLOT)
		s->first[list] = slot;
	else
		s->links[link->prev].next = slot;
	s->last[list] = slot;
	s->count[list]++;
}

static void
bp_list_remove(int slot)
{
	BpSlots    *s = bp_shared->slots;
	BpLink	   *link = &s->links[slot];
	BpListId	list = link->list;

	link->list = BP_LIST_NONE;
	if (list == BP_LIST_NONE)
		return;
	s->count[list]--;
	if (list == BP_LIST_QUEUE)
	{
		int			pos = link->prev;
		int			last = s->count[list];

		/* the last one takes its place, and finds its own */
		if (pos != last)
		{
			bp_queue_put(pos, s->queue[last]);
			bp_queue_up(pos);
			bp_queue_down(s->links[s->queue[last].slot].prev);
		}
		return;
	}
	if (link->prev == BP_NO_SLOT)
		s->first[list] = link->next;
	else
		s->links[link->prev].next = link->next;
	if (link->next == BP_NO_SLOT)
		s->last[list] = link->prev;
	else
		s->links[link->next].prev = link->prev;
}

static void
bp_list_move(BpTask *task, BpListId list)
{
	int			slot = bp_slot_of(task);

	bp_list_remove(slot);
	bp_list_add(list, slot);
}

static BpTask *
bp_list_first(BpListId list)
{
	int			slot = bp_shared->slots->first[list];

	return slot == BP_NO_SLOT ? NULL : &bp_shared->tasks[slot];
}

/* ----------------------------------------------------------------
 *		the hash table
 * ----------------------------------------------------------------
 */

static void
bp_hash_add(int slot, int64 id)
{
	BpSlots    *s = bp_shared->slots;
	int32	   *bucket = &s->buckets[(uint64) id & s->mask];

	s->links[slot].id = id;
	s->links[slot].chain = *bucket;
	*bucket = slot;
}

static void
bp_hash_remove(int slot)
{
	BpSlots    *s = bp_shared->slots;
	int32	   *at = &s->buckets[(uint64) s->links[slot].id & s->mask];

	while (*at != BP_NO_SLOT && *at != slot)
		at = &s->links[*at].chain;
	if (*at == slot)
		*at = s->links[slot].chain;
	s->links[slot].id = 0;
}

BpTask *
bp_task_find(int64 id)
{
	BpSlots    *s = bp_shared->slots;
	int			slot;

	if (id <= 0)
		return NULL;
	for (slot = s->buckets[(uint64) id & s->mask]; slot != BP_NO_SLOT;
		 slot = s->links[slot].chain)
		if (s->links[slot].id == id)
			return &bp_shared->tasks[slot];
	return NULL;
}

/* ----------------------------------------------------------------
 *		states
 * ----------------------------------------------------------------
 */

static bool
bp_task_may_become(BpTaskState from, BpTaskState to)
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
bp_task_count(BpTaskState state)
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

	if (!bp_task_may_become(task->state, state))
	{
		/* our own mistake; a wrong state is better than a dead cluster */
		elog(WARNING, "task " INT64_FORMAT " cannot go from state %s to %s",
			 task->id, bp_task_state_name(task->state),
			 bp_task_state_name(state));
		return;
	}
	task->state = state;
	switch (state)
	{
		case BP_TASK_FREE:
			bp_hash_remove(bp_slot_of(task));
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
			bp_task_count(state);
			bp_list_move(task, task->nwaiters > 0 ? BP_LIST_NONE :
						 BP_LIST_ENDED);
			ConditionVariableBroadcast(&task->done);
			break;
	}
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
	bp_hash_add(bp_slot_of(task), task->id);
	return task;
}

int
bp_slots_available(void)
{
	return bp_shared->slots->count[BP_LIST_FREE] +
		bp_shared->slots->count[BP_LIST_ENDED];
}

int
bp_slots_queued(void)
{
	return bp_shared->slots->count[BP_LIST_QUEUE];
}

BpTask *
bp_task_first_queued(void)
{
	if (bp_shared->slots->count[BP_LIST_QUEUE] == 0)
		return NULL;
	return &bp_shared->tasks[bp_shared->slots->queue[0].slot];
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
	int			slot;

	if (after == NULL)
		return bp_list_first(BP_LIST_CANCEL);
	Assert(bp_shared->slots->links[bp_slot_of(after)].list == BP_LIST_CANCEL);
	slot = bp_shared->slots->links[bp_slot_of(after)].next;
	return slot == BP_NO_SLOT ? NULL : &bp_shared->tasks[slot];
}

void
bp_task_cancel_seen(BpTask *task)
{
	if (bp_shared->slots->links[bp_slot_of(task)].list == BP_LIST_CANCEL)
		bp_list_move(task, BP_LIST_NONE);
}

void
bp_task_add_unlogged(BpTask *task)
{
	BpSlots    *s = bp_shared->slots;
	int			slot = bp_slot_of(task);
	BpLink	   *link = &s->links[slot];

	if (link->unlogged)
		return;					/* of a task that had the slot before */
	link->unlogged = true;
	link->next_unlogged = BP_NO_SLOT;
	if (s->first_unlogged == BP_NO_SLOT)
		s->first_unlogged = slot;
	else
		s->links[s->last_unlogged].next_unlogged = slot;
	s->last_unlogged = slot;
}

void
bp_task_unlogged_seen(const BpTask *task)
{
	BpSlots    *s = bp_shared->slots;
	bool		last = !s->links[bp_slot_of(task)].unlogged;

	while (!last)
	{
		BpLink	   *link = &s->links[s->first_unlogged];

		last = s->first_unlogged == bp_slot_of(task);
		link->unlogged = false;
		s->first_unlogged = link->next_unlogged;
	}
}

BpTask *
bp_task_next_unlogged(const BpTask *after)
{
	BpSlots    *s = bp_shared->slots;
	int			slot = after == NULL ? s->first_unlogged :
		s->links[bp_slot_of(after)].next_unlogged;

	return slot == BP_NO_SLOT ? NULL : &bp_shared->tasks[slot];
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
