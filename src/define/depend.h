/*-------------------------------------------------------------------------
 *
 * depend.h
 *	  What each object of a selection needs.
 *
 * See depend.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/depend.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DEPEND_H
#define BP_DEFINE_DEPEND_H

#include "define/context.h"

/*
 * Makes those parts separate that would otherwise close a cycle, and sets
 * BpObject.needs of all separate objects.  To be called when all readers are
 * done.  Refuses cycles that pg_dump would have to break in another way, and
 * definitions that must be created after the data.
 */
extern void bp_resolve_dependencies(BpDefine *d);

#endif							/* BP_DEFINE_DEPEND_H */
