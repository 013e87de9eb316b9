/*-------------------------------------------------------------------------
 *
 * lobs.h
 *	  Large objects of an archive.
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
 * The list that a BLOBS entry's file holds, of BpLobFile.  Raises an error
 * for a damaged one.
 */
extern List *bp_restore_lob_list(BpSession *session, const BpTocEntry *e);

/* The file of a BLOBS entry: older archives give a wrong name. */
extern const char *bp_restore_lob_list_name(const BpToc *toc,
											const BpTocEntry *e);

/* The oids of a BLOB METADATA entry, a list of oid. */
extern List *bp_restore_lob_oids(const BpTocEntry *e);

/* Makes the large objects of a BLOB METADATA entry. */
extern void bp_restore_create_lobs(BpSession *session, const BpTocEntry *e);

/* Runs an ACL LARGE OBJECTS entry for all large objects it stands for. */
extern void bp_restore_lobs_acl(BpSession *session, const BpTocEntry *e);

#endif							/* BP_RESTORE_LOBS_H */
