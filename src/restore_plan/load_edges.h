/*-------------------------------------------------------------------------
 *
 * load_edges.h
 *	  The order in which tables are loaded.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/load_edges.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_LOAD_EDGES_H
#define BP_RESTORE_PLAN_LOAD_EDGES_H

#include "restore_plan/files.h"

typedef struct BpLoadOrder
{
	List	   *files;			/* BpDataFile, in the order of the archive; a
								 * table with functions that read tables comes
								 * after those that its foreign keys refer to */
	List	   *existing;		/* those of them whose table exists */
	BpEdge	   *fkeys;			/* between positions in 'existing' */
	int			nfkeys;
} BpLoadOrder;

/*
 * Finds what orders the files (a list of BpDataFile), and sets their 'config',
 * 'reads' and 'self_reference'.  palloc'd.  Raises feature_not_supported if
 * foreign keys of existing tables form a cycle.
 */
extern BpLoadOrder *bp_load_edges_find(BpDag *dag, List *files);

/*
 * Adds the edges between the groups that load the files, and sets
 * dag->config_last and dag->reader_last.  Called when all files have their
 * groups.  No group loads both a file with 'reads' and another file, nor files
 * from before and after such a one.
 */
extern void bp_load_edges_add(BpDag *dag, const BpLoadOrder *order);

#endif							/* BP_RESTORE_PLAN_LOAD_EDGES_H */
