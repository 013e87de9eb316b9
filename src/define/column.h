/*-------------------------------------------------------------------------
 *
 * column.h
 *	  Reads columns, their defaults, and CHECK constraints.
 *
 * See column.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/column.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_COLUMN_H
#define BP_DEFINE_COLUMN_H

#include "define/context.h"

/* Completes all d->tables, and adds objects for the selected ones. */
extern void bp_read_columns(BpDefine *d);

#endif							/* BP_DEFINE_COLUMN_H */
