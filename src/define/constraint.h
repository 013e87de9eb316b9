/*-------------------------------------------------------------------------
 *
 * constraint.h
 *	  Foreign keys, and those constraints of tables that have their own entry.
 *
 * See constraint.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/constraint.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_CONSTRAINT_H
#define BP_DEFINE_CONSTRAINT_H

#include "define/object.h"

/* Adds the foreign keys of the selected tables.  Needs their indexes. */
extern void bp_read_foreign_keys(BpDefine *d);

/*
 * Writes a CHECK or NOT NULL constraint (BpCheck) that is not part of its
 * table's statement.
 */
extern void bp_write_check(BpDefine *d, BpObject *o);

#endif							/* BP_DEFINE_CONSTRAINT_H */
