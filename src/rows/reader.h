/*-------------------------------------------------------------------------
 *
 * reader.h
 *	  The readers of single values.  Private to rowread*.c.
 *
 * A reader takes the text of one value, unescaped and followed by a byte of
 * zero, and gives the value back; or says that it does not want this text,
 * and then the type's input function gets it.  So a reader need not know more
 * than the usual form of its type, and never judges: whatever it does not
 * recognise at once is the input function's, with its checks and its errors.
 * It runs in the memory context of the batch.
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
typedef bool (*BpTextReader) (BpReadColumn *col, char *text, size_t len,
							  Datum *value);

/* Where values are allocated: never freed but all at once. */
typedef struct BpReadArena
{
	char	   *next;
	char	   *end;
	MemoryContext context;
} BpReadArena;

struct BpReadColumn
{
	BpTextReader read;			/* NULL: the input function reads all */
	int			index;			/* attnum - 1 */
	bool		packable;		/* may the value have a short header? */
	bool		owns_text;		/* may it lie where its text does? */
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
	Datum	   *values;
	bool	   *nulls;
	int			room;
};

extern void *bp_arena_grow(BpReadArena *arena, size_t n);

/* n bytes, aligned to the maximum. */
static inline void *
bp_arena_alloc(BpReadArena *arena, size_t n)
{
	char	   *p = arena->next;

	n = MAXALIGN(n);
	if (unlikely((size_t) (arena->end - p) < n))
		return bp_arena_grow(arena, n);
	arena->next = p + n;
	return p;
}

/* rowread.c */
extern void bp_rowread_init_column(BpReadColumn *col, Oid type, int32 typmod,
								   char storage, BpReadArena *arena,
								   MemoryContext context);
extern Datum bp_rowread_input(BpReadColumn *col, char *text);

/* read_scalar.c */
extern BpTextReader bp_rowread_scalar_reader(BpReadColumn *col);

/* read_float.c */
extern BpTextReader bp_rowread_float_reader(BpReadColumn *col);

/* read_datetime.c */
extern BpTextReader bp_rowread_datetime_reader(BpReadColumn *col);

/* read_array.c */
extern BpTextReader bp_rowread_array_reader(BpReadColumn *col, Oid type,
											MemoryContext context);

#endif							/* BP_ROWS_READER_H */
