/*-------------------------------------------------------------------------
 *
 * module.c
 *	  Loading the library.
 *
 * backup_pool works only from shared_preload_libraries.  If a call of one of
 * its functions loads the library, nothing is initialised here, and the function
 * raises an error that says what is missing.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/module.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "api/queue.h"
#include "fmgr.h"
#include "hook.h"
#include "miscadmin.h"
#include "shared/settings.h"
#include "shared/shmem.h"
#include "worker/main.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	bp_settings_define();
	bp_shared_init();
	bp_queue_init();
	bp_hook_init();
	/* a server that pg_upgrade starts must not run tasks */
	if (!IsBinaryUpgrade)
		bp_worker_register();
}
