/*-------------------------------------------------------------------------
 *
 * janitor.h
 *	  What time does to the pool's connections, and which are kept ready.
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

/* After bp_pool_init. */
extern void bp_janitor_init(void);

/*
 * Time-based maintenance: idle timeout, lifetime, deadlines, prewarming.
 * Returns the time of the next thing to do, or 0.
 */
extern TimestampTz bp_janitor_run(TimestampTz now);

/* A connection of no task failed or died. */
extern void bp_janitor_lost(BpConn *conn);

/* The settings were reloaded: idle connections go, others after their use. */
extern void bp_janitor_reload(void);

#endif							/* BP_WORKER_JANITOR_H */
