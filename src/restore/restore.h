/*-------------------------------------------------------------------------
 *
 * restore.h
 *	  The steps and units of a restore, as they run in pooled backends.
 *
 * restore_plan/plan.h has the step that makes the plan of these units.
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
 * for the task's database, which the worker then runs (bp_task_store_sql).
 * Raises duplicate_database if the database exists, and what
 * bp_restore_verify_metadata raises.
 */
extern void bp_restore_create_database(BpSession *session);

/*
 * The units of a restore.  The caller runs each one in a transaction of its
 * own.  They raise the server's errors with a detail that names the archive
 * entry.  Only a DDL unit that fails returns normally: it records its failure
 * in the task (bp_session_fail), so that the entries before it are kept.
 */

/* DDL, FKEY and FKEY_CHECK: definitions of entries (ddl.c) */
extern void bp_restore_ddl(BpSession *session, BpUnit *unit);

/* PREPARE: truncate tables, or drop objects (prepare.c) */
extern void bp_restore_prepare(BpSession *session, BpUnit *unit);

/* DATA_IN: frames of a data file, or whole data files (data.c) */
extern void bp_restore_data(BpSession *session, BpUnit *unit);

/* LOBS_IN: contents of large objects (lobs.c) */
extern void bp_restore_lobs(BpSession *session, BpUnit *unit);

/* ANALYZE: statistics of tables (analyze.c) */
extern void bp_restore_analyze(BpSession *session, BpUnit *unit);

#endif							/* BP_RESTORE_RESTORE_H */
