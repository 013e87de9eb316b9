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

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/syscache.h"
#include "worker/lookup.h"

static bool bp_roles_changed = false;
static bool bp_databases_changed = false;

/* the last role that was looked up by oid; for many tasks of one owner */
static Oid	bp_last_role = InvalidOid;
static char bp_last_role_name[NAMEDATALEN];

static void
bp_lookup_callback(Datum arg, int cacheid, uint32 hashvalue)
{
	if (cacheid == AUTHOID)
	{
		bp_roles_changed = true;
		bp_last_role = InvalidOid;
	}
	else
		bp_databases_changed = true;
}

void
bp_lookup_init(void)
{
	CacheRegisterSyscacheCallback(AUTHOID, bp_lookup_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(DATABASEOID, bp_lookup_callback, (Datum) 0);
}

bool
bp_lookup_roles_changed(void)
{
	bool		changed = bp_roles_changed;

	bp_roles_changed = false;
	return changed;
}

bool
bp_lookup_databases_changed(void)
{
	bool		changed = bp_databases_changed;

	bp_databases_changed = false;
	return changed;
}

bool
bp_lookup_database_is_open(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	bool		open = false;
	Oid			oid;

	StartTransactionCommand();
	oid = get_database_oid(name, true);
	if (OidIsValid(oid))
	{
		HeapTuple	tuple = SearchSysCache1(DATABASEOID,
											ObjectIdGetDatum(oid));

		if (HeapTupleIsValid(tuple))
		{
			open = ((Form_pg_database) GETSTRUCT(tuple))->datallowconn;
			ReleaseSysCache(tuple);
		}
	}
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return open;
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

const char *
bp_lookup_role_name(Oid oid)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *name;

	if (oid == bp_last_role)
		return bp_last_role_name;
	StartTransactionCommand();
	name = GetUserNameFromId(oid, true);
	if (name != NULL)
	{
		strlcpy(bp_last_role_name, name, NAMEDATALEN);
		bp_last_role = oid;
	}
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return name != NULL ? bp_last_role_name : NULL;
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
