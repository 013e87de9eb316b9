/*-------------------------------------------------------------------------
 *
 * reader_names.h
 *	  The names that the expressions of a definition use.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/reader_names.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_PLAN_READER_NAMES_H
#define BP_RESTORE_PLAN_READER_NAMES_H

#include "archive/toc.h"
#include "nodes/parsenodes.h"

typedef enum BpNameKind
{
	BP_NAME_FUNCTION,
	BP_NAME_OPERATOR,
	BP_NAME_TYPE,
	BP_NAME_OPCLASS
} BpNameKind;

/* A name in an expression that the server evaluates */
typedef struct BpUsedName
{
	BpNameKind	kind;
	const char *schema;			/* NULL if the name is not qualified */
	const char *name;
	const char *am;				/* access method of an operator class */
} BpUsedName;

typedef struct BpUsedNames
{
	List	   *used;			/* BpUsedName: in expressions that run when the
								 * object is made or rows are loaded */
	List	   *defaults;		/* BpUsedName: in column defaults, which COPY of
								 * all columns does not evaluate */
	bool		expressions;	/* there are expressions that run */
	bool		unknown;		/* the definition could not be read */
} BpUsedNames;

/*
 * The parse trees (RawStmt) of some statements.  Sets *failed, and returns
 * NIL, if the parser does not accept them.
 */
extern List *bp_reader_parse(const char *sql, bool *failed);

/* Is the function that the statement makes written in C or internal? */
extern bool bp_reader_language_is_c(const CreateFunctionStmt *stmt);

/*
 * The names that an entry's definition uses in expressions, opclasses and
 * types.  Names of pg_catalog are left out.  palloc'd.
 */
extern BpUsedNames *bp_reader_names(const BpTocEntry *e);

#endif							/* BP_RESTORE_PLAN_READER_NAMES_H */
