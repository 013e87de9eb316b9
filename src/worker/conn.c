/*-------------------------------------------------------------------------
 *
 * conn.c
 *	  One pooled connection: a libpq session to this very server.
 *
 * Nothing here waits.  bp_conn_step is called when the socket is ready and
 * does what can be done at once; what it came to is its result.  The states
 * stand in shared/task.h beside BpConnState, with where each may go.
 *
 * Every connection parameter is given, so that neither the environment of the
 * postmaster nor a service file has a say.  Settings that must hold for our
 * sessions travel in "options": they survive DISCARD ALL, and win over those
 * of the server, the role and the database.
 *
 * client_encoding is SQL_ASCII: bytes go both ways as they are.  Names in
 * units come from the other database, in its encoding, and go back to it.
 *
 * search_path is not among the settings: patterns without a schema mean what
 * they mean to the owner in that database.  Each unit sets it for itself.
 *
 * Authentication is the server's own, by pg_hba.conf: a task can do nothing
 * that its owner could not do by connecting.
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

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "postmaster/postmaster.h"
#include "shared/compat.h"
#include "shared/settings.h"
#include "storage/fd.h"
#include "storage/procarray.h"
#include "utils/timestamp.h"
#include "worker/conn.h"

#define BP_RESET_TIMEOUT_MS 10000

/*
 * The session settings of pg_dump and pg_restore, and those that keep the
 * server's timeouts from ending a long unit.  Three more are set by the backend
 * itself (bp_session_settings), as they are not pg_dump's.
 */
#define BP_SESSION_OPTIONS \
	"-c datestyle=ISO -c intervalstyle=postgres" \
	" -c extra_float_digits=3" \
	" -c synchronize_seqscans=off" \
	" -c statement_timeout=0 -c lock_timeout=0" \
	" -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0" \
	BP_TRANSACTION_TIMEOUT_OPTION \
	" -c row_security=off -c check_function_bodies=off -c xmloption=content" \
	" -c default_transaction_read_only=off" \
	" -c default_transaction_isolation=read\\ committed" \
	" -c default_transaction_deferrable=off" \
	" -c backslash_quote=safe_encoding" \
	" -c client_min_messages=error -c jit=off -c role=none" \
	" -c max_parallel_workers_per_gather=0" \
	" -c client_connection_check_interval=10s"

static BpConnEvent bp_conn_step_connecting(BpConn *conn);
static BpConnEvent bp_conn_step_idle(BpConn *conn);
static BpConnEvent bp_conn_step_busy(BpConn *conn);
static BpConnEvent bp_conn_step_resetting(BpConn *conn);
static bool bp_conn_may_become(BpConnState from, BpConnState to);
static void bp_conn_error(BpConn *conn, const char *sqlstate,
						  const char *message);
static void bp_conn_error_of(BpConn *conn, PGresult *res);
static void bp_conn_notice(void *arg, const PGresult *res);
static const char *bp_conn_text(BpConn *conn, const char *text);
static void bp_conn_refused(BpConn *conn);
static BpConnEvent bp_conn_lost(BpConn *conn);
static bool bp_conn_query(BpConn *conn, const char *sql);
static void bp_conn_flush(BpConn *conn);

static bool
bp_conn_may_become(BpConnState from, BpConnState to)
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

/*
 * A new state, and with unit not NULL what it is working on, in one go.  In
 * shared memory both are there before anybody can act on them.
 */
static void
bp_conn_change(BpConn *conn, BpConnState state, int64 task_id,
			   const char *unit)
{
	BpConnSlot *slot = conn->slot;
	TimestampTz now = GetCurrentTimestamp();
	int			len = unit ? strlen(unit) : 0;

	if (state != conn->state && !bp_conn_may_become(conn->state, state))
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

static void
bp_conn_error(BpConn *conn, const char *sqlstate, const char *message)
{
	char	   *copy = pchomp(message && message[0] ? message :
							  "connection to server was lost");

	bp_task_error_set(&conn->error, sqlstate, copy, NULL, NULL);
	pfree(copy);
}

/*
 * A text of the other database, fit for ours.  What is not ASCII survives
 * only if both have the same encoding: there is no transaction here to look
 * up a conversion in.
 */
static const char *
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

static void
bp_conn_error_of(BpConn *conn, PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);

	if (state == NULL || message == NULL)
		bp_conn_error(conn, state ? state : "08006",
					  bp_conn_text(conn, PQresultErrorMessage(res)));
	else
		bp_task_error_set(&conn->error, state, bp_conn_text(conn, message),
						  bp_conn_text(conn, detail),
						  bp_conn_text(conn, hint));
}

/* Notices of units are nobody's business here; libpq would print them. */
static void
bp_conn_notice(void *arg, const PGresult *res)
{
}

bool
bp_conn_open(BpConn *conn, const char *database, const char *role,
			 Oid role_oid)
{
	char	   *dir = bp_socket_directory();
	char		port[12];
	const char *keys[20];
	const char *values[20];
	int			n = 0;
	char	   *dbinfo;

	memset(&conn->error, 0, sizeof(conn->error));
	conn->run = NULL;
	conn->unit = -1;
	conn->retire = false;
	conn->clean = false;
	conn->unflushed = false;
	conn->wait_pos = -1;
	conn->sock = PGINVALID_SOCKET;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	strlcpy(conn->slot->database, database, NAMEDATALEN);
	strlcpy(conn->slot->role, role, NAMEDATALEN);
	conn->slot->role_oid = role_oid;
	conn->slot->uses = 0;
	conn->slot->connected_at = 0;
	LWLockRelease(bp_shared->lock);

	if (dir == NULL)
	{
		bp_conn_error(conn, "55000",
					  "the server listens on no unix socket; set \"backup_pool.socket_directory\" or \"unix_socket_directories\"");
		return false;
	}
	if (!AcquireExternalFD())
	{
		bp_conn_error(conn, "53000",
					  "too many open files in the backup_pool worker");
		return false;
	}
	conn->fd_counted = true;

	snprintf(port, sizeof(port), "%d", PostPortNumber);
	dbinfo = pstrdup(database);
#define BP_KEY(k, v) (keys[n] = (k), values[n++] = (v))
	BP_KEY("host", dir);
	BP_KEY("port", port);
	BP_KEY("user", role);
	BP_KEY("dbname", dbinfo);
	BP_KEY("application_name", "backup_pool");
	BP_KEY("options", BP_SESSION_OPTIONS);
	BP_KEY("sslmode", "disable");
	BP_KEY("gssencmode", "disable");
	BP_KEY("target_session_attrs", "any");
	BP_KEY("replication", "");
	BP_KEY("client_encoding", "SQL_ASCII");
	keys[n] = values[n] = NULL;
#undef BP_KEY

	/* expand_dbname = 0: a database name is a name, never a conninfo */
	conn->pg = PQconnectStartParams(keys, values, 0);
	bp_conn_set_state(conn, BP_CONN_CONNECTING);
	conn->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												 bp_setting_connect_timeout);
	if (conn->pg == NULL || PQstatus(conn->pg) == CONNECTION_BAD)
	{
		bp_conn_error(conn, "08001",
					  conn->pg ? PQerrorMessage(conn->pg) : "out of memory");
		return false;
	}
	PQsetNoticeReceiver(conn->pg, bp_conn_notice, NULL);
	(void) PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE);
	conn->events = WL_SOCKET_WRITEABLE;
	return true;
}

BpConnEvent
bp_conn_step(BpConn *conn, uint32 events)
{
	if (conn->pg == NULL)
		return BP_EVENT_NONE;
	switch (conn->state)
	{
		case BP_CONN_CONNECTING:
			return bp_conn_step_connecting(conn);
		case BP_CONN_IDLE:
		case BP_CONN_HELD:
			return bp_conn_step_idle(conn);
		case BP_CONN_BUSY:
			return bp_conn_step_busy(conn);
		case BP_CONN_RESETTING:
			return bp_conn_step_resetting(conn);
		case BP_CONN_FREE:
		case BP_CONN_CLOSING:
			break;
	}
	return BP_EVENT_NONE;
}

/*
 * A start that failed.  libpq does not give its SQLSTATE, but writes it into
 * the text when told to be verbose: "FATAL:  53300: sorry, …\nLOCATION: …",
 * the words translated as the server pleases.
 */
static void
bp_conn_refused(BpConn *conn)
{
	char	   *m = pstrdup(PQerrorMessage(conn->pg));
	char		state[6] = "08001";
	char	   *p = m;

	while ((p = strstr(p, ":  ")) != NULL)
	{
		p += 3;
		if (strspn(p, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
			p[5] == ':' && p[6] == ' ')
		{
			strlcpy(state, p, sizeof(state));
			memmove(p, p + 7, strlen(p + 7) + 1);
			p[strcspn(p, "\n")] = '\0';
			break;
		}
	}
	if (PQconnectionNeedsPassword(conn->pg) ||
		PQconnectionUsedPassword(conn->pg))
		strlcpy(state, "28P01", sizeof(state));
	bp_conn_error(conn, state, bp_conn_text(conn, m));
	pfree(m);
}

static BpConnEvent
bp_conn_step_connecting(BpConn *conn)
{
	switch (PQconnectPoll(conn->pg))
	{
		case PGRES_POLLING_READING:
			conn->events = WL_SOCKET_READABLE;
			return BP_EVENT_NONE;
		case PGRES_POLLING_WRITING:
			conn->events = WL_SOCKET_WRITEABLE;
			return BP_EVENT_NONE;
		case PGRES_POLLING_OK:
			break;
		default:
			{
				bp_conn_refused(conn);
				return BP_EVENT_LOST;
			}
	}

	if (PQsetnonblocking(conn->pg, 1) != 0)
		return bp_conn_lost(conn);
	conn->events = WL_SOCKET_READABLE;
	conn->deadline = 0;
	conn->opened_at = GetCurrentTimestamp();
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	conn->slot->pid = PQbackendPID(conn->pg);
	conn->slot->connected_at = conn->opened_at;
	LWLockRelease(bp_shared->lock);
	pg_atomic_fetch_add_u64(&bp_shared->counters.connections_opened, 1);
	return BP_EVENT_OPENED;
}

/* Only the end of the session, or an unasked-for message, can be there. */
static BpConnEvent
bp_conn_step_idle(BpConn *conn)
{
	if (PQconsumeInput(conn->pg) == 0 || PQstatus(conn->pg) != CONNECTION_OK)
		return bp_conn_lost(conn);
	for (PGnotify *note; (note = PQnotifies(conn->pg)) != NULL;)
		PQfreemem(note);
	return BP_EVENT_NONE;
}

static void
bp_conn_flush(BpConn *conn)
{
	int			rc = PQflush(conn->pg);

	conn->unflushed = rc > 0;
	conn->events = WL_SOCKET_READABLE |
		(conn->unflushed ? WL_SOCKET_WRITEABLE : 0);
	/* rc < 0: reading will tell why */
}

/*
 * Read what has come.  True when the statement has ended, with the first
 * error of its results, if any, in conn->error.
 */
static bool
bp_conn_read(BpConn *conn, bool *lost)
{
	PGresult   *res;

	*lost = false;
	if (conn->unflushed)
		bp_conn_flush(conn);
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
				/* nothing of ours starts a COPY over the socket */
				if (conn->error.sqlstate[0] == '\0')
					bp_conn_error(conn, "08P01",
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
bp_conn_step_busy(BpConn *conn)
{
	bool		lost;

	if (bp_conn_read(conn, &lost))
	{
		bp_conn_set_state(conn, BP_CONN_HELD);
		return BP_EVENT_DONE;
	}
	return lost ? bp_conn_lost(conn) : BP_EVENT_NONE;
}

static BpConnEvent
bp_conn_step_resetting(BpConn *conn)
{
	bool		lost;

	if (!bp_conn_read(conn, &lost))
		return lost ? bp_conn_lost(conn) : BP_EVENT_NONE;
	if (conn->error.sqlstate[0] != '\0' ||
		PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
		return bp_conn_lost(conn);
	if (conn->rolled_back)
	{
		conn->rolled_back = false;
		if (!bp_conn_query(conn, "DISCARD ALL"))
			return BP_EVENT_LOST;
		return BP_EVENT_NONE;
	}
	conn->deadline = 0;
	bp_conn_change(conn, BP_CONN_IDLE, 0, "");
	return BP_EVENT_RESET;
}

static BpConnEvent
bp_conn_lost(BpConn *conn)
{
	if (conn->error.sqlstate[0] == '\0')
		bp_conn_error(conn, "08006", PQerrorMessage(conn->pg));
	return BP_EVENT_LOST;
}

static bool
bp_conn_query(BpConn *conn, const char *sql)
{
	memset(&conn->error, 0, sizeof(conn->error));
	conn->signals = 0;
	if (PQsendQuery(conn->pg, sql) == 0)
	{
		bp_conn_error(conn, "08006", PQerrorMessage(conn->pg));
		return false;
	}
	bp_conn_flush(conn);
	return true;
}

bool
bp_conn_send(BpConn *conn, int64 task_id, const char *what, const char *sql)
{
	/* first the state: the backend looks at it as soon as it has the text */
	bp_conn_change(conn, BP_CONN_BUSY, task_id, what);
	conn->clean = false;
	return bp_conn_query(conn, sql);
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
	if (!bp_conn_query(conn, in_xact ? "ROLLBACK" : "DISCARD ALL"))
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
		PQfinish(conn->pg);		/* the socket is ours alone: does not wait */
	conn->pg = NULL;
	if (conn->fd_counted)
		ReleaseExternalFD();
	conn->fd_counted = false;
	conn->run = NULL;
	conn->unit = -1;
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
	 * It is a backend of this server as long as the socket is open; still, do
	 * not signal a pid that is no backend any more.  The whole process group
	 * gets it, as with pg_cancel_backend: pg_dump may run there.
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
