/*-------------------------------------------------------------------------
 *
 * buffer.h
 *	  A growing array of bytes, larger than a StringInfo may become.
 *
 * Rows of a table are formatted straight into a BpBuffer and compressed out of
 * it.  Unlike a StringInfo it may hold more than 1 GB, has no terminating NUL,
 * and its reservation is separate from its filling, so that a formatter can
 * reserve once for a whole row and then store without tests.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/buffer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_BUFFER_H
#define BP_BASE_BUFFER_H

#include "utils/memutils.h"

typedef struct BpBuffer
{
	char	   *data;			/* palloc'd */
	size_t		len;			/* bytes used */
	size_t		cap;			/* bytes allocated */
} BpBuffer;

/* Allocates cap (> 0) bytes in CurrentMemoryContext. */
static inline void
bp_buffer_init(BpBuffer *buf, size_t cap)
{
	buf->data = (char *) MemoryContextAllocHuge(CurrentMemoryContext, cap);
	buf->len = 0;
	buf->cap = cap;
}

static inline void
bp_buffer_free(BpBuffer *buf)
{
	if (buf->data != NULL)
		pfree(buf->data);
	buf->data = NULL;
	buf->len = buf->cap = 0;
}

/* The slow path of bp_buffer_reserve. */
extern void bp_buffer_grow(BpBuffer *buf, size_t n);

/*
 * Makes room for n more bytes behind buf->len.  The buffer stays in the
 * memory context it was made in.  ERRCODE_PROGRAM_LIMIT_EXCEEDED beyond
 * MaxAllocHugeSize, ERRCODE_OUT_OF_MEMORY as usual.
 */
static inline void
bp_buffer_reserve(BpBuffer *buf, size_t n)
{
	if (unlikely(n > buf->cap - buf->len))
		bp_buffer_grow(buf, n);
}

static inline void
bp_buffer_append(BpBuffer *buf, const void *src, size_t n)
{
	bp_buffer_reserve(buf, n);
	memcpy(buf->data + buf->len, src, n);
	buf->len += n;
}

#endif							/* BP_BASE_BUFFER_H */
