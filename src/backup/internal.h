/*-------------------------------------------------------------------------
 *
 * internal.h
 *	  What the files of a backup share with each other only.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/internal.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BACKUP_INTERNAL_H
#define BP_BACKUP_INTERNAL_H

#include "archive/codec.h"
#include "nodes/pg_list.h"
#include "session/session.h"

/*
 * lock.c: finds the relations to be saved (session->relations, in
 * session->cxt), checks that the owner may read them, locks them, and takes a
 * snapshot that is younger than the locks (session->snapshot, registered until
 * the transaction ends).  Raises undefined_table or undefined_schema for a
 * pattern without a match, insufficient_privilege,
 * configuration_limit_exceeded for more tables than the lock table holds, and
 * object_in_use if tables keep appearing.
 */
extern void bp_backup_lock(BpSession *session);

/* lock.c: exports the snapshot into task->snapshot, if that was not done. */
extern void bp_backup_export(BpSession *session);

/*
 * lock.c: the snapshot to read under: the leader's own, or that of a helper's
 * transaction.  Raises object_not_in_prerequisite_state in a session that has
 * neither.
 */
extern Snapshot bp_backup_snapshot(BpSession *session);

/*
 * plan.c: makes the .partial directory and, from session->toc, the plan.  The
 * plan is published (task->plan), or belongs to this session alone
 * (session->alone).
 */
extern void bp_backup_plan(BpSession *session);

/*
 * lobs.c: the numbers of the large objects of one BLOBS entry, as a list of
 * Oid in CurrentMemoryContext.
 */
extern List *bp_backup_lob_list(BpToc *toc, BpTocEntry *blobs);

/* data.c: the task's compression: its option, or the setting. */
extern BpCodecSpec bp_backup_codec(BpSession *session);

/* data.c: bytes of text in one frame. */
extern size_t bp_backup_frame_size(const BpCodecSpec *codec);

#endif							/* BP_BACKUP_INTERNAL_H */
