/*-------------------------------------------------------------------------
 *
 * entry.h
 *	  The statements of archive entries, and their description in errors.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/entry.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_ENTRY_H
#define BP_RESTORE_ENTRY_H

#include "archive/toc_entry.h"
#include "nodes/parsenodes.h"

/*
 * All results are palloc'd in CurrentMemoryContext.  Parsing raises
 * syntax_error for text that is not SQL.
 */

/* The raw parse trees (RawStmt) of some statements; NIL for NULL. */
extern List *bp_entry_parse(const char *sql);

/* The parse tree of a text with one statement; NULL for NULL and other text. */
extern Node *bp_entry_parse_one(const char *sql);

/*
 * The COPY statement of a data entry.  Raises feature_not_supported if the
 * archive was made with INSERT commands, and data_corrupted for anything but a
 * plain COPY ... FROM STDIN.
 */
extern CopyStmt *bp_entry_copy(const BpTocEntry *e);

/*
 * Is the data entry loaded into an ancestor of the table that it is named
 * for (pg_dump --load-via-partition-root)?
 */
extern bool bp_entry_via_root(const BpTocEntry *e);

/*
 * The name of the entry's object for ALTER ... OWNER TO; NULL if the archive
 * says no owner, or the object has none of its own.
 */
extern char *bp_entry_owned_object(const BpTocEntry *e);

/* The same test for all entries, also those that set the owner in another way. */
extern bool bp_entry_has_owner(const BpTocEntry *e);

/*
 * A unit's statement, to which the worker adds WITH (...), for a unit whose
 * work is not a COPY of one table.  pg_stat_activity shows 'what', a phrase
 * such as "restore TABLE public.film", in it.
 */
extern char *bp_entry_unit_text(const char *what);

/*
 * The error detail for a failed entry: its dump id and name, the beginning of
 * 'sql' (may be NULL), and the detail and the COPY context of the error
 * (edata may be NULL).
 */
extern char *bp_entry_error_detail(const BpTocEntry *e, const char *sql,
								   const ErrorData *edata);

#endif							/* BP_RESTORE_ENTRY_H */
