/*-------------------------------------------------------------------------
 *
 * function.h
 *	  What functions and aggregates have in common.
 *
 * See function.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/function.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_FUNCTION_H
#define BP_DEFINE_FUNCTION_H

#include "define/object.h"
#include "define/query.h"

/* A row of pg_proc: BpObject.info of functions and aggregates */
typedef struct BpFunction
{
	const char *args;			/* with names, modes, defaults */
	const char *identity;		/* without defaults */
	const char *types;			/* input arguments' types alone */
	int			nargs;			/* of input arguments */
	const char *parallel;
	const char *acl;
	const char *acldefault;
	const BpRows *rows;			/* and what its own kind has besides */
	int			row;
} BpFunction;

/* The name, quoted or as it is, with arguments in parentheses. */
extern char *bp_function_name(const BpObject *o, bool quoted,
							  const char *args);

/*
 * Reads what aggregates have besides, of those that are objects already
 * (aggregate.c).
 */
extern void bp_read_aggregates(BpDefine *d, const Oid *oids, int n);

extern void bp_write_aggregate(BpDefine *d, BpObject *o);

#endif							/* BP_DEFINE_FUNCTION_H */
