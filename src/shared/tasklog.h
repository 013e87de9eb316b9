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
#ifndef BP_TASKLOG_H
#define BP_TASKLOG_H

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

/*
 * All of these run SQL in the current transaction, as the bootstrap
 * superuser and with a safe search_path, and raise whatever that raises.
 */
extern void bp_log_insert(BpTask *task, const char *options,
						  BpTaskState state);
extern void bp_log_update(BpTask *task, BpTaskState state);

/* What became of a task: false if the log does not know it. */
extern bool bp_log_outcome(int64 id, Oid *owner, BpTaskState *state,
						   BpTaskError *error);

/* Rows that are not final, in order of id; and the largest id of all. */
extern List *bp_log_unfinished(void);
extern int64 bp_log_last_id(void);

#endif							/* BP_TASKLOG_H */
