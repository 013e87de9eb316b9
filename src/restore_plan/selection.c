/*-------------------------------------------------------------------------
 *
 * selection.c
 *	  The entries of an archive that a restore runs.
 *
 * The functions that all passes of the planner use to look entries up.  select.c
 * makes the selection.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/selection.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_graph.h"
#include "restore/exists.h"
#include "restore_plan/selection.h"

int
bp_selection_index(BpSelection *sel, int dump_id)
{
	return bp_entry_index(sel->toc, dump_id);
}

bool
bp_selection_exists(BpSelection *sel, int i)
{
	if (sel->exists[i] < 0)
		sel->exists[i] = bp_restore_object_exists(&sel->toc->entries[i]);
	return sel->exists[i] > 0;
}

int
bp_selection_section(BpSelection *sel, int i, int current)
{
	int			depth;

	for (depth = 0; i >= 0 && depth < 10; depth++)
	{
		if (sel->toc->entries[i].section != BP_SECTION_NONE)
			return sel->toc->entries[i].section;
		i = sel->parent[i];
	}
	return current;
}
