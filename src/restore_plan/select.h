/*-------------------------------------------------------------------------
 *
 * select.h
 *	  Which entries of an archive a restore runs.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/select.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_SELECT_H
#define BP_RESTORE_PLAN_SELECT_H

#include "session/session.h"

/* What is wanted of an entry: pg_restore's REQ_… */
#define BP_REQ_SCHEMA	0x01
#define BP_REQ_DATA		0x02
#define BP_REQ_STATS	0x04

/* All arrays are indexed as BpToc.entries is. */
typedef struct BpSelection
{
	BpSession  *session;
	BpToc	   *toc;
	uint8	   *reqs;			/* BP_REQ_…; 0: not wanted */
	uint8	   *possible;		/* the same, were everything selected */
	int		   *parent;			/* the entry it belongs to, or -1 */
	int8	   *exists;			/* -1: not looked up yet */
	bool		partial;		/* by schemas or tables */
} BpSelection;

/*
 * The task's selection, in CurrentMemoryContext.  Raises an error for a schema
 * or table that the archive does not have.
 */
extern BpSelection *bp_restore_plan_select(BpSession *session);

/* Did the entry's object exist in the target when it was first asked for? */
extern bool bp_selection_exists(BpSelection *sel, int i);

/* The index of a dump id, or -1 */
extern int	bp_selection_index(BpSelection *sel, int dump_id);

#endif							/* BP_RESTORE_PLAN_SELECT_H */
