/*-------------------------------------------------------------------------
 *
 * data_order.h
 *	  The order in which pg_dump -a writes data.
 *
 * See data_order.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/data_order.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DATA_ORDER_H
#define BP_DEFINE_DATA_ORDER_H

#include "define/context.h"

/*
 * Indexes into d->relations->rels of the relations that have data, in the
 * order in which pg_dump -a writes it: palloc'd, *n of them.  NULL, after
 * bp_refuse, if the order cannot be known.
 */
extern int *bp_data_order(BpDefine *d, int *n);

#endif							/* BP_DEFINE_DATA_ORDER_H */
