/*-------------------------------------------------------------------------
 *
 * pg_dump.h
 *	  Definitions by the server's own pg_dump.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/pg_dump.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BACKUP_PG_DUMP_H
#define BP_BACKUP_PG_DUMP_H

#include "session/session.h"

/*
 * Runs pg_dump for the task's selection under the task's snapshot, and returns
 * its table of contents, in session->cxt.  Raises undefined_file if pg_dump is
 * missing, object_not_in_prerequisite_state if it is not of the server's own
 * minor release, and pg_dump's own errors (external_routine_exception if no
 * better SQLSTATE follows from its message).
 */
extern BpToc *bp_pg_dump_toc(BpSession *session);

#endif							/* BP_BACKUP_PG_DUMP_H */
