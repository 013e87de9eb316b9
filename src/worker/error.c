/*-------------------------------------------------------------------------
 *
 * error.c
 *	  Errors of tasks and connections, as the worker keeps them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/error.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lwlock.h"
#include "utils/memutils.h"
#include "worker/error.h"

void
bp_error_set(BpTaskError *error, int sqlerrcode, const char *message,
			 const char *detail, const char *hint)
{
	bp_task_error_set(error, unpack_sql_state(sqlerrcode), message, detail,
					  hint);
}

bool
bp_error_is(const BpTaskError *error, int sqlerrcode)
{
	return strcmp(error->sqlstate, unpack_sql_state(sqlerrcode)) == 0;
}

void
bp_error_add_login_hint(BpTaskError *error, const char *role)
{
	char		hint[BP_HINT_LEN];

	if (error->hint[0] != '\0')
		return;
	if (bp_error_is(error, ERRCODE_INVALID_PASSWORD) ||
		bp_error_is(error, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION))
		snprintf(hint, sizeof(hint),
				 "The pool logs in as the task's owner. Let pg_hba.conf admit role \"%s\" on the local socket (with peer and a pg_ident.conf map, or trust), or put its password into the server account's .pgpass. See backup_pool.check().",
				 role);
	else if (bp_error_is(error, ERRCODE_TOO_MANY_CONNECTIONS))
		snprintf(hint, sizeof(hint),
				 "Raise \"max_connections\" or the connection limit of role \"%s\", or lower \"backup_pool.max_connections\".",
				 role);
	else
		return;
	strlcpy(error->hint, hint, BP_HINT_LEN);
}

void
bp_worker_caught_error(MemoryContext caller, BpTaskError *error)
{
	ErrorData  *edata;

	MemoryContextSwitchTo(caller);
	edata = CopyErrorData();
	HOLD_INTERRUPTS();
	EmitErrorReport();
	if (IsTransactionState() || IsAbortedTransactionBlockState())
		AbortCurrentTransaction();
	LWLockReleaseAll();
	FlushErrorState();
	RESUME_INTERRUPTS();
	MemoryContextSwitchTo(caller);
	if (error != NULL)
		bp_error_set(error, edata->sqlerrcode, edata->message, edata->detail,
					 edata->hint);
	FreeErrorData(edata);
}
