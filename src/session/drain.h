/*-------------------------------------------------------------------------
 *
 * drain.h
 *	  Commands that need a database without sessions.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/drain.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SESSION_DRAIN_H
#define BP_SESSION_DRAIN_H

#include "nodes/nodes.h"

/*
 * Before a utility statement runs: if it is DROP DATABASE, ALTER DATABASE,
 * ALTER DATABASE … RENAME or CREATE DATABASE, and the current user may run it,
 * asks the worker to close its idle sessions in that database (for CREATE
 * DATABASE, in the template), and waits for that up to a second.  Does nothing
 * for any other statement, or NULL.
 */
extern void bp_drain_for(Node *stmt);

#endif							/* BP_SESSION_DRAIN_H */
