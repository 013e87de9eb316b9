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

#include "archive/frame.h"
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
	char	   *path;			/* absolute path of the archive; backup: of the
								 * .partial directory */
	BpPlan	   *plan;			/* attached at first use, see below */
	dsm_segment *plan_seg;
	BpPart	   *part;			/* restore of one schema: if there is one, the
								 * next three are read from it */
	BpToc	   *toc;			/* restore: read at first use */
	BpFrameIndex *frames;		/* restore: read at first use; may be NULL */
	bool		frames_read;
	BpManifest *manifest;		/* restore: read at first use; may be NULL */
	bool		manifest_read;
	bool		database_settings;	/* restore: those of the archive hold */
	Snapshot	snapshot;		/* the leader of a backup: that of the backup */
	BpRelations *relations;		/* the leader of a backup: under it */
	void	   *writer;			/* backup: reused frame writer (backup/data.c) */
	bool		alone;			/* backup: the leader does all units itself, */
	BpFrame    *own_frames;		/* and keeps the frames' records here */
} BpSession;

/*
 * The session's state for the task, made anew when the task is another one
 * than last time.  Raises insufficient_privilege unless this backend is
 * registered by the worker for that very task.
 */
extern BpSession *bp_session_get(int64 task_id);

/* Gives back all that is kept of the task. */
extern void bp_session_forget(void);

/* These raise an error if the thing can't be had. */
extern BpPlan *bp_session_plan(BpSession *session);
extern BpToc *bp_session_toc(BpSession *session);

/* The archive's frame index, or NULL: it is not of our making. */
extern BpFrameIndex *bp_session_frames(BpSession *session);

/* The archive's manifest with its list of files, or NULL: it has none. */
extern BpManifest *bp_session_manifest(BpSession *session);

/* Locks of relations that one transaction may take, leaving some to others */
extern int	bp_lock_room(void);

/* Raises the error for more than that: "WHO %d tables at once", "or HOW" */
BP_NORETURN extern void bp_lock_too_many(int ntables, const char *who,
										 const char *how);

/*
 * Settings of our own for the rows of a backup: dates are in ISO style, the
 * zone is UTC, bytea is written in hex.  Definitions are made as pg_dump makes
 * them, which leaves some of these as the login has them:
 * bp_session_login_settings sets them, until the caller's GUC nest level ends.
 * A restore has all as the login has them, since code of the database runs in
 * it: checks, triggers, queries of materialized views.
 */
extern void bp_session_settings(BpSession *session);
extern void bp_session_login_settings(void);

/* search_path = '' until the end of the transaction */
extern void bp_session_set_search_path(void);

extern void bp_session_set_phase(BpSession *session, BpPhase phase);

/*
 * Records a failure of the task without aborting the unit's transaction: for
 * units that keep what they did so far.  The first failure wins; the worker
 * stops the task when the unit has returned.
 */
extern void bp_session_fail(BpSession *session, ErrorData *edata,
							const char *detail);

/* Appends a remark to the task's detail, for people. */
extern void bp_session_note(BpSession *session, const char *text);

#endif							/* BP_SESSION_SESSION_H */
