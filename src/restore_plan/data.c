/*-------------------------------------------------------------------------
 *
 * data.c
 *	  Planning the load of data files.
 *
 * Large files of our own archives are split by frames into units of about the
 * same size, so that several backends load one table.  Small files are put
 * together, several tables to a unit, to save round trips.  load_edges.c says
 * which tables wait for which.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/data.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "restore/entry.h"
#include "restore_plan/data.h"
#include "restore_plan/files.h"
#include "restore_plan/load_edges.h"
#include "utils/builtins.h"

/* Units of a split table are at least this large, decoded */
#define BP_MIN_SPLIT	((uint64) 32 * 1024 * 1024)
#define BP_MIN_BUNDLE	((uint64) 64 * 1024)
#define BP_MAX_BUNDLE	((uint64) 8 * 1024 * 1024)
#define BP_BUNDLE_FILES 32

static bool is_bundled(const BpDataFile *file, uint64 limit);
static int	load_group(BpDag *dag, BpDataFile *file, uint64 cost);
static void plan_split(BpDag *dag, BpDataFile *file, uint64 unit_size);
static void plan_bundles(BpDag *dag, List *files, uint64 limit);
static int	add_data_file(BpDag *dag, BpDataFile *file, bool whole);

/* Adds a group that loads a file or a part of it; the caller sets its file. */
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

/* Plans a file that has units of its own: several if it is large, or one. */
static void
plan_split(BpDag *dag, BpDataFile *file, uint64 unit_size)
{
	bool		split = file->frames != NULL && dag->connections > 1 &&
		file->raw > unit_size + unit_size / 2 && !file->self_reference &&
		!file->reads;
	int			index = add_data_file(dag, file, !split);
	uint64		parts = split ? (file->raw + unit_size - 1) / unit_size : 1;
	int			share = (int) ((file->nframes + parts - 1) / parts);
	int			g;

	if (!split)
	{
		g = load_group(dag, file, file->raw);
		dag->groups[g].file = index;
		dag->groups[g].nfiles = 1;
		return;
	}
	/* the units claim frames, so that the table is filled in their order */
	bp_plan_cut_file(dag->builder, index, file->nframes, 0);
	for (int first = 0; first < file->nframes; first += share)
	{
		g = load_group(dag, file, file->raw / parts);
		dag->groups[g].file = index;
		dag->groups[g].nfiles = 1;
		dag->groups[g].first = share;
	}
}

/* Is the file one of those that are loaded together with others? */
static bool
is_bundled(const BpDataFile *file, uint64 limit)
{
	return file->created && !file->reads && file->raw <= limit / 2;
}

/* Plans the files of small new tables, several to a unit. */
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

		if (file->reads)
			g = -1;				/* it stands between other tables */
		if (!is_bundled(file, limit))
			continue;
		index = add_data_file(dag, file, true);
		if (g < 0 || raw + file->raw > limit ||
			dag->groups[g].nfiles >=
			Min(BP_BUNDLE_FILES, dag->max_entries))
		{
			g = load_group(dag, file, 0);
			dag->groups[g].file = index;
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

void
bp_restore_plan_data(BpDag *dag)
{
	List	   *files = bp_restore_plan_files(dag);
	BpLoadOrder *order = bp_load_edges_find(dag, files);
	uint64		raw = 0;
	uint64		unit_size;
	uint64		bundle;
	ListCell   *lc;

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

	foreach(lc, order->files)
	{
		BpDataFile *file = lfirst(lc);

		if (!is_bundled(file, bundle))
			plan_split(dag, file, unit_size);
	}
	plan_bundles(dag, order->files, bundle);
	bp_load_edges_add(dag, order);
}
