/*-------------------------------------------------------------------------
 *
 * aggregate.h
 *	  Aggregates.
 *
 * See aggregate.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/aggregate.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_AGGREGATE_H
#define BP_DEFINE_AGGREGATE_H

#include "define/context.h"

/*
 * Completes the aggregates that bp_read_functions has added: reads
 * pg_aggregate and sets their writer.
 */
extern void bp_read_aggregates(BpDefine *d);

#endif							/* BP_DEFINE_AGGREGATE_H */
