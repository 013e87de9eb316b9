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

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "catalog/pg_db_role_setting.h"
#include "commands/dbcommands.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/syscache.h"
#include "worker/lookup.h"

static bool roles_changed = false;
static bool databases_changed = false;

/* the last role that was looked up by oid, since tasks often share an owner */
static Oid	last_role = InvalidOid;
static char last_role_name[NAMEDATALEN];

static void
lookup_callback(Datum arg, int cacheid, uint32 hashvalue)
{
	if (cacheid == AUTHOID)
	{
		roles_changed = true;
		last_role = InvalidOid;
	}
	else
		databases_changed = true;
}

void
bp_lookup_init(void)
{
	CacheRegisterSyscacheCallback(AUTHOID, lookup_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(DATABASEOID, lookup_callback, (Datum) 0);
}

bool
bp_lookup_roles_changed(void)
{
	bool		changed = roles_changed;

	roles_changed = false;
	return changed;
}

bool
bp_lookup_databases_changed(void)
{
	bool		changed = databases_changed;

	databases_changed = false;
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
bp_lookup_database(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			oid;

	StartTransactionCommand();
	oid = get_database_oid(name, true);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return oid;
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

	if (oid == last_role)
		return last_role_name;
	StartTransactionCommand();
	name = GetUserNameFromId(oid, true);
	if (name != NULL)
	{
		strlcpy(last_role_name, name, NAMEDATALEN);
		last_role = oid;
	}
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
	return name != NULL ? last_role_name : NULL;
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

/* The iterations of the role's SCRAM secret; 0 if it has none. */
static int64
lookup_iterations(Oid role)
{
	static const char prefix[] = "SCRAM-SHA-256$";
	int64		iterations = 0;
	HeapTuple	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));

	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		d = SysCacheGetAttr(AUTHOID, tuple,
										Anum_pg_authid_rolpassword, &isnull);
		char	   *secret = isnull ? NULL : TextDatumGetCString(d);

		if (secret != NULL && strncmp(secret, prefix, strlen(prefix)) == 0)
			iterations = strtoll(secret + strlen(prefix), NULL, 10);
		ReleaseSysCache(tuple);
	}
	return iterations;
}

/*
 * A stamp of the settings: a hash of the versions of the rows that apply, not
 * of their contents.
 */
static uint64
lookup_settings(Oid db, Oid role)
{
	uint64		stamp = 0;
	Relation	rel = table_open(DbRoleSettingRelationId, AccessShareLock);

	for (int i = 0; i < 4; i++)
	{
		ScanKeyData key[2];
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&key[0], Anum_pg_db_role_setting_setdatabase,
					BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(i & 1 ? db : InvalidOid));
		ScanKeyInit(&key[1], Anum_pg_db_role_setting_setrole,
					BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(i & 2 ? role : InvalidOid));
		scan = systable_beginscan(rel, DbRoleSettingDatidRolidIndexId, true,
								  NULL, 2, key);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			TransactionId xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
			ItemPointer tid = &tuple->t_self;

			stamp = hash_combine64(stamp, i + 1);
			stamp = hash_combine64(stamp, xmin);
			stamp = hash_combine64(stamp,
								   ((uint64) ItemPointerGetBlockNumber(tid) << 16) |
								   ItemPointerGetOffsetNumber(tid));
		}
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return stamp;
}

void
bp_lookup_login(const char *database, Oid role, BpLogin *login)
{
	MemoryContext caller = CurrentMemoryContext;

	StartTransactionCommand();
	login->iterations = lookup_iterations(role);
	login->settings = lookup_settings(get_database_oid(database, true),
									  role);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller);
}
