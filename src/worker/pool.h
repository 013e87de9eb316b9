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

/* The answer to bp_pool_acquire. */
typedef enum BpAcquire
{
	BP_ACQUIRE_READY = 0,		/* an open connection, HELD */
	BP_ACQUIRE_OPENING,			/* a new one, CONNECTING; or FREE with an
								 * error and a deadline in the past */
	BP_ACQUIRE_WAIT				/* none now: call again after a change */
} BpAcquire;

/*
 * To be called when the worker starts: makes the array; resets the registry.
 */
extern void bp_pool_init(void);

/* The array: its size, and its members. */
extern int	bp_pool_size(void);
extern BpConn *bp_pool_conn(int i);

/*
 * Gives a run a connection to the database as the role.  It is the idle one
 * that was used last, or else a new one; to make room for that, an idle one of
 * another database or role may be closed.  The answer is WAIT, and *conn NULL,
 * if there is no room, or if a connection of no task is being opened or reset
 * that will fit.  Raises what a look-up raises (lookup.h), except
 * lock_not_available.
 */
extern BpAcquire bp_pool_acquire(const char *database, const char *role,
								 Oid role_oid, struct BpRun *run,
								 BpConn **conn);

/*
 * Until this time bp_pool_acquire answers WAIT for new connections, because a
 * catalog was locked; 0: it was never locked.
 */
extern TimestampTz bp_pool_locked_until(void);

/* Is there room for the session of one more pg_dump? */
extern bool bp_pool_may_dump(void);

/* Takes a connection back from its run, and resets or closes it. */
extern void bp_pool_release(BpConn *conn);

/* Can a connection be had now or soon, without taking it from a task? */
extern bool bp_pool_has_room(void);

/*
 * Closes the connections that no run has, in one database (by name) or in all
 * databases (NULL).  Returns their number.
 */
extern int	bp_pool_close_idle(const char *database);

/*
 * Closes idle connections to databases that do not exist any more, or do not
 * allow connections.  Raises what a look-up raises.
 */
extern void bp_pool_check_databases(void);

/* Marks all open connections to be closed when their runs give them back. */
extern void bp_pool_retire_all(void);

/* The server shuts down: from now on the pool opens no new connections. */
extern void bp_pool_shut(void);
extern bool bp_pool_is_shut(void);

/*
 * Does a task wait for its first connection?  The scheduler sets it; while it
 * is true, a task with several connections gives back all but its leader's.
 */
extern void bp_pool_set_wanted(bool is_wanted);
extern bool bp_pool_is_wanted(void);

/* Is there a statement that could not be sent (conn->failed)? */
extern bool bp_pool_any_failed(void);

/*
 * Is any connection open?  How many, in all, or to one database as one role?
 */
extern bool bp_pool_any_open(void);
extern int	bp_pool_open_count(void);
extern int	bp_pool_count(const char *database, const char *role);

/*
 * For connections of no task.  The first returns a FREE one that may be
 * opened, or NULL.  The second begins to open it; it returns false and sets
 * conn->error if that failed at once, and raises what a look-up raises.
 */
extern BpConn *bp_pool_free_conn(void);
extern bool bp_pool_open(BpConn *conn, const char *database,
						 const char *role, Oid role_oid);

#endif							/* BP_WORKER_POOL_H */
