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

#include "define/context.h"
#include "executor/spi.h"

/*
 * A query with one parameter, $1, an array of oid.  It must be a static
 * variable, since its plan is kept as long as the backend lives.
 */
typedef struct BpQuery
{
	const char *sql;
	bool		as_planned;		/* planned each time with the session's settings,
								 * since the order of its rows must be that of
								 * pg_dump's plan */
	SPIPlanPtr	plan;			/* NULL at first */
} BpQuery;

/* The rows that a query has found, as texts that the server prints */
typedef struct BpRows
{
	int			n;
	int			ncols;
	char	  **values;			/* row by row; NULL for null */
} BpRows;

/*
 * Runs the query for these n oids.  The result is in CurrentMemoryContext.
 * If n is 0, the query is not run, and there are no rows.
 */
extern BpRows *bp_query(BpDefine *d, BpQuery *query, const Oid *oids, int n);

/*
 * A value as text, NULL for null.  The values belong to rows: they are not
 * copied.  Columns are counted from 0; each query has an enum for them.
 */
extern char *bp_row(const BpRows *rows, int row, int col);

/*
 * The same, but null becomes "".  The others convert the value to an oid
 * (null: InvalidOid), a number (null: 0), or a bool (null: false).
 */
extern char *bp_row_text(const BpRows *rows, int row, int col);
extern Oid	bp_row_oid(const BpRows *rows, int row, int col);
extern int	bp_row_int(const BpRows *rows, int row, int col);
extern bool bp_row_bool(const BpRows *rows, int row, int col);

/*
 * The elements of an array that the server has printed, as palloc'd texts; *n
 * is set to their number.  Null elements become "".  For a null array the
 * result is NULL.
 */
extern char **bp_row_array(const BpRows *rows, int row, int col, int *n);

/*
 * The result of pg_get_constraintdef for a constraint whose convalidated is
 * "valid".  Refuses a constraint that has been dropped or validated since the
 * snapshot was taken, and returns "".
 */
extern char *bp_row_constraint(BpDefine *d, const BpRows *rows, int row,
							   int col, bool valid);

#endif							/* BP_DEFINE_QUERY_H */
