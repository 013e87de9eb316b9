/*-------------------------------------------------------------------------
 *
 * sort.h
 *	  The order of definitions, which is that of pg_dump.
 *
 * See sort.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/sort.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_SORT_H
#define BP_DEFINE_SORT_H

#include "define/context.h"

/*
 * Removes from d->objects those that are not separate, and puts the others
 * into the order in which pg_dump writes them.  Needs what
 * bp_resolve_dependencies has set.  Refuses if they depend on each other in a
 * cycle.
 */
extern void bp_sort_objects(BpDefine *d);

#endif							/* BP_DEFINE_SORT_H */
