/*-------------------------------------------------------------------------
 *
 * lookup.c
 *	  Catalog look-ups of the worker, each in a transaction of its own.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/lookup.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/syscache.h"
#include "worker/lookup.h"

static bool bp_changed = false;

static void
bp_lookup_callback(Datum arg, int cacheid, uint32 hashvalue)
{
	bp_changed = true;
}

void
bp_lookup_init(void)
{
	CacheRegisterSyscacheCallback(AUTHOID, bp_lookup_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(DATABASEOID, bp_lookup_callback, (Datum) 0);
}

bool
bp_lookup_changed(void)
{
	bool		changed = bp_changed;

	bp_changed = false;
	return changed;
}

Oid
bp_lookup_role(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			oid;

	StartTransactionCommand();
	oid = get_role_oid(name, true);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return oid;
}

char *
bp_lookup_role_name(Oid oid)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *name;

	StartTransactionCommand();
	name = GetUserNameFromId(oid, true);
	if (name != NULL)
		name = MemoryContextStrdup(caller, name);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return name;
}

char *
bp_lookup_database_name(Oid oid)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *name;

	StartTransactionCommand();
	name = get_database_name(oid);
	if (name != NULL)
		name = MemoryContextStrdup(caller, name);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return name;
}
