/*-------------------------------------------------------------------------
 *
 * janitor.h
 *	  Timeouts of pooled connections, and connections that are kept open.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/janitor.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_JANITOR_H
#define BP_WORKER_JANITOR_H

#include "worker/conn.h"

/* To be called when the worker starts, after bp_pool_init. */
extern void bp_janitor_init(void);

/*
 * Closes connections of no task whose time is over, and opens those that are
 * to be kept open.  Returns the latest time of the next call, or 0 if no call
 * is due.  Raises what a look-up raises (lookup.h).
 */
extern TimestampTz bp_janitor_run(TimestampTz now);

/* A connection of no task could not be opened, or was lost: closes it. */
extern void bp_janitor_lost(BpConn *conn);

/*
 * The settings were reloaded: closes idle connections now, and all others when
 * they are given back.
 */
extern void bp_janitor_reload(void);

#endif							/* BP_WORKER_JANITOR_H */
