/*-------------------------------------------------------------------------
 *
 * module.c
 *	  Loading the library.
 *
 * backup_pool works only from shared_preload_libraries.  Loaded otherwise
 * (by calling a function of the extension) it does nothing here, and the
 * function says what is missing.
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
#include "shared/task.h"
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
	/* pg_upgrade's servers are not for work */
	if (!IsBinaryUpgrade)
		bp_worker_register();
}
