/*-------------------------------------------------------------------------
 *
 * conn_state.c
 *	  The states of a pooled connection, and its errors.
 *
 * The states and the moves between them are described in shared/task.h, at
 * BpConnState.  Only this file writes them, in shared memory and in BpConn.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/conn_state.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/timestamp.h"
#include "worker/conn_state.h"
#include "worker/error.h"

static bool conn_may_become(BpConnState from, BpConnState to);

static bool
conn_may_become(BpConnState from, BpConnState to)
{
	switch (from)
	{
		case BP_CONN_FREE:
			return to == BP_CONN_CONNECTING;
		case BP_CONN_CONNECTING:
			return to == BP_CONN_IDLE || to == BP_CONN_HELD ||
				to == BP_CONN_CLOSING;
		case BP_CONN_IDLE:
			return to == BP_CONN_HELD || to == BP_CONN_CLOSING;
		case BP_CONN_HELD:
			return to == BP_CONN_BUSY || to == BP_CONN_RESETTING ||
				to == BP_CONN_IDLE || to == BP_CONN_CLOSING;
		case BP_CONN_BUSY:
			return to == BP_CONN_HELD || to == BP_CONN_CLOSING;
		case BP_CONN_RESETTING:
			return to == BP_CONN_IDLE || to == BP_CONN_CLOSING;
		case BP_CONN_CLOSING:
			return to == BP_CONN_FREE;
	}
	return false;
}

void
bp_conn_change(BpConn *conn, BpConnState state, int64 task_id,
			   const char *unit)
{
	BpConnSlot *slot = conn->slot;
	TimestampTz now = GetCurrentTimestamp();
	int			len = unit ? strlen(unit) : 0;

	if (state != conn->state && !conn_may_become(conn->state, state))
		elog(WARNING, "pooled connection cannot go from state %s to %s",
			 bp_conn_state_name(conn->state), bp_conn_state_name(state));
	if (len >= BP_UNIT_LEN)
		len = pg_mbcliplen(unit, len, BP_UNIT_LEN - 1);

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (state != conn->state)
		slot->state_since = now;
	slot->state = conn->state = state;
	if (unit != NULL)
	{
		slot->task_id = task_id;
		memcpy(slot->unit, unit, len);
		slot->unit[len] = '\0';
	}
	if (state == BP_CONN_FREE)
		slot->pid = 0;
	LWLockRelease(bp_shared->lock);
}

void
bp_conn_set_state(BpConn *conn, BpConnState state)
{
	if (state == BP_CONN_FREE)
		bp_conn_change(conn, state, 0, "");
	else
		bp_conn_change(conn, state, 0, NULL);
}

void
bp_conn_set_work(BpConn *conn, int64 task_id, const char *unit)
{
	bp_conn_change(conn, conn->state, task_id, unit);
}

void
bp_conn_error(BpConn *conn, int sqlerrcode, const char *message)
{
	char	   *copy = pchomp(message && message[0] ? message :
							  "connection to server was lost");

	bp_error_set(&conn->error, sqlerrcode, copy, NULL, NULL);
	pfree(copy);
}

const char *
bp_conn_text(BpConn *conn, const char *text)
{
	const char *theirs = PQparameterStatus(conn->pg, "server_encoding");
	char	   *copy;

	if (text == NULL)
		return NULL;
	if (theirs != NULL &&
		pg_char_to_encoding(theirs) == GetDatabaseEncoding() &&
		pg_verifymbstr(text, strlen(text), true))
		return text;
	copy = pstrdup(text);
	for (char *p = copy; *p; p++)
		if (IS_HIGHBIT_SET(*p))
			*p = '?';
	return copy;
}

void
bp_conn_error_of(BpConn *conn, PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
	int			code = ERRCODE_CONNECTION_FAILURE;

	if (state != NULL && strlen(state) == 5)
		code = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
	if (state == NULL || message == NULL)
		bp_conn_error(conn, code,
					  bp_conn_text(conn, PQresultErrorMessage(res)));
	else
		bp_error_set(&conn->error, code, bp_conn_text(conn, message),
					 bp_conn_text(conn, detail), bp_conn_text(conn, hint));
}

BpConnEvent
bp_conn_lost(BpConn *conn)
{
	if (conn->error.sqlstate[0] == '\0')
		bp_conn_error(conn, ERRCODE_CONNECTION_FAILURE,
					  PQerrorMessage(conn->pg));
	return BP_EVENT_LOST;
}
