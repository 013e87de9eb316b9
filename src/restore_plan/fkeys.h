/*-------------------------------------------------------------------------
 *
 * fkeys.h
 *	  The order in which tables with foreign keys can be loaded.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/fkeys.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_FKEYS_H
#define BP_RESTORE_PLAN_FKEYS_H

#include "nodes/pg_list.h"

/* Two tables of a list, by place; the rest is for the caller's use. */
typedef struct BpFkeyPair
{
	int			referencing;
	int			referenced;
	void	   *from;
	void	   *to;
} BpFkeyPair;

/*
 * The foreign keys among tables of a list of oids, as a list of BpFkeyPair,
 * those of a table to itself aside.  Raises an error if there is no order in
 * which the tables could be loaded.
 */
extern List *bp_restore_plan_fkey_order(List *relids);

/* Has the table a foreign key to itself? */
extern bool bp_restore_plan_refers_to_itself(Oid relid);

#endif							/* BP_RESTORE_PLAN_FKEYS_H */
