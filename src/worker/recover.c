/*-------------------------------------------------------------------------
 *
 * recover.c
 *	  What the worker does about unfinished tasks when it starts.
 *
 * Either the server was restarted or has crashed: then shared memory is new,
 * and all that is known of tasks is in the log.  Or only the worker has ended:
 * then shared memory is as it was, there are slots that are RUNNING although
 * nothing runs them, and the worker's pooled backends may still be at work.
 *
 * In both cases queued tasks are queued again, and what becomes of those that
 * were running is decided in recover_task.c.
 *
 * After a crash of the server the log may lack backups that were started or had
 * succeeded.  That is put right first (crash_log.c).  While the repository
 * cannot be read, backups that were started stay in the log; all other tasks
 * run.
 *
 * The log is read in pieces, in order of id, as far as there are free slots.
 * The rest follows when some have become free.
 *
 * On a standby the log belongs to the primary and cannot be written.  Nothing
 * announces a promotion, so the worker looks each second, and sessions that
 * enqueue wait until it knows; then the log is read.  Tasks that were started
 * on the standby go on.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/recover.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "archive/repo_list.h"
#include "archive/repo_name.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/slots.h"
#include "shared/tasklog.h"
#include "storage/procarray.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker/crash_log.h"
#include "worker/error.h"
#include "worker/leftovers.h"
#include "worker/log_writer.h"
#include "worker/recover.h"
#include "worker/recover_task.h"
#include "worker/runs.h"

#define BP_RETRY_MS				1000
#define BP_REPOSITORY_RETRY_MS	5000
#define BP_MEMORY_RETRY_MS		5000
#define BP_LOG_PIECE			500 /* rows read at once */
#define BP_STANDBY_IDS			(INT64CONST(1) << 40)	/* above: of a standby */

static bool slots_left = true;	/* RUNNING slots of a former worker are left */
static bool backlog = false;	/* the log has tasks that found no free slot */
static int64 log_mark = 0;		/* the log was read up to this id */

/* When to try again; 0: no need to */
static TimestampTz retry_at = 0;	/* the log could not be read or written */
static TimestampTz repository_retry_at = 0; /* the repository was unreadable */
static TimestampTz memory_retry_at = 0; /* there was no memory for a task */

static bool recover_is_promoted(void);
static void recover_end_orphans(void);
static void recover_slots(void);
static bool recover_row(BpLogRow *row);
static void recover_archives(void);
static void recover_log(bool anew);

/* Was the server promoted, and has the worker not yet acted on it? */
static bool
recover_is_promoted(void)
{
	return bp_shared->standby && !RecoveryInProgress();
}

bool
bp_recover_is_due(TimestampTz now)
{
	int			room;
	int			queued;

	if (retry_at != 0)
		return now >= retry_at;
	if (recover_is_promoted() ||
		(repository_retry_at != 0 && now >= repository_retry_at))
		return true;
	if (!backlog || now < memory_retry_at)
		return false;
	LWLockAcquire(bp_shared->lock, LW_SHARED);
	room = bp_slots_available();
	queued = bp_slots_queued();
	LWLockRelease(bp_shared->lock);
	/* while tasks are queued, wait until a quarter of the slots is free */
	return room > 0 && (queued == 0 || room >= bp_shared->ntasks / 4);
}

bool
bp_recover_is_held_up(void)
{
	return retry_at != 0;
}

bool
bp_recover_is_unfinished(void)
{
	return retry_at != 0 || repository_retry_at != 0 || backlog;
}

TimestampTz
bp_recover_next_time(void)
{
	return retry_at != 0 ? retry_at : repository_retry_at;
}

/*
 * Terminate the pooled backends of a former worker, and wait until they have
 * ended, before their tasks are started again.
 */
static void
recover_end_orphans(void)
{
	for (int i = 0; i < bp_shared->nconns; i++)
	{
		BpConnSlot	slot;

		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		slot = bp_shared->conns[i];
		memset(&bp_shared->conns[i], 0, sizeof(BpConnSlot));
		LWLockRelease(bp_shared->lock);

		if (slot.state == BP_CONN_FREE || slot.pid == 0)
			continue;
		for (int tries = 0; BackendPidGetProc(slot.pid) != NULL && tries < 500;
			 tries++)
		{
			if (tries == 0)
				(void) kill(slot.pid, SIGTERM);
			(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT |
							 WL_EXIT_ON_PM_DEATH, 20, PG_WAIT_EXTENSION);
			ResetLatch(MyLatch);
			CHECK_FOR_INTERRUPTS();
		}
	}
}

/*
 * Decide what becomes of tasks whose slots a former worker has left RUNNING.
 */
static void
recover_slots(void)
{
	for (int i = 0; i < bp_shared->ntasks; i++)
	{
		BpTask	   *task = &bp_shared->tasks[i];

		if (task->state != BP_TASK_RUNNING || bp_runs_of(task) != NULL)
			continue;
		if (task->plan != 0)
			bp_plan_unpin(task->plan);
		task->plan = 0;
		task->dump_pid = 0;
		task->token[0] = '\0';
		memset(&task->error, 0, sizeof(task->error));
		if (!bp_recover_task(task))
		{
			slots_left = true;
			return;
		}
	}
	slots_left = false;
}

/*
 * Give the task of a row of the log a slot again.  Returns false if that has
 * to wait for the end of other tasks, because no slot is free, or there is no
 * memory for the options.
 */
static bool
recover_row(BpLogRow *row)
{
	MemoryContext caller = CurrentMemoryContext;
	BpTask	   *task;
	volatile bool filled = false;

	/* recover_archives must find out first whether the backup has succeeded */
	if (row->state == BP_TASK_RUNNING && row->kind == BP_KIND_BACKUP &&
		!bp_shared->log_settled)
		return true;

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (bp_task_find(row->id) != NULL)
	{
		LWLockRelease(bp_shared->lock);
		return true;
	}
	/* while the slot is RESERVED, no other process looks at it */
	task = bp_task_reserve(row->id);
	LWLockRelease(bp_shared->lock);
	if (task == NULL)
		return false;

	PG_TRY();
	{
		bp_recover_fill(task, row);
		filled = true;
	}
	PG_CATCH();
	{
		bp_worker_caught_error(caller, NULL);
		memory_retry_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													  BP_MEMORY_RETRY_MS);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (!filled)
	{
		bp_worker_set_task_state(task, BP_TASK_FREE);
		return false;
	}
	bp_worker_set_task_state(task, BP_TASK_QUEUED);
	if (row->state == BP_TASK_RUNNING)
	{
		bp_worker_set_task_state(task, BP_TASK_RUNNING);
		if (!bp_recover_task(task))
			slots_left = true;
	}
	return true;
}

/*
 * Ids go on after the last one of the log.  On a standby they are counted from
 * the time in microseconds: its tasks are logged when it is promoted, and must
 * not have ids that the primary or another standby has given by then.
 */
static void
recover_ids(int64 last)
{
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (bp_shared->standby)
		bp_shared->next_task_id = Max(bp_shared->next_task_id,
									  GetCurrentTimestamp());
	else if (bp_shared->next_task_id > BP_STANDBY_IDS)
		bp_shared->next_task_id = last + 1;
	else
		bp_shared->next_task_id = Max(bp_shared->next_task_id, last + 1);
	LWLockRelease(bp_shared->lock);
}

/*
 * Read some rows of the log after log_mark.  True if there may be more, and
 * free slots for them.
 */
static bool
recover_piece(void)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "backup_pool log",
											  ALLOCSET_DEFAULT_SIZES);
	List	   *rows = NIL;
	ListCell   *lc;
	bool		more;

	backlog = false;
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (bp_log_exists())
	{
		MemoryContextSwitchTo(cxt);
		rows = bp_log_unfinished(log_mark, BP_LOG_PIECE);
	}
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(cxt);
	more = rows != NIL;
	foreach(lc, rows)
	{
		BpLogRow   *row = lfirst(lc);

		if (!recover_row(row))
		{
			backlog = true;
			break;
		}
		log_mark = row->id;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	return more && !backlog;
}

/*
 * Find backups that had succeeded.  If the repository cannot be read, that is
 * tried again later; until then backups that were started stay in the log.
 */
static void
recover_archives(void)
{
	MemoryContext caller = CurrentMemoryContext;

	repository_retry_at = 0;
	PG_TRY();
	{
		bp_crash_log_apply_archives();
		/* read the log from its beginning again, for the other backups */
		log_mark = 0;
	}
	PG_CATCH();
	{
		bp_worker_caught_error(caller, NULL);
		repository_retry_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
														  BP_REPOSITORY_RETRY_MS);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
}

/*
 * Read the log: from the beginning if 'anew' is set, else from where the last
 * call ended.
 */
static void
recover_log(bool anew)
{
	if (anew)
	{
		MemoryContext caller = CurrentMemoryContext;
		int64		last = 0;

		if (!bp_shared->standby && !bp_shared->log_settled)
			bp_crash_log_apply_notes();
		StartTransactionCommand();
		PushActiveSnapshot(GetTransactionSnapshot());
		if (bp_log_exists())
			last = bp_log_last_id();
		PopActiveSnapshot();
		CommitTransactionCommand();
		MemoryContextSwitchTo(caller);
		recover_ids(last);
		log_mark = 0;
	}
	if (!bp_shared->standby && !bp_shared->log_settled &&
		GetCurrentTimestamp() >= repository_retry_at)
		recover_archives();
	/* on a standby the tasks in the log are the primary's */
	while (!bp_shared->standby && recover_piece())
		CHECK_FOR_INTERRUPTS();
}

/* Remove the partial archives that crashes have left. */
static void
recover_sweep(void)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		StartTransactionCommand();
		(void) bp_repo_sweep(bp_repo_root(bp_setting_repository),
							 bp_leftovers_add);
		CommitTransactionCommand();
	}
	PG_CATCH();
	{
		bp_worker_caught_error(caller, NULL);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
}

/* Recover slots and log; what fails is tried again at retry_at. */
static void
recover_do(bool anew)
{
	static bool again = false;	/* the last call with anew has failed */
	MemoryContext caller = CurrentMemoryContext;

	anew |= again;
	retry_at = 0;

	/*
	 * The server may be promoted at any moment.  The worker acts on it only
	 * here; until then it goes on as on a standby.
	 */
	if (anew)
	{
		bool		standby = RecoveryInProgress();

		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		bp_shared->standby = standby;
		bp_shared->worker_ready = false;
		LWLockRelease(bp_shared->lock);
	}
	PG_TRY();
	{
		if (slots_left)
			recover_slots();
		recover_log(anew);
		again = false;
	}
	PG_CATCH();
	{
		bp_worker_caught_error(caller, NULL);
		retry_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											   BP_RETRY_MS);
		again = anew;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (slots_left && retry_at == 0)
		retry_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											   BP_RETRY_MS);
	if (retry_at != 0 || bp_shared->worker_ready)
		return;

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->worker_ready = true;
	LWLockRelease(bp_shared->lock);
	ConditionVariableBroadcast(&bp_shared->changed);
}

void
bp_recover(void)
{
	static bool first = true;

	if (first)
	{
		recover_end_orphans();
		recover_sweep();
		first = false;
	}
	recover_do(true);
}

void
bp_recover_again(void)
{
	recover_do(recover_is_promoted());
}
