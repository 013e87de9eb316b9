/*-------------------------------------------------------------------------
 *
 * compare.c
 *	  Comparing the tables of the scratch database with the archive.
 *
 * After the restore a second plan is made in the scratch database.  Small tables
 * are compared in bundles, one after the other.  The file and the table of a
 * large one are read in parts by several sessions, which add their sums to the
 * plan's file; the unit that ends last compares them.
 *
 * The columns are those of the archive's COPY statement.  So generated columns
 * are not compared.  A table of an extension may have more rows, which the
 * extension itself inserts.  Rows of a partition that pg_dump has dumped with
 * --load-via-partition-root may be in any partition: all partitions of the root
 * are compared together.
 *
 * What the fields of BpPlanFile mean here: next_offset and raw_bytes,
 * stored_bytes are rows, sum and mixed sum of the file; rows is the number of
 * rows of the table, whose sums are subtracted from those of the file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/compare.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "archive/frame_index.h"
#include "archive/stream.h"
#include "archive/toc_entry.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "restore/database.h"
#include "restore/entry.h"
#include "restore/lobs.h"
#include "restore/run.h"
#include "restore/toc.h"
#include "rows/scan.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "verify/internal.h"
#include "verify/verify.h"

/* Bytes of text that one unit reads of a large file or of several small ones */
#define BP_COMPARE_PART		((uint64) 64 * 1024 * 1024)
#define BP_COMPARE_BUNDLE	((uint64) 8 * 1024 * 1024)
#define BP_COMPARE_FILES	64
#define BP_COMPARE_LOBS		10000

/* How many times longer data becomes, when pg_dump's compression is undone */
#define BP_GUESSED_RATIO	4

/* A data entry that is to be compared */
typedef struct CompareEntry
{
	const BpTocEntry *entry;
	Oid			relid;			/* the table that COPY names */
	uint64		raw;			/* bytes of text */
	bool		via_root;
} CompareEntry;

static Oid	copied_table(const BpTocEntry *e, CopyStmt *copy);
static List *list_entries(BpSession *session);
static int	add_file(BpSession *session, BpPlanBuilder *b,
					 const CompareEntry *c);
static void plan_large(BpSession *session, BpPlanBuilder *b,
					   const CompareEntry *c);
static uint64 plan_lobs(BpSession *session, BpPlanBuilder *b);

/* ---- planning ---- */

/* The table that a COPY statement loads. */
static Oid
copied_table(const BpTocEntry *e, CopyStmt *copy)
{
	Oid			relid = RangeVarGetRelid(copy->relation, NoLock, true);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("table %s of the archive was not restored",
						bp_entry_qualified(e))));
	return relid;
}

static List *
list_entries(BpSession *session)
{
	BpToc	   *toc = bp_restore_toc(session);
	BpFrameIndex *index = bp_session_frames(session);
	List	   *list = NIL;

	for (int i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		CompareEntry *c;
		CopyStmt   *copy;
		char		relkind;

		CHECK_FOR_INTERRUPTS();
		if (!e->had_dumper || e->filename == NULL ||
			!bp_entry_is(e, "TABLE DATA"))
			continue;
		copy = bp_entry_copy(e);
		c = palloc0(sizeof(CompareEntry));
		c->entry = e;
		c->relid = copied_table(e, copy);
		relkind = get_rel_relkind(c->relid);
		/* rows of foreign tables are elsewhere */
		if (copy->options != NIL ||
			(relkind != RELKIND_RELATION &&
			 relkind != RELKIND_PARTITIONED_TABLE))
			continue;
		c->via_root = relkind == RELKIND_PARTITIONED_TABLE;
		if (index != NULL)
		{
			int			n = 0;
			const BpFrame *frames = bp_frame_index_find(index, e->dump_id, &n);

			for (int j = 0; j < n; j++)
				c->raw += frames[j].raw_len;
		}
		else
		{
			off_t		size = 0;

			(void) bp_data_file_find(session->path, e->filename, NULL, NULL,
									 &size);
			c->raw = (uint64) size * BP_GUESSED_RATIO;
		}
		list = lappend(list, c);
	}
	return list;
}

static int
add_file(BpSession *session, BpPlanBuilder *b, const CompareEntry *c)
{
	uint32		flags = c->via_root ? BP_FILE_VIA_ROOT : 0;

	return bp_plan_add_file(b, c->entry->dump_id, flags, c->relid,
							c->entry->filename, NULL);
}

/* Plans a large table: parts of its file, and parts of the table. */
static void
plan_large(BpSession *session, BpPlanBuilder *b, const CompareEntry *c)
{
	BpFrameIndex *index = bp_session_frames(session);
	char	   *text = bp_entry_unit_text(psprintf("compare %s",
												   bp_entry_qualified(c->entry)));
	int			file = add_file(session, b, c);
	Relation	rel = table_open(c->relid, AccessShareLock);
	int			nparts = (int) (c->raw / BP_COMPARE_PART) + 1;

	if (index == NULL)
		bp_plan_add_unit(b, BP_UNIT_SUM_FILE, file, 1, 0, BP_WHOLE_FILE,
						 c->raw / 2, text);
	else
	{
		int			n = 0;
		const BpFrame *frames = bp_frame_index_find(index, c->entry->dump_id,
													&n);
		uint64		raw = 0;
		int			first = 0;

		for (int i = 0; i < n; i++)
		{
			raw += frames[i].raw_len;
			if (raw < BP_COMPARE_PART && i + 1 < n)
				continue;
			bp_plan_add_unit(b, BP_UNIT_SUM_FILE, file, 1, first, i, raw / 2,
							 text);
			first = i + 1;
			raw = 0;
		}
	}
	if (!bp_scan_splittable(rel))
		bp_plan_add_unit(b, BP_UNIT_SUM_TABLE, file, 1, 0, InvalidBlockNumber,
						 c->raw / 2, text);
	else
	{
		BlockNumber blocks = RelationGetNumberOfBlocks(rel);
		BlockNumber step = blocks / nparts + 1;

		for (BlockNumber at = 0; at == 0 || at < blocks; at += step)
			bp_plan_add_unit(b, BP_UNIT_SUM_TABLE, file, 1, at, at + step - 1,
							 c->raw / 2 / nparts, text);
	}
	table_close(rel, AccessShareLock);
}

/* Plans bundles of small tables; consecutive units of the list. */
static void
plan_small(BpSession *session, BpPlanBuilder *b, List *entries)
{
	int			first = -1;
	int			count = 0;
	uint64		bytes = 0;
	ListCell   *lc;

	foreach(lc, entries)
	{
		CompareEntry *c = lfirst(lc);
		int			file;

		if (c->via_root || c->raw > BP_COMPARE_BUNDLE)
			continue;
		if (count == BP_COMPARE_FILES || bytes + c->raw > BP_COMPARE_BUNDLE)
		{
			bp_plan_add_unit(b, BP_UNIT_COMPARE, first, count, 0, 0, bytes,
							 bp_entry_unit_text(psprintf("compare %d tables",
														 count)));
			count = 0;
			bytes = 0;
		}
		file = add_file(session, b, c);
		if (count++ == 0)
			first = file;
		bytes += c->raw;
	}
	if (count > 0)
		bp_plan_add_unit(b, BP_UNIT_COMPARE, first, count, 0, 0, bytes,
						 bp_entry_unit_text(psprintf("compare %d tables",
													 count)));
}

/* Plans one unit for each table that others are loaded into. */
static void
plan_roots(BpSession *session, BpPlanBuilder *b, List *entries)
{
	List	   *done = NIL;
	ListCell   *lc;

	foreach(lc, entries)
	{
		CompareEntry *c = lfirst(lc);
		ListCell   *other;
		int			first = -1;
		int			count = 0;
		uint64		bytes = 0;

		if (!c->via_root || list_member_oid(done, c->relid))
			continue;
		done = lappend_oid(done, c->relid);
		foreach(other, entries)
		{
			CompareEntry *o = lfirst(other);
			int			file;

			if (o->relid != c->relid)
				continue;
			file = add_file(session, b, o);
			if (count++ == 0)
				first = file;
			bytes += o->raw;
		}
		bp_plan_add_unit(b, BP_UNIT_COMPARE, first, count, 0, 0, bytes,
						 bp_entry_unit_text(psprintf("compare partitions of %s",
													 get_rel_name(c->relid))));
	}
}

static uint64
plan_lobs(BpSession *session, BpPlanBuilder *b)
{
	BpToc	   *toc = bp_restore_toc(session);
	uint64		bytes = 0;

	for (int i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		int			n;
		int			file;

		if (!e->had_dumper || e->filename == NULL || !bp_entry_is(e, "BLOBS"))
			continue;
		n = list_length(bp_restore_lob_list(session, e));
		if (n == 0)
			continue;
		file = bp_plan_add_file(b, e->dump_id, BP_FILE_LOBS, InvalidOid,
								e->filename, NULL);
		for (int first = 0; first < n; first += BP_COMPARE_LOBS)
		{
			uint64		cost = (uint64) Min(n - first, BP_COMPARE_LOBS) * 2048;

			bp_plan_add_unit(b, BP_UNIT_COMPARE_LOBS, file, 1, first,
							 first + BP_COMPARE_LOBS - 1, cost,
							 bp_entry_unit_text("compare large objects"));
			bytes += cost;
		}
	}
	return bytes;
}

void
bp_verify_plan_compare(BpSession *session)
{
	BpTask	   *task = session->task;
	BpPlanBuilder *b = bp_plan_builder_create();
	List	   *entries;
	ListCell   *lc;
	uint64		bytes = 0;

	bp_restore_database_settings(session);
	bp_restore_set_dialect(bp_restore_toc(session));
	entries = list_entries(session);
	foreach(lc, entries)
	{
		CompareEntry *c = lfirst(lc);

		bytes += c->raw;
		if (!c->via_root && c->raw > BP_COMPARE_BUNDLE)
			plan_large(session, b, c);
	}
	plan_small(session, b, entries);
	plan_roots(session, b, entries);
	bytes += plan_lobs(session, b);
	bytes += bp_verify_plan_indexes(b);
	bp_plan_set_totals(b, bytes, list_length(entries));
	pg_atomic_write_u64(&task->tables_total, list_length(entries));
	/* files were read, and restored, before: these bytes count, too */
	pg_atomic_write_u64(&task->bytes_total, bytes +
						pg_atomic_read_u64(&task->bytes_done));
	task->plan = bp_plan_publish(b);
}

/* ---- units ---- */

/* Raises an error if file and table do not have the same rows. */
static void
require_same(const BpTocEntry *e, Oid relid, uint64 file_rows,
			 uint64 table_rows, bool same)
{
	char	   *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
												  get_rel_name(relid));

	if (OidIsValid(getExtensionOfObject(RelationRelationId, relid)))
		same = table_rows >= file_rows;
	else
		same = same && table_rows == file_rows;
	if (same)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("table %s differs from the archive after the restore", name),
			 table_rows == file_rows ?
			 errdetail("Archive entry %d, %s: archive and table have " UINT64_FORMAT " rows, but with different contents.",
					   e->dump_id, bp_entry_name(e), file_rows) :
			 errdetail("Archive entry %d, %s: the archive has " UINT64_FORMAT " rows, and the table has " UINT64_FORMAT ".",
					   e->dump_id, bp_entry_name(e), file_rows, table_rows)));
}

/* Adds the rows of a table, or of all partitions of a partitioned table. */
static void
sum_relation(BpSession *session, Oid relid, CopyStmt *copy, BpRowSum *sum)
{
	BpToc	   *toc = bp_restore_toc(session);
	bool		stock = bp_session_frames(session) == NULL;
	List	   *relids = list_make1_oid(relid);
	ListCell   *lc;

	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		relids = find_all_inheritors(relid, AccessShareLock, NULL);
	foreach(lc, relids)
	{
		Relation	rel = table_open(lfirst_oid(lc), AccessShareLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
			bp_row_sum_table(rel, 0, InvalidBlockNumber,
							 bp_compare_columns(rel, copy->attlist, stock,
												toc->server_version), sum);
		table_close(rel, AccessShareLock);
	}
}

/* Compares one table, or with 'group' all files and partitions of a root. */
static void
compare_whole(BpSession *session, BpPlanFile *files, int count)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	bool		stock = bp_session_frames(session) == NULL;
	const BpTocEntry *e = NULL;
	CopyStmt   *copy = NULL;
	bool		same_columns = true;
	BpRowSum	file_sum = {0};
	BpRowSum	table_sum = {0};

	for (int i = 0; i < count; i++)
	{
		const BpTocEntry *entry = bp_toc_find(toc, files[i].dump_id);
		CopyStmt   *stmt = bp_entry_copy(entry);
		Relation	rel = table_open(files[i].relid, AccessShareLock);

		bp_row_sum_file(session, bp_plan_string(plan, files[i].name),
						files[i].dump_id, 0, BP_WHOLE_FILE,
						bp_restore_data_encoding(toc),
						bp_compare_columns(rel, stmt->attlist, stock,
										   toc->server_version), &file_sum);
		table_close(rel, AccessShareLock);
		if (copy == NULL)
		{
			e = entry;
			copy = stmt;
		}
		/* partitions may have their columns in different orders */
		same_columns = same_columns && equal(copy->attlist, stmt->attlist);
	}
	sum_relation(session, files[0].relid, copy, &table_sum);
	require_same(e, files[0].relid, file_sum.rows, table_sum.rows,
				 !same_columns || (file_sum.sum == table_sum.sum &&
								   file_sum.mixed == table_sum.mixed));
	pg_atomic_fetch_add_u64(&session->task->tables_done, count);
}

/* Adds a part of a large table's file, or of the table. */
static void
compare_part(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	BpPlanFile *file = &bp_plan_files(plan)[unit->file];
	const BpTocEntry *e = bp_toc_find(toc, file->dump_id);
	Relation	rel = table_open(file->relid, AccessShareLock);
	BpCompareColumns *columns;
	BpRowSum	sum = {0};

	columns = bp_compare_columns(rel, bp_entry_copy(e)->attlist,
								 bp_session_frames(session) == NULL,
								 toc->server_version);
	if (unit->kind == BP_UNIT_SUM_FILE)
	{
		bp_row_sum_file(session, bp_plan_string(plan, file->name),
						file->dump_id, unit->first, unit->last,
						bp_restore_data_encoding(toc), columns, &sum);
		pg_atomic_fetch_add_u64(&file->next_offset, sum.rows);
		pg_atomic_fetch_add_u64(&file->raw_bytes, sum.sum);
		pg_atomic_fetch_add_u64(&file->stored_bytes, sum.mixed);
	}
	else
	{
		bp_row_sum_table(rel, unit->first,
						 unit->last == InvalidBlockNumber ? InvalidBlockNumber :
						 unit->last - unit->first + 1, columns, &sum);
		pg_atomic_fetch_add_u64(&file->rows, sum.rows);
		pg_atomic_fetch_sub_u64(&file->raw_bytes, sum.sum);
		pg_atomic_fetch_sub_u64(&file->stored_bytes, sum.mixed);
	}
	table_close(rel, AccessShareLock);
	if (pg_atomic_sub_fetch_u32(&file->units_left, 1) > 0)
		return;
	require_same(e, file->relid, pg_atomic_read_u64(&file->next_offset),
				 pg_atomic_read_u64(&file->rows),
				 pg_atomic_read_u64(&file->raw_bytes) == 0 &&
				 pg_atomic_read_u64(&file->stored_bytes) == 0);
	pg_atomic_fetch_add_u64(&session->task->tables_done, 1);
}

void
bp_verify_compare(BpSession *session, BpUnit *unit)
{
	BpPlanFile *files = &bp_plan_files(bp_session_plan(session))[unit->file];
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "backup_pool compare",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = CurrentMemoryContext;

	bp_restore_set_dialect(bp_restore_toc(session));
	bp_session_row_settings();
	MemoryContextSwitchTo(cxt);
	PushActiveSnapshot(GetTransactionSnapshot());
	if (unit->kind != BP_UNIT_COMPARE)
		compare_part(session, unit);
	else if ((files[0].flags & BP_FILE_VIA_ROOT) != 0)
		compare_whole(session, files, unit->nfiles);
	else
	{
		for (int i = 0; i < unit->nfiles; i++)
		{
			compare_whole(session, &files[i], 1);
			MemoryContextReset(cxt);
		}
	}
	PopActiveSnapshot();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	pg_atomic_fetch_add_u64(&session->task->bytes_done, unit->cost);
}
