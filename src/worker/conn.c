/*-------------------------------------------------------------------------
 *
 * conn.c
 *	  One pooled connection: a libpq session to this server.
 *
 * Nothing here waits.  bp_conn_step is called when the socket is ready.  It
 * does what can be done at once and returns what has happened.  Opening a
 * session is in conn_open.c, states and errors are in conn_state.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/conn.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <signal.h>

#include "storage/fd.h"
#include "storage/procarray.h"
#include "utils/timestamp.h"
#include "worker/conn.h"
#include "worker/conn_open.h"
#include "worker/conn_state.h"

#define BP_RESET_TIMEOUT_MS 10000

static BpConnEvent conn_step_idle(BpConn *conn);
static BpConnEvent conn_step_busy(BpConn *conn);
static BpConnEvent conn_step_resetting(BpConn *conn);
static bool conn_query(BpConn *conn, const char *sql);
static void conn_flush(BpConn *conn);

BpConnEvent
bp_conn_step(BpConn *conn, uint32 events)
{
	if (conn->pg == NULL)
		return BP_EVENT_NONE;
	if (conn->failed)
		return bp_conn_lost(conn);
	switch (conn->state)
	{
		case BP_CONN_CONNECTING:
			return bp_conn_open_step(conn);
		case BP_CONN_IDLE:
		case BP_CONN_HELD:
			return conn_step_idle(conn);
		case BP_CONN_BUSY:
			return conn_step_busy(conn);
		case BP_CONN_RESETTING:
			return conn_step_resetting(conn);
		case BP_CONN_FREE:
		case BP_CONN_CLOSING:
			break;
	}
	return BP_EVENT_NONE;
}

/*
 * Handles an event of the socket while no statement runs: either the session
 * has ended, or the server has sent a notice or a notification.
 */
static BpConnEvent
conn_step_idle(BpConn *conn)
{
	if (PQconsumeInput(conn->pg) == 0 || PQstatus(conn->pg) != CONNECTION_OK)
		return bp_conn_lost(conn);
	for (PGnotify *note; (note = PQnotifies(conn->pg)) != NULL;)
		PQfreemem(note);
	return BP_EVENT_NONE;
}

static void
conn_flush(BpConn *conn)
{
	int			rc = PQflush(conn->pg);

	conn->unflushed = rc > 0;
	conn->events = WL_SOCKET_READABLE |
		(conn->unflushed ? WL_SOCKET_WRITEABLE : 0);
	/* if rc < 0, the next read from the connection returns the error */
}

/*
 * Read what has arrived.  True when the statement has ended, with the first
 * error of its results, if any, in conn->error.  *lost is set, and the result
 * is false, if the connection cannot be used any more.
 */
static bool
conn_read(BpConn *conn, bool *lost)
{
	PGresult   *res;

	*lost = false;
	if (conn->unflushed)
		conn_flush(conn);
	if (PQconsumeInput(conn->pg) == 0)
	{
		*lost = true;
		return false;
	}
	while (!PQisBusy(conn->pg))
	{
		res = PQgetResult(conn->pg);
		if (res == NULL)
			return true;
		switch (PQresultStatus(res))
		{
			case PGRES_COMMAND_OK:
			case PGRES_TUPLES_OK:
			case PGRES_EMPTY_QUERY:
				break;
			case PGRES_FATAL_ERROR:
				if (conn->error.sqlstate[0] == '\0')
					bp_conn_error_of(conn, res);
				if (PQstatus(conn->pg) != CONNECTION_OK)
					*lost = true;
				break;
			default:
				/* none of our statements starts a COPY over the socket */
				if (conn->error.sqlstate[0] == '\0')
					bp_conn_error(conn, ERRCODE_PROTOCOL_VIOLATION,
								  "unexpected response from the pooled backend");
				*lost = true;
				break;
		}
		PQclear(res);
		if (*lost)
			return false;
	}
	return false;
}

static BpConnEvent
conn_step_busy(BpConn *conn)
{
	bool		lost;

	if (conn_read(conn, &lost))
	{
		bp_conn_set_state(conn, BP_CONN_HELD);
		return BP_EVENT_DONE;
	}
	return lost ? bp_conn_lost(conn) : BP_EVENT_NONE;
}

static BpConnEvent
conn_step_resetting(BpConn *conn)
{
	bool		lost;

	if (!conn_read(conn, &lost))
		return lost ? bp_conn_lost(conn) : BP_EVENT_NONE;
	if (conn->error.sqlstate[0] != '\0' ||
		PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
		return bp_conn_lost(conn);
	if (conn->rolled_back)
	{
		conn->rolled_back = false;
		if (!conn_query(conn, "DISCARD ALL"))
			return BP_EVENT_LOST;
		return BP_EVENT_NONE;
	}
	conn->deadline = 0;
	bp_conn_change(conn, BP_CONN_IDLE, 0, "");
	return BP_EVENT_RESET;
}

/* Start to send SQL.  False, with conn->error, if that failed. */
static bool
conn_query(BpConn *conn, const char *sql)
{
	memset(&conn->error, 0, sizeof(conn->error));
	conn->signals = 0;
	if (PQsendQuery(conn->pg, sql) == 0)
	{
		bp_conn_error(conn, ERRCODE_CONNECTION_FAILURE,
					  PQerrorMessage(conn->pg));
		return false;
	}
	conn_flush(conn);
	return true;
}

void
bp_conn_send(BpConn *conn, int64 task_id, const char *what, const char *sql)
{
	/*
	 * change the state first: the backend checks it when it receives the
	 * statement
	 */
	bp_conn_change(conn, BP_CONN_BUSY, task_id, what);
	conn->clean = false;
	conn->dumping = false;
	conn->failed = !conn_query(conn, sql);
}

void
bp_conn_reset(BpConn *conn)
{
	bool		in_xact = PQtransactionStatus(conn->pg) != PQTRANS_IDLE;

	conn->run = NULL;
	conn->unit = -1;
	if (conn->clean && !in_xact)
	{
		bp_conn_change(conn, BP_CONN_IDLE, 0, "");
		return;
	}
	bp_conn_change(conn, BP_CONN_RESETTING, 0, "");
	conn->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												 BP_RESET_TIMEOUT_MS);
	conn->rolled_back = in_xact;
	if (!conn_query(conn, in_xact ? "ROLLBACK" : "DISCARD ALL"))
		bp_conn_close(conn);
}

void
bp_conn_close(BpConn *conn)
{
	if (conn->state == BP_CONN_FREE)
		return;
	if (conn->state != BP_CONN_CLOSING)
		bp_conn_set_state(conn, BP_CONN_CLOSING);
	if (conn->pg != NULL)
		PQfinish(conn->pg);		/* does not wait */
	conn->pg = NULL;
	if (conn->fd_counted)
		ReleaseExternalFD();
	conn->fd_counted = false;
	conn->run = NULL;
	conn->unit = -1;
	conn->failed = false;
	conn->deadline = 0;
	conn->wait_pos = -1;
	conn->sock = PGINVALID_SOCKET;
	bp_conn_set_state(conn, BP_CONN_FREE);
	ConditionVariableBroadcast(&bp_shared->changed);
}

void
bp_conn_signal(BpConn *conn, int sig)
{
	pid_t		pid = conn->slot->pid;

	/*
	 * The pid should be that of our backend as long as the socket is open, but
	 * check that it is a backend's.  As in pg_cancel_backend, the signal goes
	 * to the whole process group, since the backend may have started pg_dump.
	 */
	if (pid == 0 || BackendPidGetProc(pid) == NULL)
		return;
	conn->signals++;
	conn->signalled_at = GetCurrentTimestamp();
#ifdef HAVE_SETSID
	if (kill(-pid, sig) != 0)
#endif
		(void) kill(pid, sig);
}
