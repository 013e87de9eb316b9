/*-------------------------------------------------------------------------
 *
 * choose_reader.h
 *	  The choice of a reader for a column.  Private to src/rows.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/choose_reader.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_CHOOSE_READER_H
#define BP_ROWS_CHOOSE_READER_H

#include "rows/reader.h"

/*
 * Prepares *col, which is zeroed but for 'index' and 'owns_text', for values
 * of a type, and sets col->read, which is NULL if only the input function can
 * read them.  'storage' is the column's storage (TYPSTORAGE_...).  'context'
 * must live as long as *col; what belongs to *col is allocated there.  Values
 * will be allocated in the arena.  Raises the errors of a catalog lookup.
 */
extern void bp_choose_reader(BpReadColumn *col, Oid type, int32 typmod,
							 char storage, BpReadArena *arena,
							 MemoryContext context);

#endif							/* BP_ROWS_CHOOSE_READER_H */
