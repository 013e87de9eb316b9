/*-------------------------------------------------------------------------
 *
 * shutdown.h
 *	  How the worker learns of a smart shutdown.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/shutdown.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_SHUTDOWN_H
#define BP_WORKER_SHUTDOWN_H

/*
 * Does the postmaster wait for sessions to end (a smart shutdown)?  Reads
 * postmaster.pid.  The first time that the answer is yes, it shuts the pool
 * and wakes up the sessions that wait for tasks; from then on the answer stays
 * yes.
 */
extern bool bp_shutdown_is_under_way(void);

/*
 * Must bp_shutdown_is_under_way be called each second?  True while a
 * connection is open or a task is not over.
 */
extern bool bp_shutdown_must_look(void);

#endif							/* BP_WORKER_SHUTDOWN_H */
