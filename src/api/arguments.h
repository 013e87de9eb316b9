/*-------------------------------------------------------------------------
 *
 * arguments.h
 *	  Reading and checking the arguments of the SQL functions.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/arguments.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_API_ARGUMENTS_H
#define BP_API_ARGUMENTS_H

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "shared/options.h"

/*
 * All functions take the argument's number from 0 on, and its name for errors.
 * Results are palloc'd in CurrentMemoryContext.
 */

/* Raises null_value_not_allowed if the argument is NULL. */
extern void bp_arg_require(FunctionCallInfo fcinfo, int arg, const char *name);

/* A text or name argument; NULL for NULL */
extern char *bp_arg_text(FunctionCallInfo fcinfo, int arg);
extern char *bp_arg_name(FunctionCallInfo fcinfo, int arg);

/*
 * A text[] argument as a list of char *.  Raises null_value_not_allowed for NULL
 * and for an element that is NULL, invalid_parameter_value for an empty element.
 */
extern List *bp_arg_list(FunctionCallInfo fcinfo, int arg, const char *name);

/*
 * Arguments that several functions have.  content and priority must not be
 * NULL.  NULL gives 0 for parallel (all connections that are free), and NULL
 * for compression and label.  Raise invalid_parameter_value for a value that
 * is not valid, and string_data_right_truncation for a label of 256 bytes or
 * more.
 */
extern BpContent bp_arg_content(FunctionCallInfo fcinfo, int arg);
extern char *bp_arg_compression(FunctionCallInfo fcinfo, int arg);
extern int	bp_arg_parallel(FunctionCallInfo fcinfo, int arg);
extern int	bp_arg_priority(FunctionCallInfo fcinfo, int arg);
extern char *bp_arg_label(FunctionCallInfo fcinfo, int arg);

/*
 * Raises undefined_database if there is no such database, and
 * object_not_in_prerequisite_state if it does not allow connections.
 */
extern void bp_check_database(const char *database);

#endif							/* BP_API_ARGUMENTS_H */
