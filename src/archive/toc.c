/*-------------------------------------------------------------------------
 *
 * toc.c
 *	  The table of contents of an archive in memory.
 *
 * The names of its entries' data files, and the search for an entry by its dump
 * id.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc.h"
#include "utils/memutils.h"

/* Room for the longest suffix, within NAME_MAX */
#define MAX_FILENAME	(255 - 4)

/* ----------------------------------------------------------------
 *		file names
 * ----------------------------------------------------------------
 */

bool
bp_toc_valid_filename(const char *name)
{
	static const char *const reserved[] = {
		"toc.dat", "manifest.json", "frames.idx", "frames.tmp", "parts.idx"
	};
	const char *p;
	int			i;

	if (name[0] == '\0' || name[0] == '.' || strlen(name) > MAX_FILENAME)
		return false;
	for (p = name; *p != '\0'; p++)
	{
		if (*p == '/' || *p == '\\' || *p < ' ' || *p > '~')
			return false;
	}
	for (i = 0; i < lengthof(reserved); i++)
	{
		if (strncmp(name, reserved[i], strlen(reserved[i])) == 0)
			return false;
	}
	return true;
}

void
bp_toc_set_filenames(BpToc *toc)
{
	int			i;

	for (i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];

		if (!e->had_dumper)
			e->filename = NULL;
		else if (strcmp(e->desc, "BLOBS") != 0)
			e->filename = psprintf("%d.dat", e->dump_id);
		else if (toc->vmin >= 16)
			e->filename = psprintf("blobs_%d.toc", e->dump_id);
		else
			e->filename = pstrdup("blobs.toc");
	}
}

/* ----------------------------------------------------------------
 *		finding entries
 * ----------------------------------------------------------------
 */

static int
compare_ids(const void *a, const void *b, void *arg)
{
	const BpToc *toc = (const BpToc *) arg;
	int			id_a = toc->entries[*(const int *) a].dump_id;
	int			id_b = toc->entries[*(const int *) b].dump_id;

	return (id_a > id_b) - (id_a < id_b);
}

void
bp_toc_index(BpToc *toc)
{
	int			i;

	if (toc->by_id != NULL)
		pfree(toc->by_id);
	toc->nby_id = toc->nentries;
	toc->by_id = (int *)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   Max(toc->nentries, 1) * sizeof(int));
	for (i = 0; i < toc->nentries; i++)
		toc->by_id[i] = i;
	qsort_arg(toc->by_id, toc->nby_id, sizeof(int), compare_ids, toc);
	for (i = 1; i < toc->nby_id; i++)
	{
		if (compare_ids(&toc->by_id[i - 1], &toc->by_id[i], toc) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("table of contents has two entries with number %d",
							toc->entries[toc->by_id[i]].dump_id)));
	}
}

static int
compare_id_with_entry(const void *key, const void *element, void *arg)
{
	const BpToc *toc = (const BpToc *) arg;
	int			id = *(const int *) key;
	int			other = toc->entries[*(const int *) element].dump_id;

	return (id > other) - (id < other);
}

BpTocEntry *
bp_toc_find(const BpToc *toc, int dump_id)
{
	int		   *found;

	found = bsearch_arg(&dump_id, toc->by_id, toc->nby_id, sizeof(int),
						compare_id_with_entry, unconstify(BpToc *, toc));
	return found != NULL ? &toc->entries[*found] : NULL;
}
