/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Differences between the server versions we support, in one place.
 *
 * Every test of PG_VERSION_NUM stands in this file.  The rest of the code is
 * written against the newest server, or against the names defined here.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/compat.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_COMPAT_H
#define BP_BASE_COMPAT_H

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/wait_event.h"

#if PG_VERSION_NUM < 150000
#error "backup_pool needs PostgreSQL 15 or later"
#endif

/* for people: which packages are meant */
#define BP_SERVER_MAJOR (PG_VERSION_NUM / 10000)

/* 18 moved the wait event set into a header of its own */
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif

/* 17: the first argument became a resource owner */
#if PG_VERSION_NUM >= 170000
#define bp_create_wait_event_set(cxt, n) CreateWaitEventSet(NULL, (n))
#else
#define bp_create_wait_event_set(cxt, n) CreateWaitEventSet((cxt), (n))
#endif

/* 17: wait events of extensions have names */
#if PG_VERSION_NUM >= 170000
#define bp_wait_event_new(name) WaitEventExtensionNew(name)
#else
#define bp_wait_event_new(name) PG_WAIT_EXTENSION
#endif

/* 17: one more timeout that must not end our sessions */
#if PG_VERSION_NUM >= 170000
#define BP_TRANSACTION_TIMEOUT "transaction_timeout"
#define BP_TRANSACTION_TIMEOUT_OPTION " -c " BP_TRANSACTION_TIMEOUT "=0"
#else
#define BP_TRANSACTION_TIMEOUT_OPTION ""
#endif

/* 17: procedure numbers replace backend ids, BackendPidGetProc is the same */

/*
 * Export of a snapshot taken in recovery is sound only from these minors on
 * (release notes of November 2026).
 */
static inline bool
bp_standby_snapshot_is_sound(int server_version_num)
{
	int			major = server_version_num / 10000;
	int			minor = server_version_num % 10000;

	switch (major)
	{
		case 15:
			return minor >= 20;
		case 16:
			return minor >= 16;
		case 17:
			return minor >= 12;
		case 18:
			return minor >= 7;
		default:
			return major > 18;
	}
}

/* 16: ownership checks became one function */
#if PG_VERSION_NUM >= 160000
#define bp_relation_ownercheck(relid, roleid) \
	object_ownercheck(RelationRelationId, (relid), (roleid))
#else
#define bp_relation_ownercheck(relid, roleid) \
	pg_class_ownercheck((relid), (roleid))
#endif

/* 18: a specifier before the declaration */
#if PG_VERSION_NUM >= 180000
#define BP_NORETURN pg_noreturn
#else
#define BP_NORETURN __attribute__((noreturn))
#endif

#if PG_VERSION_NUM >= 160000
#define bp_database_ownercheck(dboid, roleid) \
	object_ownercheck(DatabaseRelationId, (dboid), (roleid))
#else
#define bp_database_ownercheck(dboid, roleid) \
	pg_database_ownercheck((dboid), (roleid))
#endif

/* 16: checks of privileges became one function */
#if PG_VERSION_NUM >= 160000
#define bp_schema_aclcheck(nsp, roleid, mode) \
	object_aclcheck(NamespaceRelationId, (nsp), (roleid), (mode))
#else
#define bp_schema_aclcheck(nsp, roleid, mode) \
	pg_namespace_aclcheck((nsp), (roleid), (mode))
#endif
#if PG_VERSION_NUM >= 160000
#define bp_database_aclcheck(dboid, roleid, mode) \
	object_aclcheck(DatabaseRelationId, (dboid), (roleid), (mode))
#else
#define bp_database_aclcheck(dboid, roleid, mode) \
	pg_database_aclcheck((dboid), (roleid), (mode))
#endif

/* 16: the macros of variable-length values moved out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 18: ExecutorRun lost execute_once */
#if PG_VERSION_NUM >= 180000
#define bp_executor_run(qd) ExecutorRun((qd), ForwardScanDirection, 0)
#define BP_EXECUTOR_RUN_ARGS \
	struct QueryDesc *queryDesc, ScanDirection direction, uint64 count
#define BP_EXECUTOR_RUN_VALUES queryDesc, direction, count
#else
#define bp_executor_run(qd) ExecutorRun((qd), ForwardScanDirection, 0, true)
#define BP_EXECUTOR_RUN_ARGS \
	struct QueryDesc *queryDesc, ScanDirection direction, uint64 count, \
	bool execute_once
#define BP_EXECUTOR_RUN_VALUES queryDesc, direction, count, execute_once
#endif

/* 18: pg_dump writes planner statistics when asked to */
#if PG_VERSION_NUM >= 180000
#define BP_PG_DUMP_STATISTICS "--statistics"
#else
#define BP_PG_DUMP_STATISTICS NULL
#endif

/* 16: two kinds of reserved connections */
#if PG_VERSION_NUM >= 160000
#define bp_reserved_connections() \
	(SuperuserReservedConnections + ReservedConnections)
#else
#define bp_reserved_connections() (ReservedBackends)
#endif

/* ---- definitions ---- */

/* Releases whose pg_dump we know, and the archive version it writes */
#define BP_DEFINE_KNOWS_SERVER (PG_VERSION_NUM < 190000)
#if PG_VERSION_NUM >= 170000
#define BP_DEFINE_VMIN 16
#elif PG_VERSION_NUM >= 160000
#define BP_DEFINE_VMIN 15
#else
#define BP_DEFINE_VMIN 14
#endif

/*
 * Releases whose definitions we know, not only those for data.  16 has never
 * been compared with its pg_dump.
 */
#define BP_DEFINE_KNOWS_ALL (BP_SERVER_MAJOR != 16)

/*
 * 15: a default that was made up to hide a parent's is made up for children,
 * too; and a generated column of a parent is never written for a child.
 */
#define BP_DEFINE_INHERITS_NULL (PG_VERSION_NUM < 160000)
#define BP_DEFINE_GENERATED_ALIKE (PG_VERSION_NUM < 160000)

/* 17: options of a foreign table's columns are set for it alone */
#if PG_VERSION_NUM >= 170000
#define BP_DEFINE_OPTIONS_ONLY "ONLY "
#else
#define BP_DEFINE_OPTIONS_ONLY ""
#endif

/*
 * 18: NOT NULL of a table's column is a constraint, with a name and all that;
 * what is known of it before stands here as such: '' for the usual name.
 */
#if PG_VERSION_NUM >= 180000
#define BP_DEFINE_NOT_NULL_NAMED true
#define BP_NOT_NULL_NAME "co.conname"
#define BP_NOT_NULL_VALUES \
	"co.oid, co.convalidated, co.connoinherit, co.conislocal, " \
	"EXISTS (SELECT FROM pg_catalog.pg_description pt " \
	"WHERE pt.classoid OPERATOR(pg_catalog.=) co.tableoid " \
	"AND pt.objoid OPERATOR(pg_catalog.=) co.oid) "
#define BP_NOT_NULL_JOIN \
	"LEFT JOIN pg_catalog.pg_constraint co " \
	"ON a.attrelid OPERATOR(pg_catalog.=) co.conrelid " \
	"AND co.contype OPERATOR(pg_catalog.=) 'n' " \
	"AND co.conkey OPERATOR(pg_catalog.=) ARRAY[a.attnum] "
#else
#define BP_DEFINE_NOT_NULL_NAMED false
#define BP_NOT_NULL_NAME "CASE WHEN a.attnotnull THEN '' END"
#define BP_NOT_NULL_VALUES "0, true, false, true, false "
#define BP_NOT_NULL_JOIN ""
#endif

/* 18: a generated column may be virtual, which headers before don't know */
#define BP_GENERATED_VIRTUAL 'v'

/* 18: UNLOGGED is not said of a partitioned table */
#define BP_DEFINE_UNLOGGED_PARTITIONED (PG_VERSION_NUM < 180000)

/* 18: a foreign key that is NOT ENFORCED has no triggers */
#define BP_DEFINE_KEYS_HAVE_TRIGGERS (PG_VERSION_NUM < 180000)

/* 18: keys WITHOUT OVERLAPS */
#if PG_VERSION_NUM >= 180000
#define BP_DEFINE_CONPERIOD "c.conperiod"
#else
#define BP_DEFINE_CONPERIOD "false"
#endif

/* 18: the statistics of relations are entries (define/relstats.c) */
#define BP_DEFINE_STATISTICS (PG_VERSION_NUM >= 180000)

/* 17: partitioned tables have access methods */
#if PG_VERSION_NUM >= 170000
#define BP_DEFINE_HAS_TABLE_AM(kind) \
	(RELKIND_HAS_TABLE_AM(kind) || (kind) == RELKIND_PARTITIONED_TABLE)
#else
#define BP_DEFINE_HAS_TABLE_AM(kind) RELKIND_HAS_TABLE_AM(kind)
#endif

/*
 * 17: ALTER … DEPENDS ON EXTENSION is set off from what stands before it, not
 * from what follows.  Which of these 16 does has not been seen.
 */
#if PG_VERSION_NUM >= 170000
#define BP_DEPENDS_ON_EXTENSION_BEFORE "\n"
#define BP_DEPENDS_ON_EXTENSION_AFTER ""
#else
#define BP_DEPENDS_ON_EXTENSION_BEFORE ""
#define BP_DEPENDS_ON_EXTENSION_AFTER "\n"
#endif
#define BP_DEFINE_KNOWS_DEPENDS_ON_EXTENSION (BP_SERVER_MAJOR != 16)

/* 17: a privilege more on tables; codes in the order of pg_dump's lists */
#if PG_VERSION_NUM >= 170000
#define BP_TABLE_PRIVILEGES "raxdtDmw"
#else
#define BP_TABLE_PRIVILEGES "raxdtDw"
#endif

/* 15: where default privileges have no name, there is still its space */
#define BP_DEFAULT_ACL_SPACE (PG_VERSION_NUM < 160000)

/* 18: pg_dump reads sequences by a function, which asks for no schema's USAGE */
#define BP_SEQUENCES_BY_NAME (PG_VERSION_NUM < 180000)

/* Columns of pg_database; 17 has a third provider of locales */
#if PG_VERSION_NUM >= 170000
#define BP_ANUM_DATABASE_LOCALE Anum_pg_database_datlocale
#else
#define BP_ANUM_DATABASE_LOCALE Anum_pg_database_daticulocale
#endif
#if PG_VERSION_NUM >= 160000
#define BP_ANUM_DATABASE_ICU_RULES Anum_pg_database_daticurules
#else
#define BP_ANUM_DATABASE_ICU_RULES InvalidAttrNumber
#endif
#define bp_locale_provider_name(c) \
	((c) == 'b' ? "builtin" : (c) == 'i' ? "icu" : "libc")

/* ---- restore ---- */

#endif							/* BP_BASE_COMPAT_H */
