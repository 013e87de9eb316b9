/*-------------------------------------------------------------------------
 *
 * trigger.h
 *	  Reads triggers.
 *
 * See trigger.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/trigger.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_TRIGGER_H
#define BP_DEFINE_TRIGGER_H

#include "define/context.h"

/* Adds the triggers of these selected relations. */
extern void bp_read_triggers(BpDefine *d, const Oid *relids, int n);

#endif							/* BP_DEFINE_TRIGGER_H */
