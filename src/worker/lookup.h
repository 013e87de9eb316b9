/*-------------------------------------------------------------------------
 *
 * lookup.h
 *	  Catalog look-ups of the worker, each in a transaction of its own.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/lookup.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_LOOKUP_H
#define BP_WORKER_LOOKUP_H

/* InvalidOid if there is no such role */
extern Oid	bp_lookup_role(const char *name);

/* NULL if there is no such role (any more); good until the next call. */
extern const char *bp_lookup_role_name(Oid oid);

/* In CurrentMemoryContext; NULL if there is no such database (any more). */
extern char *bp_lookup_database_name(Oid oid);

/* True once after roles, or databases, were changed by anybody. */
extern bool bp_lookup_roles_changed(void);
extern bool bp_lookup_databases_changed(void);

/* Does the database exist, and admit connections? */
extern bool bp_lookup_database_is_open(const char *name);

/* What has to be known before a login. */
typedef struct BpLogin
{
	/* how often the role's password is hashed; 0: not so */
	int64		iterations;

	/*
	 * a stamp of what ALTER ROLE and ALTER DATABASE … SET have set for logins
	 * of the role to the database: another one after any change
	 */
	uint64		settings;
} BpLogin;

extern void bp_lookup_login(const char *database, Oid role, BpLogin *login);

/* Registers the invalidation callbacks. */
extern void bp_lookup_init(void);

#endif							/* BP_WORKER_LOOKUP_H */
