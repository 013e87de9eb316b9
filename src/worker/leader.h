/*-------------------------------------------------------------------------
 *
 * leader.h
 *	  The statements of a task's leader.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/leader.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_LEADER_H
#define BP_WORKER_LEADER_H

#include "worker/run.h"

/*
 * Sends a statement over the leader's connection, which must be HELD.  The
 * view of connections shows the text 'what'.
 */
extern void bp_leader_send(BpRun *run, const char *sql, const char *what);

/* The same for the statement that runs a step in the leader's backend. */
extern void bp_leader_send_step(BpRun *run, const char *name);

/* The step that follows CONNECT when the leader is connected. */
extern BpStep bp_leader_first_step(const BpRun *run);

/*
 * The run has come to a new step, and the leader is ready: sends the statement
 * of that step, or prepares the units.  May raise an error, or fail the run.
 */
extern void bp_leader_enter(BpRun *run);

#endif							/* BP_WORKER_LEADER_H */
