/*-------------------------------------------------------------------------
 *
 * lobs.h
 *	  The lists of large objects in an archive, and their entries.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/lobs.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_LOBS_H
#define BP_RESTORE_LOBS_H

#include "nodes/pg_list.h"
#include "session/session.h"

/* A line of a list of large objects (blobs.toc) */
typedef struct BpLobFile
{
	Oid			oid;
	char	   *name;			/* file name without suffix */
} BpLobFile;

/*
 * The lines of the list in a BLOBS entry's file, as a palloc'd list of
 * BpLobFile.  Raises data_corrupted for a damaged list,
 * program_limit_exceeded for one that is too long, and what archive/stream.h
 * says.
 */
extern List *bp_restore_lob_list(BpSession *session, const BpTocEntry *e);

/*
 * The name of a BLOBS entry's file, or NULL if the entry names no file.  The
 * entry owns the text.  Corrects the name, which is wrong in the entries of
 * archives before 1.16.
 */
extern const char *bp_restore_lob_list_name(const BpToc *toc,
											const BpTocEntry *e);

/*
 * The large objects of a BLOB METADATA entry, as a list of oid.  Raises
 * data_corrupted for a damaged entry.
 */
extern List *bp_restore_lob_oids(const BpTocEntry *e);

/*
 * Makes the large objects of a BLOB METADATA entry, but for those that exist
 * and are kept because of if_exists.
 */
extern void bp_restore_create_lobs(BpSession *session, const BpTocEntry *e);

/*
 * Runs an ACL LARGE OBJECTS entry for all large objects of its group.  Raises
 * data_corrupted for an entry without a group.
 */
extern void bp_restore_lobs_acl(BpSession *session, const BpTocEntry *e);

#endif							/* BP_RESTORE_LOBS_H */
