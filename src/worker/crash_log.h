/*-------------------------------------------------------------------------
 *
 * crash_log.h
 *	  What a crash of the server kept from the task log.
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
 * Once after each start of the server, before the log is read: backups that
 * were begun get into the log.  Raises an error if that can't be done now.
 */
extern void bp_adopt_notes(void);

/*
 * Then, as soon as the repository can be read: backups that had succeeded.
 * When both are through, the log is as if all had been synced into it at once,
 * and is synced.  Raises an error if that can't be done now.
 */
extern void bp_adopt_archives(void);

#endif							/* BP_WORKER_CRASH_LOG_H */
