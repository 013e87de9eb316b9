/*-------------------------------------------------------------------------
 *
 * conn_open.h
 *	  How a pooled connection is opened.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/conn_open.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_CONN_OPEN_H
#define BP_WORKER_CONN_OPEN_H

#include "worker/conn.h"

/*
 * Begins to open a FREE connection to the database as the role; -> CONNECTING.
 * Returns false and sets conn->error if that failed at once; the state is then
 * FREE or CONNECTING.  role_oid is stored in the connection's slot.
 */
extern bool bp_conn_open(BpConn *conn, const char *database, const char *role,
						 Oid role_oid);

/* The part of bp_conn_step for CONNECTING. */
extern BpConnEvent bp_conn_open_step(BpConn *conn);

#endif							/* BP_WORKER_CONN_OPEN_H */
