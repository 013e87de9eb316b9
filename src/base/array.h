/*-------------------------------------------------------------------------
 *
 * array.h
 *	  Arrays that grow.
 *
 * An array is three variables of its owner: a pointer, the number of elements
 * in use, and the number of elements there is room for.  It starts as NULL, 0
 * and 0.  Before an element is added, BP_ARRAY_ROOM makes sure that there is
 * room for it:
 *
 *		BP_ARRAY_ROOM(dag->edges, dag->nedges, dag->max_edges);
 *		dag->edges[dag->nedges++] = edge;
 *
 * The room doubles each time, so adding n elements costs O(n).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/array.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_ARRAY_H
#define BP_BASE_ARRAY_H

#include <limits.h>

#include "utils/memutils.h"

#define BP_ARRAY_FIRST_ROOM	16

/*
 * Makes room for at least one element more than the n that are in use.  The
 * first allocation is made in CurrentMemoryContext; later ones stay in the
 * context of the first.  New elements are not initialised.  The pointer may
 * change.  Raises program_limit_exceeded beyond INT_MAX / 2 elements, and
 * out_of_memory.
 */
#define BP_ARRAY_ROOM(array, n, max) \
	do { \
		if ((n) >= (max)) \
			(array) = bp_array_grow((array), &(max), sizeof(*(array))); \
	} while (0)

/* The slow path of BP_ARRAY_ROOM. */
static inline void *
bp_array_grow(void *array, int *max, Size size)
{
	if (*max > INT_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an array of more than %d elements would be needed",
						*max)));
	*max = *max == 0 ? BP_ARRAY_FIRST_ROOM : *max * 2;
	if (array == NULL)
		return MemoryContextAllocHuge(CurrentMemoryContext, size * *max);
	return repalloc_huge(array, size * *max);
}

#endif							/* BP_BASE_ARRAY_H */
