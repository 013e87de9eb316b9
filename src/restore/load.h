/*-------------------------------------------------------------------------
 *
 * load.h
 *	  Loading rows of our own archives into a table without COPY.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/load.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_LOAD_H
#define BP_RESTORE_LOAD_H

#include "executor/tuptable.h"
#include "nodes/pg_list.h"
#include "utils/rel.h"

/*
 * May rows with these columns (a list of String nodes; NIL: all columns) be
 * loaded into 'rel' by bp_load_rows?  If not, use COPY FROM.  Raises
 * undefined_column or duplicate_column for a list that is wrong.
 */
extern bool bp_load_possible(Relation rel, List *columns);

/*
 * Loads the rows of the source that is open (source.h); returns their number.
 * The caller has locked 'rel' for writing.  With freeze, rows are inserted as
 * frozen: the caller guarantees what COPY FREEZE requires.  Raises errors for
 * values and rows that COPY FROM would reject.
 */
extern uint64 bp_load_rows(Relation rel, List *columns, bool freeze);

/*
 * The same row by row, for a caller that inserts the rows itself.  _begin makes
 * the loader in CurrentMemoryContext and pushes an error context; _text gives it
 * the text of whole rows, which it changes and which must stay until the next
 * call; _row returns the next row, checked against the table's constraints, in
 * a slot whose values live until the next _text; NULL if there is none.
 */
typedef struct BpLoad BpLoad;

extern BpLoad *bp_load_begin(Relation rel, List *columns);
extern void bp_load_text(BpLoad *load, char *text, size_t len);
extern TupleTableSlot *bp_load_row(BpLoad *load);
extern void bp_load_end(BpLoad *load);

#endif							/* BP_RESTORE_LOAD_H */
