/*-------------------------------------------------------------------------
 *
 * backup.h
 *	  The steps and units of a backup, as they run in pooled backends.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/backup.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BACKUP_BACKUP_H
#define BP_BACKUP_BACKUP_H

#include "archive/codec.h"
#include "session/session.h"

/*
 * Finds what is to be dumped (session->relations), checks that the owner may
 * read it, locks the tables, and takes a snapshot that is younger than the
 * locks (session->snapshot).  (lock.c)
 */
extern void bp_backup_lock(BpSession *session);

/* Exports the snapshot (task->snapshot), if that has not been done. */
extern void bp_backup_export(BpSession *session);

/*
 * Step "begin" (begin.c): locks; definitions if they can be made here,
 * and then the plan.  Unless that is for this session alone, a transaction
 * block is open afterwards.
 */
extern void bp_backup_begin(BpSession *session);

/*
 * Step "define" (plan.c): has pg_dump write the table of contents
 * under the snapshot (session->toc), and makes the plan.
 */
extern void bp_backup_define(BpSession *session);

/*
 * From session->toc: makes the partial archive and the plan, which is either
 * published (task->plan), or this session is to run all of it
 * (session->alone).
 */
extern void bp_backup_plan(BpSession *session);

/* Step "finish" (finish.c): toc.dat, manifest, frame index, publish. */
extern void bp_backup_finish(BpSession *session);

/* The units */
extern void bp_backup_data(BpSession *session, BpUnit *unit);
extern void bp_backup_lobs(BpSession *session, BpUnit *unit);

/* Numbers of the large objects of one BLOBS entry, a list of Oid. */
extern List *bp_backup_lob_list(BpToc *toc, BpTocEntry *blobs);

/* The task's compression: its option, or the setting. */
extern BpCodecSpec bp_backup_codec(BpSession *session);

/* Bytes of text in a frame. */
extern size_t bp_backup_frame_size(const BpCodecSpec *codec);

/* The snapshot to read under: the leader's own, or the transaction's. */
extern Snapshot bp_backup_snapshot(BpSession *session);

#endif							/* BP_BACKUP_BACKUP_H */
