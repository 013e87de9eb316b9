/*-------------------------------------------------------------------------
 *
 * shmem.h
 *	  The shared memory segment: its request and start.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/shmem.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_SHARED_SHMEM_H
#define BP_SHARED_SHMEM_H

/*
 * Installs the hooks that request the segment, and make it when the server
 * starts or restarts after a crash.  Only from _PG_init, after
 * bp_settings_define.
 */
extern void bp_shared_init(void);

#endif							/* BP_SHARED_SHMEM_H */
