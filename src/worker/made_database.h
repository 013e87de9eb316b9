/*-------------------------------------------------------------------------
 *
 * made_database.h
 *	  The database that a restore has made, if the restore fails.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/made_database.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_MADE_DATABASE_H
#define BP_WORKER_MADE_DATABASE_H

#include "worker/run.h"

/* No function here raises an error. */

/* The run's CREATE DATABASE has succeeded: sets created and made. */
extern void bp_made_database(BpRun *run);

/*
 * The run has failed or was cancelled, and has no connection any more: must
 * its database be dropped?  If not, the detail of its error says that it
 * stays.
 */
extern bool bp_made_database_must_go(BpRun *run);

/* Is the database that the run has made still the one of that name? */
extern bool bp_made_database_exists(BpRun *run);

/*
 * The database was dropped, or error (not NULL) says why it could not be: adds
 * that to the detail of the run's error.
 */
extern void bp_made_database_dropped(BpRun *run, const BpTaskError *error);

#endif							/* BP_WORKER_MADE_DATABASE_H */
