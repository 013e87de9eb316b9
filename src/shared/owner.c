/*-------------------------------------------------------------------------
 *
 * owner.c
 *	  Whether a role may own a task.
 *
 * A task runs over connections that log in as its owner.  The right to log in is
 * checked when the task is enqueued; both rights are checked when a session of
 * the pool begins to work for the task, since that session may be older than a
 * change of rights: a task is refused if a new login would be refused.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/owner.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "shared/owner.h"
#include "utils/acl.h"
#include "utils/syscache.h"

void
bp_owner_check_login(void)
{
	HeapTuple	tuple = SearchSysCache1(AUTHOID,
										ObjectIdGetDatum(GetUserId()));
	bool		login;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", GetUserId())));
	login = ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;
	ReleaseSysCache(tuple);
	if (!login)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("role \"%s\" is not permitted to log in",
						GetUserNameFromId(GetUserId(), false)),
				 errdetail("A task runs over connections that log in as its owner."),
				 errhint("Use a role that has LOGIN.")));
}

void
bp_owner_check_connect(void)
{
	if (bp_database_aclcheck(MyDatabaseId, GetUserId(),
							 ACL_CONNECT) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for database \"%s\"",
						get_database_name(MyDatabaseId)),
				 errdetail("Role \"%s\", the owner of the task, does not have CONNECT privilege.",
						   GetUserNameFromId(GetUserId(), false))));
}
