/*-------------------------------------------------------------------------
 *
 * files.c
 *	  The data files that a restore reads.
 *
 * Every selected file is looked at before anything is changed.  It must exist
 * and be a regular file.  In an archive of our own it must also be as long as
 * the frame index says, and the frame index must agree with the manifest.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/files.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/manifest.h"
#include "archive/stream.h"
#include "archive/toc_entry.h"
#include "catalog/namespace.h"
#include "restore/entry.h"
#include "restore_plan/files.h"
#include "utils/builtins.h"

/*
 * COPY FREEZE needs a TRUNCATE, which creates new files for the table, its
 * TOAST table and the index of the latter, and syncs each of them.  That costs
 * more than it saves if the table is smaller than this.
 */
#define BP_FREEZE_BYTES	((uint64) 1024 * 1024)

/* How many times longer data becomes, when pg_dump's compression is undone */
#define BP_GUESSED_RATIO	4

static void look_at_file(BpDag *dag, BpDataFile *file);
static void measure_frames(BpDag *dag, BpDataFile *file, off_t size,
						   BpCodecAlgo algo, const char *path);
static void check_target_exists(BpDag *dag, BpDataFile *file);
static void compare_with_manifest(BpDag *dag, List *files);

/*
 * Finds the file of an entry, and sets its length and its COPY statement.
 * Raises an error for anything that is wrong with it.
 */
static void
look_at_file(BpDag *dag, BpDataFile *file)
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
		measure_frames(dag, file, size, algo, path);
	else
	{
		file->stored = size;
		file->raw = algo == BP_CODEC_NONE ? size : size * BP_GUESSED_RATIO;
	}
}

/*
 * Sets the frames and the length of a file of our own from the frame index,
 * which must cover the whole file.
 */
static void
measure_frames(BpDag *dag, BpDataFile *file, off_t size, BpCodecAlgo algo,
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
				 errdetail("The file has " UINT64_FORMAT " bytes, but the frame index says " UINT64_FORMAT ".  Nothing was changed.",
						   (uint64) size, end)));
	if (!possible)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("wrong length of a frame of \"%s\" in the frame index",
						path),
				 errdetail("Nothing was changed.")));
}

/*
 * A table that this restore does not make must exist already, unless this
 * restore makes an extension, which may contain the table.
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
			 errdetail("The restore would load data into the table, but does not create it.")));
}

/* Raises an error if the frame index does not agree with the manifest. */
static void
compare_with_manifest(BpDag *dag, List *files)
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

	/* Indexed as BpToc.entries is: dump ids may be any numbers */
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

List *
bp_restore_plan_files(BpDag *dag)
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
		look_at_file(dag, file);

		/* The table that COPY names may be an ancestor */
		for (root = file->table; bp_entry_via_root(e) && root >= 0 &&
			 dag->attached_to[root] >= 0;)
			root = dag->attached_to[root];
		file->created = root >= 0 && dag->created[root];
		file->freeze = file->created && !bp_entry_via_root(e) &&
			bp_entry_is(&sel->toc->entries[root], "TABLE") &&
			file->raw >= BP_FREEZE_BYTES;
		if (!file->created)
			check_target_exists(dag, file);
		file->table = root;
		files = lappend(files, file);
		dag->ntables++;
		dag->bytes += file->stored;
	}
	compare_with_manifest(dag, files);
	return files;
}
