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
 * Step "verified", when all units are done.  If a scratch database was made,
 * runs in it and compares the number of rows of each table with the manifest;
 * raises data_corrupted if they differ.  Then records the time of the
 * verification in the archive, if it is in the repository.
 */
extern void bp_verify_finish(BpSession *session);

#endif							/* BP_VERIFY_VERIFY_H */
