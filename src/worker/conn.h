/*-------------------------------------------------------------------------
 *
 * conn.h
 *	  One pooled connection.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/conn.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_CONN_H
#define BP_WORKER_CONN_H

#include "libpq-fe.h"
#include "shared/task.h"

struct BpRun;

typedef struct BpConn
{
	BpConnSlot *slot;			/* state and identity, in shared memory */
	BpConnState state;			/* the same state; written by conn_state.c */
	PGconn	   *pg;				/* NULL when FREE */
	bool		fd_counted;		/* ReleaseExternalFD has to be called */
	pgsocket	sock;			/* as it is in the wait event set */
	uint32		events;			/* WL_SOCKET_* to wait for */
	int			wait_pos;		/* in the wait event set, or -1 */
	TimestampTz deadline;		/* of CONNECTING or RESETTING; 0: none */
	TimestampTz opened_at;
	uint64		settings;		/* stamp of the login's settings (pool.c) */
	bool		unflushed;		/* libpq has output that is not sent yet */
	bool		retire;			/* close it instead of making it idle */
	bool		clean;			/* the session needs no reset */
	bool		dumping;		/* BUSY: pg_dump runs, with a session of its
								 * own; set by the leader (leader.c) */
	bool		rolled_back;	/* RESETTING: ROLLBACK is sent, DISCARD ALL
								 * comes next */
	bool		failed;			/* BUSY: the statement could not be sent; the
								 * next bp_conn_step says that it is lost */
	int			signals;		/* how often the statement was cancelled */
	TimestampTz signalled_at;

	/* the run of the task that the connection works for, or NULL */
	struct BpRun *run;
	int			unit;			/* index in the plan, or -1 */

	/* why the statement has failed, or the connection was lost */
	BpTaskError error;
} BpConn;

/* What bp_conn_step has found. */
typedef enum BpConnEvent
{
	BP_EVENT_NONE = 0,
	BP_EVENT_OPENED,			/* CONNECTING has succeeded */
	BP_EVENT_DONE,				/* the statement has ended; error is set if it
								 * has failed */
	BP_EVENT_RESET,				/* RESETTING has succeeded: it is IDLE */
	BP_EVENT_LOST				/* it could not be opened, or was lost; error
								 * says why.  The caller has to close it. */
} BpConnEvent;

/*
 * Does what the connection can do without waiting.  To be called after events
 * of its socket (a mask of WL_SOCKET_*), and with 0 if a statement could not
 * be sent (conn->failed).
 */
extern BpConnEvent bp_conn_step(BpConn *conn, uint32 events);

/* Is it a connection to that database as that role? */
static inline bool
bp_conn_has_key(const BpConn *conn, const char *database, const char *role)
{
	return strcmp(conn->slot->database, database) == 0 &&
		strcmp(conn->slot->role, role) == 0;
}

/*
 * Sends a statement for a task; HELD -> BUSY.  The view of connections shows
 * the text 'what'.  The end of the statement is an event in a later turn, also
 * if the statement cannot be sent.
 */
extern void bp_conn_send(BpConn *conn, int64 task_id, const char *what,
						 const char *sql);

/*
 * Makes the connection ready for another task; HELD -> RESETTING.  Sends
 * ROLLBACK if it is in a transaction, then DISCARD ALL.  HELD -> IDLE at once
 * if the session needs no reset (clean).
 */
extern void bp_conn_reset(BpConn *conn);

/* Closes the connection, in any state; -> FREE. */
extern void bp_conn_close(BpConn *conn);

/* Sends a signal to the pooled backend: SIGINT cancels, SIGTERM terminates. */
extern void bp_conn_signal(BpConn *conn, int sig);

#endif							/* BP_WORKER_CONN_H */
