/*-------------------------------------------------------------------------
 *
 * query.c
 *	  Queries on the catalogs, under the backup's snapshot.
 *
 * Plans are prepared once in a backend and kept, since a pooled backend makes
 * the definitions of one small selection after another.  Values are returned
 * as text, which is how pg_dump gets them.
 *
 * Queries run as the task's owner.  search_path is empty and all names in
 * queries are qualified, so that objects of other users cannot get in the
 * way.  The plan cache plans a query again if search_path was different
 * before.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/query.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "define/query.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

/*
 * Makes the planner read catalogs by index, even if they are small now: plans
 * are kept, and a selection is usually a small part of the database.  (The
 * high cost estimates of such plans do not start jit, which is off in our
 * sessions.)
 */
static void
query_settings(void)
{
	static const char *const off[] = {
		"enable_seqscan", "enable_hashjoin", "enable_mergejoin"
	};

	for (int i = 0; i < (int) lengthof(off); i++)
		(void) set_config_option(off[i], "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

static void
query_prepare(BpQuery *query)
{
	Oid			type = OIDARRAYOID;
	SPIPlanPtr	plan;

	if (query->plan != NULL)
		return;
	/*
	 * a generic plan suits all selections, and planning costs more than
	 * running
	 */
	plan = SPI_prepare_cursor(query->sql, 1, &type, query->as_planned ?
							  CURSOR_OPT_CUSTOM_PLAN : CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare a query on the catalogs: %s",
			 SPI_result_code_string(SPI_result));
	query->plan = plan;
}

static Datum
query_oids(const Oid *oids, int n)
{
	Datum	   *values = palloc(sizeof(Datum) * n);

	for (int i = 0; i < n; i++)
		values[i] = ObjectIdGetDatum(oids[i]);
	return PointerGetDatum(construct_array(values, n, OIDOID, sizeof(Oid),
										   true, TYPALIGN_INT));
}

BpRows *
bp_query(BpDefine *d, BpQuery *query, const Oid *oids, int n)
{
	BpRows	   *rows = palloc0(sizeof(BpRows));
	MemoryContext caller = CurrentMemoryContext;
	Datum		arg;
	int			nest;

	if (n == 0)
		return rows;
	arg = query_oids(oids, n);
	nest = NewGUCNestLevel();
	if (!query->as_planned)
		query_settings();
	PushActiveSnapshot(d->snapshot);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	query_prepare(query);
	if (SPI_execute_plan(query->plan, &arg, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not query the catalogs");
	rows->n = (int) SPI_processed;
	rows->ncols = SPI_tuptable->tupdesc->natts;
	rows->values = MemoryContextAllocHuge(caller,
										  (Size) Max(1, rows->n) *
										  rows->ncols * sizeof(char *));
	for (int i = 0; i < rows->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < rows->ncols; k++)
		{
			char	   *value = SPI_getvalue(SPI_tuptable->vals[i],
											 SPI_tuptable->tupdesc, k + 1);

			rows->values[(Size) i * rows->ncols + k] = value == NULL ? NULL :
				MemoryContextStrdup(caller, value);
		}
	}
	SPI_finish();
	PopActiveSnapshot();
	AtEOXact_GUC(true, nest);
	return rows;
}

char *
bp_row(const BpRows *rows, int row, int col)
{
	Assert(row < rows->n && col < rows->ncols);
	return rows->values[(Size) row * rows->ncols + col];
}

char *
bp_row_text(const BpRows *rows, int row, int col)
{
	char	   *value = bp_row(rows, row, col);

	return value != NULL ? value : pstrdup("");
}

Oid
bp_row_oid(const BpRows *rows, int row, int col)
{
	char	   *value = bp_row(rows, row, col);

	return value == NULL ? InvalidOid : (Oid) strtoul(value, NULL, 10);
}

int
bp_row_int(const BpRows *rows, int row, int col)
{
	char	   *value = bp_row(rows, row, col);

	return value == NULL ? 0 : (int) strtol(value, NULL, 10);
}

bool
bp_row_bool(const BpRows *rows, int row, int col)
{
	char	   *value = bp_row(rows, row, col);

	return value != NULL && value[0] == 't';
}

static bool
ends_with(const char *text, const char *end)
{
	size_t		len = strlen(text);
	size_t		n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

/*
 * pg_get_constraintdef uses the transaction's snapshot.  In pg_dump's
 * transaction, which is REPEATABLE READ, that is the backup's snapshot; in
 * ours it is a new one.  ALTER DOMAIN and VALIDATE CONSTRAINT do not wait for
 * our locks, so they may have changed the constraint since the backup's
 * snapshot was taken.
 */
char *
bp_row_constraint(BpDefine *d, const BpRows *rows, int row, int col,
				  bool valid)
{
	char	   *def = bp_row(rows, row, col);

	if (def != NULL && valid != (ends_with(def, " NOT VALID") ||
								 ends_with(def, " NOT ENFORCED")))
		return def;
	bp_refuse(d, "a constraint has been altered concurrently");
	return pstrdup("");
}

char **
bp_row_array(const BpRows *rows, int row, int col, int *n)
{
	char	   *value = bp_row(rows, row, col);
	char	  **texts;
	Datum	   *datums;
	bool	   *nulls;
	Datum		array;

	*n = 0;
	if (value == NULL)
		return NULL;
	array = OidInputFunctionCall(F_ARRAY_IN, value, TEXTOID, -1);
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false,
					  TYPALIGN_INT, &datums, &nulls, n);
	texts = palloc0(sizeof(char *) * Max(1, *n));
	for (int i = 0; i < *n; i++)
		texts[i] = nulls[i] ? pstrdup("") : TextDatumGetCString(datums[i]);
	return texts;
}
