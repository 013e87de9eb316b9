/*-------------------------------------------------------------------------
 *
 * load.h
 *	  Rows of our own archives straight into a table.
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

#include "nodes/pg_list.h"
#include "utils/rel.h"

/*
 * May rows with these columns (a list of names; NIL: all) be loaded into
 * 'rel' by bp_load_rows?  If not, COPY FROM has to.  Raises 42703 for a
 * column that there is not.
 */
extern bool bp_load_possible(Relation rel, List *columns);

/*
 * Loads the rows of the source that is open (source.h) and returns
 * how many there were.  'rel' is locked for writing; freeze promises what
 * COPY FREEZE asks for.
 */
extern uint64 bp_load_rows(Relation rel, List *columns, bool freeze);

#endif							/* BP_RESTORE_LOAD_H */
