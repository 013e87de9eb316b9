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

#include "catalog/objectaddress.h"
#include "restore_plan/select.h"

/*
 * Does this database have the object that the entry would make?  For entries
 * that make no object of their own (comments, attachments, …): false.
 */
extern bool bp_restore_object_exists(const BpTocEntry *e);

/*
 * Its address; false if there is none, or it is nothing that we would drop.
 * Raises an error unless the current user owns it, if check_owner.
 */
extern bool bp_restore_object_address(const BpTocEntry *e, bool check_owner,
									  ObjectAddress *address);

/* Does the entry make nothing that could be looked up? */
extern bool bp_restore_has_no_name(const BpTocEntry *e);

/* The relation of that entry's name, whatever its kind; or InvalidOid. */
extern Oid	bp_restore_relation(const BpTocEntry *e);

/*
 * Applies the task's if_exists to a selection: takes out what is to be left
 * alone, or raises an error that names what is in the way.
 */
extern void bp_restore_plan_conflicts(BpSelection *sel);

#endif							/* BP_RESTORE_EXISTS_H */
