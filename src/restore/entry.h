/*-------------------------------------------------------------------------
 *
 * entry.h
 *	  Archive entries as a restore sees them.
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

#include "nodes/parsenodes.h"
#include "session/session.h"

/* The table of contents with all its text in the database's encoding. */
extern BpToc *bp_restore_toc(BpSession *session);
extern void bp_restore_convert_toc(BpSession *session, BpToc *toc);

/* The encoding that the archive's data files are in. */
extern int	bp_restore_data_encoding(const BpToc *toc);

/* Is the data entry's target an ancestor of the table it is named for? */
extern bool bp_entry_via_root(const BpTocEntry *e);

/*
 * The statement of a unit as people see it, for which the worker adds WITH
 * (…): what is a sentence for them.
 */
extern char *bp_entry_unit_text(const char *what);

/* The raw parse trees (RawStmt) of some statements; NIL for NULL. */
extern List *bp_entry_parse(const char *sql);

/*
 * The COPY statement of a data entry.  Raises an error if there is none, or
 * it is anything but a plain COPY … FROM STDIN.
 */
extern CopyStmt *bp_entry_copy(const BpTocEntry *e);

/*
 * Appends what the task's row says of a failed entry: which it was, how its
 * statement begins, and the error's own detail and context.
 */
extern char *bp_entry_error_detail(const BpTocEntry *e, const char *sql,
								   const ErrorData *edata);

#endif							/* BP_RESTORE_ENTRY_H */
