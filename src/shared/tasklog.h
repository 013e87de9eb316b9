/*-------------------------------------------------------------------------
 *
 * tasklog.h
 *	  The durable log of tasks, table backup_pool.task of the home database.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/tasklog.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_TASKLOG_H
#define BP_SHARED_TASKLOG_H

#include "shared/task.h"

/* One queued or interrupted task as the log has it; palloc'd strings. */
typedef struct BpLogRow
{
	int64		id;
	BpTaskKind	kind;
	BpTaskState state;
	char	   *database;
	char	   *target;
	char	   *label;
	Oid			owner;
	int			priority;
	int			attempt;
	char	   *options;
	TimestampTz enqueued_at;
	TimestampTz started_at;		/* 0: not yet */
	char	   *archive;
	uint64		counts[5];		/* tables total, done, bytes total, done, rows */
} BpLogRow;

/* True if this session's database is the home database. */
extern bool bp_log_is_home(void);

/* True if the log exists here: the extension and its table are there. */
extern bool bp_log_exists(void);

/* A state to be written */
typedef struct BpLogEntry
{
	BpTask	   *task;
	BpTaskState state;
} BpLogEntry;

/* A task that the log calls unfinished */
typedef struct BpLogOpen
{
	int64		id;
	TimestampTz enqueued_at;
	char	   *database;
} BpLogOpen;

/*
 * All of these run SQL in the current transaction, as the bootstrap
 * superuser and with a safe search_path, and raise whatever that raises.
 */
extern void bp_log_insert(BpTask *task, const char *options,
						  BpTaskState state);

/* Writes tasks' states, and all that is known of them; those not in the log
 * yet (BpTask.logged) are inserted. */
extern void bp_log_write(const BpLogEntry *entries, int n);

/* What became of a task: false if the log does not know it. */
extern bool bp_log_outcome(int64 id, Oid *owner, BpTaskState *state,
						   BpTaskError *error);

/*
 * At most limit rows that are not final, with ids after that, in order; fewer
 * if they are large, but one if there is any.
 */
extern List *bp_log_unfinished(int64 after, int limit);

/* The largest id of all. */
extern int64 bp_log_last_id(void);

/*
 * For recovery: backups that are not final, an array in order of id; that one
 * of them was begun so often, if the log does not know; and that one had
 * succeeded, for its archive is complete.
 */
extern BpLogOpen *bp_log_open_backups(int *n);
extern void bp_log_begun(int64 id, int attempt, TimestampTz started_at);
extern void bp_log_succeeded(int64 id, TimestampTz started_at,
							 TimestampTz finished_at, const char *archive,
							 uint64 tables, uint64 rows);

#endif							/* BP_SHARED_TASKLOG_H */
