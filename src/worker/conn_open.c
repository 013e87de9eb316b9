/*-------------------------------------------------------------------------
 *
 * conn_open.c
 *	  How a pooled connection is opened.
 *
 * Every connection parameter is given, so that neither the environment of the
 * postmaster nor a service file can set one.  Settings that our sessions need
 * are passed in "options": they survive DISCARD ALL, and override those of the
 * server, the role and the database.
 *
 * client_encoding is SQL_ASCII: bytes are passed in both directions as they
 * are.  Names in units come from the other database, in its encoding, and go
 * back to it.
 *
 * search_path is not among the settings: patterns without a schema are looked
 * up along the path that the owner has in that database.  Each unit sets
 * search_path for itself.
 *
 * The server authenticates us by pg_hba.conf, like any client: a task can do
 * nothing that its owner could not do after connecting.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/conn_open.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "postmaster/postmaster.h"
#include "shared/settings.h"
#include "storage/fd.h"
#include "utils/timestamp.h"
#include "worker/conn_open.h"
#include "worker/conn_state.h"

/*
 * The session settings that pg_dump and pg_restore have in common, and those
 * that turn off timeouts, which could end a long unit.  The backend sets those
 * in which backups and restores differ (bp_session_settings).
 */
#define BP_SESSION_OPTIONS \
	"-c synchronize_seqscans=off" \
	" -c statement_timeout=0 -c lock_timeout=0" \
	" -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0" \
	BP_TRANSACTION_TIMEOUT_OPTION \
	" -c row_security=off -c check_function_bodies=off -c xmloption=content" \
	" -c array_nulls=on" \
	" -c default_transaction_read_only=off" \
	" -c default_transaction_isolation=read\\ committed" \
	" -c default_transaction_deferrable=off" \
	" -c backslash_quote=safe_encoding" \
	" -c client_min_messages=error -c jit=off -c role=none" \
	" -c max_parallel_workers_per_gather=0" \
	" -c client_connection_check_interval=10s"

static void conn_notice(void *arg, const PGresult *res);
static void conn_refused(BpConn *conn);

/* Notices are dropped; libpq would print them. */
static void
conn_notice(void *arg, const PGresult *res)
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
		bp_conn_error(conn, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
					  "the server does not listen on a Unix-domain socket; set \"backup_pool.socket_directory\" or \"unix_socket_directories\"");
		return false;
	}
	if (!AcquireExternalFD())
	{
		bp_conn_error(conn, ERRCODE_INSUFFICIENT_RESOURCES,
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
		bp_conn_error(conn, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
					  conn->pg ? PQerrorMessage(conn->pg) : "out of memory");
		return false;
	}
	PQsetNoticeReceiver(conn->pg, conn_notice, NULL);
	(void) PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE);
	conn->events = WL_SOCKET_WRITEABLE;
	return true;
}

/*
 * Sets the error of a connection that could not be opened.  libpq does not
 * return the SQLSTATE of such an error, but with verbose errors the text
 * contains it.  The other words of the text may be translated: "FATAL:  53300:
 * sorry, …\nLOCATION: …".
 */
static void
conn_refused(BpConn *conn)
{
	char	   *m = pstrdup(PQerrorMessage(conn->pg));
	int			code = ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
	char	   *p = m;

	while ((p = strstr(p, ":  ")) != NULL)
	{
		p += 3;
		if (strspn(p, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
			p[5] == ':' && p[6] == ' ')
		{
			code = MAKE_SQLSTATE(p[0], p[1], p[2], p[3], p[4]);
			memmove(p, p + 7, strlen(p + 7) + 1);
			p[strcspn(p, "\n")] = '\0';
			break;
		}
	}
	if (PQconnectionNeedsPassword(conn->pg) ||
		PQconnectionUsedPassword(conn->pg))
		code = ERRCODE_INVALID_PASSWORD;
	bp_conn_error(conn, code, bp_conn_text(conn, m));
	pfree(m);
}

BpConnEvent
bp_conn_open_step(BpConn *conn)
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
				conn_refused(conn);
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
