/*-------------------------------------------------------------------------
 *
 * bp_zoo_wrong.c
 *	  One mistake of each kind that the checkers of `make check-memory` must
 *	  find, for test/t/faults/memory_checkers.pl.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/modules/bp_zoo_wrong.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "fmgr.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(bp_zoo_wrong);

/* Reads a byte of a page after the buffer was unpinned */
static int
unpinned(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	Buffer		buffer = ReadBuffer(rel, 0);
	volatile char *page = (volatile char *) BufferGetPage(buffer);

	ReleaseBuffer(buffer);
	relation_close(rel, AccessShareLock);
	return page[0];
}

/* wrong(what, n, relation) */
Datum
bp_zoo_wrong(PG_FUNCTION_ARGS)
{
	const char *what = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int32		n = PG_GETARG_INT32(1);
	volatile char *chunk = palloc0(21);
	int			result = 0;

	if (strcmp(what, "read past") == 0)
		result = chunk[n];
	else if (strcmp(what, "write past") == 0)
		chunk[n] = 1;
	else if (strcmp(what, "read freed") == 0)
	{
		pfree((char *) chunk);
		result = chunk[n];
	}
	else if (strcmp(what, "read unpinned") == 0)
		result = unpinned(PG_GETARG_OID(2));
	else if (strcmp(what, "shift") == 0)
		result = 1 << n;
	else if (strcmp(what, "assert") == 0)
		Assert(n < 0);
	PG_RETURN_INT32(result);
}
