/*-------------------------------------------------------------------------
 *
 * toc_graph.h
 *	  How the entries of a table of contents hang together.
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
 * Does the entry bring its parent, a partition or an owned sequence, to the
 * table that it depends on besides?
 */
extern bool bp_entry_is_companion(const BpTocEntry *e);

/*
 * The entry whose dependencies say which table a companion of 'parent' is for.
 * An ALTER SEQUENCE ... OWNED BY depends on nothing but its sequence; it is
 * that which depends on the table.
 */
extern const BpTocEntry *bp_entry_companion_links(const BpToc *toc,
												  const BpTocEntry *e,
												  int parent);

/* Does what depends on this entry bring it along, if the target lacks it? */
extern bool bp_entry_is_needed(const BpTocEntry *e);

#endif							/* BP_ARCHIVE_TOC_GRAPH_H */
