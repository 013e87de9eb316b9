/*-------------------------------------------------------------------------
 *
 * statistics.h
 *	  Extended statistics.
 *
 * See statistics.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/statistics.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_STATISTICS_H
#define BP_DEFINE_STATISTICS_H

#include "define/context.h"

/* Adds these statistics objects, except those whose table is not selected. */
extern void bp_read_statistics(BpDefine *d, const Oid *oids, int n);

#endif							/* BP_DEFINE_STATISTICS_H */
