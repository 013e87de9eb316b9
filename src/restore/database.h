/*-------------------------------------------------------------------------
 *
 * database.h
 *	  Entries that are about the database as a whole.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/database.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_DATABASE_H
#define BP_RESTORE_DATABASE_H

#include "session/session.h"

/*
 * Runs an entry about the database (its owner, properties, comment,
 * privileges) for the database that the session is in.
 */
extern void bp_restore_database_entry(BpSession *session,
									  const BpTocEntry *e);

#endif							/* BP_RESTORE_DATABASE_H */
