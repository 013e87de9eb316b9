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
 * Begins to open a connection; false with conn->error filled if that failed
 * at once.  The connection must be FREE.
 */
extern bool bp_conn_open(BpConn *conn, const char *database, const char *role,
						 Oid role_oid);

/* Goes on with that when the socket is ready; part of bp_conn_step. */
extern BpConnEvent bp_conn_open_step(BpConn *conn);

#endif							/* BP_WORKER_CONN_OPEN_H */
