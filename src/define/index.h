/*-------------------------------------------------------------------------
 *
 * index.h
 *	  Indexes, and the constraints that they serve.
 *
 * See index.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/index.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_INDEX_H
#define BP_DEFINE_INDEX_H

#include "define/object.h"

/* Adds the indexes of d->tables, their constraints, and INDEX ATTACH. */
extern void bp_read_indexes(BpDefine *d);

/*
 * Makes o depend on all indexes that are attached to this one, on those that
 * are attached to these, and so on.
 */
extern void bp_depend_on_attached_indexes(BpDefine *d, BpObject *o, Oid index);

#endif							/* BP_DEFINE_INDEX_H */
