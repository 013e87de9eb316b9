/*-------------------------------------------------------------------------
 *
 * queue.c
 *	  Enqueuing tasks as part of the caller's transaction.
 *
 * The function that enqueues a task reserves a slot, so that a full queue is an
 * error at once; the commit of the transaction publishes the slot.  The list of
 * the transaction's reservations has the subtransaction that made each: ROLLBACK
 * TO SAVEPOINT frees those made since.  The row in the log is an ordinary row of
 * the same transaction, so it needs no such care.
 *
 * PREPARE TRANSACTION is refused: a slot cannot outlive the session that
 * reserved it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/queue.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "api/queue.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/slot_lists.h"
#include "shared/slots.h"
#include "shared/tasklog.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Milliseconds to wait for the worker to be ready */
#define BP_WORKER_WAIT_MS	10000

/* Maximum length of options as JSON text, in bytes */
#define BP_OPTIONS_LEN		(16 * 1024 * 1024)

typedef struct BpReservation
{
	BpTask	   *task;
	int64		id;
	SubTransactionId subid;
} BpReservation;

static List *reserved = NIL;	/* of BpReservation, in TopTransactionContext */
static int64 last_task = 0;		/* for bp_queue_last; maybe not committed */
static int64 last_before = 0;	/* last_task at the transaction's start */

static void queue_xact(XactEvent event, void *arg);
static void queue_subxact(SubXactEvent event, SubTransactionId mine,
						  SubTransactionId parent, void *arg);
static void queue_settle(BpReservation *r, bool publish);
static BpTask *queue_reserve(void);
static void queue_await_worker(void);

void
bp_queue_init(void)
{
	RegisterXactCallback(queue_xact, NULL);
	RegisterSubXactCallback(queue_subxact, NULL);
}

int64
bp_queue_last(void)
{
	return last_task;
}

/*
 * Waits until the worker has read the log: until then no id can be assigned.
 */
static void
queue_await_worker(void)
{
	TimestampTz deadline = 0;

	/* read without the lock: it rarely changes, and an old value does no harm */
	if (bp_shared->worker_ready && !bp_shared->standby)
		return;
	ConditionVariablePrepareToSleep(&bp_shared->changed);
	for (;;)
	{
		bool		ready;
		bool		recovery = RecoveryInProgress();
		TimestampTz now = GetCurrentTimestamp();

		LWLockAcquire(bp_shared->lock, LW_SHARED);
		/* after a promotion the worker has to read the log first */
		ready = bp_shared->worker_ready &&
			(!bp_shared->standby || recovery);
		LWLockRelease(bp_shared->lock);
		if (ready)
			break;
		if (deadline == 0)
		{
			deadline = TimestampTzPlusMilliseconds(now, BP_WORKER_WAIT_MS);
			bp_worker_wake();
		}
		if (now >= deadline)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the backup_pool worker is not running"),
					 errhint("See the server's log; check that database \"%s\" exists and that \"max_worker_processes\" leaves room for the worker.",
							 bp_setting_database)));
		(void) ConditionVariableTimedSleep(&bp_shared->changed, 1000,
										   PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
}

static BpTask *
queue_reserve(void)
{
	BpReservation *r;
	BpTask	   *task;
	MemoryContext old;

	/* everything that can fail comes before the slot is reserved */
	(void) bp_shared_area();
	old = MemoryContextSwitchTo(TopTransactionContext);
	r = palloc0(sizeof(BpReservation));
	r->subid = GetCurrentSubTransactionId();
	reserved = lappend(reserved, r);
	MemoryContextSwitchTo(old);

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	task = bp_task_reserve(0);
	LWLockRelease(bp_shared->lock);

	if (task == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("backup_pool queue is full"),
				 errdetail("All %d task slots are in use.",
						   bp_shared->ntasks),
				 errhint("Wait for a task to finish, or raise \"backup_pool.max_tasks\".")));
	r->task = task;
	r->id = task->id;
	return task;
}

int64
bp_queue_add(BpTaskKind kind, const char *database, const char *target,
			 const BpOptions *options, int priority)
{
	BpTask	   *task;
	char	   *json = bp_options_to_json(options);
	bool		logged = false;

	if (RecoveryInProgress())
	{
		if (kind == BP_KIND_RESTORE)
			PreventCommandDuringRecovery("backup_pool.restore()");
	}
	else
	{
		PreventCommandIfReadOnly(psprintf("backup_pool.%s()",
										  bp_task_kind_name(kind)));
		logged = bp_log_is_home();
	}

	/*
	 * For a task from outside the home database, the worker writes the row.
	 * If jsonb could not hold the options, the task could never start, and the
	 * worker would not come to the rows of later tasks.
	 */
	if (strlen(json) > BP_OPTIONS_LEN)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("arguments of the task are too long"),
				 errdetail("They have %zu bytes; the limit is %d.",
						   strlen(json), BP_OPTIONS_LEN)));
	queue_await_worker();

	task = queue_reserve();
	task->kind = kind;
	task->owner = GetUserId();
	task->priority = priority;
	strlcpy(task->database, database, NAMEDATALEN);
	bp_task_set_text(task->target, BP_TARGET_LEN, target);
	bp_task_set_text(task->label, BP_LABEL_LEN, options->label);
	task->enqueued_at = GetCurrentTimestamp();
	bp_task_store_options(task, json);
	if (logged)
	{
		bp_log_insert(task, json, BP_TASK_QUEUED);
		task->logged = true;
	}
	last_task = task->id;
	return task->id;
}

/* Publishes a reservation, or frees its slot.  Must not fail. */
static void
queue_settle(BpReservation *r, bool publish)
{
	if (r->task == NULL)
		return;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (r->task->id == r->id && r->task->state == BP_TASK_RESERVED)
	{
		bp_task_set_state(r->task, publish ? BP_TASK_QUEUED : BP_TASK_FREE);
		if (publish)
			pg_atomic_fetch_add_u64(&bp_shared->counters.tasks_enqueued, 1);
		if (publish && !r->task->logged)
			bp_task_add_unlogged(r->task);
	}
	LWLockRelease(bp_shared->lock);
	r->task = NULL;
}

static void
queue_xact(XactEvent event, void *arg)
{
	ListCell   *lc;

	if (reserved == NIL)
	{
		if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT)
			last_before = last_task;
		return;
	}
	switch (event)
	{
		case XACT_EVENT_COMMIT:
			foreach(lc, reserved)
				queue_settle(lfirst(lc), true);
			bp_worker_wake();
			last_before = last_task;
			reserved = NIL;
			break;
		case XACT_EVENT_ABORT:
			foreach(lc, reserved)
				queue_settle(lfirst(lc), false);
			last_task = last_before;
			reserved = NIL;
			break;
		case XACT_EVENT_PRE_PREPARE:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot PREPARE a transaction that has enqueued backup_pool tasks"),
					 errhint("Enqueue the tasks in a transaction of their own.")));
			break;
		default:
			break;
	}
}

static void
queue_subxact(SubXactEvent event, SubTransactionId mine,
			  SubTransactionId parent, void *arg)
{
	List	   *kept = NIL;
	ListCell   *lc;
	MemoryContext old;

	if (reserved == NIL ||
		(event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB))
		return;

	if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		foreach(lc, reserved)
		{
			BpReservation *r = lfirst(lc);

			if (r->subid == mine)
				r->subid = parent;
		}
		return;
	}

	old = MemoryContextSwitchTo(TopTransactionContext);
	last_task = last_before;
	foreach(lc, reserved)
	{
		BpReservation *r = lfirst(lc);

		if (r->task != NULL && r->subid == mine)
			queue_settle(r, false);
		else
		{
			kept = lappend(kept, r);
			if (r->task != NULL)
				last_task = r->id;
		}
	}
	reserved = kept;
	MemoryContextSwitchTo(old);
}
