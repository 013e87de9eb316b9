/*-------------------------------------------------------------------------
 *
 * database.h
 *	  The database that is restored into, and its properties.
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
 * Applies the settings of the archive's database (ALTER DATABASE ... SET) to
 * the session, if the task makes a database from the archive.  Every step and
 * unit in that database calls this first; only the first call has an effect.
 */
extern void bp_restore_database_settings(BpSession *session);

/*
 * The text of a CREATE DATABASE statement for a database of this name with the
 * encoding and locale of the archive's database, palloc'd.  Raises what
 * bp_restore_verify_metadata raises.
 */
extern char *bp_restore_createdb_text(BpSession *session, const char *name);

/*
 * Runs an entry about the database (its owner, properties, comment,
 * privileges) for the database that the session is in.  Raises
 * feature_not_supported for a statement of another kind.
 */
extern void bp_restore_database_entry(BpSession *session,
									  const BpTocEntry *e);

#endif							/* BP_RESTORE_DATABASE_H */
