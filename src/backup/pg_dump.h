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
 * The table of contents that pg_dump makes of the task's selection under the
 * task's snapshot, in session->cxt.  Raises an error if pg_dump is missing or
 * not of the server's own minor release, and pg_dump's own errors.
 */
extern BpToc *bp_dump_toc(BpSession *session);

#endif							/* BP_BACKUP_PG_DUMP_H */
