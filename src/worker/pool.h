/*-------------------------------------------------------------------------
 *
 * pool.h
 *	  The pool of connections.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/pool.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_POOL_H
#define BP_WORKER_POOL_H

#include "worker/conn.h"

/* What asking for a connection came to. */
typedef enum BpAcquire
{
	BP_ACQUIRE_READY = 0,		/* an open one, HELD */
	BP_ACQUIRE_OPENING,			/* a new one, CONNECTING for the asker */
	BP_ACQUIRE_WAIT				/* none now; ask again when something changed */
} BpAcquire;

extern void bp_pool_init(void);

extern int	bp_pool_size(void);
extern BpConn *bp_pool_conn(int i);

/*
 * A connection for the task: an idle one of that database and role, the one
 * used last first; else a new one, for which an idle one of another key may
 * be closed.  One that is just being reset is worth waiting for.
 */
extern BpAcquire bp_pool_acquire(const char *database, const char *role,
								 Oid role_oid, struct BpRun *run,
								 BpConn **conn);

/* It is no use asking before that: somebody has a catalog locked. */
extern TimestampTz bp_pool_locked_until(void);

/* Is there room for the session of one more pg_dump? */
extern bool bp_pool_may_dump(void);

/* Gives it back: it is reset and becomes idle, or is closed. */
extern void bp_pool_release(BpConn *conn);

/* Is there one that could be had, now or soon, without taking it from a
 * task? */
extern bool bp_pool_has_room(void);

/* Closes idle connections: all, or those in one database (by name). */
extern int	bp_pool_close_idle(const char *database);

/* Closes idle ones in databases that are gone, or closed to connections. */
extern void bp_pool_check_databases(void);

/* Those in use are closed when they are given back. */
extern void bp_pool_retire_all(void);

/* No new connections from now on: the server shuts down. */
extern void bp_pool_shut(void);
extern bool bp_pool_is_shut(void);

/*
 * Does a task wait for its first connection?  The scheduler finds out; a task
 * that has several then gives back all but its leader's.
 */
extern void bp_pool_set_wanted(bool is_wanted);
extern bool bp_pool_is_wanted(void);

extern bool bp_pool_any_open(void);

/* How many are open: all, or those of one database and role. */
extern int	bp_pool_open_count(void);
extern int	bp_pool_count(const char *database, const char *role);

/*
 * One that may be opened for no task, FREE, or NULL; and that.  False if it
 * could not even begin to open: conn->error says why.  Raises
 * lock_not_available if somebody has a catalog locked.
 */
extern BpConn *bp_pool_free_conn(void);
extern bool bp_pool_open(BpConn *conn, const char *database,
						 const char *role, Oid role_oid);

#endif							/* BP_WORKER_POOL_H */
