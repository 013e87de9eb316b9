/*-------------------------------------------------------------------------
 *
 * load_order.h
 *	  The order in which tables with foreign keys can be loaded.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/load_order.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_LOAD_ORDER_H
#define BP_RESTORE_PLAN_LOAD_ORDER_H

#include "nodes/pg_list.h"
#include "restore_plan/graph.h"

/*
 * The foreign keys among the tables of a list of oids, as edges between
 * positions in the list: the referenced table comes before the referencing
 * one.  Foreign keys of a table to itself are left out; a pair of tables may
 * have several edges.  The array is palloc'd; NULL if there are no edges.
 * Raises feature_not_supported if there is no order in which the tables could
 * be loaded.
 */
extern BpEdge *bp_restore_plan_fkey_order(List *relids, int *nedges);

/* Does the table have a foreign key to itself, or to a partition of itself? */
extern bool bp_restore_plan_refers_to_itself(Oid relid);

#endif							/* BP_RESTORE_PLAN_LOAD_ORDER_H */
