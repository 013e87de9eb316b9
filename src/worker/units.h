/*-------------------------------------------------------------------------
 *
 * units.h
 *	  Handing out the units of a plan.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/units.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_UNITS_H
#define BP_WORKER_UNITS_H

#include "worker/run.h"

/*
 * The leader has published the plan: attaches it, and finds the units that may
 * start.  Fails the run if there is no plan; raises out_of_memory.
 */
extern void bp_units_begin(BpRun *run);

/*
 * A helper is connected and HELD: in a backup it has to import the snapshot
 * before it can run units.
 */
extern void bp_units_join(BpRun *run, BpConn *conn);

/* The connection's statement has succeeded: a unit, or bp_units_join's. */
extern void bp_units_done(BpRun *run, BpConn *conn);

/* Forgets the unit of a connection, if it has one: it will not be finished. */
extern void bp_units_forget(BpRun *run, BpConn *conn);

/*
 * Asks the pool for helpers and gives units to connections that are HELD.
 * Raises what bp_pool_acquire raises.
 */
extern void bp_units_advance(BpRun *run, TimestampTz now);

extern bool bp_units_all_done(BpRun *run);

#endif							/* BP_WORKER_UNITS_H */
