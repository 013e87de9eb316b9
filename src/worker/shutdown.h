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
 * postmaster.pid.  The first time that the answer is yes, the pool is shut, and
 * sessions that wait for tasks are woken up; from then on it stays yes.
 */
extern bool bp_shutdown_is_under_way(void);

/*
 * Does the question have to be asked from time to time?  Yes while a
 * connection is open or any task is not over.
 */
extern bool bp_shutdown_must_look(void);

#endif							/* BP_WORKER_SHUTDOWN_H */
