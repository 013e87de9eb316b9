/*-------------------------------------------------------------------------
 *
 * internal.h
 *	  What the files of the comparison share.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/internal.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_VERIFY_INTERNAL_H
#define BP_VERIFY_INTERNAL_H

#include "access/attnum.h"
#include "nodes/pg_list.h"
#include "session/session.h"
#include "storage/block.h"
#include "utils/rel.h"

/*
 * A sum over rows that does not depend on their order: of each row's hash,
 * and of a second hash made of the first.  Both wrap around.
 */
typedef struct BpRowSum
{
	uint64		rows;
	uint64		sum;
	uint64		mixed;
} BpRowSum;

/* Which columns of a table are compared; see bp_compare_columns. */
typedef struct BpCompareColumns
{
	int			nfields;		/* of a line in the archive */
	bool	   *skip;			/* by field; NULL: none is left out */
	int			natts;			/* columns that are compared */
	AttrNumber *attnums;
} BpCompareColumns;

/*
 * The columns of the list of a COPY statement in table 'rel', in the list's
 * order, without those whose text does not depend on the value alone: the text
 * of money depends on the locale.  In an archive that pg_dump made ('stock')
 * there are more, as it does not record its settings: timestamptz, bytea, and
 * numbers of before version 12.  Raises undefined_column.
 */
extern BpCompareColumns *bp_compare_columns(Relation rel, List *attlist,
											bool stock,
											const char *server_version);

/*
 * Adds rows of a data file: frames first..last, or the whole file if last is
 * BP_WHOLE_FILE.  Raises data_corrupted for a damaged file.
 */
extern void bp_row_sum_file(BpSession *session, const char *name,
							int dump_id, uint32 first, uint32 last,
							int encoding, const BpCompareColumns *columns,
							BpRowSum *sum);

/* Adds the rows in nblocks blocks of a table; see bp_scan_blocks. */
extern void bp_row_sum_table(Relation rel, BlockNumber first,
							 BlockNumber nblocks,
							 const BpCompareColumns *columns, BpRowSum *sum);

/*
 * Adds to the plan what checks the indexes of the database, and returns the
 * bytes to be read.  Makes extension amcheck in the database, if that is
 * possible.
 */
extern uint64 bp_verify_plan_indexes(BpPlanBuilder *b);

#endif							/* BP_VERIFY_INTERNAL_H */
