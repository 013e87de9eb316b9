/*-------------------------------------------------------------------------
 *
 * slot_lists.c
 *	  The lists of task slots: free, queued, to be cancelled, ended.
 *
 * A slot is in at most one of these lists.  The queue among them is a binary
 * heap by priority, then order of arrival.
 *
 * All slots that have a task are also in a hash table by id.  Ids are given
 * one after the other, and there are at least as many buckets as slots, so the
 * buckets are filled evenly: even the bucket of a task that stays for a long
 * time has few other tasks.
 *
 * Besides, a task that was queued outside the home database is in the list of
 * tasks without a row in the log.
 *
 * The links are numbers of slots, in an array of their own: 10,000 slots take
 * 80 MB, which a walk through a list need not touch.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/slot_lists.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "shared/slot_lists.h"

#define BP_NO_SLOT	(-1)

#define BP_NLISTS	(BP_LIST_ENDED + 1)

typedef struct BpLink
{
	int64		id;				/* task's id; 0: not in the hash table */
	int32		next;			/* in its list */
	int32		prev;
	int32		chain;			/* next of the same bucket */
	int32		next_unlogged;
	bool		unlogged;		/* it is in the list of unlogged tasks */
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

static void list_add(BpListId list, int slot);
static void queue_up(int pos);
static void queue_down(int pos);

static inline int
slot_of(const BpTask *task)
{
	return (int) (task - bp_shared->tasks);
}

/* The task in that slot, or NULL */
static inline BpTask *
slot_task(int slot)
{
	return slot == BP_NO_SLOT ? NULL : &bp_shared->tasks[slot];
}

static uint32
slots_buckets(int ntasks)
{
	return pg_nextpower2_32((uint32) Max(16, ntasks));
}

Size
bp_slots_size(int ntasks)
{
	Size		size = MAXALIGN(sizeof(BpSlots));

	size = add_size(size, MAXALIGN(mul_size(slots_buckets(ntasks),
											sizeof(int32))));
	size = add_size(size, MAXALIGN(mul_size(ntasks, sizeof(BpLink))));
	return add_size(size, MAXALIGN(mul_size(ntasks, sizeof(BpQueueEntry))));
}

void
bp_slots_init(void *space)
{
	char	   *p = space;
	BpSlots    *s = space;
	uint32		nbuckets = slots_buckets(bp_shared->ntasks);

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
		list_add(BP_LIST_FREE, i);
	}
}

/* ----------------------------------------------------------------
 *		the queue
 * ----------------------------------------------------------------
 */

static inline bool
queue_before(const BpQueueEntry *a, const BpQueueEntry *b)
{
	return a->priority > b->priority ||
		(a->priority == b->priority && a->order < b->order);
}

static inline void
queue_put(int pos, BpQueueEntry entry)
{
	bp_shared->slots->queue[pos] = entry;
	bp_shared->slots->links[entry.slot].prev = pos;
}

static void
queue_up(int pos)
{
	BpQueueEntry *q = bp_shared->slots->queue;
	BpQueueEntry e = q[pos];

	while (pos > 0 && queue_before(&e, &q[(pos - 1) / 2]))
	{
		queue_put(pos, q[(pos - 1) / 2]);
		pos = (pos - 1) / 2;
	}
	queue_put(pos, e);
}

static void
queue_down(int pos)
{
	BpQueueEntry *q = bp_shared->slots->queue;
	int			n = bp_shared->slots->count[BP_LIST_QUEUE];
	BpQueueEntry e = q[pos];

	for (;;)
	{
		int			child = 2 * pos + 1;

		if (child >= n)
			break;
		if (child + 1 < n && queue_before(&q[child + 1], &q[child]))
			child++;
		if (!queue_before(&q[child], &e))
			break;
		queue_put(pos, q[child]);
		pos = child;
	}
	queue_put(pos, e);
}

/* ----------------------------------------------------------------
 *		lists, of which the queue is one
 * ----------------------------------------------------------------
 */

static void
list_add(BpListId list, int slot)
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
		queue_up(s->count[list]++);
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
list_remove(int slot)
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

		/* the last entry fills the gap, and then moves to its own place */
		if (pos != last)
		{
			queue_put(pos, s->queue[last]);
			queue_up(pos);
			queue_down(s->links[s->queue[last].slot].prev);
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

void
bp_list_move(BpTask *task, BpListId list)
{
	int			slot = slot_of(task);

	list_remove(slot);
	list_add(list, slot);
}

BpListId
bp_list_of(const BpTask *task)
{
	return bp_shared->slots->links[slot_of(task)].list;
}

BpTask *
bp_list_first(BpListId list)
{
	BpSlots    *s = bp_shared->slots;

	if (list == BP_LIST_QUEUE)
		return s->count[list] == 0 ? NULL : slot_task(s->queue[0].slot);
	return slot_task(s->first[list]);
}

BpTask *
bp_list_next(const BpTask *after)
{
	Assert(bp_list_of(after) != BP_LIST_QUEUE);
	return slot_task(bp_shared->slots->links[slot_of(after)].next);
}

int
bp_list_count(BpListId list)
{
	return bp_shared->slots->count[list];
}

/* ----------------------------------------------------------------
 *		the hash table
 * ----------------------------------------------------------------
 */

void
bp_hash_add(const BpTask *task, int64 id)
{
	BpSlots    *s = bp_shared->slots;
	int			slot = slot_of(task);
	int32	   *bucket = &s->buckets[(uint64) id & s->mask];

	s->links[slot].id = id;
	s->links[slot].chain = *bucket;
	*bucket = slot;
}

void
bp_hash_remove(const BpTask *task)
{
	BpSlots    *s = bp_shared->slots;
	int			slot = slot_of(task);
	int32	   *at = &s->buckets[(uint64) s->links[slot].id & s->mask];

	while (*at != BP_NO_SLOT && *at != slot)
		at = &s->links[*at].chain;
	if (*at == slot)
		*at = s->links[slot].chain;
	s->links[slot].id = 0;
}

BpTask *
bp_hash_find(int64 id)
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
 *		tasks without a row in the log
 * ----------------------------------------------------------------
 */

void
bp_task_add_unlogged(BpTask *task)
{
	BpSlots    *s = bp_shared->slots;
	int			slot = slot_of(task);
	BpLink	   *link = &s->links[slot];

	if (link->unlogged)
		return;					/* still there for an earlier task */
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
	bool		last = !s->links[slot_of(task)].unlogged;

	while (!last)
	{
		BpLink	   *link = &s->links[s->first_unlogged];

		last = s->first_unlogged == slot_of(task);
		link->unlogged = false;
		s->first_unlogged = link->next_unlogged;
	}
}

BpTask *
bp_task_next_unlogged(const BpTask *after)
{
	BpSlots    *s = bp_shared->slots;
	int			slot = after == NULL ? s->first_unlogged :
		s->links[slot_of(after)].next_unlogged;

	return slot_task(slot);
}
