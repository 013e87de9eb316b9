/*-------------------------------------------------------------------------
 *
 * toc_graph.h
 *	  Which entries of a table of contents belong together.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_graph.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_TOC_GRAPH_H
#define BP_ARCHIVE_TOC_GRAPH_H

#include "archive/toc.h"

/* The index of a dump id in toc->entries, or -1; O(log n). */
extern int	bp_entry_index(const BpToc *toc, int dump_id);

/* The index of the entry that e belongs to, or -1. */
extern int	bp_entry_parent(const BpToc *toc, const BpTocEntry *e);

/*
 * Is the entry a companion: does it attach its parent, a partition or an owned
 * sequence, to another table?
 */
extern bool bp_entry_is_companion(const BpTocEntry *e);

/*
 * Companion e attaches entry number 'parent' to a table.  Returns the entry
 * that depends on that table: usually e, but the sequence for ALTER SEQUENCE
 * ... OWNED BY, which depends only on its sequence.
 */
extern const BpTocEntry *bp_entry_companion_links(const BpToc *toc,
												  const BpTocEntry *e,
												  int parent);

/*
 * Must a restore include this entry, if the target lacks its object, when it
 * includes an entry that depends on it?
 */
extern bool bp_entry_is_needed(const BpTocEntry *e);

#endif							/* BP_ARCHIVE_TOC_GRAPH_H */
