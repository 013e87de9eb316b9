/*-------------------------------------------------------------------------
 *
 * verify.h
 *	  The steps and units of a verification, as they run in pooled backends.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/verify.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_VERIFY_VERIFY_H
#define BP_VERIFY_VERIFY_H

#include "session/session.h"

/*
 * Step "verify", in the home database: verifies all that can be known without
 * reading data, and publishes the plan of what must be read (task->plan).
 * Raises data_corrupted or undefined_file.
 */
extern void bp_verify_plan(BpSession *session);

/*
 * Before step "plan" of the restore, in the scratch database: creates schemas
 * that entries of the archive are in but that the archive does not create.
 * Raises what bp_restore_verify_metadata raises.
 */
extern void bp_verify_make_schemas(BpSession *session);

/*
 * A unit: reads some files, or some frames of a file.  Raises data_corrupted
 * for a file that is damaged.
 */
extern void bp_verify_unit(BpSession *session, BpUnit *unit);

/*
 * Step "database", in the home database: makes the scratch database, under a
 * name that is free, and stores the name in the task (task->scratch).  Raises
 * what bp_restore_verify_metadata and CREATE DATABASE raise.
 */
extern void bp_verify_create_scratch(BpSession *session);

/*
 * Step "drop", in the home database: drops the scratch databases of the task;
 * there is none if it has made none yet.  Raises the errors of DROP DATABASE.
 */
extern void bp_verify_drop_scratch(BpTask *task);

/*
 * Step "compare", in the scratch database, when the archive is restored:
 * publishes the plan of what is compared.  Raises data_corrupted for a table
 * that does not exist.
 */
extern void bp_verify_plan_compare(BpSession *session);

/*
 * Units of that plan: tables, large objects, indexes.  They raise
 * data_corrupted for a difference, and the errors of functions that are in
 * indexes.
 */
extern void bp_verify_compare(BpSession *session, BpUnit *unit);
extern void bp_verify_compare_lobs(BpSession *session, BpUnit *unit);
extern void bp_verify_indexes(BpSession *session, BpUnit *unit);

/*
 * Step "verified", when all units are done: records the time of the
 * verification in the archive, if it is in the repository.
 */
extern void bp_verify_finish(BpSession *session);

#endif							/* BP_VERIFY_VERIFY_H */
