/*-------------------------------------------------------------------------
 *
 * lock_room.h
 *	  How many relations one transaction may lock.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/lock_room.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SESSION_LOCK_ROOM_H
#define BP_SESSION_LOCK_ROOM_H

#include "base/compat.h"

/*
 * The number of relations that one transaction may lock, so that a tenth of
 * the shared lock table is left to other sessions.
 */
extern int	bp_lock_room(void);

/*
 * Raises configuration_limit_exceeded because ntables relations would have to
 * be locked at once.  The detail begins with the text 'what', for example "A
 * consistent backup locks".  The hint gives the value that
 * max_locks_per_transaction needs, and as an alternative the text 'advice',
 * for example "back up fewer schemas at a time".
 */
BP_NORETURN extern void bp_lock_too_many(int ntables, const char *what,
										 const char *advice);

#endif							/* BP_SESSION_LOCK_ROOM_H */
