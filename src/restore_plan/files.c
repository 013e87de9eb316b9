/*-------------------------------------------------------------------------
 *
 * files.c
 *	  Planning the load of data files.
 *
 * Every selected file is looked at before anything is changed: it must be
 * there, be a regular file, and be as long as the frame index and the
 * manifest say, if the archive is ours.
 *
 * Large files of ours are split by frames into units of about the same size,
 * so that several backends load one table; small ones are bundled, several
 * tables to a unit, to save round trips.  Tables that existed before may have
 * foreign keys, and are loaded one by one, referenced tables first.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/files.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/frame.h"
#include "archive/manifest.h"
#include "archive/stream.h"
#include "archive/toc_entry.h"
#include "catalog/namespace.h"
#include "restore/entry.h"
#include "restore/source.h"
#include "restore_plan/dag.h"
#include "restore_plan/fkeys.h"
#include "utils/builtins.h"

/* Units of a split table are at least this large, decoded */
#define BP_MIN_SPLIT	((uint64) 32 * 1024 * 1024)
#define BP_MIN_BUNDLE	((uint64) 64 * 1024)
#define BP_MAX_BUNDLE	((uint64) 8 * 1024 * 1024)
#define BP_BUNDLE_FILES 32

/*
 * Smaller tables are not worth the files that TRUNCATE makes anew, for the
 * table, its TOAST table and the index of that, each synced at once.
 */
#define BP_FREEZE_BYTES	((uint64) 1024 * 1024)

/* pg_dump's compression makes about this of text */
#define BP_GUESSED_RATIO	4

typedef struct BpDataFile
{
	int			entry;			/* index into the TOC */
	int			table;			/* entry of the table, or -1 */
	CopyStmt   *copy;
	const BpFrame *frames;		/* NULL: not ours */
	int			nframes;
	uint64		stored;			/* bytes to read */
	uint64		raw;
	bool		created;		/* table is made by this restore */
	bool		freeze;
	Oid			existing;		/* table that was there before */
	bool		self_reference;
	List	   *groups;
} BpDataFile;

static List *collect_data_files(BpDag *dag);
static void check_file(BpDag *dag, BpDataFile *file);
static void check_file_frames(BpDag *dag, BpDataFile *file, off_t size,
							  BpCodecAlgo algo, const char *path);
static void check_target_exists(BpDag *dag, BpDataFile *file);
static void check_manifest(BpDag *dag, List *files);
static int	load_group(BpDag *dag, BpDataFile *file, uint64 cost);
static void plan_split(BpDag *dag, BpDataFile *file, uint64 unit_size);
static void plan_bundles(BpDag *dag, List *files, uint64 limit);
static int	add_data_file(BpDag *dag, BpDataFile *file, bool whole);
static void order_by_fkeys(BpDag *dag, List *files);
static void wait_for_table(BpDag *dag, List *files, BpDataFile *from,
						   BpDataFile *to);

/* Look at one file; what is wrong with it is an error. */
static void
check_file(BpDag *dag, BpDataFile *file)
{
	BpSession  *session = dag->sel->session;
	const BpTocEntry *e = &dag->sel->toc->entries[file->entry];
	BpFrameIndex *index = bp_session_frames(session);
	char	   *path;
	BpCodecAlgo algo;
	off_t		size;

	if (e->filename == NULL || !bp_toc_valid_filename(e->filename))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("archive entry %d, %s, has no valid data file",
						e->dump_id, bp_entry_name(e))));
	if (!bp_data_file_find(session->path, e->filename, &path, &algo, &size))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" of %s is missing in directory \"%s\"",
						e->filename, bp_entry_name(e), session->path),
				 errdetail("Nothing was changed.")));
	file->copy = bp_entry_copy(e);
	if (index != NULL)
		check_file_frames(dag, file, size, algo, path);
	else
	{
		file->stored = size;
		file->raw = algo == BP_CODEC_NONE ? size : size * BP_GUESSED_RATIO;
	}
}

static void
check_file_frames(BpDag *dag, BpDataFile *file, off_t size, BpCodecAlgo algo,
				  const char *path)
{
	const BpTocEntry *e = &dag->sel->toc->entries[file->entry];
	uint64		end = 0;
	bool		possible = true;
	int			i;

	file->frames = bp_frame_index_find(bp_session_frames(dag->sel->session),
									   e->dump_id, &file->nframes);
	for (i = 0; i < file->nframes; i++)
	{
		const BpFrame *f = &file->frames[i];

		if (f->offset != end)
			break;
		end += f->stored_len;
		possible = possible && bp_frame_is_possible(f, algo, size);
		if ((f->flags & BP_FRAME_TERMINATOR) != 0)
			continue;
		file->stored += f->stored_len;
		file->raw += f->raw_len;
	}
	if (file->frames == NULL || i < file->nframes || end != size)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("data file \"%s\" does not agree with the frame index",
						path),
				 errdetail("It has " UINT64_FORMAT " bytes, and the index says " UINT64_FORMAT ".  Nothing was changed.",
						   (uint64) size, end)));
	if (!possible)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("wrong length of a frame of \"%s\" in the frame index",
						path),
				 errdetail("Nothing was changed.")));
}

/*
 * A table that this restore does not make must be there, unless an extension
 * that it makes brings it along.
 */
static void
check_target_exists(BpDag *dag, BpDataFile *file)
{
	BpSelection *sel = dag->sel;
	int			i;

	file->existing = RangeVarGetRelid(file->copy->relation, NoLock, true);
	if (OidIsValid(file->existing))
		return;
	for (i = 0; i < sel->toc->nentries && file->table < 0; i++)
	{
		if (bp_entry_is(&sel->toc->entries[i], "EXTENSION") &&
			(sel->reqs[i] & BP_REQ_SCHEMA) != 0)
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("table %s does not exist in database \"%s\"",
					quote_qualified_identifier(file->copy->relation->schemaname,
											   file->copy->relation->relname),
					bp_task_target_database(sel->session->task)),
			 errdetail("The restore would load data into it, but does not make it.")));
}

static List *
collect_data_files(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	List	   *files = NIL;
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		const BpTocEntry *e = &sel->toc->entries[i];
		BpDataFile *file;
		int			root;

		if ((sel->reqs[i] & BP_REQ_DATA) == 0 || !e->had_dumper ||
			bp_entry_is(e, "BLOBS"))
			continue;
		if (!bp_entry_is(e, "TABLE DATA"))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot restore data of archive entry %d, %s",
							e->dump_id, bp_entry_name(e))));
		file = palloc0(sizeof(BpDataFile));
		file->entry = i;
		file->table = sel->parent[i];
		check_file(dag, file);

		/* The one named in COPY may be an ancestor of the table */
		for (root = file->table; bp_entry_via_root(e) && root >= 0 &&
			 dag->attached_to[root] >= 0;)
			root = dag->attached_to[root];
		file->created = root >= 0 && dag->created[root];
		file->freeze = file->created && !bp_entry_via_root(e) &&
			file->raw >= BP_FREEZE_BYTES;
		if (!file->created)
			check_target_exists(dag, file);
		file->table = root;
		files = lappend(files, file);
		dag->ntables++;
		dag->bytes += file->stored;
	}
	return files;
}

/* Compare the manifest's list with the frame index, and look at all files. */
static void
check_manifest(BpDag *dag, List *files)
{
	BpSession  *session = dag->sel->session;
	BpManifest *m;
	const BpToc *toc = dag->sel->toc;
	const BpManifestFile **listed;
	int			i;
	ListCell   *lc;

	m = bp_session_manifest(session);
	if (m == NULL)
		return;

	/* by entry: numbers of entries may be any */
	listed = palloc0(Max(toc->nentries, 1) * sizeof(*listed));
	for (i = 0; i < m->nfiles; i++)
	{
		const BpManifestFile *f = &m->files[i];
		const BpTocEntry *e = bp_toc_find(toc, f->dump_id);

		if (f->kind == BP_KIND_TABLE && e != NULL)
			listed[e - toc->entries] = f;
	}
	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);
		const BpManifestFile *f = listed[file->entry];
		BpFrameFile sum;

		if (file->frames == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("frame index of archive \"%s\" is missing",
							session->path),
					 errdetail("Nothing was changed.")));
		bp_frame_summarise(file->frames, file->nframes, &sum);
		if (f == NULL || f->size != sum.stored || f->rows != sum.rows)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("data file \"%s\" does not agree with the manifest of the archive",
							toc->entries[file->entry].filename),
					 errdetail("Nothing was changed.")));
	}
}

/* A group that loads one file or a part of it; its file is added already. */
static int
load_group(BpDag *dag, BpDataFile *file, uint64 cost)
{
	int			g = bp_dag_group(dag, BP_UNIT_DATA_IN, cost);
	RangeVar   *target = file->copy->relation;

	dag->groups[g].text =
		psprintf("COPY %s FROM 'backup_pool'",
				 quote_qualified_identifier(target->schemaname,
											target->relname));
	bp_dag_edge(dag, dag->pre_last, g);
	file->groups = lappend_int(file->groups, g);
	if (file->table >= 0)
		dag->data[file->table] = lappend_int(dag->data[file->table], g);
	return g;
}

static int
add_data_file(BpDag *dag, BpDataFile *file, bool whole)
{
	const BpTocEntry *e = &dag->sel->toc->entries[file->entry];
	uint32		flags = file->frames != NULL ? BP_FILE_OURS : 0;

	if (whole && file->freeze)
		flags |= BP_FILE_FREEZE;
	return bp_plan_add_file(dag->builder, e->dump_id, flags, InvalidOid,
							e->filename, NULL);
}

/* One table by several units, or by one. */
static void
plan_split(BpDag *dag, BpDataFile *file, uint64 unit_size)
{
	bool		split = file->frames != NULL && dag->connections > 1 &&
		file->raw > unit_size + unit_size / 2 && !file->self_reference;
	int			index = add_data_file(dag, file, !split);
	uint64		parts = split ? (file->raw + unit_size - 1) / unit_size : 1;
	uint64		share = file->raw / parts + 1;
	uint64		raw = 0;
	int			begin = 0;
	int			g;
	int			i;

	if (!split)
	{
		g = load_group(dag, file, file->raw);
		dag->groups[g].file = index;
		dag->groups[g].nfiles = 1;
		dag->groups[g].last = BP_WHOLE_FILE;
		return;
	}
	for (i = 0; i < file->nframes; i++)
	{
		raw += file->frames[i].raw_len;
		if (raw < share && i + 1 < file->nframes)
			continue;
		g = load_group(dag, file, raw);
		dag->groups[g].file = index;
		dag->groups[g].nfiles = 1;
		dag->groups[g].first = begin;
		dag->groups[g].last = i;
		begin = i + 1;
		raw = 0;
	}
}

/* Small new tables, several to a unit. */
static void
plan_bundles(BpDag *dag, List *files, uint64 limit)
{
	int			g = -1;
	uint64		raw = 0;
	ListCell   *lc;

	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);
		BpGroup    *group;
		int			index;

		if (!file->created || file->raw > limit / 2)
			continue;
		index = add_data_file(dag, file, true);
		if (g < 0 || raw + file->raw > limit ||
			dag->groups[g].nfiles >=
			Min(BP_BUNDLE_FILES, dag->max_entries))
		{
			g = load_group(dag, file, 0);
			dag->groups[g].file = index;
			dag->groups[g].last = BP_WHOLE_FILE;
			raw = 0;
		}
		else
		{
			file->groups = lappend_int(file->groups, g);
			if (file->table >= 0)
				dag->data[file->table] =
					list_append_unique_int(dag->data[file->table], g);
		}
		raw += file->raw;
		group = &dag->groups[g];
		group->nfiles++;
		group->cost = raw;
		if (group->nfiles > 1)
		{
			const BpTocEntry *e = &dag->sel->toc->entries[file->entry];

			group->text =
				bp_entry_unit_text(psprintf("load %d tables up to %s",
											group->nfiles, bp_entry_name(e)));
		}
	}
}

/* Referenced tables before those that refer to them. */
static void
order_by_fkeys(BpDag *dag, List *files)
{
	List	   *relids = NIL;
	List	   *existing = NIL;
	List	   *pairs;
	ListCell   *lc;

	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);

		if (!OidIsValid(file->existing))
			continue;
		relids = lappend_oid(relids, file->existing);
		existing = lappend(existing, file);
	}
	if (relids == NIL)
		return;
	pairs = bp_restore_plan_fkey_order(relids);
	foreach(lc, existing)
	{
		BpDataFile *file = lfirst(lc);

		file->self_reference = bp_restore_plan_refers_to_itself(file->existing);
	}

	/* Groups do not exist yet: remember whom to wait for */
	foreach(lc, pairs)
	{
		BpFkeyPair *pair = lfirst(lc);

		pair->from = list_nth(existing, pair->referencing);
		pair->to = list_nth(existing, pair->referenced);
	}
	dag->fkey_pairs = pairs;
}

/* 'from' waits for all files that are loaded into the table of 'to'. */
static void
wait_for_table(BpDag *dag, List *files, BpDataFile *from, BpDataFile *to)
{
	ListCell   *lc;

	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);
		ListCell   *a;
		ListCell   *b;

		if (file->existing != to->existing)
			continue;
		foreach(a, file->groups)
		{
			foreach(b, from->groups)
				bp_dag_edge(dag, lfirst_int(a), lfirst_int(b));
		}
	}
}

/*
 * Configuration tables of an extension that this restore makes have their
 * foreign keys from the start, but are not there yet to be asked.  pg_dump
 * writes them in an order that does: keep it.
 */
static void
chain_extension_files(BpDag *dag, List *files)
{
	BpDataFile *prev = NULL;
	ListCell   *lc;

	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);
		ListCell   *a;
		ListCell   *b;

		if (file->created || OidIsValid(file->existing))
			continue;
		if (prev != NULL)
		{
			foreach(a, prev->groups)
			{
				foreach(b, file->groups)
					bp_dag_edge(dag, lfirst_int(a), lfirst_int(b));
			}
		}
		prev = file;
	}
}

void
bp_restore_plan_data(BpDag *dag)
{
	List	   *files = collect_data_files(dag);
	uint64		raw = 0;
	uint64		unit_size;
	uint64		bundle;
	ListCell   *lc;

	check_manifest(dag, files);
	order_by_fkeys(dag, files);
	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);

		raw += file->raw;
		if (file->table >= 0)
			dag->raw[file->table] += file->raw;
	}
	unit_size = Max(BP_MIN_SPLIT, raw / (4 * dag->connections));
	bundle = raw / (4 * dag->connections);
	bundle = Min(Max(bundle, BP_MIN_BUNDLE), BP_MAX_BUNDLE);

	foreach(lc, files)
	{
		BpDataFile *file = lfirst(lc);

		if (!file->created || file->raw > bundle / 2)
			plan_split(dag, file, unit_size);
	}
	plan_bundles(dag, files, bundle);

	foreach(lc, dag->fkey_pairs)
	{
		BpFkeyPair *pair = lfirst(lc);

		wait_for_table(dag, files, pair->from, pair->to);
	}
	chain_extension_files(dag, files);
}
