/*-------------------------------------------------------------------------
 *
 * restore.h
 *	  The steps and units of a restore, as they run in pooled backends.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/restore.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_RESTORE_H
#define BP_RESTORE_RESTORE_H

#include "session/session.h"

/*
 * Step "database", in the home database: writes the CREATE DATABASE statement
 * for the task's database, for the worker to send (bp_task_sql).
 */
extern void bp_restore_create_database(BpSession *session);

/*
 * Settings that the archive's database has, for a session in the one that is
 * made of it: to be called before all that is done there.
 */
extern void bp_restore_database_settings(BpSession *session);

/*
 * Step "plan", in the target database: reads the archive, selects entries,
 * checks what can be checked before anything is changed, and publishes the
 * plan (task->plan).
 */
extern void bp_restore_plan(BpSession *session);

/* The units of a restore, each in a transaction of its own. */
extern void bp_restore_ddl(BpSession *session, BpUnit *unit);
extern void bp_restore_prepare(BpSession *session, BpUnit *unit);
extern void bp_restore_data(BpSession *session, BpUnit *unit);
extern void bp_restore_lobs(BpSession *session, BpUnit *unit);
extern void bp_restore_analyze(BpSession *session, BpUnit *unit);

#endif							/* BP_RESTORE_RESTORE_H */
