/*-------------------------------------------------------------------------
 *
 * files.h
 *	  The data files that a restore reads.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/files.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_FILES_H
#define BP_RESTORE_PLAN_FILES_H

#include "archive/frame.h"
#include "nodes/parsenodes.h"
#include "restore_plan/dag.h"

/* The data file of one TABLE DATA entry */
typedef struct BpDataFile
{
	int			entry;			/* index into the TOC */
	int			table;			/* TOC index of the table that COPY names, or -1 */
	CopyStmt   *copy;			/* the entry's, parsed */
	const BpFrame *frames;		/* NULL: pg_dump's archive */
	int			nframes;
	uint64		stored;			/* bytes in the file */
	uint64		raw;			/* bytes decoded; a guess without frames */
	bool		created;		/* this restore makes the table */
	bool		freeze;			/* load with COPY FREEZE */
	Oid			existing;		/* the table, if it existed before */
	bool		self_reference; /* it has a foreign key to itself */
	bool		config;			/* it is a configuration table of an extension */
	bool		reads;			/* its rows may run functions that read tables */
	List	   *groups;			/* that load the file; set by data.c */

	/* self_reference, config and reads are set by load_edges.c */
} BpDataFile;

/*
 * The data files of all selected entries, in archive order, as a list of
 * BpDataFile.  Counts them in dag->ntables and dag->bytes.  Raises
 * undefined_file for a file that is missing, data_corrupted for one that does
 * not agree with the frame index or the manifest, undefined_table for a table
 * that neither exists nor is made, and feature_not_supported for data that is
 * not COPY data.
 */
extern List *bp_restore_plan_files(BpDag *dag);

#endif							/* BP_RESTORE_PLAN_FILES_H */
