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

/* The row of an unfinished task in the log; strings are palloc'd. */
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

/* A state that bp_log_write is to write */
typedef struct BpLogEntry
{
	BpTask	   *task;
	BpTaskState state;
} BpLogEntry;

/* A backup that is unfinished in the log */
typedef struct BpLogOpen
{
	int64		id;
	TimestampTz enqueued_at;
	char	   *database;
} BpLogOpen;

/*
 * The functions below run SQL in the current transaction, as the bootstrap
 * superuser and with a safe search_path, and raise the errors of that SQL.
 */

/* Inserts the row of a task, with its options as JSON text. */
extern void bp_log_insert(BpTask *task, const char *options,
						  BpTaskState state);

/*
 * Writes the states, progress and errors of n tasks; inserts the rows of those
 * that have none (BpTask.logged).
 */
extern void bp_log_write(const BpLogEntry *entries, int n);

/*
 * Reads owner, state and error of a task, as committed now; false if the log
 * has no such task.
 */
extern bool bp_log_outcome(int64 id, Oid *owner, BpTaskState *state,
						   BpTaskError *error);

/*
 * The rows (BpLogRow *) of unfinished tasks with ids greater than 'after', in
 * order of id: at most 'limit', and fewer if they are large, but at least one if
 * there is any.  In CurrentMemoryContext.
 */
extern List *bp_log_unfinished(int64 after, int limit);

/* The largest id in the log; 0 if it is empty. */
extern int64 bp_log_last_id(void);

/*
 * The functions below are for the recovery after a crash.
 */

/* The unfinished backups, *n of them in order of id; palloc'd. */
extern BpLogOpen *bp_log_open_backups(int *n);

/* Writes that an unfinished backup started its attempt of this number. */
extern void bp_log_begun(int64 id, int attempt, TimestampTz started_at);

/* Writes that an unfinished backup succeeded: its archive is complete. */
extern void bp_log_succeeded(int64 id, TimestampTz started_at,
							 TimestampTz finished_at, const char *archive,
							 uint64 tables, uint64 rows);

#endif							/* BP_SHARED_TASKLOG_H */
