/*-------------------------------------------------------------------------
 *
 * toc_entry.h
 *	  What an entry of a table of contents is, and its name in messages.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_entry.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_TOC_ENTRY_H
#define BP_ARCHIVE_TOC_ENTRY_H

#include "archive/toc.h"

/*
 * No function here raises an error other than "out of memory".  Text that is
 * returned as char * is palloc'd in CurrentMemoryContext unless noted.
 */

/*
 * The passes of a restore, in their order.  They are pg_restore's, but event
 * triggers have a pass of their own after all others.
 */
typedef enum BpRestorePass
{
	BP_PASS_MAIN = 0,
	BP_PASS_ACL,
	BP_PASS_POST_ACL,
	BP_PASS_EVENT_TRIGGER
} BpRestorePass;

/* Is the entry's desc this one? */
extern bool bp_entry_is(const BpTocEntry *e, const char *desc);

/* Is the entry's desc one of a NULL-terminated list? */
extern bool bp_entry_in(const BpTocEntry *e, const char *const *descs);

/* A table, foreign table, view or materialized view */
extern bool bp_entry_is_relation(const BpTocEntry *e);

/* A table or foreign table: pg_dump can write data of both */
extern bool bp_entry_is_table(const BpTocEntry *e);

/* ACL or DEFAULT ACL */
extern bool bp_entry_is_acl(const BpTocEntry *e);

/* COMMENT, ACL or SECURITY LABEL of an object */
extern bool bp_entry_is_remark(const BpTocEntry *e);

/* Comment, privileges or label of a large object */
extern bool bp_entry_is_lob_remark(const BpTocEntry *e);

/* SEQUENCE that ALTER TABLE … ADD GENERATED … AS IDENTITY makes */
extern bool bp_entry_is_identity(const BpTocEntry *e);

/*
 * TRIGGER that creates nothing: it says only whether a partition's copy of
 * its parent's trigger fires (ALTER TABLE … DISABLE TRIGGER and the like).
 */
extern bool bp_entry_is_trigger_state(const BpTocEntry *e);

/* An entry about the archive as a whole: ENCODING and the like */
extern bool bp_entry_is_archive(const BpTocEntry *e);

/* DATABASE, DATABASE PROPERTIES, or a remark on the database */
extern bool bp_entry_is_database(const BpTocEntry *e);

/* The pass in which a restore runs the entry. */
extern BpRestorePass bp_entry_pass(const BpTocEntry *e);

/*
 * The entry's schema, or NULL if it has none (old archives have "" there).
 * The text belongs to the entry.
 */
extern const char *bp_entry_schema(const BpTocEntry *e);

/* "TABLE public.film", with quotes where SQL needs them. */
extern char *bp_entry_name(const BpTocEntry *e);

/* "public.film", with quotes where SQL needs them. */
extern char *bp_entry_qualified(const BpTocEntry *e);

/*
 * The first 200 bytes of a statement on one line, for error details; ends in
 * " ..." if the statement is longer.  The empty string for NULL.
 */
extern char *bp_entry_excerpt(const char *sql);

#endif							/* BP_ARCHIVE_TOC_ENTRY_H */
