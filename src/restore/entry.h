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

/* The passes in which pg_restore runs entries. */
typedef enum BpRestorePass
{
	BP_PASS_MAIN = 0,
	BP_PASS_ACL,
	BP_PASS_POST_ACL
} BpRestorePass;

/* The table of contents with all its text in the database's encoding. */
extern BpToc *bp_restore_toc(BpSession *session);
extern void bp_restore_toc_check(BpSession *session, BpToc *toc);

/* The encoding that the archive's data files are in. */
extern int	bp_restore_data_encoding(const BpToc *toc);

/* Is the entry of this kind? */
extern bool bp_entry_is(const BpTocEntry *e, const char *desc);

/* Is the entry's desc one of a NULL-terminated list? */
extern bool bp_entry_in(const BpTocEntry *e, const char *const *descs);

/* Tables and what looks like one: entries that other entries belong to. */
extern bool bp_entry_is_relation(const BpTocEntry *e);
extern bool bp_entry_is_acl(const BpTocEntry *e);

/* COMMENT, ACL or SECURITY LABEL of something. */
extern bool bp_entry_is_remark(const BpTocEntry *e);

/* Comment, privileges or label of a large object. */
extern bool bp_entry_is_lob_remark(const BpTocEntry *e);

/* SEQUENCE that is made by ALTER TABLE … ADD GENERATED … AS IDENTITY */
extern bool bp_entry_is_identity(const BpTocEntry *e);

/*
 * TRIGGER that only says whether a partition's copy of its parent's trigger
 * fires: ALTER TABLE … DISABLE TRIGGER and the like
 */
extern bool bp_entry_is_trigger_state(const BpTocEntry *e);

/* What is said about the archive as a whole: ENCODING and the like */
extern bool bp_entry_is_archive(const BpTocEntry *e);

/* DATABASE, DATABASE PROPERTIES, and remarks on the database */
extern bool bp_entry_is_database(const BpTocEntry *e);

/* Is the data entry's target an ancestor of the table it is named for? */
extern bool bp_entry_via_root(const BpTocEntry *e);
extern BpRestorePass bp_entry_pass(const BpTocEntry *e);

/* The entry's schema, or NULL */
extern const char *bp_entry_schema(const BpTocEntry *e);

/* "TABLE public.film", quoted as SQL wants it; palloc'd. */
extern char *bp_entry_name(const BpTocEntry *e);

/* "public.film" */
extern char *bp_entry_qualified(const BpTocEntry *e);

/*
 * The first 200 bytes of a statement in one line, for error details; the
 * empty string for NULL.
 */
extern char *bp_entry_excerpt(const char *sql);

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
