/*-------------------------------------------------------------------------
 *
 * adopt.h
 *	  What a crash of the server kept from the task log.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/adopt.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ADOPT_H
#define BP_ADOPT_H

/*
 * Once after each start of the server, before the log is read.  When this is
 * through, the log is as if all had been synced into it at once, and is
 * synced.  Raises an error if that can't be done now.
 */
extern void bp_adopt_settle_log(void);

#endif							/* BP_ADOPT_H */
