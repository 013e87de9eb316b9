/*-------------------------------------------------------------------------
 *
 * own_dump.h
 *	  The server process of a pg_dump that a backup has started.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/own_dump.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SESSION_OWN_DUMP_H
#define BP_SESSION_OWN_DUMP_H

#include "utils/elog.h"

/*
 * At the first statement of a session: finds out whether the session is that
 * of a pg_dump which one of our leaders has started; if so, makes it a member
 * of the leader's lock group.  Does nothing at later calls.
 */
extern void bp_own_dump_recognise(void);

/*
 * For emit_log_hook: keeps out of the server's log how the session of our own
 * pg_dump ends.  Other messages and other sessions are left alone.
 */
extern void bp_own_dump_hush(ErrorData *edata);

#endif							/* BP_SESSION_OWN_DUMP_H */
