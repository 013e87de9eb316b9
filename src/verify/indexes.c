/*-------------------------------------------------------------------------
 *
 * indexes.c
 *	  Checking that each index of the scratch database has what its table has.
 *
 * An index over a function may have been built while the function gave other
 * results than it gives now, for example because it reads a table that was not
 * loaded yet.  So keys are computed anew from each row of the table.
 *
 * If the server has the extension amcheck, and the session may create it, amcheck
 * checks B-trees (bt_index_check with heapallindexed).  It gets a schema of its own
 * in the scratch database.  Otherwise the code here reads each B-tree from end to
 * end, and compares the keys of each entry with those that its row has now.  Of
 * GiST and SP-GiST indexes it counts the entries.  Other access methods cannot be
 * read without a condition, and are not checked.
 *
 * Functions of indexes run as the owner of the table, as they did in the build.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/indexes.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/itup.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "restore/entry.h"
#include "restore/run.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "verify/internal.h"
#include "verify/verify.h"

#define BP_INDEX_BUNDLE		((uint64) 8 * 1024 * 1024)
#define BP_INDEX_FILES		64

/* An index that is read, and what its keys are made of */
typedef struct IndexRead
{
	Relation	heap;
	Relation	index;
	IndexInfo  *info;
	EState	   *estate;
	ExprState  *predicate;
	TupleTableSlot *slot;
} IndexRead;

static void make_amcheck(void);
static char *amcheck_schema(void);
static bool same_value(Form_pg_attribute att, Datum a, bool a_null,
					   Datum b, bool b_null);
static void check_by_amcheck(Oid index_id, const char *name,
							 const char *schema);
static uint64 count_rows(IndexRead *r);
static uint64 read_entries(IndexRead *r, bool *same);
static void check_by_reading(Oid heap_id, Oid index_id, const char *name);
static void check_index(Oid index_id, const char *name, const char *amcheck);

/* ---- planning ---- */

/*
 * Makes extension amcheck, if it can be made.  Event triggers of the archive
 * do not fire.
 */
static void
make_amcheck(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	const char *schema = "backup_pool_amcheck";

	if (!superuser() || OidIsValid(get_extension_oid("amcheck", true)))
		return;
	while (OidIsValid(get_namespace_oid(schema, true)))
		schema = psprintf("%s_", schema);
	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		(void) set_config_option("session_replication_role", "replica",
								 PGC_SUSET, PGC_S_SESSION, GUC_ACTION_LOCAL,
								 true, 0, false);
		bp_restore_execute(psprintf("CREATE SCHEMA %s; CREATE EXTENSION amcheck SCHEMA %s",
									schema, schema));
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(cxt);
		edata = CopyErrorData();
		if (bp_restore_must_stop(edata))
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		ereport(DEBUG1,
				(errmsg("backup_pool checks indexes without amcheck: %s",
						edata->message)));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
}

uint64
bp_verify_plan_indexes(BpPlanBuilder *b)
{
	uint64		total = 0;
	uint64		bytes = 0;
	int			first = -1;
	int			count = 0;
	MemoryContext cxt = CurrentMemoryContext;

	make_amcheck();
	SPI_connect();
	if (SPI_execute("SELECT i.indexrelid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),"
					" pg_catalog.pg_relation_size(i.indexrelid) + pg_catalog.pg_relation_size(i.indrelid)"
					" FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
					" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
					" WHERE c.relkind = 'i' AND i.indisvalid AND i.indisready AND c.relam IN (403, 783, 4000)"
					" AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')"
					" ORDER BY 3 DESC, 1", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not list the indexes");
	for (uint64 i = 0; i <= SPI_processed; i++)
	{
		HeapTuple	row = i < SPI_processed ? SPI_tuptable->vals[i] : NULL;
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;
		uint64		size = 0;
		MemoryContext spi;
		int			file;

		if (row != NULL)
			size = DatumGetInt64(SPI_getbinval(row, desc, 3, &isnull));
		spi = MemoryContextSwitchTo(cxt);
		if (count > 0 && (row == NULL || count == BP_INDEX_FILES ||
						  bytes + size > BP_INDEX_BUNDLE))
		{
			bp_plan_add_unit(b, BP_UNIT_CHECK_INDEX, first, count, 0, 0, bytes,
							 bp_entry_unit_text(psprintf("check %d indexes",
														 count)));
			count = 0;
			bytes = 0;
		}
		if (row != NULL)
		{
			Oid			oid = DatumGetObjectId(SPI_getbinval(row, desc, 1,
															 &isnull));

			file = bp_plan_add_file(b, 0, 0, oid, SPI_getvalue(row, desc, 2),
									NULL);
			if (count++ == 0)
				first = file;
			bytes += size;
			total += size;
		}
		MemoryContextSwitchTo(spi);
	}
	SPI_finish();
	return total;
}

/* ---- units ---- */

/* The quoted schema of extension amcheck, if the session may use it, or NULL. */
static char *
amcheck_schema(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	char	   *schema = NULL;

	if (!superuser())
		return NULL;
	SPI_connect();
	if (SPI_execute("SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e"
					" JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
					" WHERE e.extname = 'amcheck'", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pg_extension");
	if (SPI_processed > 0)
		schema = MemoryContextStrdup(cxt,
									 SPI_getvalue(SPI_tuptable->vals[0],
												  SPI_tuptable->tupdesc, 1));
	SPI_finish();
	return schema;
}

/* The rows that the index must have. */
static uint64
count_rows(IndexRead *r)
{
	ExprContext *econtext = GetPerTupleExprContext(r->estate);
	TableScanDesc scan = table_beginscan_strat(r->heap, GetActiveSnapshot(),
											   0, NULL, true, false);
	uint64		rows = 0;

	while (table_scan_getnextslot(scan, ForwardScanDirection, r->slot))
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		econtext->ecxt_scantuple = r->slot;
		if (r->predicate == NULL || ExecQual(r->predicate, econtext))
			rows++;
	}
	table_endscan(scan);
	return rows;
}

/* Do an index entry and its row have the same value? */
static bool
same_value(Form_pg_attribute att, Datum a, bool a_null, Datum b, bool b_null)
{
	struct varlena *x;
	struct varlena *y;

	if (a_null || b_null)
		return a_null == b_null;
	if (att->attlen != -1)
		return datumIsEqual(a, b, att->attbyval, att->attlen);
	/* either may be compressed, or have a short header */
	x = PG_DETOAST_DATUM_PACKED(a);
	y = PG_DETOAST_DATUM_PACKED(b);
	return VARSIZE_ANY_EXHDR(x) == VARSIZE_ANY_EXHDR(y) &&
		memcmp(VARDATA_ANY(x), VARDATA_ANY(y), VARSIZE_ANY_EXHDR(x)) == 0;
}

/*
 * Reads the index from end to end; returns the number of entries whose row is
 * visible.  Sets *same to false if a B-tree has another key for a row.
 */
static uint64
read_entries(IndexRead *r, bool *same)
{
	ExprContext *econtext = GetPerTupleExprContext(r->estate);
	IndexScanDesc scan;
	uint64		entries = 0;

	scan = bp_index_beginscan(r->heap, r->index, GetActiveSnapshot(), 0, 0);
	scan->xs_want_itup = r->index->rd_rel->relam == BTREE_AM_OID;
	index_rescan(scan, NULL, 0, NULL, 0);
	while (*same && index_getnext_slot(scan, ForwardScanDirection, r->slot))
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		nulls[INDEX_MAX_KEYS];
		MemoryContext old;

		CHECK_FOR_INTERRUPTS();
		entries++;
		ResetExprContext(econtext);
		if (scan->xs_itup == NULL)
			continue;
		old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		econtext->ecxt_scantuple = r->slot;
		FormIndexDatum(r->info, r->slot, r->estate, values, nulls);
		for (int i = 0; i < r->info->ii_NumIndexAttrs && *same; i++)
		{
			bool		isnull;
			Datum		value = index_getattr(scan->xs_itup, i + 1,
											  scan->xs_itupdesc, &isnull);

			*same = same_value(TupleDescAttr(scan->xs_itupdesc, i), value,
							   isnull, values[i], nulls[i]);
		}
		MemoryContextSwitchTo(old);
	}
	index_endscan(scan);
	return entries;
}

static void
check_by_reading(Oid heap_id, Oid index_id, const char *name)
{
	IndexRead	r = {0};
	uint64		rows;
	uint64		entries;
	bool		same = true;

	r.heap = table_open(heap_id, AccessShareLock);
	r.index = index_open(index_id, AccessShareLock);
	r.info = BuildIndexInfo(r.index);
	r.estate = CreateExecutorState();
	r.slot = table_slot_create(r.heap, NULL);
	r.predicate = ExecPrepareQual(r.info->ii_Predicate, r.estate);
	rows = count_rows(&r);
	entries = read_entries(&r, &same);
	if (!same || entries != rows)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("index %s does not have what its table has", name),
				 same ?
				 errdetail("The index has " UINT64_FORMAT " entries for " UINT64_FORMAT " rows.",
						   entries, rows) :
				 errdetail("An entry of the index has another key than its row.")));
	ExecDropSingleTupleTableSlot(r.slot);
	FreeExecutorState(r.estate);
	index_close(r.index, AccessShareLock);
	table_close(r.heap, AccessShareLock);
}

static void
check_by_amcheck(Oid index_id, const char *name, const char *schema)
{
	MemoryContext cxt = CurrentMemoryContext;

	PG_TRY();
	{
		bp_restore_execute(psprintf("SELECT %s.bt_index_check(%u::pg_catalog.oid::pg_catalog.regclass, true)",
									schema, index_id));
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(cxt);
		edata = CopyErrorData();
		if (edata->sqlerrcode != ERRCODE_INDEX_CORRUPTED &&
			edata->sqlerrcode != ERRCODE_DATA_CORRUPTED)
			PG_RE_THROW();
		FlushErrorState();
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("index %s does not have what its table has", name),
				 errdetail("%s", edata->message)));
	}
	PG_END_TRY();
}

static void
check_index(Oid index_id, const char *name, const char *amcheck)
{
	Oid			heap_id = IndexGetRelation(index_id, false);
	Relation	heap = table_open(heap_id, AccessShareLock);
	Relation	index;
	bool		btree;
	Oid			user;
	int			sec;
	int			level;

	index = index_open(index_id, AccessShareLock);
	btree = index->rd_rel->relam == BTREE_AM_OID;
	index_close(index, NoLock);
	if (amcheck != NULL && btree)
		check_by_amcheck(index_id, name, amcheck);
	else
	{
		GetUserIdAndSecContext(&user, &sec);
		SetUserIdAndSecContext(heap->rd_rel->relowner,
							   sec | SECURITY_RESTRICTED_OPERATION);
		level = NewGUCNestLevel();
		check_by_reading(heap_id, index_id, name);
		AtEOXact_GUC(false, level);
		SetUserIdAndSecContext(user, sec);
	}
	table_close(heap, AccessShareLock);
}

void
bp_verify_indexes(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	char	   *amcheck = amcheck_schema();

	PushActiveSnapshot(GetTransactionSnapshot());
	for (int i = 0; i < unit->nfiles; i++)
	{
		BpPlanFile *file = &bp_plan_files(plan)[unit->file + i];

		CHECK_FOR_INTERRUPTS();
		check_index(file->relid, bp_plan_string(plan, file->name), amcheck);
	}
	PopActiveSnapshot();
	pg_atomic_fetch_add_u64(&session->task->bytes_done, unit->cost);
}
