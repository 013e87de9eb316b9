/*-------------------------------------------------------------------------
 *
 * session.h
 *	  What a pooled backend knows of the task it works for.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/session.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SESSION_SESSION_H
#define BP_SESSION_SESSION_H

#include "archive/frame_index.h"
#include "archive/manifest.h"
#include "archive/part.h"
#include "archive/toc.h"
#include "base/compat.h"
#include "catalog/relations.h"
#include "shared/options.h"
#include "shared/plan.h"
#include "shared/task.h"
#include "utils/snapshot.h"

typedef struct BpSession
{
	MemoryContext cxt;			/* as long as the session works for the task */
	int64		task_id;
	BpTask	   *task;			/* the slot */
	BpOptions  *options;
	char	   *root;			/* the repository's absolute path */
	char	   *path;			/* absolute path of the archive; in a backup
								 * that of the .partial directory */
	BpPlan	   *plan;			/* attached at first use, see below */
	dsm_segment *plan_seg;
	BpPart	   *part;			/* restore of one schema: the schema's part of
								 * the archive, or NULL; toc, frames and
								 * manifest are then read from it */
	BpToc	   *toc;			/* restore: read at first use */
	BpFrameIndex *frames;		/* restore: read at first use; may be NULL */
	bool		frames_read;
	BpManifest *manifest;		/* restore: read at first use; may be NULL */
	bool		manifest_read;
	bool		database_settings;	/* restore: the settings of the archived
									 * database are in force */
	Snapshot	snapshot;		/* leader of a backup: its snapshot */
	BpRelations *relations;		/* leader of a backup: read under it */
	void	   *writer;			/* backup: reused frame writer (backup/data.c) */
	bool		alone;			/* backup: the leader runs all units itself */
	BpFrame    *own_frames;		/* alone: records of the frames so far */
} BpSession;

/*
 * The slot of the task.  Raises insufficient_privilege unless the worker has
 * registered this backend for the task.  Enough for a step that does not need
 * the archive.
 */
extern BpTask *bp_session_task(int64 task_id);

/*
 * The session's state for the task.  A new one is created if the last call was
 * for another task.  The state belongs to this module.  Raises
 * insufficient_privilege unless the worker has registered this backend for
 * that task, and the errors of opening an archive.
 */
extern BpSession *bp_session_get(int64 task_id);

/* Frees the session's state. */
extern void bp_session_forget(void);

/*
 * The task's plan, and the archive's table of contents, read at first use and
 * kept in session->cxt.  They raise object_not_in_prerequisite_state if there
 * is no plan, data_corrupted if toc.dat was changed since the task's first
 * session read it, and the errors of reading.
 */
extern BpPlan *bp_session_plan(BpSession *session);
extern BpToc *bp_session_toc(BpSession *session);

/* The archive's frame index, or NULL for an archive of pg_dump's */
extern BpFrameIndex *bp_session_frames(BpSession *session);

/* The archive's manifest with its list of files, or NULL if it has none */
extern BpManifest *bp_session_manifest(BpSession *session);

/*
 * bp_session_settings sets the parameters on which the text of rows depends.
 * In a backup, dates are in ISO style, the time zone is UTC and bytea is
 * written in hex.  A restore keeps the values of the login, since it runs code
 * of the database: checks, triggers, queries of materialized views.
 *
 * bp_session_login_settings returns those parameters that pg_dump does not set
 * to the values of the login, until the caller's GUC nest level ends.
 * Definitions are made under these.
 *
 * bp_session_row_settings sets them as in a backup, until the end of the
 * transaction.
 */
extern void bp_session_settings(BpSession *session);
extern void bp_session_row_settings(void);
extern void bp_session_login_settings(void);

/* Sets search_path to '' until the end of the transaction. */
extern void bp_session_set_search_path(void);

extern void bp_session_set_phase(BpSession *session, BpPhase phase);

/*
 * Records a failure of the task without aborting the unit's transaction.  It
 * is for units that keep what they have done so far.  Only the first failure is
 * recorded; the worker stops the task after the unit's statement.
 */
extern void bp_session_fail(BpSession *session, ErrorData *edata,
							const char *detail);

/* Appends a remark to the task's detail. */
extern void bp_session_note(BpSession *session, const char *text);

#endif							/* BP_SESSION_SESSION_H */
