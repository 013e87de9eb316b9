/*-------------------------------------------------------------------------
 *
 * turn.h
 *	  Pieces of one thing, worked on side by side and completed in order.
 *
 * Several backends share the work on one file.  Its pieces have the numbers 0, 1,
 * 2, ….  A backend claims the next piece, works on it beside the others, and
 * waits for the turn of its piece before it does what must happen in order.  Then
 * it passes the turn on:
 *
 * 		while ((piece = bp_turn_claim(turn, npieces, 1)) < npieces)
 * 		{
 * 			... work ...
 * 			bp_turn_wait(turn, piece);
 * 			... what must happen in the order of the pieces ...
 * 			bp_turn_pass(turn, piece);
 * 		}
 *
 * A backend that has claimed a piece must pass its turn.  If it fails instead,
 * the task ends, and the other backends are cancelled while they wait.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/turn.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_TURN_H
#define BP_SHARED_TURN_H

#include "port/atomics.h"
#include "storage/condition_variable.h"

typedef struct BpTurn
{
	pg_atomic_uint64 claimed;	/* the next piece to be claimed */
	pg_atomic_uint64 current;	/* the piece whose turn it is */
	ConditionVariable changed;	/* broadcast when current changes */
} BpTurn;

/* Prepares a turn in shared memory that nobody else uses yet. */
extern void bp_turn_init(BpTurn *turn);

/*
 * Claims up to n consecutive pieces of a total of npieces.  Returns the number
 * of the first one, or npieces if none is left; the caller has then claimed
 * Min(n, npieces - first) pieces.
 */
extern uint64 bp_turn_claim(BpTurn *turn, uint64 npieces, uint64 n);

/* Is it the turn of this piece? */
extern bool bp_turn_is(BpTurn *turn, uint64 piece);

/* Waits for the turn of this piece.  Processes interrupts. */
extern void bp_turn_wait(BpTurn *turn, uint64 piece);

/* Passes the turn to the piece after this one. */
extern void bp_turn_pass(BpTurn *turn, uint64 piece);

#endif							/* BP_SHARED_TURN_H */
