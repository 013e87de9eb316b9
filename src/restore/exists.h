/*-------------------------------------------------------------------------
 *
 * exists.h
 *	  Which objects of an archive the target database has already.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/exists.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_EXISTS_H
#define BP_RESTORE_EXISTS_H

#include "archive/toc.h"
#include "catalog/objectaddress.h"

/*
 * Does this database have the object that the entry would make?  False for an
 * entry that makes no object of its own (a comment, an attachment, ...).
 */
extern bool bp_restore_object_exists(const BpTocEntry *e);

/*
 * Does the entry make nothing with a name of its own, so that it cannot be
 * looked up?  It counts as done if the object that it belongs to exists.
 */
extern bool bp_restore_has_no_name(const BpTocEntry *e);

/*
 * Sets *address to the entry's object.  Returns false if there is none, or it
 * is of a kind that a restore does not drop.  With check_owner, raises
 * insufficient_privilege unless the current user owns the object.
 */
extern bool bp_restore_object_address(const BpTocEntry *e, bool check_owner,
									  ObjectAddress *address);

/*
 * The relation, of any kind, with the entry's schema and name; InvalidOid if
 * there is none.
 */
extern Oid	bp_restore_relation(const BpTocEntry *e);

#endif							/* BP_RESTORE_EXISTS_H */
