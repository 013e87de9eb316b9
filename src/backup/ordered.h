/*-------------------------------------------------------------------------
 *
 * ordered.h
 *	  Frames of a table that several backends write, in the order of its blocks.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/ordered.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BACKUP_ORDERED_H
#define BP_BACKUP_ORDERED_H

#include "archive/datafile.h"
#include "shared/plan.h"

/* Most pieces that a backend may be ahead of the slowest one */
#define BP_ORDERED_AHEAD	8

/* Bytes of compressed frames that a backend holds before it waits */
#define BP_ORDERED_BYTES	((size_t) 16 * 1024 * 1024)

/* A piece whose frames are complete, but not all in the file yet */
typedef struct BpOrderedPiece
{
	uint64		number;
	int			nframes;		/* held by the writer */
} BpOrderedPiece;

/* What one unit does with one file; lives in the unit's stack frame. */
typedef struct BpOrdered
{
	BpTurn	   *turn;
	BpFrameWriter *writer;
	BpOrderedPiece ahead[BP_ORDERED_AHEAD];
	int			nahead;
	uint64		current;		/* the piece that is being read */
	int			nframes;		/* of it that the writer holds */
} BpOrdered;

/* Begins; the writer has begun with the file, and holds its frames from now on. */
extern void bp_ordered_begin(BpOrdered *o, BpPlanFile *file,
							 BpFrameWriter *writer);

/* The unit begins to read a piece that it has claimed. */
extern void bp_ordered_piece(BpOrdered *o, uint64 number);

/* The writer holds one more frame of the piece.  May wait for its turn. */
extern void bp_ordered_frame(BpOrdered *o);

/* All frames of the piece are made.  May wait for earlier pieces. */
extern void bp_ordered_piece_done(BpOrdered *o);

/* Waits until all frames are in the file. */
extern void bp_ordered_end(BpOrdered *o);

#endif							/* BP_BACKUP_ORDERED_H */
