/*-------------------------------------------------------------------------
 *
 * conn_state.h
 *	  The states of a pooled connection, and its errors.
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
 * Moves the connection to a state and, unless unit is NULL, sets in the same
 * step what it works on.  Nothing else writes the state, in BpConn or in
 * shared memory.  Warns if the new state may not follow the old one.
 */
extern void bp_conn_change(BpConn *conn, BpConnState state, int64 task_id,
						   const char *unit);

/* Moves it to a state.  What it works on is kept, unless the state is FREE. */
extern void bp_conn_set_state(BpConn *conn, BpConnState state);

/* Sets what it works on, and keeps the state. */
extern void bp_conn_set_work(BpConn *conn, int64 task_id, const char *unit);

/*
 * Sets conn->error to our own message or libpq's, which is copied.  NULL or ""
 * stands for a lost connection.
 */
extern void bp_conn_error(BpConn *conn, int sqlerrcode, const char *message);

/* Sets conn->error to the error that the server has reported. */
extern void bp_conn_error_of(BpConn *conn, PGresult *res);

/*
 * A text of the other database in a form that is valid in ours: the same
 * pointer, or a palloc'd copy.  If the encodings differ, characters that are
 * not ASCII become "?", since there is no transaction to look up a conversion.
 */
extern const char *bp_conn_text(BpConn *conn, const char *text);

/* Returns BP_EVENT_LOST; sets conn->error if it is not set yet. */
extern BpConnEvent bp_conn_lost(BpConn *conn);

#endif							/* BP_WORKER_CONN_STATE_H */
