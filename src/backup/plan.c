/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The plan of a backup, made from the table of contents.
 *
 * Each TABLE DATA entry becomes one file.  A large table has several units,
 * which different backends may run at once.  The units do not own ranges of
 * blocks: they claim small pieces of the table one after the other, so that
 * the frames can be written in the order of the blocks (ordered.c).  What a
 * unit takes grows with the size of the whole backup, so that the last units
 * are short in comparison.  Several small tables share a unit.  Large objects
 * are cut into units by their number.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/transam.h"
#include "archive/repo.h"
#include "backup/backup.h"
#include "backup/internal.h"
#include "backup/pg_dump.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "rows/scan.h"
#include "shared/settings.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define BP_SMALL_TABLE		(1024 * 1024)	/* bytes: may share a unit */
#define BP_SMALL_UNIT		(4 * 1024 * 1024)	/* bytes of small tables */
#define BP_SMALL_FILES		64	/* or that many of them */
#define BP_MIN_RANGE		(UINT64CONST(16) * 1024 * 1024)
#define BP_MAX_RANGE		(UINT64CONST(256) * 1024 * 1024)
#define BP_RANGES_PER_CONN	8
#define BP_PIECE			(4 * 1024 * 1024)	/* bytes: claimed at once */
#define BP_LOBS_PER_UNIT	500

/* With more units than that, users may want to see the progress. */
#define BP_ALONE_UNITS		8

/* A table to be written */
typedef struct BpTableOut
{
	BpTocEntry *entry;
	char	   *condition;		/* of an extension's configuration table */
	uint64		bytes;			/* heap and toast */
	BlockNumber blocks;
	bool		splittable;
	bool		leader_only;	/* see bp_plan_leader_only */
} BpTableOut;

static void table_measure(BpTableOut *table);
static void plan_tables(BpPlanBuilder *b, BpTableOut *tables, int n,
						uint64 total, int parallel);
static void plan_ranges(BpPlanBuilder *b, BpTableOut *table, int file,
						uint64 range);
static void plan_lob_units(BpPlanBuilder *b, BpToc *toc, BpTocEntry *e);
static void plan_hand_over(BpSession *session, BpPlanBuilder *b);
static char *copy_text(BpTocEntry *e);

/*
 * The text of the unit's statement, for people: the COPY statement of the entry
 * with TO 'backup_pool' in place of FROM stdin.
 */
static char *
copy_text(BpTocEntry *e)
{
	const char *copy = e->copy_stmt ? e->copy_stmt : "";
	const char *from = strstr(copy, " FROM stdin");
	const char *next;

	/* look for the last one, since a name may contain the words */
	while (from != NULL && (next = strstr(from + 1, " FROM stdin")) != NULL)
		from = next;
	if (from == NULL || from - copy > 900)
		return psprintf("COPY %s TO 'backup_pool'",
						quote_qualified_identifier(e->nsp, e->tag));
	return psprintf("%.*s TO 'backup_pool'", (int) (from - copy), copy);
}

/*
 * Does formatting a value of the type open a relation?  Output of a composite
 * type does: it locks the type's relation, which may be a table.
 */
static bool
type_opens_relation(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			other;

	if (base == RECORDOID || type_is_rowtype(base))
		return true;
	other = get_element_type(base);
	if (OidIsValid(other))
		return type_opens_relation(other);
	other = get_range_subtype(base);
	if (!OidIsValid(other))
		other = get_multirange_range(base);
	return OidIsValid(other) && type_opens_relation(other);
}

static bool
table_is_for_leader(BpTableOut *table, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	/* a query opens the relations that its condition names */
	if (table->condition != NULL)
		return true;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated == '\0' &&
			att->atttypid >= FirstNormalObjectId &&
			type_opens_relation(att->atttypid))
			return true;
	}
	return false;
}

/* Measure heap and TOAST table; the leader's lock keeps both as they are. */
static void
table_measure(BpTableOut *table)
{
	Relation	rel;

	/* locked already, unless it is a configuration table of an extension */
	LockRelationOid(table->entry->oid, AccessShareLock);
	rel = RelationIdGetRelation(table->entry->oid);
	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table %s no longer exists",
						quote_qualified_identifier(table->entry->nsp,
												   table->entry->tag))));
	if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
	{
		table->blocks = RelationGetNumberOfBlocks(rel);
		table->bytes = (uint64) table->blocks * BLCKSZ;
		table->leader_only = table_is_for_leader(table, rel);
		table->splittable = !table->leader_only && bp_scan_splittable(rel);
		if (OidIsValid(rel->rd_rel->reltoastrelid))
		{
			Relation	toast = RelationIdGetRelation(rel->rd_rel->reltoastrelid);

			if (toast != NULL)
			{
				table->bytes += (uint64) RelationGetNumberOfBlocks(toast) *
					BLCKSZ;
				RelationClose(toast);
			}
		}
	}
	RelationClose(rel);
}

static int
table_compare_size(const void *a, const void *b)
{
	uint64		x = ((const BpTableOut *) a)->bytes;
	uint64		y = ((const BpTableOut *) b)->bytes;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void
plan_ranges(BpPlanBuilder *b, BpTableOut *table, int file, uint64 range)
{
	char	   *text = copy_text(table->entry);
	uint64		per_block;
	uint32		piece;
	uint32		npieces;
	uint32		share;

	if (!table->splittable || table->bytes <= range || table->blocks < 2)
	{
		int			unit = bp_plan_add_unit(b, BP_UNIT_DATA_OUT, file, 1, 0, 0,
											table->bytes, text);

		if (table->leader_only)
			bp_plan_leader_only(b, unit);
		return;
	}
	per_block = Max(1, table->bytes / table->blocks);
	piece = (uint32) Min(Max(1, BP_PIECE / per_block), table->blocks);
	npieces = (table->blocks + piece - 1) / piece;
	share = (uint32) Max(1, range / (piece * per_block));
	bp_plan_cut_file(b, file, npieces, piece);
	for (uint32 first = 0; first < npieces; first += share)
	{
		uint32		n = Min(share, npieces - first);

		bp_plan_add_unit(b, BP_UNIT_DATA_OUT, file, 1, n, 0,
						 (uint64) n * piece * per_block, text);
	}
}

/* Units of all tables: the largest first; small ones, at the end, share. */
static void
plan_tables(BpPlanBuilder *b, BpTableOut *tables, int n, uint64 total,
			int parallel)
{
	uint64		range = total / (BP_RANGES_PER_CONN * parallel);
	int			i = 0;

	range = Min(Max(range, BP_MIN_RANGE), BP_MAX_RANGE);
	while (i < n)
	{
		BpTableOut *t = &tables[i];
		uint64		bytes = 0;
		int			first = -1;
		int			count = 0;
		int			unit;
		bool		leader_only = false;

		if (t->bytes > BP_SMALL_TABLE)
		{
			first = bp_plan_add_file(b, t->entry->dump_id,
									 t->condition ? BP_FILE_BY_QUERY : 0,
									 t->entry->oid, t->entry->filename,
									 t->condition);
			plan_ranges(b, t, first, range);
			i++;
			continue;
		}
		while (i < n && count < BP_SMALL_FILES &&
			   (count == 0 || bytes + tables[i].bytes <= BP_SMALL_UNIT))
		{
			int			file;

			t = &tables[i++];
			file = bp_plan_add_file(b, t->entry->dump_id,
									t->condition ? BP_FILE_BY_QUERY : 0,
									t->entry->oid, t->entry->filename,
									t->condition);
			if (first < 0)
				first = file;
			bytes += t->bytes;
			leader_only |= t->leader_only;
			count++;
		}
		unit = bp_plan_add_unit(b, BP_UNIT_DATA_OUT, first, count, 0, 0, bytes,
						 count == 1 ? copy_text(t->entry) :
						 psprintf("COPY (SELECT %s) TO 'backup_pool'",
								  quote_literal_cstr(psprintf("%d small tables up to %s.%s",
															  count, t->entry->nsp, t->entry->tag))));
		if (leader_only)
			bp_plan_leader_only(b, unit);
	}
}

/*
 * Units of the large objects of one BLOBS entry.  In archives up to version
 * 1.15 there is one such entry for all large objects, and each has a BLOB
 * entry; since 1.16 a BLOB METADATA entry lists those of each BLOBS entry.
 */
static void
plan_lob_units(BpPlanBuilder *b, BpToc *toc, BpTocEntry *e)
{
	int			file = bp_plan_add_file(b, e->dump_id, BP_FILE_LOBS,
										InvalidOid, e->filename, NULL);
	int			first = -1;
	int			last = -1;
	List	   *oids = bp_backup_lob_list(toc, e);
	ListCell   *lc;

	foreach(lc, oids)
	{
		last = bp_plan_add_entry(b, (int32) lfirst_oid(lc));
		if (first < 0)
			first = last;
	}
	for (int at = first; first >= 0 && at <= last; at += BP_LOBS_PER_UNIT)
	{
		int			unit;
		char	   *text = psprintf("COPY (SELECT 'large objects %u and following') TO 'backup_pool'",
									list_nth_oid(oids, at - first));

		unit = bp_plan_add_unit(b, BP_UNIT_LOBS_OUT, file, 1, at,
								Min(last, at + BP_LOBS_PER_UNIT - 1),
								BP_SMALL_TABLE, text);
		bp_plan_leader_only(b, unit);
	}
}

/*
 * Hand over the plan.  It is published for all connections of the task, with
 * the snapshot if there may be several; or, if one connection is enough, this
 * session keeps it (session->alone).
 */
static void
plan_hand_over(BpSession *session, BpPlanBuilder *b)
{
	bool		several = bp_plan_connections(bp_plan_bytes(b), 0) > 1;

	/*
	 * A query may run functions that other users have written.  A session
	 * that has run one must be reset before the next task (worker/pool.c).
	 */
	if (!several && bp_plan_unit_count(b) <= BP_ALONE_UNITS &&
		!bp_plan_has_queries(b))
	{
		MemoryContext old = MemoryContextSwitchTo(session->cxt);

		session->plan = bp_plan_make(b);
		session->alone = true;
		MemoryContextSwitchTo(old);
		return;
	}
	if (several && session->options->parallel != 1)
		bp_backup_export(session);
	bp_frame_tmp_create(session->path);
	session->task->plan = bp_plan_publish(b);
}

void
bp_backup_plan(BpSession *session)
{
	BpTask	   *task = session->task;
	BpToc	   *toc = session->toc;
	BpPlanBuilder *b;
	BpTableOut *tables;
	int			n = 0;
	uint64		total = 0;
	int			parallel;
	MemoryContext old;

	bp_session_set_phase(session, BP_PHASE_PLAN);
	old = MemoryContextSwitchTo(session->cxt);
	bp_toc_set_filenames(toc);
	MemoryContextSwitchTo(old);
	(void) bp_repo_create_partial(session->root, task->archive);
	task->made_in = bp_repo_identity(session->root);
	task->made = true;

	tables = palloc0(sizeof(BpTableOut) * Max(1, toc->nentries));
	for (int i = 0; i < toc->nentries; i++)
		if (strcmp(toc->entries[i].desc, "TABLE DATA") == 0 &&
			toc->entries[i].had_dumper)
			tables[n++].entry = &toc->entries[i];
	for (int i = 0; i < n; i++)
	{
		BpRel	   *rel = bp_relations_find(session->relations,
											tables[i].entry->oid);

		CHECK_FOR_INTERRUPTS();
		tables[i].condition = rel != NULL ? rel->condition : NULL;
		table_measure(&tables[i]);
		total += tables[i].bytes;
	}
	qsort(tables, n, sizeof(BpTableOut), table_compare_size);

	parallel = session->options->parallel > 0 ? session->options->parallel :
		bp_setting_parallel > 0 ? bp_setting_parallel :
		bp_effective_max_connections();
	b = bp_plan_builder_create();
	plan_tables(b, tables, n, total, Max(1, parallel));
	for (int i = 0; i < toc->nentries; i++)
		if (strcmp(toc->entries[i].desc, "BLOBS") == 0 &&
			toc->entries[i].had_dumper)
			plan_lob_units(b, toc, &toc->entries[i]);
	bp_plan_set_totals(b, total, n);
	pg_atomic_write_u64(&task->tables_total, n);
	pg_atomic_write_u64(&task->bytes_total, total);
	plan_hand_over(session, b);
}

void
bp_backup_define(BpSession *session)
{
	bp_backup_export(session);
	session->toc = bp_pg_dump_toc(session);
	bp_backup_plan(session);
}
