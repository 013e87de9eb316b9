/*-------------------------------------------------------------------------
 *
 * task.c
 *	  Task slots, connection registry and counters in shared memory.
 *
 * See task.h for the layout, and for which process may write which field.
 * shmem.c makes the segment.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/task.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/encoding.h"
#include "base/names.h"
#include "mb/pg_wchar.h"
#include "shared/task.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

BpShared   *bp_shared = NULL;

static dsa_area *options_area = NULL;

static void clip(char *dst, Size size, const char *src);

void
bp_shared_set(BpShared *shared)
{
	bp_shared = shared;
	options_area = NULL;
}

void
bp_shared_require(void)
{
	if (bp_shared == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("backup_pool must be loaded via shared_preload_libraries"),
				 errhint("Add \"shared_preload_libraries = 'backup_pool'\" to postgresql.conf and restart the server.")));
}

dsa_area *
bp_shared_area(void)
{
	if (options_area == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		options_area = dsa_attach_in_place(bp_shared->area, NULL);
		dsa_pin_mapping(options_area);
		MemoryContextSwitchTo(old);
		on_shmem_exit(dsa_on_shmem_exit_release_in_place,
					  PointerGetDatum(bp_shared->area));
	}
	return options_area;
}

void
bp_worker_wake(void)
{
	Latch	   *latch;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	pg_atomic_fetch_add_u32(&bp_shared->wakes, 1);
	latch = bp_shared->worker_latch;
	if (latch != NULL)
		SetLatch(latch);
	LWLockRelease(bp_shared->lock);
}

static void
task_free_text(dsa_pointer *text)
{
	dsa_pointer p = *text;

	*text = InvalidDsaPointer;
	if (DsaPointerIsValid(p))
		dsa_free(bp_shared_area(), p);
}

void
bp_task_release(BpTask *task)
{
	task_free_text(&task->options);
	task_free_text(&task->sql);
}

void
bp_task_init(BpTask *task)
{
	Assert(!DsaPointerIsValid(task->options));
	Assert(!DsaPointerIsValid(task->sql));

	task->cancel_requested = false;
	task->id = 0;
	task->kind = BP_KIND_BACKUP;
	task->owner = InvalidOid;
	task->priority = 0;
	task->logged = false;
	task->database[0] = '\0';
	task->target[0] = '\0';
	task->label[0] = '\0';
	task->enqueued_at = 0;
	task->attempt = 0;
	task->started_at = 0;
	task->finished_at = 0;
	task->phase = BP_PHASE_NONE;
	task->nconnections = 0;
	task->role[0] = '\0';
	task->archive[0] = '\0';
	task->repository[0] = '\0';
	task->plan = 0;
	task->error.sqlstate[0] = task->error.message[0] = '\0';
	task->error.detail[0] = task->error.hint[0] = '\0';
	task->published = false;
	task->made = false;
	task->unsafe = false;
	task->snapshot[0] = '\0';
	task->toc_hash = 0;
	task->manifest_hash = 0;
	task->token[0] = '\0';
	task->scratch[0] = '\0';
	task->leader_pid = 0;
	task->dump_pid = 0;
	task->snapshot_time = 0;
	task->snapshot_lsn = InvalidXLogRecPtr;
	pg_atomic_init_u64(&task->tables_total, 0);
	pg_atomic_init_u64(&task->tables_done, 0);
	pg_atomic_init_u64(&task->bytes_total, 0);
	pg_atomic_init_u64(&task->bytes_done, 0);
	pg_atomic_init_u64(&task->rows_done, 0);
	pg_atomic_init_u64(&task->raw_bytes, 0);
	pg_atomic_init_u64(&task->stored_bytes, 0);
}

void
bp_task_copy(BpTask *copy, const BpTask *task)
{
	memcpy(copy, task, offsetof(BpTask, error));
	if (task->error.sqlstate[0] != '\0' || task->error.detail[0] != '\0')
		copy->error = task->error;
	else
		copy->error.sqlstate[0] = copy->error.message[0] =
			copy->error.detail[0] = copy->error.hint[0] = '\0';
}

/*
 * A character that this database's encoding lacks becomes U+001A, written as an
 * escape of JSON, which no name contains.  A question mark, the usual
 * substitute, is a wildcard: patterns would match names that they should not.
 */
char *
bp_task_options(BpTask *task)
{
	const char *utf8;

	if (!DsaPointerIsValid(task->options))
		return pstrdup("{}");
	utf8 = dsa_get_address(bp_shared_area(), task->options);
	return bp_encoding_from_utf8_with(utf8, strlen(utf8), "\\u001a");
}

void
bp_task_set_text(char *dst, Size size, const char *text)
{
	char	   *utf8 = bp_encoding_to_utf8(text ? text : "");
	int			len = strlen(utf8);

	if (len >= (int) size)
		len = pg_encoding_mbcliplen(PG_UTF8, utf8, len, size - 1);
	memcpy(dst, utf8, len);
	dst[len] = '\0';
}

char *
bp_task_get_text(const char *text)
{
	return bp_encoding_from_utf8(text, strlen(text));
}

static dsa_pointer
task_new_text(const char *text)
{
	Size		len = strlen(text) + 1;
	dsa_pointer p = dsa_allocate(bp_shared_area(), len);

	memcpy(dsa_get_address(bp_shared_area(), p), text, len);
	return p;
}

void
bp_task_store_options(BpTask *task, const char *json)
{
	task->options = task_new_text(bp_encoding_to_utf8(json));
}

void
bp_task_store_sql(BpTask *task, const char *sql)
{
	/* free the statement of an earlier attempt */
	task_free_text(&task->sql);
	task->sql = task_new_text(sql);
}

const char *
bp_task_sql(BpTask *task)
{
	return dsa_get_address(bp_shared_area(), task->sql);
}

static const char *const task_state_names[BP_TASK_NSTATES] =
{
	"free", "reserved", "queued", "running", "succeeded", "failed",
	"cancelled", "interrupted"
};

const char *
bp_task_state_name(BpTaskState state)
{
	return task_state_names[state];
}

bool
bp_task_state_parse(const char *name, BpTaskState *state)
{
	int			i = bp_name_index(task_state_names, lengthof(task_state_names), name);

	if (i < (int) BP_TASK_QUEUED)
		return false;
	*state = (BpTaskState) i;
	return true;
}

static const char *const task_kind_names[] = {"backup", "restore", "verify"};

const char *
bp_task_kind_name(BpTaskKind kind)
{
	return task_kind_names[kind];
}

bool
bp_task_kind_parse(const char *name, BpTaskKind *kind)
{
	int			i = bp_name_index(task_kind_names, lengthof(task_kind_names), name);

	if (i < 0)
		return false;
	*kind = (BpTaskKind) i;
	return true;
}

const char *
bp_task_target_database(const BpTask *task)
{
	return task->kind == BP_KIND_VERIFY ? task->scratch : task->database;
}

const char *
bp_phase_name(BpPhase phase)
{
	static const char *const names[] = {
		NULL, "connecting", "locking tables", "reading definitions",
		"planning", "creating database", "definitions", "data",
		"indexes and constraints", "statistics", "finishing", "cleaning up"
	};

	return names[phase];
}

const char *
bp_conn_state_name(BpConnState state)
{
	static const char *const names[BP_CONN_NSTATES] = {
		"free", "connecting", "idle", "busy", "held", "resetting", "closing"
	};

	return names[state];
}

static void
clip(char *dst, Size size, const char *src)
{
	Size		len;

	if (src == NULL)
	{
		dst[0] = '\0';
		return;
	}
	len = strlen(src);
	if (len >= size)
		len = pg_mbcliplen(src, len, size - 1);
	memcpy(dst, src, len);
	dst[len] = '\0';
}

void
bp_task_error_set(BpTaskError *error, const char *sqlstate,
				  const char *message, const char *detail, const char *hint)
{
	clip(error->sqlstate, sizeof(error->sqlstate), sqlstate);
	clip(error->message, sizeof(error->message), message);
	clip(error->detail, sizeof(error->detail), detail);
	clip(error->hint, sizeof(error->hint), hint);
}
