/*-------------------------------------------------------------------------
 *
 * relstats.h
 *	  Planner statistics of relations and indexes.
 *
 * See relstats.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/relstats.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_RELSTATS_H
#define BP_DEFINE_RELSTATS_H

#include "define/context.h"

/*
 * Adds the statistics of the relations in d->tables and of all indexes that
 * pg_dump reads.  Needs their objects and those of refreshes.
 */
extern void bp_read_relstats(BpDefine *d);

#endif							/* BP_DEFINE_RELSTATS_H */
