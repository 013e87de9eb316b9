/*-------------------------------------------------------------------------
 *
 * choose_writer.h
 *	  The choice of a writer for a column.  Private to src/rows.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/choose_writer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_CHOOSE_WRITER_H
#define BP_ROWS_CHOOSE_WRITER_H

#include "rows/writer.h"

/*
 * Prepares *col, which is zeroed, for values of a type, and sets col->write,
 * which is never NULL.  Depends on the session's settings at the time of the
 * call.  'context' must live as long as *col; what belongs to *col is
 * allocated there.  Raises the errors of a catalog lookup; a type without
 * output function is undefined_function.
 */
extern void bp_choose_writer(BpWriteColumn *col, Oid type,
							 MemoryContext context);

#endif							/* BP_ROWS_CHOOSE_WRITER_H */
