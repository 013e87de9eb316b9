/*-------------------------------------------------------------------------
 *
 * selection.h
 *	  The entries of an archive that a restore runs.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/selection.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_SELECTION_H
#define BP_RESTORE_PLAN_SELECTION_H

#include "session/session.h"

/* The parts of an entry that are restored: pg_restore's REQ_... */
#define BP_REQ_SCHEMA	0x01
#define BP_REQ_DATA		0x02
#define BP_REQ_STATS	0x04

/*
 * Made by bp_restore_plan_select; the later passes of the planner may clear
 * bits of reqs.  All arrays are indexed as BpToc.entries is.
 */
typedef struct BpSelection
{
	BpSession  *session;
	BpToc	   *toc;
	uint8	   *reqs;			/* BP_REQ_...; 0: not selected */
	uint8	   *possible;		/* what reqs would be if all were selected */
	int		   *parent;			/* the entry that it belongs to, or -1 */
	int8	   *exists;			/* 1 or 0; -1: not looked up yet */
	bool		partial;		/* selected by schemas or tables */
} BpSelection;

/* The index in BpToc.entries of a dump id, or -1.  O(log n). */
extern int	bp_selection_index(BpSelection *sel, int dump_id);

/*
 * Does the object of entry i exist in the target database?  The first call
 * for an entry looks it up (bp_restore_object_exists, whose errors it
 * raises); later calls repeat that answer.
 */
extern bool bp_selection_exists(BpSelection *sel, int i);

/*
 * The section that entry i is restored in.  An entry without a section of its
 * own (a comment, a label) has that of the entry that it belongs to; if there
 * is none, 'current', the section of the entries around it in the archive.
 */
extern int	bp_selection_section(BpSelection *sel, int i, int current);

#endif							/* BP_RESTORE_PLAN_SELECTION_H */
