/*-------------------------------------------------------------------------
 *
 * recover.c
 *	  Taking stock after a start of the server or of the worker.
 *
 * Two things can have happened.  The server was restarted, or crashed: shared
 * memory is new, and all that is known of tasks stands in the log.  Or only
 * the worker ended: shared memory is as it was, tasks in it may be RUNNING
 * although nobody runs them, and its pooled backends may still be at work.
 *
 * In both cases queued tasks are queued again, a backup that was under way is
 * begun again (not too often), and a restore that was becomes interrupted: it
 * has changed its target, and only people can tell what to do about that.
 *
 * After a crash of the server the log may not know of backups that were begun
 * or had succeeded: before anything else that is put right (crash_log.c).  As long
 * as the repository cannot be read, those that were begun stay in the log, and
 * nobody else has to wait for them.
 *
 * The log is read in pieces, in order of id, as far as there are slots.  The
 * rest follows when some have become free.
 *
 * On a standby the log is the primary's, and cannot be written.  Nobody tells
 * us of a promotion, so the worker looks each second, and sessions that
 * enqueue wait until it has; then the log is read.  What the standby was
 * doing goes on.
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
#include "archive/repo.h"
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
#include "worker/leftovers.h"
#include "worker/log_batch.h"
#include "worker/log_writer.h"
#include "worker/recover.h"
#include "worker/run.h"
#include "worker/runs.h"

#define BP_RETRY_MS	1000
#define BP_ADOPT_MS	5000
#define BP_MEMORY_MS	5000
#define BP_LOG_PIECE	500		/* rows read at once */
#define BP_STANDBY_IDS	(INT64CONST(1) << 40)	/* and above; cf. tasklog.c */

static bool slots_left = true;	/* a former worker's, not yet looked at */
static bool backlog = false; /* the log holds more than slots do */
static int64 log_mark = 0;	/* the log was read up to this id */
static TimestampTz retry_at = 0; /* the log could not be read */
static TimestampTz adopt_at = 0; /* the repository could not be read */
static TimestampTz memory_at = 0;	/* there was no memory for a task */

static bool recover_is_promoted(void);
static void recover_end_orphans(void);
static bool recover_task(BpTask *task);
static void recover_slots(void);
static bool recover_row(BpLogRow *row);
static void recover_adopt(void);
static void recover_log(bool anew);

/* Is the log ours now, and we do not know it yet? */
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
	if (recover_is_promoted() || (adopt_at != 0 && now >= adopt_at))
		return true;
	if (!backlog || now < memory_at)
		return false;
	LWLockAcquire(bp_shared->lock, LW_SHARED);
	room = bp_slots_available();
	queued = bp_slots_queued();
	LWLockRelease(bp_shared->lock);
	/* not for every single slot, as long as there is something to do */
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
	return retry_at != 0 || adopt_at != 0 || backlog;
}

TimestampTz
bp_recover_next_time(void)
{
	return retry_at != 0 ? retry_at : adopt_at;
}

/*
 * Sessions of a worker that is no more: end them before their tasks are
 * begun again.
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
 * One task that was under way when the server or the worker went down.  False
 * if the log can't be written now.
 */
static bool
recover_task(BpTask *task)
{
	if (task->kind == BP_KIND_RESTORE)
		return bp_journal_reject(task, BP_TASK_INTERRUPTED, "57P02",
								 "the restore was interrupted by a restart",
								 task->error.detail,
								 "What had been restored is still there. Look into the target database before restoring again.");
	if (task->kind == BP_KIND_BACKUP && bp_outcome_is_published(task))
		return bp_journal_reject(task, BP_TASK_SUCCEEDED, NULL, NULL, NULL,
								 NULL);
	/* a verification ends by itself then, and drops what it has made */
	if (task->kind == BP_KIND_BACKUP &&
		task->attempt >= bp_setting_max_attempts)
		return bp_journal_reject(task, BP_TASK_FAILED, "57P02",
								 "the backup was interrupted by a restart too often",
								 psprintf("It was begun %d times.", task->attempt),
								 "See \"backup_pool.max_attempts\".");

	/* from the beginning */
	task->archive[0] = '\0';
	task->toc_hash = 0;
	task->manifest_hash = 0;
	task->started_at = 0;
	pg_atomic_write_u64(&task->tables_total, 0);
	pg_atomic_write_u64(&task->tables_done, 0);
	pg_atomic_write_u64(&task->bytes_total, 0);
	pg_atomic_write_u64(&task->bytes_done, 0);
	pg_atomic_write_u64(&task->rows_done, 0);
	pg_atomic_write_u64(&task->raw_bytes, 0);
	pg_atomic_write_u64(&task->stored_bytes, 0);
	bp_journal_settle(task, BP_TASK_QUEUED);
	return true;
}

/*
 * Slots that a worker before us left RUNNING; shared memory survived.
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
		if (!recover_task(task))
		{
			slots_left = true;
			return;
		}
	}
	slots_left = false;
}

/* What the log has of a task becomes its slot's. */
static void
recover_fill(BpTask *task, BpLogRow *row)
{
	task->kind = row->kind;
	task->owner = row->owner;
	task->priority = row->priority;
	task->attempt = row->attempt;
	task->enqueued_at = row->enqueued_at;
	task->logged = true;
	strlcpy(task->database, row->database, NAMEDATALEN);
	bp_task_set_text(task->target, BP_TARGET_LEN, row->target);
	bp_task_set_text(task->label, BP_LABEL_LEN, row->label);
	task->started_at = row->started_at;
	strlcpy(task->archive, row->archive, BP_ARCHIVE_LEN);
	pg_atomic_write_u64(&task->tables_total, row->counts[0]);
	pg_atomic_write_u64(&task->tables_done, row->counts[1]);
	pg_atomic_write_u64(&task->bytes_total, row->counts[2]);
	pg_atomic_write_u64(&task->bytes_done, row->counts[3]);
	pg_atomic_write_u64(&task->rows_done, row->counts[4]);
	bp_task_store_options(task, row->options);
}

/*
 * A row of the log becomes a slot again.  False if there is none free, or no
 * memory for its arguments: that of others becomes free when they are over.
 */
static bool
recover_row(BpLogRow *row)
{
	MemoryContext caller = CurrentMemoryContext;
	BpTask	   *task;
	volatile bool filled = false;

	/* it may have succeeded, or not; recover_adopt will tell */
	if (row->state == BP_TASK_RUNNING && row->kind == BP_KIND_BACKUP &&
		!bp_shared->log_settled)
		return true;

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (bp_task_find(row->id) != NULL)
	{
		LWLockRelease(bp_shared->lock);
		return true;
	}
	/* not yet to be seen by anybody: RESERVED until it is complete */
	task = bp_task_reserve(row->id);
	LWLockRelease(bp_shared->lock);
	if (task == NULL)
		return false;

	PG_TRY();
	{
		recover_fill(task, row);
		filled = true;
	}
	PG_CATCH();
	{
		bp_worker_caught(caller, NULL);
		memory_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												BP_MEMORY_MS);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (!filled)
	{
		bp_journal_settle(task, BP_TASK_FREE);
		return false;
	}
	bp_journal_settle(task, BP_TASK_QUEUED);
	if (row->state == BP_TASK_RUNNING)
	{
		bp_journal_settle(task, BP_TASK_RUNNING);
		if (!recover_task(task))
			slots_left = true;
	}
	return true;
}

/*
 * Ids go on after the last one.  Tasks of a standby are not logged before it
 * is promoted.  Their numbers are out of the way of those that the primary
 * gives meanwhile, and that another standby has given or will give: they are
 * counted from the time, in microseconds.
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

/* Some rows after the mark.  True if there may be more, and room for them. */
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
 * Backups that had succeeded.  A repository that cannot be read is in the way
 * of those that were begun, and of nobody else.
 */
static void
recover_adopt(void)
{
	MemoryContext caller = CurrentMemoryContext;

	adopt_at = 0;
	PG_TRY();
	{
		bp_adopt_archives();
		/* what was left in the log */
		log_mark = 0;
	}
	PG_CATCH();
	{
		bp_worker_caught(caller, NULL);
		adopt_at = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
											   BP_ADOPT_MS);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
}

static void
recover_log(bool anew)
{
	if (anew)
	{
		MemoryContext caller = CurrentMemoryContext;
		int64		last = 0;

		if (!bp_shared->standby && !bp_shared->log_settled)
			bp_adopt_notes();
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
		GetCurrentTimestamp() >= adopt_at)
		recover_adopt();
	/* on a standby the log is the primary's: its tasks are not ours */
	while (!bp_shared->standby && recover_piece())
		CHECK_FOR_INTERRUPTS();
}

/* What crashes left of archives goes. */
static void
recover_sweep(void)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		StartTransactionCommand();
		(void) bp_repo_sweep(bp_repo_root(bp_setting_repository),
							 bp_remove_later);
		CommitTransactionCommand();
	}
	PG_CATCH();
	{
		bp_worker_caught(caller, NULL);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
}

static void
recover_do(bool anew)
{
	static bool again = false;	/* anew, which did not succeed */
	MemoryContext caller = CurrentMemoryContext;

	anew |= again;
	retry_at = 0;

	/*
	 * A promotion may come at any moment.  What the worker does about it, it
	 * does from here; until then it goes on as on a standby.
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
		bp_worker_caught(caller, NULL);
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
