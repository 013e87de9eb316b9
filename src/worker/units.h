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

#include "worker/run_turn.h"

/* The leader has published the plan: attach it, and find what may start. */
extern void bp_units_begin(BpRun *run);

/* A new helper has connected. */
extern void bp_units_welcome(BpRun *run, BpConn *conn);

/* A statement of a connection has ended well. */
extern void bp_units_done(BpRun *run, BpConn *conn);

/* The connection will not finish its unit. */
extern void bp_units_forget(BpRun *run, BpConn *conn);

/* Gets helpers, gives units to whoever is free. */
extern void bp_units_advance(BpRun *run, TimestampTz now);

extern bool bp_units_all_done(BpRun *run);

/* Adds what helps to an error of connecting. */
extern void bp_connect_hint(BpTaskError *error, const char *role);

#endif							/* BP_WORKER_UNITS_H */
