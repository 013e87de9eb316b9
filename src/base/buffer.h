/*-------------------------------------------------------------------------
 *
 * buffer.h
 *	  A growing array of bytes, larger than a StringInfo may become.
 *
 * The rows of a table are formatted into a BpBuffer and compressed from there.
 * Unlike a StringInfo, it can hold more than 1 GB, and has no terminating NUL.
 * Making room and appending are separate, so that a formatter can make room
 * once and then write several values without a check.
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

/*
 * Makes an empty buffer with a capacity of cap (> 0) bytes, in
 * CurrentMemoryContext.
 */
static inline void
bp_buffer_init(BpBuffer *buf, size_t cap)
{
	buf->data = (char *) MemoryContextAllocHuge(CurrentMemoryContext, cap);
	buf->len = 0;
	buf->cap = cap;
}

/* Frees the memory of the buffer, which then has no capacity. */
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
 * Makes room for n more bytes behind buf->len.  buf->data may change, but
 * stays in the memory context it was allocated in.  Raises
 * program_limit_exceeded if the buffer would exceed MaxAllocHugeSize, and
 * out_of_memory.
 */
static inline void
bp_buffer_reserve(BpBuffer *buf, size_t n)
{
	if (unlikely(n > buf->cap - buf->len))
		bp_buffer_grow(buf, n);
}

/* Appends n bytes.  Raises the errors of bp_buffer_reserve. */
static inline void
bp_buffer_append(BpBuffer *buf, const void *src, size_t n)
{
	bp_buffer_reserve(buf, n);
	memcpy(buf->data + buf->len, src, n);
	buf->len += n;
}

#endif							/* BP_BASE_BUFFER_H */
