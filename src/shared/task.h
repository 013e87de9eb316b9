/*-------------------------------------------------------------------------
 *
 * task.h
 *	  Task slots, connection registry and counters in shared memory.
 *
 * One fixed segment, which every process maps at the same address: an array of
 * task slots, an array of registered connections, a block of counters, and a DSA
 * area in place for the tasks' options, whose length is not limited.
 *
 * BpShared.lock protects the state of every slot, the lists and the queue that
 * slots are in (slots.h), and the registry.  Counters of progress are atomics,
 * which pooled backends write and any process reads.  All other fields of a slot
 * have one writer at a time: the enqueuing session while the slot is RESERVED,
 * then the worker.  The fields of a final slot do not change until it is FREE
 * again, which does not happen while a session waits for the task (nwaiters).
 *
 * A final slot stays until it is needed for another task, so that wait() and the
 * views can report tasks that are not, or not yet, in the log.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/task.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_TASK_H
#define BP_SHARED_TASK_H

#include "access/xlogdefs.h"
#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/dsm.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "utils/dsa.h"

#define BP_MESSAGE_LEN	1024
#define BP_HINT_LEN		512
#define BP_LABEL_LEN	256
#define BP_TARGET_LEN	256
#define BP_ARCHIVE_LEN	1024
#define BP_SNAPSHOT_LEN	64
#define BP_TOKEN_LEN	48
#define BP_UNIT_LEN		192

/*
 * The states of a slot, and the states that may follow each: see
 * bp_task_set_state in slots.h.
 */
typedef enum BpTaskState
{
	BP_TASK_FREE = 0,			/* -> RESERVED */
	BP_TASK_RESERVED,			/* -> QUEUED (commit), FREE (rollback) */
	BP_TASK_QUEUED,				/* -> RUNNING, FAILED, CANCELLED */
	BP_TASK_RUNNING,			/* -> SUCCEEDED, FAILED, CANCELLED, QUEUED */
	BP_TASK_SUCCEEDED,			/* -> FREE */
	BP_TASK_FAILED,				/* -> FREE */
	BP_TASK_CANCELLED,			/* -> FREE */
	BP_TASK_INTERRUPTED			/* -> FREE; a crash ended a restore */
} BpTaskState;

#define BP_TASK_NSTATES 8
#define bp_task_is_final(s) ((s) >= BP_TASK_SUCCEEDED)

typedef enum BpTaskKind
{
	BP_KIND_BACKUP = 0,
	BP_KIND_RESTORE,
	BP_KIND_VERIFY
} BpTaskKind;

/* The phase of a running task, as the views show it. */
typedef enum BpPhase
{
	BP_PHASE_NONE = 0,
	BP_PHASE_CONNECT,
	BP_PHASE_LOCK,
	BP_PHASE_DEFINITIONS,
	BP_PHASE_PLAN,
	BP_PHASE_CREATE_DATABASE,
	BP_PHASE_PRE_DATA,
	BP_PHASE_DATA,
	BP_PHASE_POST_DATA,
	BP_PHASE_ANALYZE,
	BP_PHASE_FINISH,
	BP_PHASE_CLEAN_UP
} BpPhase;

typedef struct BpTaskError
{
	char		sqlstate[6];	/* "" : no error */
	char		message[BP_MESSAGE_LEN];
	char		detail[BP_MESSAGE_LEN];
	char		hint[BP_HINT_LEN];
} BpTaskError;

typedef struct BpTask
{
	/* under BpShared.lock */
	BpTaskState state;
	int			nwaiters;
	bool		cancel_requested;	/* set by bp_task_cancel */
	uint64		order;			/* of arrival: decides among equal priorities */

	/* set by the enqueuing session, then constant */
	int64		id;
	BpTaskKind	kind;
	Oid			owner;
	int			priority;
	bool		logged;			/* the log has a row, which the worker updates */
	char		database[NAMEDATALEN];	/* that is backed up or restored into;
										 * for a verification the archive's */
	char		target[BP_TARGET_LEN];	/* to be shown: "schema a", or the
										 * archive */
	char		label[BP_LABEL_LEN];
	dsa_pointer options;		/* JSON text, NUL-terminated */
	TimestampTz enqueued_at;

	/* set by the worker, archive by the leader */
	int			attempt;
	TimestampTz started_at;
	TimestampTz finished_at;
	BpPhase		phase;
	int			nconnections;
	char		role[NAMEDATALEN];	/* the owner's name when the task started */
	dsm_handle	plan;			/* 0: none */

	/* progress */
	pg_atomic_uint64 tables_total;
	pg_atomic_uint64 tables_done;
	pg_atomic_uint64 bytes_total;
	pg_atomic_uint64 bytes_done;
	pg_atomic_uint64 rows_done;
	pg_atomic_uint64 raw_bytes;
	pg_atomic_uint64 stored_bytes;

	ConditionVariable done;		/* broadcast when the state becomes final */
	char		archive[BP_ARCHIVE_LEN];

	/* valid only if its sqlstate is set: see bp_task_copy */
	BpTaskError error;

	/* the rest is for the task's own processes, while it runs */
	char		repository[MAXPGPATH];	/* absolute path, when the task started */

	/* set by the leader, read by the worker and the other backends */
	bool		published;		/* backup: the archive is complete */
	bool		made;			/* backup: this task made its .partial */
	uint64		made_in;		/* bp_repo_identity of the repository then */
	bool		unsafe;			/* backup: the archive has its final name, but
								 * a crash may undo the renaming */
	char		snapshot[BP_SNAPSHOT_LEN];	/* exported; "": none (yet) */
	uint64		toc_hash;		/* of the archive's toc.dat and of its */
	uint64		manifest_hash;	/* manifest, when first read; 0: unknown */
	dsa_pointer sql;			/* a statement that the worker is to send */
	char		token[BP_TOKEN_LEN];	/* application_name of our pg_dump */
	char		scratch[NAMEDATALEN];	/* verify: name of the scratch database
										 * that it made; "": none (yet) */
	pid_t		leader_pid;		/* while the leader runs a pg_dump; else 0 */
	pid_t		dump_pid;		/* server process of our pg_dump, or 0 */
	TimestampTz snapshot_time;
	XLogRecPtr	snapshot_lsn;
} BpTask;

/* A pooled connection, as the views show it; under BpShared.lock. */
typedef enum BpConnState
{
	BP_CONN_FREE = 0,			/* -> CONNECTING */
	BP_CONN_CONNECTING,			/* -> IDLE, HELD, CLOSING */
	BP_CONN_IDLE,				/* -> HELD, CLOSING */
	BP_CONN_BUSY,				/* a statement runs: -> HELD, CLOSING */
	BP_CONN_HELD,				/* lent to a task: -> BUSY, RESETTING, IDLE,
								 * CLOSING */
	BP_CONN_RESETTING,			/* DISCARD ALL: -> IDLE, CLOSING */
	BP_CONN_CLOSING				/* -> FREE */
} BpConnState;

#define BP_CONN_NSTATES 7

typedef struct BpConnSlot
{
	BpConnState state;
	pid_t		pid;			/* of the pooled backend; 0: not yet known */
	Oid			role_oid;
	char		database[NAMEDATALEN];
	char		role[NAMEDATALEN];
	int64		task_id;		/* 0: none */
	char		unit[BP_UNIT_LEN];
	TimestampTz connected_at;
	TimestampTz state_since;
	uint64		uses;
} BpConnSlot;

typedef struct BpCounters
{
	pg_atomic_uint64 connections_opened;
	pg_atomic_uint64 connections_reused;
	pg_atomic_uint64 connections_failed;
	pg_atomic_uint64 tasks_enqueued;
	pg_atomic_uint64 tasks_succeeded;
	pg_atomic_uint64 tasks_failed;
	pg_atomic_uint64 tasks_cancelled;
	pg_atomic_uint64 units;
	pg_atomic_uint64 rows;
	pg_atomic_uint64 raw_bytes;
	pg_atomic_uint64 bytes;
	TimestampTz since;
} BpCounters;

/* The lists of slots; opaque, see slot_lists.c */
typedef struct BpSlots BpSlots;

typedef struct BpShared
{
	LWLock	   *lock;
	int			tranche;
	int			ntasks;
	int			nconns;

	/* under lock */
	Latch	   *worker_latch;	/* NULL: no worker */
	pid_t		worker_pid;
	bool		worker_ready;	/* it has read the log: ids may be given */
	bool		standby;		/* the worker treats this server as a standby */
	bool		stopping;		/* smart shutdown: no new task starts */
	int64		next_task_id;
	uint64		next_order;
	Oid			drain_database; /* of the request to close idle connections;
								 * InvalidOid: in all databases */
	uint64		drain_asked;	/* count of such requests */
	uint64		drain_done;		/* count of those that were served */
	bool		log_settled;	/* recovery of the log after a crash is done */
	XLogRecPtr	log_lsn;		/* the worker's last commit, maybe not synced */

	/* count of wake-ups of the worker, for worker_turn in worker/main.c */
	pg_atomic_uint32 wakes;

	BpCounters	counters;
	BpConnSlot *conns;
	BpTask	   *tasks;
	BpSlots    *slots;
	void	   *area;			/* of the DSA area */
	Size		area_size;		/* bytes of it in the segment */
	ConditionVariable changed;	/* connections closed, worker ready */
} BpShared;

/* The segment; NULL unless the library was preloaded. */
extern BpShared *bp_shared;

/*
 * Sets bp_shared; forgets the DSA area of an earlier segment, since a restart
 * after a crash makes all of it anew.  Only shmem.c calls it.
 */
extern void bp_shared_set(BpShared *shared);

/*
 * Raises object_not_in_prerequisite_state unless the library was preloaded.
 */
extern void bp_shared_require(void);

/* The DSA area; attaches it at the first call in a process. */
extern dsa_area *bp_shared_area(void);

/* Sets the worker's latch, if there is a worker. */
extern void bp_worker_wake(void);

/*
 * Resets the slot for another task; keeps state, nwaiters and order.  Options
 * and sql must have been freed (bp_task_release).
 */
extern void bp_task_init(BpTask *task);

/*
 * Copies the fields that are shown to users.  The rest, which only the task's
 * own processes need, is not written in the copy.  The caller holds the lock.
 */
extern void bp_task_copy(BpTask *copy, const BpTask *task);

/* Frees what a slot has in the DSA area. */
extern void bp_task_release(BpTask *task);

/*
 * Texts in a slot (target, label, options) are UTF-8, as processes in
 * databases of different encodings read them.  bp_task_set_text clips the text
 * at the end of a character to 'size' bytes with its NUL; bp_task_get_text
 * returns it palloc'd, in the encoding of this database.
 */
extern void bp_task_set_text(char *dst, Size size, const char *text);
extern char *bp_task_get_text(const char *text);

/* Returns the options of a task as JSON text, palloc'd; and stores them. */
extern char *bp_task_options(BpTask *task);
extern void bp_task_store_options(BpTask *task, const char *json);

/*
 * The first stores a statement that the worker is to send for the leader, in
 * the encoding of the leader's database.  The second returns it; the result is
 * valid until the next statement is stored.
 */
extern void bp_task_store_sql(BpTask *task, const char *sql);
extern const char *bp_task_sql(BpTask *task);

/*
 * The names that users see, as constants; *_parse return false for other
 * names.
 */
extern const char *bp_task_state_name(BpTaskState state);
extern bool bp_task_state_parse(const char *name, BpTaskState *state);
extern const char *bp_task_kind_name(BpTaskKind kind);
extern bool bp_task_kind_parse(const char *name, BpTaskKind *kind);

/*
 * The name of the database that a restore writes to, or of the scratch
 * database of a verification, which is empty until that is made.  The text is
 * part of the slot.
 */
extern const char *bp_task_target_database(const BpTask *task);

/* NULL for BP_PHASE_NONE */
extern const char *bp_phase_name(BpPhase phase);
extern const char *bp_conn_state_name(BpConnState state);

/*
 * Fills an error; NULL stands for an empty text, and text that is too long is
 * clipped at the end of a character.
 */
extern void bp_task_error_set(BpTaskError *error, const char *sqlstate,
							  const char *message, const char *detail,
							  const char *hint);

#endif							/* BP_SHARED_TASK_H */
