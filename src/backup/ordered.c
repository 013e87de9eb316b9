/*-------------------------------------------------------------------------
 *
 * ordered.c
 *	  Frames of a table that several backends write, in the order of its blocks.
 *
 * A restore fills a table in the order of its file.  If frames stood in the file
 * in the order in which backends complete them, the restored table would lose the
 * physical order of the source, on which BRIN indexes, index-only scans and the
 * planner's correlation depend.
 *
 * So a large table is cut into pieces of consecutive blocks.  Backends claim the
 * pieces one after the other and read, format and compress them side by side.
 * What happens in turn is only the reservation of the bytes in the file, so
 * nobody waits for anybody's disk.  A backend that is ahead of the others holds
 * its compressed frames in memory, and waits when that becomes too much.
 *
 * The piece whose turn it is belongs to a backend that never waits, so the
 * backends cannot wait for each other in a cycle.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/ordered.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "backup/ordered.h"

void
bp_ordered_begin(BpOrdered *o, BpPlanFile *file, BpFrameWriter *writer)
{
	o->turn = &file->turn;
	o->writer = writer;
	o->nahead = 0;
	o->nframes = 0;
	bp_frame_writer_hold(writer);
}

void
bp_ordered_piece(BpOrdered *o, uint64 number)
{
	o->current = number;
	o->nframes = 0;
}

/* Release the frames of complete pieces, down to 'keep' of them. */
static void
release_pieces(BpOrdered *o, int keep)
{
	int			n = 0;

	while (n < o->nahead)
	{
		if (o->nahead - n > keep)
			bp_turn_wait(o->turn, o->ahead[n].number);
		else if (!bp_turn_is(o->turn, o->ahead[n].number))
			break;
		bp_frame_writer_release(o->writer, o->ahead[n].nframes);
		bp_turn_pass(o->turn, o->ahead[n].number);
		n++;
	}
	o->nahead -= n;
	memmove(o->ahead, o->ahead + n, o->nahead * sizeof(o->ahead[0]));
}

void
bp_ordered_frame(BpOrdered *o)
{
	o->nframes++;
	if (o->writer->held.len < BP_ORDERED_BYTES)
		return;
	release_pieces(o, 0);
	bp_turn_wait(o->turn, o->current);
	bp_frame_writer_release(o->writer, o->nframes);
	o->nframes = 0;
}

void
bp_ordered_piece_done(BpOrdered *o)
{
	o->ahead[o->nahead].number = o->current;
	o->ahead[o->nahead].nframes = o->nframes;
	o->nahead++;
	o->nframes = 0;
	release_pieces(o, BP_ORDERED_AHEAD - 1);
}

void
bp_ordered_end(BpOrdered *o)
{
	release_pieces(o, 0);
}
