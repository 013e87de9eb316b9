/*-------------------------------------------------------------------------
 *
 * scheduler.c
 *	  Which task runs when, and what becomes of it.
 *
 * Priority first, then order of arrival.  A task starts when a connection for
 * its leader can be had; since one connection is enough to finish, no task
 * waits for another while it holds any.  Tasks with several give back all but
 * one at their next unit when others wait for their first.
 *
 * The outcome of a task is in the log before the slot says so: whoever was
 * waiting finds it there.  What is to be logged in one turn goes into one
 * transaction, after new tasks were started: they work meanwhile.
 *
 * What must survive a crash of the server, and how it does, stands in
 * journal.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/scheduler.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "archive/repo.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "shared/compat.h"
#include "shared/settings.h"
#include "shared/slots.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "worker/journal.h"
#include "worker/lookup.h"
#include "worker/main.h"
#include "worker/pool.h"
#include "worker/recover.h"
#include "worker/remove.h"
#include "worker/run_state.h"
#include "worker/scheduler.h"

#define BP_LOG_START_MS	1000	/* then the log gets to know of a start */
#define BP_LOG_BATCH	256		/* states in one transaction */
#define BP_SHUTDOWN_MS	300

static List *bp_runs = NIL;		/* of BpRun */
static int	bp_nactive = 0;		/* of them not concluded */
static bool bp_others_wait = false;

static BpTask *bp_sched_next(void);
static bool bp_sched_begin(BpTask *task);
static void bp_sched_cancels(void);
static void bp_sched_advance(BpRun *run, TimestampTz now);
static bool bp_sched_try_begin(BpTask *task);
static void bp_sched_conclude(BpRun *run, TimestampTz now);
static void bp_sched_write(TimestampTz now);

bool
bp_sched_others_wait(void)
{
	return bp_others_wait;
}

static BpTask *
bp_sched_next(void)
{
	BpTask	   *task;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	task = bp_task_first_queued();
	LWLockRelease(bp_shared->lock);
	return task;
}

static BpRun *
bp_sched_run_of(const BpTask *task)
{
	ListCell   *lc;

	foreach(lc, bp_runs)
		if (((BpRun *) lfirst(lc))->task == task)
			return lfirst(lc);
	return NULL;
}

bool
bp_sched_has_runs(void)
{
	return bp_runs != NIL;
}

bool
bp_sched_is_running(const BpTask *task)
{
	return bp_sched_run_of(task) != NULL;
}

/* The archive's name: when it was begun, and by which task. */
static void
bp_sched_name_archive(BpTask *task)
{
	char		stamp[64];
	pg_time_t	t = timestamptz_to_time_t(task->started_at);
	char	   *name;

	pg_strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", pg_gmtime(&t));
	name = bp_repo_archive_name(task->database,
								psprintf("%s-" INT64_FORMAT, stamp, task->id));
	strlcpy(task->archive, name, BP_ARCHIVE_LEN);
}

/* The first place for a note that no run has. */
static int
bp_sched_place(void)
{
	for (int place = 0;; place++)
	{
		ListCell   *lc;
		bool		taken = false;

		foreach(lc, bp_runs)
			taken |= ((BpRun *) lfirst(lc))->place == place;
		if (!taken)
			return place;
	}
}

/* Start a queued task.  False if it was ended at once instead. */
static bool
bp_sched_begin(BpTask *task)
{
	const char *role = bp_lookup_role_name(task->owner);
	int			place = bp_sched_place();
	bool		log_later;
	MemoryContext old;
	BpRun	   *run;

	if (role == NULL)
	{
		(void) bp_journal_reject(task, BP_TASK_FAILED, "42704",
								 "the role that enqueued the task does not exist any more",
								 NULL, NULL);
		return false;
	}
	task->attempt++;
	task->started_at = GetCurrentTimestamp();
	task->published = false;
	task->made = false;
	task->unsafe = false;
	strlcpy(task->role, role, NAMEDATALEN);
	strlcpy(task->repository, bp_repo_root(bp_setting_repository), MAXPGPATH);
	if (task->kind == BP_KIND_BACKUP)
		bp_sched_name_archive(task);
	if (!bp_journal_start(task, place, &log_later))
	{
		/* somebody has it locked: later */
		task->attempt--;
		task->started_at = 0;
		return false;
	}
	if (!task->logged && !bp_shared->standby)
	{
		(void) bp_journal_reject(task, BP_TASK_FAILED, "55000",
								 psprintf("extension \"backup_pool\" is not installed in database \"%s\"",
										  bp_setting_database),
								 "The task log is kept in that database.",
								 psprintf("CREATE EXTENSION backup_pool in database \"%s\", or set \"backup_pool.database\".",
										  bp_setting_database));
		return false;
	}

	run = bp_run_start(task);
	run->place = place;
	if (log_later)
		run->log_start_at = TimestampTzPlusMilliseconds(task->started_at,
														BP_LOG_START_MS);
	bp_journal_settle(task, BP_TASK_RUNNING);
	if (task->kind != BP_KIND_BACKUP)
		strlcpy(task->archive, run->options->archive ?
				run->options->archive : "", BP_ARCHIVE_LEN);
	old = MemoryContextSwitchTo(TopMemoryContext);
	bp_runs = lappend(bp_runs, run);
	MemoryContextSwitchTo(old);
	bp_nactive++;
	return true;
}

/*
 * What was asked to be cancelled since last time: what runs is stopped, what
 * is queued stays in the list until it is logged (bp_sched_write).
 */
static void
bp_sched_cancels(void)
{
	BpTaskError error;
	BpTask	   *task;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	task = bp_task_next_cancel(NULL);
	LWLockRelease(bp_shared->lock);
	if (task == NULL)
		return;
	bp_task_error_set(&error, "57014", "task was cancelled on request",
					  NULL, NULL);
	while (task != NULL)
	{
		BpTask	   *next;
		bool		running;

		LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
		next = bp_task_next_cancel(task);
		running = task->state == BP_TASK_RUNNING;
		if (running)
			bp_task_cancel_seen(task);
		else
			task->error = error;
		LWLockRelease(bp_shared->lock);
		if (running && bp_sched_run_of(task) != NULL)
			bp_run_stop(bp_sched_run_of(task), BP_TASK_CANCELLED, &error);
		task = next;
	}
}

/*
 * An archive that we made and that has its name is complete and synced,
 * whatever happened to the connection after that: then the backup did
 * succeed.
 */
bool
bp_sched_is_published(const BpTask *task)
{
	char		path[MAXPGPATH + BP_ARCHIVE_LEN];

	snprintf(path, sizeof(path), "%s/%s", task->repository, task->archive);
	return task->made && !task->unsafe &&
		task->repository[0] != '\0' && task->archive[0] != '\0' &&
		access(path, F_OK) == 0;
}

/* Errors that our own shutdown causes, too. */
static bool
bp_sched_may_be_shutdown(const BpTaskError *error)
{
	return strncmp(error->sqlstate, "57P0", 4) == 0 ||
		strcmp(error->sqlstate, "08006") == 0;
}

/*
 * A run is over: what came of it gets into the slot, and its connections are
 * given back.  Its state has to wait for the log.
 */
static void
bp_sched_conclude(BpRun *run, TimestampTz now)
{
	BpTask	   *task = run->task;
	BpCounters *c = &bp_shared->counters;

	if (now < run->log_at)
		return;
	if (run->outcome == BP_TASK_FAILED && bp_sched_may_be_shutdown(&run->error))
	{
		/*
		 * If the server goes down we will know very soon, and say nothing.  A
		 * smart shutdown may take any time: the task is done again after it.
		 */
		if (run->log_at == 0 || bp_worker_is_stopping())
		{
			run->log_at = TimestampTzPlusMilliseconds(now, BP_SHUTDOWN_MS);
			ConditionVariableBroadcast(&task->done);
			return;
		}
	}
	task->finished_at = now;
	if (run->outcome != BP_TASK_SUCCEEDED &&
		task->kind == BP_KIND_BACKUP && bp_sched_is_published(task))
		run->outcome = BP_TASK_SUCCEEDED;
	if (run->outcome != BP_TASK_SUCCEEDED)
	{
		task->error = run->error;
		if (task->kind == BP_KIND_BACKUP)
		{
			bp_remove_archive(task);
			task->archive[0] = '\0';
		}
	}
	pg_atomic_fetch_add_u64(&c->rows, pg_atomic_read_u64(&task->rows_done));
	pg_atomic_fetch_add_u64(&c->raw_bytes,
							pg_atomic_read_u64(&task->raw_bytes));
	pg_atomic_fetch_add_u64(&c->bytes,
							pg_atomic_read_u64(&task->stored_bytes));
	for (int i = 0; run->nconns > 0 && i < bp_pool_size(); i++)
	{
		BpConn	   *conn = bp_pool_conn(i);

		if (conn->run == run)
		{
			run->nconns--;
			bp_pool_release(conn);
		}
	}
	run->leader = NULL;
	run->leader_ready = false;
	run->concluded = true;
	bp_nactive--;
}

/* What is to be logged now, at most so many; *sync if one needs that. */
static int
bp_sched_collect(BpLogEntry *entries, int max, TimestampTz now, bool *sync)
{
	int			n = 0;
	ListCell   *lc;
	BpTask	   *task;

	*sync = false;
	foreach(lc, bp_runs)
	{
		BpRun	   *run = lfirst(lc);
		BpTaskState state;

		if (run->concluded && now >= run->log_at)
			state = run->outcome;
		else if (!run->concluded && run->log_start_at != 0 &&
				 now >= run->log_start_at)
			state = BP_TASK_RUNNING;
		else
			continue;
		if (n >= max)
			return n;
		entries[n].task = run->task;
		entries[n++].state = state;
		*sync |= state != BP_TASK_SUCCEEDED ||
			run->task->kind != BP_KIND_BACKUP;
	}
	LWLockAcquire(bp_shared->lock, LW_SHARED);
	for (task = bp_task_next_cancel(NULL); task != NULL && n < max;
		 task = bp_task_next_cancel(task))
	{
		/* one that bp_sched_cancels has seen */
		if (task->state != BP_TASK_QUEUED || task->error.sqlstate[0] == '\0')
			continue;
		task->finished_at = now;
		entries[n].task = task;
		entries[n++].state = BP_TASK_CANCELLED;
		*sync = true;
	}
	LWLockRelease(bp_shared->lock);
	return n;
}

/* The log knows: forget the runs, and tell everybody. */
static void
bp_sched_logged(const BpLogEntry *entries, int n)
{
	for (int i = 0; i < n; i++)
	{
		BpRun	   *run = bp_sched_run_of(entries[i].task);

		if (run == NULL)
			continue;
		run->log_start_at = 0;
		if (entries[i].state == BP_TASK_RUNNING)
			continue;
		bp_runs = list_delete_ptr(bp_runs, run);
		bp_run_free(run);
	}
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	bp_shared->log_lsn = XactLastCommitEnd;
	for (int i = 0; i < n; i++)
		if (entries[i].state != BP_TASK_RUNNING)
			bp_task_set_state(entries[i].task, entries[i].state);
	LWLockRelease(bp_shared->lock);
}

/*
 * Log what is over, was cancelled, or has been running for a while.  If that
 * fails for another reason than a lock, each is tried on its own, so that one
 * that can't be logged is not in the way of the others.
 */
static void
bp_sched_write(TimestampTz now)
{
	BpLogEntry	entries[BP_LOG_BATCH];
	bool		sync;
	int			n;
	BpLogResult result;

	if (now < bp_journal_not_before())
		return;
	n = bp_sched_collect(entries, BP_LOG_BATCH, now, &sync);
	if (n == 0)
		return;
	result = bp_journal_write(entries, n, sync);
	if (result == BP_LOGGED)
		bp_sched_logged(entries, n);
	for (int i = 0; i < n && n > 1 && result == BP_LOG_FAILED; i++)
	{
		BpLogResult one = bp_journal_write(&entries[i], 1, true);

		if (one == BP_LOGGED)
			bp_sched_logged(&entries[i], 1);
		else if (one == BP_LOG_BUSY)
			break;
	}
	if (result != BP_LOGGED)
		bp_journal_pause();

	/* more is waiting, or there is a slot now for what the log has left */
	if (n == BP_LOG_BATCH || bp_recover_is_due(now))
		SetLatch(MyLatch);
}

/* What goes wrong in here with one task must not take the others along. */
static void
bp_sched_advance(BpRun *run, TimestampTz now)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		bp_run_advance(run, now);
	}
	PG_CATCH();
	{
		bp_worker_caught(caller, run);
	}
	PG_END_TRY();
}

static bool
bp_sched_try_begin(BpTask *task)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool begun = false;

	PG_TRY();
	{
		begun = bp_sched_begin(task);
	}
	PG_CATCH();
	{
		BpTaskError error;

		bp_worker_caught_error(caller, &error);
		(void) bp_journal_reject(task, BP_TASK_FAILED, error.sqlstate,
								 error.message, error.detail, error.hint);
	}
	PG_END_TRY();
	return begun;
}

void
bp_worker_caught_error(MemoryContext caller, BpTaskError *error)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(caller);
	edata = CopyErrorData();
	HOLD_INTERRUPTS();
	EmitErrorReport();
	if (IsTransactionState() || IsAbortedTransactionBlockState())
		AbortCurrentTransaction();
	LWLockReleaseAll();
	FlushErrorState();
	RESUME_INTERRUPTS();
	MemoryContextSwitchTo(caller);
	bp_task_error_set(error, unpack_sql_state(edata->sqlerrcode),
					  edata->message, edata->detail, edata->hint);
	FreeErrorData(edata);
}

void
bp_worker_caught(MemoryContext caller, BpRun *run)
{
	BpTaskError error;

	bp_worker_caught_error(caller, &error);
	if (run != NULL)
		bp_run_stop(run, BP_TASK_FAILED, &error);
}

void
bp_sched_turn(TimestampTz now)
{
	ListCell   *lc;
	BpTask	   *task;
	bool		waited;

	if (bp_recover_is_due(now))
		bp_recover_again();
	bp_sched_cancels();
	bp_remove_again(now);

	/* what runs goes on, in order of arrival */
	foreach(lc, bp_runs)
	{
		BpRun	   *run = lfirst(lc);

		if (run->step != BP_STEP_OVER)
			bp_sched_advance(run, now);
		if (run->step == BP_STEP_OVER && !run->concluded)
			bp_sched_conclude(run, now);
	}

	/* then new ones, as long as a leader can be had */
	waited = bp_others_wait;
	bp_others_wait = false;
	while ((task = bp_sched_next()) != NULL)
	{
		if (bp_pool_is_shut() || now < bp_journal_not_before() ||
			bp_recover_next_time() != 0)
			break;
		if (!bp_pool_has_room() ||
			bp_nactive >= bp_effective_max_connections())
		{
			bp_others_wait = true;
			break;
		}
		if (bp_sched_try_begin(task))
			bp_sched_advance(llast(bp_runs), now);
	}
	bp_sched_write(now);
	foreach(lc, bp_runs)
	{
		BpRun	   *run = lfirst(lc);

		if (run->step == BP_STEP_CONNECT && run->leader == NULL &&
			now >= run->retry_at)
			bp_others_wait = true;
	}
	/* those who have some to spare look at this in their next turn */
	if (bp_others_wait && !waited)
		SetLatch(MyLatch);
}

TimestampTz
bp_sched_next_time(void)
{
	TimestampTz next = bp_recover_next_time();
	TimestampTz pause = bp_journal_not_before();
	TimestampTz again = bp_remove_next_time();
	ListCell   *lc;

	if (pause > GetCurrentTimestamp() && (next == 0 || pause < next))
		next = pause;
	if (again != 0 && (next == 0 || again < next))
		next = again;
	foreach(lc, bp_runs)
	{
		BpRun	   *run = lfirst(lc);
		TimestampTz t = bp_run_next_time(run);

		if (t != 0 && (next == 0 || t < next))
			next = t;
		t = run->log_start_at;
		if (t != 0 && t > pause && (next == 0 || t < next))
			next = t;
	}
	return next;
}

void
bp_sched_abandon(void)
{
	for (int i = 0; i < bp_pool_size(); i++)
	{
		BpConn	   *c = bp_pool_conn(i);

		if (c->state == BP_CONN_BUSY)
			bp_conn_signal(c, SIGTERM);
	}
}
