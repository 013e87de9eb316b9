/*-------------------------------------------------------------------------
 *
 * reader.c
 *	  What the readers of single values share.
 *
 * These are the functions that are not inline in reader.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/reader.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "rows/reader.h"
#include "utils/memutils.h"

/* The arena takes memory from its context in pieces of this size. */
#define BP_READER_CHUNK_BYTES	((Size) 32 * 1024)

void *
bp_reader_arena_grow(BpReadArena *arena, size_t n)
{
	char	   *p;

	/* a large value gets a piece of its own */
	if (n > BP_READER_CHUNK_BYTES / 4)
		return MemoryContextAllocHuge(arena->context, n);
	p = MemoryContextAlloc(arena->context, BP_READER_CHUNK_BYTES);
	arena->next = p + n;
	arena->end = p + BP_READER_CHUNK_BYTES;
	return p;
}

Datum
bp_reader_input(BpReadColumn *col, char *text)
{
	return InputFunctionCall(&col->input, text, col->typioparam, col->typmod);
}
