/*-------------------------------------------------------------------------
 *
 * recover_task.c
 *	  What becomes of one task after a restart.
 *
 * A backup whose archive is complete has succeeded.  Any other backup is
 * started again, up to backup_pool.max_attempts times in all, and so is a
 * verification.  A restore becomes interrupted: it has changed its target
 * database, and only a person can decide what to do about that.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/recover_task.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "shared/settings.h"
#include "worker/error.h"
#include "worker/leftovers.h"
#include "worker/log_writer.h"
#include "worker/recover_task.h"

bool
bp_recover_task(BpTask *task)
{
	BpTaskError error;

	if (task->kind == BP_KIND_RESTORE)
	{
		bp_error_set(&error, ERRCODE_CRASH_SHUTDOWN,
					 "the restore was interrupted by a restart",
					 task->error.detail,
					 "What had been restored is still there. Look into the target database before you restore again.");
		return bp_log_writer_end_task(task, BP_TASK_INTERRUPTED, &error);
	}
	if (task->kind == BP_KIND_BACKUP && bp_leftovers_are_complete(task))
		return bp_log_writer_end_task(task, BP_TASK_SUCCEEDED, NULL);

	/*
	 * not a verification: scratch.c ends it, as it must drop its database
	 * first
	 */
	if (task->kind == BP_KIND_BACKUP &&
		task->attempt >= bp_setting_max_attempts)
	{
		bp_error_set(&error, ERRCODE_CRASH_SHUTDOWN,
					 "the backup was interrupted by a restart too often",
					 psprintf("It was started %d times.", task->attempt),
					 "See \"backup_pool.max_attempts\".");
		return bp_log_writer_end_task(task, BP_TASK_FAILED, &error);
	}

	/* start it again from the beginning */
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
	bp_worker_set_task_state(task, BP_TASK_QUEUED);
	return true;
}

void
bp_recover_fill(BpTask *task, const BpLogRow *row)
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
