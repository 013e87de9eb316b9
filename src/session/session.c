/*-------------------------------------------------------------------------
 *
 * session.c
 *	  What a pooled backend knows of the task it works for.
 *
 * The worker registers each connection in shared memory, with the pid of its
 * server process and the task that it is lent to.  A backend runs a unit's
 * statement only if it is that process and is logged in as the task's owner.
 * So no other session can run units, and no unit can reach another task than
 * its own.
 *
 * Options, archive and plan that were read for a task stay in one memory
 * context until the session works for another task.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/session.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "archive/frame_index.h"
#include "archive/manifest_read.h"
#include "archive/repo_name.h"
#include "archive/toc_read.h"
#include "archive/toc_write.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "session/session.h"
#include "shared/archive_access.h"
#include "shared/owner.h"
#include "shared/settings.h"
#include "shared/slots.h"
#include "utils/guc.h"
#include "utils/memutils.h"

static BpSession *current_session = NULL;
static int	session_attempt = 0;

static char *session_text(const char *text);

BpTask *
bp_session_task(int64 task_id)
{
	BpTask	   *found = NULL;

	if (bp_shared != NULL && task_id > 0)
	{
		LWLockAcquire(bp_shared->lock, LW_SHARED);
		for (int i = 0; i < bp_shared->nconns; i++)
		{
			BpConnSlot *c = &bp_shared->conns[i];

			if (c->pid == MyProcPid && c->state == BP_CONN_BUSY &&
				c->task_id == task_id)
			{
				BpTask	   *task = bp_task_find(task_id);

				if (task != NULL && task->state == BP_TASK_RUNNING)
					found = task;
				break;
			}
		}
		LWLockRelease(bp_shared->lock);
	}
	if (found != NULL && (found->owner != GetSessionUserId() ||
						  found->owner != GetUserId()))
		found = NULL;
	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("COPY with file \"backup_pool\" is reserved for the backup_pool worker"),
				 errhint("Use the functions of extension backup_pool.")));
	return found;
}

void
bp_session_forget(void)
{
	BpSession  *old = current_session;

	current_session = NULL;
	if (old == NULL)
		return;
	if (old->plan_seg != NULL)
		dsm_detach(old->plan_seg);
	MemoryContextDelete(old->cxt);
}

BpSession *
bp_session_get(int64 task_id)
{
	BpTask	   *task = bp_session_task(task_id);
	MemoryContext cxt;
	MemoryContext old;
	BpSession  *s;

	if (current_session != NULL && current_session->task_id == task_id &&
		session_attempt == task->attempt)
		return current_session;
	bp_session_forget();
	bp_owner_check_login();
	bp_owner_check_connect();

	cxt = AllocSetContextCreate(TopMemoryContext, "backup_pool session",
								ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(cxt);
	s = palloc0(sizeof(BpSession));
	s->cxt = cxt;
	s->task_id = task_id;
	s->task = task;
	PG_TRY();
	{
		s->options = bp_options_from_json(bp_task_options(task));
		s->root = pstrdup(task->repository);

		/*
		 * A verification by a role that is not a superuser can neither give
		 * objects to other roles, nor grant privileges in their name.
		 */
		if (task->kind == BP_KIND_VERIFY && !superuser())
			s->options->owner = s->options->privileges = false;
		if (task->kind == BP_KIND_BACKUP)
			s->path = bp_repo_partial_path(s->root, task->archive);
		else
		{
			BpManifest *manifest;

			/* this checks the rights again, now in the owner's session */
			s->path = bp_archive_open(s->options->archive,
									  bp_options_only_schema(s->options),
									  &manifest, &s->part);
		}
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(cxt);
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	current_session = s;
	session_attempt = task->attempt;
	return s;
}

BpPlan *
bp_session_plan(BpSession *session)
{
	if (session->plan == NULL && session->task->plan != 0)
	{
		/* the plan outlives the transaction, so it has no resource owner */
		session->plan = bp_plan_attach(session->task->plan,
									   &session->plan_seg);
	}
	if (session->plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("task " INT64_FORMAT " has no plan",
						session->task_id)));
	return session->plan;
}

/*
 * Did all sessions of the task read the same file?  The first one stores the
 * hash of the file in *known, which is in the slot.
 */
static bool
session_is_same(uint64 *known, uint64 hash)
{
	bool		same;

	hash |= 1;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (*known == 0)
		*known = hash;
	same = *known == hash;
	LWLockRelease(bp_shared->lock);
	return same;
}

static void
session_hash(void *arg, const char *data, size_t len)
{
	uint64	   *hash = arg;

	*hash = hash_bytes_extended((const unsigned char *) data, (int) len,
								*hash);
}

/*
 * Each session reads the table of contents itself.  It must be the same for
 * all, because plan and units name entries by their position in it.
 */
static bool
session_toc_is_same(BpSession *session, const BpToc *toc)
{
	uint64		hash = 0;

	bp_toc_write_pieces(toc, session_hash, &hash);
	return session_is_same(&session->task->toc_hash, hash);
}

static BpToc *
session_read_toc(BpSession *session)
{
	MemoryContext old = MemoryContextSwitchTo(session->cxt);
	BpToc	   *volatile toc = NULL;

	PG_TRY();
	{
		toc = session->part != NULL ? bp_part_toc(session->part) :
			bp_toc_read_dir(session->path);
	}
	PG_CATCH();
	{
		bp_archive_catch_gone(old, session->options->archive, session->path);
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	return session_toc_is_same(session, toc) ? toc : NULL;
}

/*
 * Called when a file is missing: raises an error if the whole archive is gone.
 */
static void
session_check_there(BpSession *session)
{
	if (bp_archive_is_gone(session->path))
		bp_archive_not_found(session->options->archive);
}

/*
 * Use the whole archive instead of the part.  That is necessary if the first
 * session of the task was in another database than this one (for CREATE
 * DATABASE) and the encoding of that database cannot represent the schema's
 * name: that session found no part and read the whole archive, so all sessions
 * have to do so.
 */
static bool
session_leave_part(BpSession *session)
{
	bool		had = session->part != NULL;

	session->part = NULL;
	return had;
}

BpToc *
bp_session_toc(BpSession *session)
{
	if (session->toc == NULL)
		session->toc = session_read_toc(session);
	if (session->toc == NULL && session_leave_part(session))
		session->toc = session_read_toc(session);
	if (session->toc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the archive's toc.dat was changed while it was being restored")));
	return session->toc;
}

BpFrameIndex *
bp_session_frames(BpSession *session)
{
	if (!session->frames_read)
	{
		MemoryContext old = MemoryContextSwitchTo(session->cxt);

		session->frames = session->part != NULL ?
			bp_part_frames(session->part) :
			bp_frame_index_read(session->path);
		MemoryContextSwitchTo(old);
		if (session->frames == NULL)
			session_check_there(session);
		session->frames_read = true;
	}
	return session->frames;
}

/* Returns false if the task's first session has read another manifest. */
static bool
session_read_manifest(BpSession *session)
{
	MemoryContext old = MemoryContextSwitchTo(session->cxt);
	BpManifest *m = session->part != NULL ?
		bp_part_manifest(session->part, true) :
		bp_manifest_read(session->path, true, true);
	uint64		hash = 0;

	MemoryContextSwitchTo(old);
	if (m == NULL)
		session_check_there(session);
	session->manifest = m;
	if (m != NULL)
		session_hash(&hash, m->checksum, strlen(m->checksum));
	session->manifest_read =
		session_is_same(&session->task->manifest_hash, hash);
	return session->manifest_read;
}

BpManifest *
bp_session_manifest(BpSession *session)
{
	if (!session->manifest_read && !session_read_manifest(session) &&
		!(session_leave_part(session) && session_read_manifest(session)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the archive's manifest was changed while it was being read")));
	return session->manifest;
}

void
bp_session_set_phase(BpSession *session, BpPhase phase)
{
	session->task->phase = phase;
}

/*
 * The settings on which the text of rows depends.  They are not set in the
 * connection's options, because these would hide the values of the login.
 */
static const struct
{
	const char *name;
	const char *value;			/* in a backup */
	bool		pg_dumps;		/* pg_dump sets it as well, so definitions
								 * need it, too */
	bool		always;			/* also set in a restore */
}			row_settings[] =
{
	{"DateStyle", "ISO", true, false},
	{"IntervalStyle", "postgres", true, false},
	{"extra_float_digits", "3", true, false},
	{"TimeZone", "UTC", false, false},
	{"bytea_output", "hex", false, false},
	{"standard_conforming_strings", "on", false, true}
};

/* Compares the part before the comma: we do not set the order in DateStyle. */
static bool
setting_is(const char *now, const char *value)
{
	size_t		len = strlen(value);

	return now != NULL && strncmp(now, value, len) == 0 &&
		(now[len] == '\0' || now[len] == ',');
}

void
bp_session_settings(BpSession *session)
{
	bool		backup = session->task->kind == BP_KIND_BACKUP;

	for (int i = 0; i < (int) lengthof(row_settings); i++)
	{
		const char *name = row_settings[i].name;
		const char *value = backup || row_settings[i].always ?
			row_settings[i].value : GetConfigOptionResetString(name);

		/* the value differs in the first statement and after DISCARD ALL */
		if (!setting_is(GetConfigOption(name, false, false), value))
			(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
									 GUC_ACTION_SET, true, 0, false);
	}
}

void
bp_session_row_settings(void)
{
	for (int i = 0; i < (int) lengthof(row_settings); i++)
		(void) set_config_option(row_settings[i].name, row_settings[i].value,
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL,
								 true, 0, false);
}

void
bp_session_login_settings(void)
{
	for (int i = 0; i < (int) lengthof(row_settings); i++)
	{
		const char *name = row_settings[i].name;

		if (!row_settings[i].pg_dumps)
			(void) set_config_option(name, GetConfigOptionResetString(name),
									 PGC_USERSET, PGC_S_SESSION,
									 GUC_ACTION_SAVE, true, 0, false);
	}
}

void
bp_session_set_search_path(void)
{
	(void) set_config_option("search_path", "", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

/*
 * A copy of the text without characters that are not ASCII, unless the database
 * is in UTF-8: other databases read it (see worker/conn_state.c).
 */
static char *
session_text(const char *text)
{
	char	   *copy;

	if (text == NULL)
		return NULL;
	copy = pstrdup(text);
	if (GetDatabaseEncoding() != PG_UTF8)
		for (char *p = copy; *p; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	return copy;
}

void
bp_session_fail(BpSession *session, ErrorData *edata, const char *detail)
{
	BpTask	   *task = session->task;
	char	   *message = session_text(edata->message);
	char	   *text = session_text(detail ? detail : edata->detail);
	char	   *hint = session_text(edata->hint);

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (task->error.sqlstate[0] == '\0')
		bp_task_error_set(&task->error, unpack_sql_state(edata->sqlerrcode),
						  message, text, hint);
	LWLockRelease(bp_shared->lock);
}

void
bp_session_note(BpSession *session, const char *text)
{
	BpTask	   *task = session->task;
	char	   *copy = session_text(text);
	size_t		len;

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	len = strlen(task->error.detail);
	if (len > 0 && len + 2 < BP_MESSAGE_LEN)
	{
		task->error.detail[len++] = '\n';
		task->error.detail[len] = '\0';
	}
	if (len + strlen(copy) < BP_MESSAGE_LEN)
		strlcpy(task->error.detail + len, copy, BP_MESSAGE_LEN - len);
	LWLockRelease(bp_shared->lock);
}
