/*-------------------------------------------------------------------------
 *
 * backup.h
 *	  The steps and units of a backup, as they run in pooled backends.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/backup.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BACKUP_H
#define BP_BACKUP_H

#include "archive/codec.h"
#include "unit/session.h"

/*
 * Step "lock" (backup_lock.c): finds the tables to be dumped, checks that the
 * owner may read them, locks them, and exports a snapshot that is younger
 * than the locks (task->snapshot).
 */
extern void bp_backup_lock(BpSession *session);

/*
 * Step "define" (backup_define.c): has pg_dump write the table of contents
 * under the snapshot (session->toc), makes the partial archive, and publishes
 * the plan (task->plan).
 */
extern void bp_backup_define(BpSession *session);

/* Step "finish" (backup_finish.c): toc.dat, manifest, frame index, publish. */
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

#endif							/* BP_BACKUP_H */
