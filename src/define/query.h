/*-------------------------------------------------------------------------
 *
 * query.h
 *	  Queries on the catalogs, under the backup's snapshot.
 *
 * See query.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/query.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_QUERY_H
#define BP_DEFINE_QUERY_H

#include "define/define.h"
#include "executor/spi.h"

/*
 * A query with one parameter, $1, an array of oid.  To be a static variable:
 * the plan is kept for as long as the backend lives.
 */
typedef struct BpQuery
{
	const char *sql;
	bool		as_planned;		/* its order is what pg_dump's plan makes it */
	SPIPlanPtr	plan;
} BpQuery;

/* What it found, as the server prints values */
typedef struct BpRows
{
	int			n;
	int			ncols;
	char	  **values;			/* row by row; NULL for null */
} BpRows;

/*
 * Runs the query for these oids, in CurrentMemoryContext.  With no oids
 * nothing is run, and there are no rows.
 */
extern BpRows *bp_query(BpDefine *d, BpQuery *query, const Oid *oids, int n);

/* A value; NULL for null. */
extern char *bp_row(const BpRows *rows, int row, int col);

/* The same as "" for null, an oid (0 for null), a number, a truth (false). */
extern char *bp_row_text(const BpRows *rows, int row, int col);
extern Oid	bp_row_oid(const BpRows *rows, int row, int col);
extern int	bp_row_int(const BpRows *rows, int row, int col);
extern bool bp_row_bool(const BpRows *rows, int row, int col);

/*
 * What pg_get_constraintdef said of a constraint, whose convalidated is
 * 'valid'; "" after refusing, if it has been dropped or validated meanwhile.
 */
extern char *bp_row_constraint(BpDefine *d, const BpRows *rows, int row,
							   int col, bool valid);

/*
 * The element texts of an array of text, as the server printed it: *n of
 * them.
 */
extern char **bp_row_array(const BpRows *rows, int row, int col, int *n);

#endif							/* BP_DEFINE_QUERY_H */
