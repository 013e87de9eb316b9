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

/*
 * Each of these runs a transaction of its own.  They raise lock_not_available
 * if a catalog is locked for longer than lock_timeout.
 */

/* The oid of a role, or InvalidOid. */
extern Oid	bp_lookup_role(const char *name);

/* The name of a role, or NULL; valid until the next call. */
extern const char *bp_lookup_role_name(Oid oid);

/* The name of a database, in CurrentMemoryContext, or NULL. */
extern char *bp_lookup_database_name(Oid oid);

/* The oid of a database, or InvalidOid. */
extern Oid	bp_lookup_database(const char *name);

/* Does the database exist, and allow connections? */
extern bool bp_lookup_database_is_open(const char *name);

/* Were roles, or databases, changed since the last call? */
extern bool bp_lookup_roles_changed(void);
extern bool bp_lookup_databases_changed(void);

/* What has to be known before a login. */
typedef struct BpLogin
{
	/* of the role's SCRAM secret; 0: it has none */
	int64		iterations;

	/*
	 * A stamp of what ALTER ROLE and ALTER DATABASE … SET have set for logins
	 * of the role to the database: it differs after any change.
	 */
	uint64		settings;
} BpLogin;

extern void bp_lookup_login(const char *database, Oid role, BpLogin *login);

/* Registers the invalidation callbacks; once, when the worker starts. */
extern void bp_lookup_init(void);

#endif							/* BP_WORKER_LOOKUP_H */
