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
	BpConnSlot *slot;			/* state and identity, for everybody to see */
	BpConnState state;			/* written by conn_state.c alone */
	PGconn	   *pg;				/* NULL when FREE */
	bool		fd_counted;		/* AcquireExternalFD was said */
	pgsocket	sock;			/* as in the wait event set */
	uint32		events;			/* wanted, WL_SOCKET_* */
	int			wait_pos;		/* in the wait event set, or -1 */
	TimestampTz deadline;		/* of CONNECTING, RESETTING; 0: none */
	TimestampTz opened_at;
	uint64		settings;		/* of the login (pool.c) */
	bool		unflushed;		/* output is waiting in libpq */
	bool		retire;			/* close it instead of making it idle */
	bool		clean;			/* the session needs no reset */
	bool		dumping;		/* BUSY: pg_dump runs, with a session of its
								 * own; set by the leader (leader.c) */
	bool		rolled_back;	/* RESETTING: ROLLBACK sent, DISCARD next */
	int			signals;		/* cancels sent for this statement */
	TimestampTz signalled_at;

	/* the task it works for, NULL when idle */
	struct BpRun *run;
	int			unit;			/* of the plan, or -1 */

	/* the statement's outcome, while BUSY */
	BpTaskError error;
} BpConn;

/* What a step of a connection's life came to. */
typedef enum BpConnEvent
{
	BP_EVENT_NONE = 0,
	BP_EVENT_OPENED,			/* CONNECTING ended well */
	BP_EVENT_DONE,				/* the statement ended; see error.sqlstate */
	BP_EVENT_RESET,				/* RESETTING ended: it is idle */
	BP_EVENT_LOST				/* failed or died: error says why; close it */
} BpConnEvent;

/* Does what can be done without waiting, after the given socket events. */
extern BpConnEvent bp_conn_step(BpConn *conn, uint32 events);

static inline bool
bp_conn_has_key(const BpConn *conn, const char *database, const char *role)
{
	return strcmp(conn->slot->database, database) == 0 &&
		strcmp(conn->slot->role, role) == 0;
}

/*
 * Sends a statement for a task, shown as what; HELD -> BUSY.  False, with
 * error, if that failed.
 */
extern bool bp_conn_send(BpConn *conn, int64 task_id, const char *what,
						 const char *sql);

/*
 * Makes it ready for the next task: ROLLBACK if need be, DISCARD ALL; or
 * nothing, if there is nothing to be reset (conn->clean).
 */
extern void bp_conn_reset(BpConn *conn);

/* Closes it, whatever it does; -> FREE. */
extern void bp_conn_close(BpConn *conn);

/* Asks the pooled backend to cancel its statement, or to end. */
extern void bp_conn_signal(BpConn *conn, int sig);

#endif							/* BP_WORKER_CONN_H */
