/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  The plan of one running task: its units, in shared memory.
 *
 * The task's leader, a pooled backend, which can read catalogs and archives,
 * makes the plan and publishes it as one pinned dynamic shared memory segment,
 * whose handle is in the task's slot.  The worker hands out the units whose
 * predecessors are done, and marks units as done.  Pooled backends look up the
 * unit that they are told to run.
 *
 * The segment is flat: a header, the units, the files, the list of entries, an
 * array of ints (successor lists and lock lists) and a heap of NUL-terminated
 * strings; all references are offsets.  After publication these processes write:
 *
 *	unit.state, unit.pending,	the worker alone (worker/units.c)
 *		header.units_done
 *	other atomics of files		pooled backends
 *		and header
 *
 * and everything else stays as it is.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/plan.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_PLAN_H
#define BP_SHARED_PLAN_H

#include "port/atomics.h"
#include "shared/turn.h"
#include "storage/block.h"
#include "storage/dsm.h"

typedef enum BpUnitKind
{
	BP_UNIT_DATA_OUT = 1,		/* blocks of one relation, or some small ones */
	BP_UNIT_LOBS_OUT,			/* large objects of one archive entry */
	BP_UNIT_DDL,				/* some archive entries' definitions */
	BP_UNIT_FKEY,				/* one entry: a foreign key, not checked yet */
	BP_UNIT_FKEY_CHECK,			/* the same entry: check its rows */
	BP_UNIT_DATA_IN,			/* frames or whole files of data */
	BP_UNIT_LOBS_IN,			/* large objects of one archive entry */
	BP_UNIT_PREPARE,			/* restore: truncate or drop what is in the way */
	BP_UNIT_ANALYZE,			/* statistics of loaded tables */
	BP_UNIT_CHECK,				/* verify: frames or whole files */
	BP_UNIT_COMPARE,			/* verify: whole tables of the scratch database
								 * with their files */
	BP_UNIT_SUM_FILE,			/* the same of a large table: some frames, or
								 * the whole file */
	BP_UNIT_SUM_TABLE,			/* and some of its blocks */
	BP_UNIT_COMPARE_LOBS,		/* verify: large objects with their files */
	BP_UNIT_CHECK_INDEX			/* verify: indexes with their tables */
} BpUnitKind;

/* The state of a unit, which worker/units.c alone writes. */
typedef enum BpUnitState
{
	BP_UNIT_WAITING = 0,		/* -> READY when pending reaches 0 */
	BP_UNIT_READY,				/* -> RUNNING */
	BP_UNIT_RUNNING,			/* -> DONE */
	BP_UNIT_DONE				/* final; a failed unit ends its task */
} BpUnitState;

typedef struct BpUnit
{
	BpUnitKind	kind;
	BpUnitState state;
	int32		pending;		/* units that must be done before this one */
	bool		leader_only;	/* takes locks that only the leader holds */
	int32		file;			/* index of the (first) file, or -1 */
	int32		nfiles;			/* consecutive files, for small ones together */

	/*
	 * DATA_OUT, DATA_IN: first is the number of pieces that the unit takes of
	 * a file that is cut; it takes all of any other file.  CHECK: first and
	 * last frame of the file in the frame index; last 0xFFFFFFFF means the
	 * whole file.  DDL, ANALYZE: first and last index into the plan's list of
	 * entries (bp_plan_entries).  SUM_FILE: first and last frame, as in CHECK;
	 * SUM_TABLE: first and last block; COMPARE_LOBS: lines of the list.
	 */
	uint32		first;
	uint32		last;
	uint64		cost;			/* bytes, or an estimate: the costliest unit
								 * that is ready goes first */
	uint32		text;			/* string: the statement before WITH (...) */
	uint32		next;			/* ints: units that wait for this one */
	uint32		nnext;
	uint32		locks;			/* ints: +n locks id n exclusively, -n locks
								 * it shared */
	uint32		nlocks;
} BpUnit;

/* BpUnit.last of a DATA_IN or CHECK unit that reads whole files */
#define BP_WHOLE_FILE		PG_UINT32_MAX

/* BpPlanFile.flags */
#define BP_FILE_BY_QUERY	0x01	/* backup: has a condition, is read by a query */
#define BP_FILE_LOBS		0x02	/* a list of large objects */
#define BP_FILE_FREEZE		0x04	/* restore: truncate and freeze in one
									 * transaction */
#define BP_FILE_OURS		0x08	/* restore: it is in the frame index */
#define BP_FILE_VIA_ROOT	0x10	/* verify: its rows are anywhere below the
									 * partitioned table relid */

typedef struct BpPlanFile
{
	int32		dump_id;		/* archive entry */
	uint32		flags;
	Oid			relid;			/* backup, comparison: the relation; restore:
								 * unused */
	uint32		name;			/* string: file name without suffix */
	uint32		condition;		/* string: WHERE …, for BP_FILE_BY_QUERY */
	uint32		nunits;			/* units that share this file */

	/*
	 * A file that is cut has pieces, which its units claim one after the other
	 * and complete in order.
	 */
	uint32		npieces;		/* 0: not cut */
	uint32		piece_blocks;	/* backup: blocks of the table in a piece */
	BpTurn		turn;

	/*
	 * Restore of a file that is cut: where the table is being filled.  Written
	 * by the backend whose turn it is.
	 */
	BlockNumber load_block;		/* the last block filled */
	BlockNumber load_next_free; /* empty blocks behind it, from 16 on */
	BlockNumber load_last_free;
	pg_atomic_uint32 units_left;	/* the process that takes it to 0 ends the
									 * file */
	pg_atomic_uint64 next_offset;	/* backup: offset of the next frame */
	pg_atomic_uint64 rows;
	pg_atomic_uint64 raw_bytes;
	pg_atomic_uint64 stored_bytes;
} BpPlanFile;

typedef struct BpPlan
{
	uint32		magic;
	uint32		nunits;
	uint32		nfiles;
	uint32		nentries;
	uint32		nints;
	uint32		nstrings;		/* bytes */
	uint64		off_units;
	uint64		off_files;
	uint64		off_entries;
	uint64		off_ints;
	uint64		off_strings;
	uint64		bytes_total;
	uint32		tables_total;
	uint32		units_done;		/* worker */
	pg_atomic_uint64 nframes;	/* records reserved in frames.tmp */
} BpPlan;

#define bp_plan_units(p)	((BpUnit *) ((char *) (p) + (p)->off_units))
#define bp_plan_files(p)	((BpPlanFile *) ((char *) (p) + (p)->off_files))
#define bp_plan_entries(p)	((int32 *) ((char *) (p) + (p)->off_entries))
#define bp_plan_ints(p)		((int32 *) ((char *) (p) + (p)->off_ints))
#define bp_plan_string(p, off)	((char *) (p) + (p)->off_strings + (off))

/*
 * A builder, and all that it holds, live in the memory context that is current
 * at its creation.  Strings are copied.
 */
typedef struct BpPlanBuilder BpPlanBuilder;

extern BpPlanBuilder *bp_plan_builder_create(void);

/* Adds a file; returns its index.  condition may be NULL. */
extern int	bp_plan_add_file(BpPlanBuilder *b, int dump_id, uint32 flags,
							 Oid relid, const char *name,
							 const char *condition);

/*
 * Cuts a file into npieces, which its units claim.  In a backup each piece has
 * piece_blocks blocks of the table (the last one those that are left); in a
 * restore it is a frame, and piece_blocks is 0.
 */
extern void bp_plan_cut_file(BpPlanBuilder *b, int file, uint32 npieces,
							 uint32 piece_blocks);

/*
 * Adds a unit; returns its index.  text is the statement up to, not
 * including, " WITH (task …, unit …)", for example
 * "COPY public.orders FROM 'backup_pool'".
 */
extern int	bp_plan_add_unit(BpPlanBuilder *b, BpUnitKind kind, int file,
							 int nfiles, uint32 first, uint32 last,
							 uint64 cost, const char *text);

/*
 * Adds an archive entry, an index into BpToc.entries, to the list of entries;
 * returns its index there.
 */
extern int	bp_plan_add_entry(BpPlanBuilder *b, int toc_index);

/* unit must not start before 'after' is done; after < 0 is ignored. */
extern void bp_plan_add_dependency(BpPlanBuilder *b, int unit, int after);

/*
 * Makes the unit lock an id (> 0) while it runs: two units that lock the same
 * id do not run at the same time if one of them locks it exclusively.
 */
extern void bp_plan_add_lock(BpPlanBuilder *b, int unit, int id,
							 bool exclusive);

/*
 * Lets only the leader run the unit.  That is for a unit that needs locks
 * besides those that the leader holds on all tables: a helper could wait for
 * such a lock behind a session that waits for the leader, which would be a
 * deadlock.
 */
extern void bp_plan_leader_only(BpPlanBuilder *b, int unit);

/* The bytes and tables that the task has to process, for its progress. */
extern void bp_plan_set_totals(BpPlanBuilder *b, uint64 bytes, uint32 tables);

/* The number of units so far, and the bytes given to bp_plan_set_totals. */
extern int	bp_plan_unit_count(BpPlanBuilder *b);
extern uint64 bp_plan_bytes(BpPlanBuilder *b);

/*
 * Makes the plan in CurrentMemoryContext, for a leader that runs all units
 * itself.
 */
extern BpPlan *bp_plan_make(BpPlanBuilder *b);

/*
 * Makes the pinned segment.  The caller stores the handle in the task.  Raises
 * dsm_create's errors.
 */
extern dsm_handle bp_plan_publish(BpPlanBuilder *b);

/* Is any file read by a query?  A query runs functions of other roles. */
extern bool bp_plan_has_queries(BpPlanBuilder *b);

/*
 * The number of connections that it pays to use for so many bytes of data and
 * so many entries that can run on any connection.
 */
extern int	bp_plan_connections(uint64 bytes, uint32 entries);

/*
 * Maps a published plan, for the life of the process or until detached;
 * NULL if the segment is gone.
 */
extern BpPlan *bp_plan_attach(dsm_handle handle, dsm_segment **seg);

/* Frees a plan that no task needs any more; called by the worker. */
extern void bp_plan_unpin(dsm_handle handle);

#endif							/* BP_SHARED_PLAN_H */
