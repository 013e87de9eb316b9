/*-------------------------------------------------------------------------
 *
 * lob_plan.c
 *	  Planning the contents of large objects.
 *
 * A BLOBS entry has a file that lists its large objects.  The list is split
 * into units of consecutive lines with about the same number of bytes.  Every
 * file that the list names must exist.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/lob_plan.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/stream.h"
#include "archive/toc_entry.h"
#include "restore/entry.h"
#include "restore/lobs.h"
#include "restore_plan/lob_plan.h"

/* A unit ends with the large object that reaches one of these. */
#define BP_LOB_UNIT_BYTES	((uint64) 32 * 1024 * 1024)
#define BP_LOB_UNIT_COUNT	2000

static uint64 lob_file_size(BpSession *session, const char *name);
static void plan_lob_list(BpDag *dag, int entry);
static void add_lob_group(BpDag *dag, int entry, int file, uint32 first,
						  uint32 last, uint64 bytes);

/* The length of a file; raises undefined_file if it is missing. */
static uint64
lob_file_size(BpSession *session, const char *name)
{
	off_t		size;

	if (!bp_data_file_find(session->path, name, NULL, NULL, &size))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" of a large object is missing in directory \"%s\"",
						name, session->path),
				 errdetail("Nothing was changed.")));
	return size;
}

/* Adds a group for lines first..last of a list. */
static void
add_lob_group(BpDag *dag, int entry, int file, uint32 first, uint32 last,
			  uint64 bytes)
{
	int			g = bp_dag_group(dag, BP_UNIT_LOBS_IN, bytes);
	int			up = dag->sel->parent[entry];

	dag->groups[g].file = file;
	dag->groups[g].nfiles = 1;
	dag->groups[g].first = first;
	dag->groups[g].last = last;
	dag->groups[g].text =
		bp_entry_unit_text(psprintf("restore %u large objects",
									last - first + 1));
	bp_dag_edge(dag, dag->pre_last, g);
	if (up >= 0)
		bp_dag_edge(dag, dag->group_of[up], g);
	dag->group_of[entry] = g;
	dag->bytes += bytes;
}

/* Plans one BLOBS entry. */
static void
plan_lob_list(BpDag *dag, int entry)
{
	BpSession  *session = dag->sel->session;
	const BpTocEntry *e = &dag->sel->toc->entries[entry];
	const char *name = bp_restore_lob_list_name(dag->sel->toc, e);
	List	   *list;
	uint64		bytes = 0;
	uint32		first = 0;
	uint32		i;
	int			file;

	if (name == NULL || !bp_toc_valid_filename(name))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("archive entry %d, %s, has no valid data file",
						e->dump_id, bp_entry_name(e))));
	(void) lob_file_size(session, name);
	list = bp_restore_lob_list(session, e);
	if (list == NIL)
		return;
	file = bp_plan_add_file(dag->builder, e->dump_id, BP_FILE_LOBS,
							InvalidOid, name, NULL);
	for (i = 0; i < list_length(list); i++)
	{
		BpLobFile  *lob = list_nth(list, i);

		bytes += lob_file_size(session, lob->name);
		if (bytes < BP_LOB_UNIT_BYTES && i - first + 1 < BP_LOB_UNIT_COUNT &&
			i + 1 < list_length(list))
			continue;
		add_lob_group(dag, entry, file, first, i, bytes);
		first = i + 1;
		bytes = 0;
	}
}

void
bp_restore_plan_lobs(BpDag *dag)
{
	BpSelection *sel = dag->sel;
	int			i;

	for (i = 0; i < sel->toc->nentries; i++)
	{
		if ((sel->reqs[i] & BP_REQ_DATA) != 0 &&
			bp_entry_is(&sel->toc->entries[i], "BLOBS"))
			plan_lob_list(dag, i);
	}
}
