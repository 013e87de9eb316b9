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
 * Step "verify", in the home database: checks all that can be known without
 * reading data, and publishes the plan of what is to be read (task->plan).
 */
extern void bp_verify_plan(BpSession *session);

/*
 * Before step "plan" of the restore, in the scratch database: makes schemas
 * that the archive needs and does not make.
 */
extern void bp_verify_make_schemas(BpSession *session);

/* A unit: reads some files, or some frames of a file. */
extern void bp_verify_unit(BpSession *session, BpUnit *unit);

/*
 * Step "verified", when all units are done: in the scratch database, if one
 * was made, compares the tables' rows with the manifest's; then records the
 * time in the archive.
 */
extern void bp_verify_finish(BpSession *session);

#endif							/* BP_VERIFY_VERIFY_H */
