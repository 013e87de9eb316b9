/*-------------------------------------------------------------------------
 *
 * conn_state.h
 *	  The states of a pooled connection, and what went wrong with it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/conn_state.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_CONN_STATE_H
#define BP_WORKER_CONN_STATE_H

#include "worker/conn.h"

/*
 * A new state, and with unit not NULL what it is working on, in one go.  The
 * only writer of the state; keeps the public slot in step.
 */
extern void bp_conn_change(BpConn *conn, BpConnState state, int64 task_id,
						   const char *unit);

/* The same, without other work than before. */
extern void bp_conn_set_state(BpConn *conn, BpConnState state);

/* Shows what it is working on. */
extern void bp_conn_set_work(BpConn *conn, int64 task_id, const char *unit);

/* What went wrong, in our own words or libpq's (a copy is made). */
extern void bp_conn_error(BpConn *conn, int sqlerrcode, const char *message);

/* What the server says about a statement or a start. */
extern void bp_conn_error_of(BpConn *conn, PGresult *res);

/*
 * A text of the other database, fit for ours, palloc'd if it had to be changed.
 * What is not ASCII survives only if both have the same encoding: there is no
 * transaction here to look up a conversion in.
 */
extern const char *bp_conn_text(BpConn *conn, const char *text);

/* The connection is no more; says so if no error was noted before. */
extern BpConnEvent bp_conn_lost(BpConn *conn);

#endif							/* BP_WORKER_CONN_STATE_H */
