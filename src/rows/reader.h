/*-------------------------------------------------------------------------
 *
 * reader.h
 *	  What the readers of single values share.
 *
 * A reader is a function that converts the text of one value to a Datum.  The
 * text is not escaped, and a zero byte follows it.  A reader need not know
 * more than the usual text of its type: if it returns false, the type's input
 * function reads the text.  A reader does not raise errors about a text; it
 * leaves invalid text to the input function.  It must not change the text
 * before it returns false.
 *
 * Values are allocated in the column's arena, or lie where the text does.
 *
 * This header is private to src/rows.  The readers are declared in read_*.h,
 * and chosen in choose_reader.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/reader.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_READER_H
#define BP_ROWS_READER_H

#include "fmgr.h"

typedef struct BpReadColumn BpReadColumn;

/* A reader, as described above.  'len' is the length of the text in bytes. */
typedef bool BpReader (BpReadColumn *col, char *text, size_t len,
					   Datum *value);

/*
 * Where values are allocated.  They are not freed one by one; a reset of the
 * context frees them all.
 */
typedef struct BpReadArena
{
	char	   *next;
	char	   *end;
	MemoryContext context;
} BpReadArena;

/* A column, or the elements of an array. */
struct BpReadColumn
{
	BpReader   *read;			/* NULL: the input function reads all */
	int			index;			/* attnum - 1 */
	bool		packable;		/* may the value have a short header? */
	bool		owns_text;		/* may the value lie where its text does? */
	int32		typmod;
	BpReadArena *arena;

	FmgrInfo	input;
	Oid			typioparam;

	/* numeric(precision, scale); precision 0: any */
	int			precision;
	int			scale;

	/* arrays */
	Oid			element_type;
	int16		element_len;
	bool		element_byval;
	char		element_align;
	BpReadColumn *element;
	Datum	   *values;			/* of the elements being read */
	bool	   *nulls;
	int			room;			/* elements that fit into values and nulls */
};

/* The slow path of bp_reader_arena_alloc. */
extern void *bp_reader_arena_grow(BpReadArena *arena, size_t n);

/* Allocates n bytes, with maximum alignment.  Raises out_of_memory. */
static inline void *
bp_reader_arena_alloc(BpReadArena *arena, size_t n)
{
	char	   *p = arena->next;

	n = MAXALIGN(n);
	if (unlikely((size_t) (arena->end - p) < n))
		return bp_reader_arena_grow(arena, n);
	arena->next = p + n;
	return p;
}

/*
 * Reads a text with the type's input function, and raises its errors.  For a
 * null 'text' is NULL.
 */
extern Datum bp_reader_input(BpReadColumn *col, char *text);

#endif							/* BP_ROWS_READER_H */
