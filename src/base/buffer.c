/*-------------------------------------------------------------------------
 *
 * buffer.c
 *	  A growing array of bytes: the functions that are not inline.
 *
 * A buffer doubles its capacity until the bytes that are needed fit, so
 * appending n bytes copies O(n) bytes.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/buffer.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/buffer.h"

void
bp_buffer_grow(BpBuffer *buf, size_t n)
{
	size_t		need;
	size_t		cap;

	if (n > MaxAllocHugeSize - buf->len)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a row is too large to be written"),
				 errdetail("%zu bytes are buffered, and %zu more are needed.",
						   buf->len, n)));
	need = buf->len + n;
	cap = buf->cap > 0 ? buf->cap : 1024;
	while (cap < need)
		cap = (cap <= MaxAllocHugeSize / 2) ? cap * 2 : MaxAllocHugeSize;
	buf->data = (char *) repalloc_huge(buf->data, cap);
	buf->cap = cap;
}
