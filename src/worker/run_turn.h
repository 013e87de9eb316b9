/*-------------------------------------------------------------------------
 *
 * run_turn.h
 *	  A running task, from its leader's connection to its last unit.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/run_turn.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RUN_TURN_H
#define BP_WORKER_RUN_TURN_H

#include "lib/binaryheap.h"
#include "shared/options.h"
#include "shared/plan.h"
#include "shared/task.h"
#include "worker/conn.h"

/* What the leader does next; written by bp_run_set_step alone. */
typedef enum BpStep
{
	BP_STEP_CONNECT = 0,		/* -> DATABASE, BEGIN, VERIFY, PLAN, STOP */
	BP_STEP_DATABASE,			/* restore: text of CREATE DATABASE; -> CREATE */
	BP_STEP_CREATE,				/* restore: CREATE DATABASE; -> CONNECT */
	BP_STEP_BEGIN,				/* backup: locks, snapshot, definitions, plan;
								 * if that is little, all the rest; -> DEFINE,
								 * UNITS, OVER */
	BP_STEP_DEFINE,				/* backup: definitions by pg_dump, then as in
								 * BEGIN; -> UNITS, OVER */
	BP_STEP_VERIFY,				/* verify: what is to be read; -> UNITS */
	BP_STEP_PLAN,				/* restore: -> UNITS */
	BP_STEP_UNITS,				/* -> FINISH (backup, verify), OVER (restore),
								 * DROP (verify: files are read, now restore) */
	BP_STEP_FINISH,				/* backup: toc, manifest, publish, COMMIT; ->
								 * OVER.  verify: count, record; -> OVER, DROP */
	BP_STEP_STOP,				/* from any: failed or cancelled; -> OVER, DROP */
	BP_STEP_DROP,				/* verify: DROP DATABASE, of the home database's
								 * connection; -> DATABASE, OVER */
	BP_STEP_OVER				/* to be logged and forgotten */
} BpStep;

typedef struct BpRun
{
	BpTask	   *task;
	MemoryContext cxt;
	BpStep		step;
	TimestampTz step_since;
	BpOptions  *options;
	BpConn	   *leader;			/* NULL until there is one */
	bool		leader_ready;	/* it is HELD or BUSY for us */
	int			nconns;			/* all, the leader and those opening */
	int			place;			/* of its note (start_note.h) */
	bool		created;		/* the database was created by us */
	bool		scratch;		/* verify: works in, or with, the scratch
								 * database, which is to be dropped */
	TimestampTz retry_at;		/* do not ask for a leader before */
	TimestampTz retry_until;	/* then too many connections is an error */

	BpPlan	   *plan;
	dsm_segment *plan_seg;
	binaryheap *ready;			/* units that may start, the dearest first */
	int			running;		/* units */
	int			want;			/* connections worth having */
	bool		data_seen;		/* restore: pre-data is over */

	/* its start is to be logged then; 0: done */
	TimestampTz log_start_at;

	/* how it ends */
	BpTaskState outcome;
	BpTaskError error;
	bool		concluded;		/* the slot knows it, but for its state */
	TimestampTz log_at;			/* not before */
} BpRun;

/* Does what can be done now; called whenever something may have changed. */
extern void bp_run_advance(BpRun *run, TimestampTz now);

/* Something happened to one of its connections. */
extern void bp_run_conn_event(BpRun *run, BpConn *conn, BpConnEvent event);

/* Its leader has a pg_dump running, which holds a session too. */
extern bool bp_run_is_dumping(const BpRun *run);

/* The time of the next thing to do, or 0. */
extern TimestampTz bp_run_next_time(BpRun *run);

/* Are tasks waiting for connections?  (scheduler.c) */
extern bool bp_sched_others_wait(void);

#endif							/* BP_WORKER_RUN_TURN_H */
