/*-------------------------------------------------------------------------
 *
 * turn.c
 *	  Pieces of one thing, worked on side by side and completed in order.
 *
 * See turn.h.  The current piece is written only by the backend whose turn it is,
 * so an atomic without a lock is enough; the condition variable is for backends
 * that wait.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/turn.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/compat.h"
#include "shared/turn.h"

void
bp_turn_init(BpTurn *turn)
{
	pg_atomic_init_u64(&turn->claimed, 0);
	pg_atomic_init_u64(&turn->current, 0);
	ConditionVariableInit(&turn->changed);
}

uint64
bp_turn_claim(BpTurn *turn, uint64 npieces, uint64 n)
{
	uint64		first = pg_atomic_fetch_add_u64(&turn->claimed, n);

	return Min(first, npieces);
}

bool
bp_turn_is(BpTurn *turn, uint64 piece)
{
	if (pg_atomic_read_u64(&turn->current) != piece)
		return false;
	/* what earlier holders of the turn have written is to be seen from here on */
	pg_read_barrier();
	return true;
}

void
bp_turn_wait(BpTurn *turn, uint64 piece)
{
	if (bp_turn_is(turn, piece))
		return;
	ConditionVariablePrepareToSleep(&turn->changed);
	while (!bp_turn_is(turn, piece))
		ConditionVariableSleep(&turn->changed, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();
}

void
bp_turn_pass(BpTurn *turn, uint64 piece)
{
	Assert(pg_atomic_read_u64(&turn->current) == piece);
	pg_write_barrier();
	pg_atomic_write_u64(&turn->current, piece + 1);
	ConditionVariableBroadcast(&turn->changed);
}
