/*-------------------------------------------------------------------------
 *
 * memory.c
 *	  Memory contexts whose chunks AddressSanitizer can check.
 *
 * The server's memory contexts cut blocks from malloc into chunks, and the
 * sanitizer knows only the blocks.  Here malloc allocates each chunk, of
 * exactly the requested size, and free releases it.  All contexts that our
 * code makes are of this kind, and so is the context that is current when a
 * target is called.
 *
 * Since PostgreSQL 16 only the server itself can add kinds of contexts, so
 * there the server's own contexts are used.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/memory.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sanitizer/asan_interface.h>

#include "fuzz.h"
#include "nodes/memnodes.h"
#include "utils/memutils.h"

#if PG_VERSION_NUM < 160000

typedef struct FuzzChunk
{
	struct FuzzChunk *prev;
	struct FuzzChunk *next;
	Size		size;
	MemoryContext context;		/* must come right before the data */
} FuzzChunk;

typedef struct FuzzContext
{
	MemoryContextData header;
	FuzzChunk  *chunks;
} FuzzContext;

#define chunk_data(c)	((void *) ((c) + 1))
#define data_chunk(p)	(((FuzzChunk *) (p)) - 1)

#define LARGE			((Size) 128 * 1024)

static FuzzChunk *kept[4];
static size_t memory_limit = SIZE_MAX;
static size_t memory_used = 0;

void
fuzz_memory_limit(size_t limit)
{
	memory_limit = limit;
}

static void
count_memory(size_t size)
{
	if (size > memory_limit || memory_used > memory_limit - size)
	{
		fprintf(stderr, "%zu bytes, and %zu more\n", memory_used, size);
		fuzz_require(false, "memory out of proportion to the input");
	}
	memory_used += size;
}

static void
link_chunk(FuzzContext *cxt, FuzzChunk *c)
{
	c->prev = NULL;
	c->next = cxt->chunks;
	if (c->next != NULL)
		c->next->prev = c;
	cxt->chunks = c;
}

static void
unlink_chunk(FuzzContext *cxt, FuzzChunk *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		cxt->chunks = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

/*
 * Large chunks, buffers for the most part, come from the system each time and
 * go back to it: some are kept for the next input, poisoned meanwhile.
 */
static FuzzChunk *
take_large(Size size)
{
	for (int i = 0; size >= LARGE && i < lengthof(kept); i++)
	{
		FuzzChunk  *c = kept[i];

		if (c != NULL && c->size == size)
		{
			kept[i] = NULL;
			ASAN_UNPOISON_MEMORY_REGION(chunk_data(c), size);
			return c;
		}
	}
	return NULL;
}

static bool
keep_large(FuzzChunk *c)
{
	for (int i = 0; c->size >= LARGE && c->size <= 8 * LARGE &&
		 i < lengthof(kept); i++)
	{
		if (kept[i] == NULL)
		{
			kept[i] = c;
			ASAN_POISON_MEMORY_REGION(chunk_data(c), c->size);
			return true;
		}
	}
	return false;
}

static void *
fuzz_alloc(MemoryContext context, Size size)
{
	FuzzChunk  *c;

	count_memory(size);
	c = take_large(size);
	if (c == NULL)
		c = malloc(sizeof(FuzzChunk) + size);
	c->size = size;
	c->context = context;
	link_chunk((FuzzContext *) context, c);
	return chunk_data(c);
}

static void
fuzz_free(MemoryContext context, void *pointer)
{
	FuzzChunk  *c = data_chunk(pointer);

	memory_used -= c->size;
	unlink_chunk((FuzzContext *) context, c);
	if (!keep_large(c))
		free(c);
}

/* Always somewhere else, so that old pointers are found out. */
static void *
fuzz_realloc(MemoryContext context, void *pointer, Size size)
{
	void	   *p = fuzz_alloc(context, size);

	memcpy(p, pointer, Min(size, data_chunk(pointer)->size));
	fuzz_free(context, pointer);
	return p;
}

static void
fuzz_reset(MemoryContext context)
{
	FuzzContext *cxt = (FuzzContext *) context;

	while (cxt->chunks != NULL)
		fuzz_free(context, chunk_data(cxt->chunks));
}

static void
fuzz_delete(MemoryContext context)
{
	fuzz_reset(context);
	free(context);
}

static Size
fuzz_chunk_space(MemoryContext context, void *pointer)
{
	return data_chunk(pointer)->size;
}

static bool
fuzz_is_empty(MemoryContext context)
{
	return ((FuzzContext *) context)->chunks == NULL;
}

static void
fuzz_stats(MemoryContext context, MemoryStatsPrintFunc printfunc,
		   void *passthru, MemoryContextCounters *totals,
		   bool print_to_stderr)
{
}

static const MemoryContextMethods methods = {
	.alloc = fuzz_alloc,
	.free_p = fuzz_free,
	.realloc = fuzz_realloc,
	.reset = fuzz_reset,
	.delete_context = fuzz_delete,
	.get_chunk_space = fuzz_chunk_space,
	.is_empty = fuzz_is_empty,
	.stats = fuzz_stats
};

MemoryContext
fuzz_context(MemoryContext parent, const char *name)
{
	FuzzContext *cxt = malloc(sizeof(FuzzContext));

	cxt->chunks = NULL;
	MemoryContextCreate((MemoryContext) cxt, T_AllocSetContext, &methods,
						parent, name);
	return (MemoryContext) cxt;
}

/* Instead of the server's, for all code that is linked with this */
MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name,
							  Size minContextSize, Size initBlockSize,
							  Size maxBlockSize)
{
	return fuzz_context(parent, name);
}

#else

void
fuzz_memory_limit(size_t limit)
{
}

MemoryContext
fuzz_context(MemoryContext parent, const char *name)
{
	return AllocSetContextCreateInternal(parent, name, ALLOCSET_DEFAULT_SIZES);
}

#endif
