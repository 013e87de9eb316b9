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

#include "session/session.h"

/*
 * Step "begin" of the leader: locks the tables and takes the snapshot; makes
 * the definitions and the plan if that is possible without pg_dump
 * (session->toc is set then).  If this session is to do all of the backup,
 * session->alone is set; otherwise a transaction block is open afterwards.
 * Raises active_sql_transaction inside a transaction block, and the errors of
 * locking: see bp_backup_lock.
 */
extern void bp_backup_begin(BpSession *session);

/*
 * Step "define" of the leader: has pg_dump write the table of contents under
 * the snapshot (session->toc), and makes the plan.
 */
extern void bp_backup_define(BpSession *session);

/*
 * Step "finish" of the leader: writes frame index, toc.dat and manifest, syncs
 * everything and gives the archive its name.
 */
extern void bp_backup_finish(BpSession *session);

/* Runs a unit BP_UNIT_DATA_OUT: rows of a block range, or of small tables. */
extern void bp_backup_data(BpSession *session, BpUnit *unit);

/* Runs a unit BP_UNIT_LOBS_OUT: some large objects. */
extern void bp_backup_lobs(BpSession *session, BpUnit *unit);

#endif							/* BP_BACKUP_BACKUP_H */
