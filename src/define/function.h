/*-------------------------------------------------------------------------
 *
 * function.h
 *	  Functions, and what aggregates have in common with them.
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
	const char *types;			/* types of the input arguments only */
	int			nargs;			/* number of input arguments */
	const char *parallel;
	const char *acl;			/* as the server prints it; NULL: none */
	const char *acldefault;
	const BpRows *rows;			/* with the other columns, of pg_proc or, for
								 * an aggregate, of pg_aggregate */
	int			row;
} BpFunction;

/*
 * Adds these functions.  Aggregates among them are added without a writer,
 * and bp_read_aggregates must be called afterwards.
 */
extern void bp_read_functions(BpDefine *d, const Oid *oids, int n);

/* The name, quoted or not, followed by args in parentheses; palloc'd. */
extern char *bp_function_name(const BpObject *o, bool quoted,
							  const char *args);

#endif							/* BP_DEFINE_FUNCTION_H */
