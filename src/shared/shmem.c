/*-------------------------------------------------------------------------
 *
 * shmem.c
 *	  The shared memory segment: its request, size and contents at the start.
 *
 * One segment holds everything that task.h describes:
 *
 *	BpShared
 *	BpTask[max_tasks]
 *	the lists of slots (slot_lists.c)
 *	BpConnSlot[max_connections]
 *	a DSA area, in place
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/shmem.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/shmem.h"
#include "shared/slot_lists.h"
#include "shared/task.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

/* Bytes of the DSA area that lie in the segment; it can grow beyond them. */
#define BP_AREA_SIZE	(256 * 1024)

static shmem_request_hook_type prev_shmem_request_hook = NULL;
static shmem_startup_hook_type prev_shmem_startup_hook = NULL;

static Size
shmem_size(void)
{
	Size		size = MAXALIGN(sizeof(BpShared));

	size = add_size(size, mul_size(bp_setting_max_tasks,
								   MAXALIGN(sizeof(BpTask))));
	size = add_size(size, bp_slots_size(bp_setting_max_tasks));
	size = add_size(size, mul_size(bp_setting_max_connections,
								   MAXALIGN(sizeof(BpConnSlot))));
	return add_size(size, BP_AREA_SIZE);
}

static void
shmem_request(void)
{
	if (prev_shmem_request_hook)
		prev_shmem_request_hook();
	RequestAddinShmemSpace(shmem_size());
	RequestNamedLWLockTranche("backup_pool", 1);
}

static void
shmem_create(void)
{
	char	   *p = (char *) bp_shared;
	dsa_area   *area;
	BpCounters *c;

	memset(bp_shared, 0, shmem_size());
	bp_shared->lock = &(GetNamedLWLockTranche("backup_pool"))->lock;
	bp_shared->tranche = LWLockNewTrancheId();
	bp_shared->ntasks = bp_setting_max_tasks;
	bp_shared->nconns = bp_setting_max_connections;
	bp_shared->next_task_id = 1;
	bp_shared->next_order = 1;
	ConditionVariableInit(&bp_shared->changed);

	p += MAXALIGN(sizeof(BpShared));
	bp_shared->tasks = (BpTask *) p;
	p += bp_shared->ntasks * sizeof(BpTask);
	p = (char *) MAXALIGN(p);
	bp_slots_init(p);
	p += bp_slots_size(bp_shared->ntasks);
	bp_shared->conns = (BpConnSlot *) p;
	p += bp_shared->nconns * sizeof(BpConnSlot);
	p = (char *) MAXALIGN(p);
	bp_shared->area = p;
	bp_shared->area_size = BP_AREA_SIZE;

	c = &bp_shared->counters;
	pg_atomic_init_u32(&bp_shared->wakes, 0);
	pg_atomic_init_u64(&c->connections_opened, 0);
	pg_atomic_init_u64(&c->connections_reused, 0);
	pg_atomic_init_u64(&c->connections_failed, 0);
	pg_atomic_init_u64(&c->tasks_enqueued, 0);
	pg_atomic_init_u64(&c->tasks_succeeded, 0);
	pg_atomic_init_u64(&c->tasks_failed, 0);
	pg_atomic_init_u64(&c->tasks_cancelled, 0);
	pg_atomic_init_u64(&c->units, 0);
	pg_atomic_init_u64(&c->rows, 0);
	pg_atomic_init_u64(&c->raw_bytes, 0);
	pg_atomic_init_u64(&c->bytes, 0);
	c->since = GetCurrentTimestamp();

	for (int i = 0; i < bp_shared->ntasks; i++)
	{
		BpTask	   *task = &bp_shared->tasks[i];

		ConditionVariableInit(&task->done);
		task->options = InvalidDsaPointer;
		task->sql = InvalidDsaPointer;
		bp_task_init(task);
	}

	/*
	 * The area begins in the fixed segment.  The postmaster must not make
	 * dynamic segments; other processes may, when the area is full (as in
	 * pgstat).
	 */
	area = dsa_create_in_place(bp_shared->area, BP_AREA_SIZE,
							   bp_shared->tranche, NULL);
	dsa_pin(area);
	dsa_detach(area);
}

static void
shmem_startup(void)
{
	bool		found;

	if (prev_shmem_startup_hook)
		prev_shmem_startup_hook();

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	bp_shared_set(ShmemInitStruct("backup_pool", shmem_size(), &found));
	if (!found)
		shmem_create();
	LWLockRelease(AddinShmemInitLock);

	LWLockRegisterTranche(bp_shared->tranche, "backup_pool_options");
}

void
bp_shared_init(void)
{
	prev_shmem_request_hook = shmem_request_hook;
	shmem_request_hook = shmem_request;
	prev_shmem_startup_hook = shmem_startup_hook;
	shmem_startup_hook = shmem_startup;
}
