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
	BP_ACQUIRE_WAIT				/* none now: ask again after a change */
} BpAcquire;

/* When the worker starts: makes the array; resets the registry. */
extern void bp_pool_init(void);

/* The array: its size, and its members. */
extern int	bp_pool_size(void);
extern BpConn *bp_pool_conn(int i);

/*
 * A connection for a run, to a database as a role: the idle one that was used
 * last; else a new one, for which an idle one of another key may be closed.  If
 * one of the same key is being opened or reset for no task, the caller has to
 * wait for it.  *conn is NULL if the answer is WAIT.  Raises what a look-up
 * raises (lookup.h), except lock_not_available.
 */
extern BpAcquire bp_pool_acquire(const char *database, const char *role,
								 Oid role_oid, struct BpRun *run,
								 BpConn **conn);

/* A catalog is locked: bp_pool_acquire answers WAIT until then; 0: never. */
extern TimestampTz bp_pool_locked_until(void);

/* Is there room for the session of one more pg_dump? */
extern bool bp_pool_may_dump(void);

/* A run gives it back: it is reset and becomes idle, or is closed. */
extern void bp_pool_release(BpConn *conn);

/* Can a connection be had now or soon, without taking it from a task? */
extern bool bp_pool_has_room(void);

/*
 * Closes the connections that no run has, in one database (by name) or in all
 * (NULL).  Returns their number.
 */
extern int	bp_pool_close_idle(const char *database);

/*
 * Closes idle ones in databases that do not exist any more, or do not allow
 * connections.  Raises what a look-up raises.
 */
extern void bp_pool_check_databases(void);

/* All that are open now will be closed when they are given back. */
extern void bp_pool_retire_all(void);

/* The server shuts down: opens no new connections from now on. */
extern void bp_pool_shut(void);
extern bool bp_pool_is_shut(void);

/*
 * Does a task wait for its first connection?  The scheduler finds out; a task
 * that has several then gives back all but its leader's.
 */
extern void bp_pool_set_wanted(bool is_wanted);
extern bool bp_pool_is_wanted(void);

/* Has a statement failed to be sent (conn->failed)? */
extern bool bp_pool_any_failed(void);

/* How many are open: any, all, or all of one key. */
extern bool bp_pool_any_open(void);
extern int	bp_pool_open_count(void);
extern int	bp_pool_count(const char *database, const char *role);

/*
 * For connections of no task: a FREE one that may be opened, or NULL; and
 * opening it.  False, with conn->error, if it could not begin to open.  Raises
 * what a look-up raises.
 */
extern BpConn *bp_pool_free_conn(void);
extern bool bp_pool_open(BpConn *conn, const char *database,
						 const char *role, Oid role_oid);

#endif							/* BP_WORKER_POOL_H */
