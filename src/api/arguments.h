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

/* NULL where it makes no sense: raises null_value_not_allowed. */
extern void bp_arg_require(FunctionCallInfo fcinfo, int arg, const char *name);

/* text or name, palloc'd; NULL for NULL */
extern char *bp_arg_text(FunctionCallInfo fcinfo, int arg);
extern char *bp_arg_name(FunctionCallInfo fcinfo, int arg);

/* text[] to a list of char *; a NULL or empty element is an error */
extern List *bp_arg_list(FunctionCallInfo fcinfo, int arg, const char *name);

extern BpContent bp_arg_content(FunctionCallInfo fcinfo, int arg);
extern char *bp_arg_compression(FunctionCallInfo fcinfo, int arg);
extern int	bp_arg_parallel(FunctionCallInfo fcinfo, int arg);
extern int	bp_arg_priority(FunctionCallInfo fcinfo, int arg);
extern char *bp_arg_label(FunctionCallInfo fcinfo, int arg);

/* Raises an error unless backups and restores of the database can work. */
extern void bp_check_database(const char *database);

#endif							/* BP_API_ARGUMENTS_H */
