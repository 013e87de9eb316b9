/*-------------------------------------------------------------------------
 *
 * error.h
 *	  Errors of tasks and connections, as the worker keeps them.
 *
 * A BpTaskError lies in shared memory and in the task log, so it holds the
 * SQLSTATE as text.  Code sets and compares it by ERRCODE_* through these
 * functions.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/error.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_ERROR_H
#define BP_WORKER_ERROR_H

#include "shared/task.h"

/* Fills an error; the texts are copied, detail and hint may be NULL. */
extern void bp_error_set(BpTaskError *error, int sqlerrcode,
						 const char *message, const char *detail,
						 const char *hint);

/* Does the error have this SQLSTATE? */
extern bool bp_error_is(const BpTaskError *error, int sqlerrcode);

/*
 * Adds a hint to the error of a failed login as the role, if the error has no
 * hint yet and its SQLSTATE is one that we have advice for.
 */
extern void bp_error_add_login_hint(BpTaskError *error, const char *role);

/*
 * For a PG_CATCH block of the worker: reports the error to the server log,
 * aborts the transaction if one is open, releases LWLocks, and switches to the
 * memory context given.  Copies the error into *error, unless that is NULL.
 */
extern void bp_worker_caught_error(MemoryContext caller, BpTaskError *error);

#endif							/* BP_WORKER_ERROR_H */
