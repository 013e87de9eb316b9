/*-------------------------------------------------------------------------
 *
 * hook.h
 *	  Where a pooled backend is told what to do.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/hook.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_HOOK_H
#define BP_HOOK_H

/* Installs the hooks; from _PG_init. */
extern void bp_hook_init(void);

#endif							/* BP_HOOK_H */
