/*-------------------------------------------------------------------------
 *
 * target_readers.h
 *	  Which objects of the target database run functions that may read tables.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/target_readers.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_TARGET_READERS_H
#define BP_RESTORE_PLAN_TARGET_READERS_H

#include "nodes/pg_list.h"

/* What the target says about an object of some name */
typedef enum BpTargetAnswer
{
	BP_TARGET_MISSING,			/* it has none */
	BP_TARGET_HARMLESS,			/* no object of that name reads tables */
	BP_TARGET_READS				/* one of them may read tables */
} BpTargetAnswer;

/*
 * The functions, operators and types with that qualified name; an operator
 * class is one of the index access method 'am'.  Objects of pg_catalog are
 * harmless.
 */
extern BpTargetAnswer bp_target_function(const char *schema, const char *name);
extern BpTargetAnswer bp_target_operator(const char *schema, const char *name);
extern BpTargetAnswer bp_target_type(const char *schema, const char *name);
extern BpTargetAnswer bp_target_opclass(const char *am, const char *schema,
										const char *name);

/*
 * May loading rows into this table or, if it is partitioned, into one of its
 * partitions, run a function that reads tables?  Looks at triggers, checks,
 * generated columns, partition bounds, domains and indexes.  Locks the table
 * and its indexes in AccessShareLock while it looks.
 */
extern bool bp_target_table_reads(Oid relid);

#endif							/* BP_RESTORE_PLAN_TARGET_READERS_H */
