/*-------------------------------------------------------------------------
 *
 * crash_log.h
 *	  Brings the task log up to date after a crash of the server.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/crash_log.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_CRASH_LOG_H
#define BP_WORKER_CRASH_LOG_H

/*
 * Logs backups that were started, by their notes, in a synced commit, and
 * clears the notes.  To be called once after each start of the server, before
 * the log is read.  Raises any error of the log.
 */
extern void bp_crash_log_apply_notes(void);

/*
 * Logs backups that had succeeded, by their archives, in a synced commit.  To
 * be called after bp_crash_log_apply_notes, as soon as the repository can be
 * read.  After both, the log is as if all had been synced, and log_settled is
 * set in shared memory.  Raises any error of the log or the repository.
 */
extern void bp_crash_log_apply_archives(void);

#endif							/* BP_WORKER_CRASH_LOG_H */
