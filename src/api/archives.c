/*-------------------------------------------------------------------------
 *
 * archives.c
 *	  SQL: the list of archives, and dropping one.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/archives.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "api/arguments.h"
#include "archive/manifest_read.h"
#include "archive/repo.h"
#include "archive/repo_list.h"
#include "archive/repo_name.h"
#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "shared/archive_access.h"
#include "shared/settings.h"
#include "shared/task.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/pg_lsn.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(bp_archives);
PG_FUNCTION_INFO_V1(bp_drop_archive);

#define BP_ARCHIVES_COLS 17

typedef struct BpArchivesList
{
	ReturnSetInfo *rsinfo;
	bool		all;			/* the caller may see all archives */
	MemoryContext cxt;			/* reset after each archive */
} BpArchivesList;

static void archives_one(void *arg, const char *name, const char *path);

static Datum
text_or_null(const char *s, bool *isnull)
{
	*isnull = s == NULL;
	return s == NULL ? (Datum) 0 : CStringGetTextDatum(s);
}

static void
archives_row(BpArchivesList *list, BpManifest *m, Datum lsn,
			 const char *name, const char *path)
{
	Datum		v[BP_ARCHIVES_COLS];
	bool		n[BP_ARCHIVES_COLS] = {0};
	TimestampTz verified;

	v[0] = CStringGetTextDatum(name);
	v[1] = text_or_null(m->database, &n[1]);
	v[2] = text_or_null(m->label, &n[2]);
	v[3] = text_or_null(m->content, &n[3]);
	v[4] = text_or_null(m->owner, &n[4]);
	v[5] = Int64GetDatum(m->task);
	v[6] = text_or_null(m->server_version, &n[6]);
	v[7] = lsn;
	n[7] = m->lsn == NULL;
	v[8] = TimestampTzGetDatum(m->started_at);
	v[9] = TimestampTzGetDatum(m->finished_at);
	v[10] = Int64GetDatum(m->tables);
	v[11] = Int64GetDatum(m->rows);
	v[12] = Int64GetDatum(m->raw_bytes);
	v[13] = Int64GetDatum(m->bytes);
	v[14] = text_or_null(m->compression, &n[14]);
	verified = bp_manifest_read_verified(path, m);
	v[15] = TimestampTzGetDatum(verified);
	n[15] = verified == 0;
	v[16] = CStringGetTextDatum(path);
	tuplestore_putvalues(list->rsinfo->setResult, list->rsinfo->setDesc, v, n);
}

/*
 * If the caller may see all archives, warns about one that cannot be listed,
 * unless it was dropped in the meantime.
 */
static void
archives_left_out(const BpArchivesList *list, const char *name,
				  const char *path, int sqlstate, const char *why)
{
	if (list->all && !bp_archive_is_gone(path))
		ereport(WARNING,
				(errcode(sqlstate),
				 errmsg("archive \"%s\" cannot be read: %s", name, why)));
}

/* Is the error one of the query or the session, not of the archive? */
static bool
archives_must_stop(const ErrorData *edata)
{
	int			category = ERRCODE_TO_CATEGORY(edata->sqlerrcode);

	return category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_TRANSACTION_ROLLBACK ||
		category == ERRCODE_INSUFFICIENT_RESOURCES;
}

/* Lists one archive.  An error in one archive must not hide the others. */
static void
archives_one(void *arg, const char *name, const char *path)
{
	BpArchivesList *list = arg;
	MemoryContext old = MemoryContextSwitchTo(list->cxt);
	volatile bool failed = false;
	BpManifest *volatile m = NULL;
	volatile Datum lsn = (Datum) 0;

	CHECK_FOR_INTERRUPTS();
	PG_TRY();
	{
		m = bp_manifest_read(path, false, true);
		if (m != NULL && m->lsn != NULL)
			lsn = DirectFunctionCall1(pg_lsn_in, CStringGetDatum(m->lsn));
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(list->cxt);
		edata = CopyErrorData();
		if (archives_must_stop(edata))
			PG_RE_THROW();
		FlushErrorState();
		failed = true;
		archives_left_out(list, name, path, edata->sqlerrcode,
						  edata->message);
	}
	PG_END_TRY();
	if (!failed && m == NULL)
		archives_left_out(list, name, path, ERRCODE_DATA_CORRUPTED,
						  "it has no manifest");
	else if (!failed &&
			 (list->all || bp_archive_is_visible(GetUserId(), m->owner)))
		archives_row(list, m, lsn, name, path);
	MemoryContextSwitchTo(old);
	MemoryContextReset(list->cxt);
}

Datum
bp_archives(PG_FUNCTION_ARGS)
{
	BpArchivesList list;

	bp_shared_require();
	InitMaterializedSRF(fcinfo, 0);
	list.rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	list.all = superuser() ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	list.cxt = AllocSetContextCreate(CurrentMemoryContext,
									 "backup_pool archives",
									 ALLOCSET_DEFAULT_SIZES);
	bp_repo_list(bp_repo_root(bp_setting_repository), false, archives_one,
				 &list);
	MemoryContextDelete(list.cxt);
	return (Datum) 0;
}

/*
 * True if a running or queued restore or verification uses the archive, which
 * the task may give by name or by path; sets *id to the task's id.
 */
static bool
archive_in_use(const char *name, const char *path, int64 *id)
{
	bool		found = false;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	for (int i = 0; i < bp_shared->ntasks && !found; i++)
	{
		BpTask	   *task = &bp_shared->tasks[i];

		if ((task->state == BP_TASK_RUNNING ||
			 task->state == BP_TASK_QUEUED) &&
			task->kind != BP_KIND_BACKUP &&
			(strncmp(task->target, name, BP_TARGET_LEN - 1) == 0 ||
			 strncmp(task->target, path, BP_TARGET_LEN - 1) == 0))
		{
			*id = task->id;
			found = true;
		}
	}
	LWLockRelease(bp_shared->lock);
	return found;
}

/*
 * Syncs the log.  The worker may have committed the success of a backup without
 * a sync, because after a crash the archive itself proves it
 * (worker/log_writer.c).  A removed archive proves nothing.
 */
static void
archives_sync_log(void)
{
	XLogRecPtr	lsn;

	LWLockAcquire(bp_shared->lock, LW_SHARED);
	lsn = bp_shared->log_lsn;
	LWLockRelease(bp_shared->lock);
	if (!RecoveryInProgress() && !XLogRecPtrIsInvalid(lsn))
		XLogFlush(lsn);
}

/*
 * Two sessions may drop the same archive; then one of them does not find it.
 */
static void
archives_remove(const char *name, const char *path)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		bp_repo_remove(path);
	}
	PG_CATCH();
	{
		bp_archive_catch_gone(caller, name, path);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

Datum
bp_drop_archive(PG_FUNCTION_ARGS)
{
	char	   *name;
	char	   *path;
	BpManifest *manifest;
	BpPart	   *part;
	int64		id = 0;

	bp_shared_require();
	bp_arg_require(fcinfo, 0, "archive");
	name = bp_arg_text(fcinfo, 0);
	if (!bp_repo_valid_archive_name(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid archive name \"%s\"", name),
				 errhint("View backup_pool.archives lists the names; only archives in the repository can be dropped.")));
	if (superuser())
		path = bp_archive_find(name);	/* even if it is damaged */
	else
		path = bp_archive_open(name, NULL, &manifest, &part);
	if (archive_in_use(name, path, &id))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("archive \"%s\" is being used by task " INT64_FORMAT,
						name, id),
				 errhint("Wait for the task, or cancel it.")));
	archives_sync_log();
	archives_remove(name, path);
	PG_RETURN_VOID();
}
