/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Differences between the supported server releases.
 *
 * PG_VERSION_NUM is used in this file only; .ci/layers checks that.  The rest
 * of the code is written for the newest release, or uses the names defined
 * here.  The number at the beginning of a comment is the release that made
 * the change.
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

/* The major version, for messages and for the tests below */
#define BP_SERVER_MAJOR (PG_VERSION_NUM / 10000)

/* 18: wait event sets have a header of their own */
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

/* 17: transaction_timeout is new; our sessions must run without it */
#if PG_VERSION_NUM >= 170000
#define BP_TRANSACTION_TIMEOUT "transaction_timeout"
#define BP_TRANSACTION_TIMEOUT_OPTION " -c " BP_TRANSACTION_TIMEOUT "=0"
#else
#define BP_TRANSACTION_TIMEOUT_OPTION ""
#endif

/*
 * A snapshot that was taken in recovery is exported correctly only by these
 * minor releases and later ones (release notes of November 2026).
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

/* 16: one function checks ownership of all kinds of objects */
#if PG_VERSION_NUM >= 160000
#define bp_relation_ownercheck(relid, roleid) \
	object_ownercheck(RelationRelationId, (relid), (roleid))
#define bp_database_ownercheck(dboid, roleid) \
	object_ownercheck(DatabaseRelationId, (dboid), (roleid))
#else
#define bp_relation_ownercheck(relid, roleid) \
	pg_class_ownercheck((relid), (roleid))
#define bp_database_ownercheck(dboid, roleid) \
	pg_database_ownercheck((dboid), (roleid))
#endif

/* 18: noreturn is a specifier before the declaration */
#if PG_VERSION_NUM >= 180000
#define BP_NORETURN pg_noreturn
#else
#define BP_NORETURN __attribute__((noreturn))
#endif

/* 16: one function checks privileges on all kinds of objects */
#if PG_VERSION_NUM >= 160000
#define bp_schema_aclcheck(nsp, roleid, mode) \
	object_aclcheck(NamespaceRelationId, (nsp), (roleid), (mode))
#define bp_database_aclcheck(dboid, roleid, mode) \
	object_aclcheck(DatabaseRelationId, (dboid), (roleid), (mode))
#else
#define bp_schema_aclcheck(nsp, roleid, mode) \
	pg_namespace_aclcheck((nsp), (roleid), (mode))
#define bp_database_aclcheck(dboid, roleid, mode) \
	pg_database_aclcheck((dboid), (roleid), (mode))
#endif

/* 16: the macros for varlenas moved out of postgres.h */
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

/* 18: pg_dump can write planner statistics, with this option */
#if PG_VERSION_NUM >= 180000
#define BP_PG_DUMP_STATISTICS "--statistics"
#else
#define BP_PG_DUMP_STATISTICS NULL
#endif

/* 16: reserved_connections adds to superuser_reserved_connections */
#if PG_VERSION_NUM >= 160000
#define bp_reserved_connections() \
	(SuperuserReservedConnections + ReservedConnections)
#else
#define bp_reserved_connections() (ReservedBackends)
#endif

/* ---- definitions: what pg_dump of the same release writes ---- */

/*
 * Do we know the definitions of this release?  BP_DEFINE_VMIN is the minor
 * version of the archive format that its pg_dump writes.
 */
#define BP_DEFINE_KNOWS_SERVER (PG_VERSION_NUM < 190000)
#if PG_VERSION_NUM >= 170000
#define BP_DEFINE_VMIN 16
#elif PG_VERSION_NUM >= 160000
#define BP_DEFINE_VMIN 15
#else
#define BP_DEFINE_VMIN 14
#endif

/*
 * Do we write all definitions, or only those for data?  Our definitions have
 * never been compared with those of pg_dump 16.
 */
#define BP_DEFINE_KNOWS_ALL (BP_SERVER_MAJOR != 16)

/*
 * Only in 15.  BP_DEFINE_INHERITS_NULL: if a column has DEFAULT NULL to
 * override its parent's default, pg_dump writes DEFAULT NULL for its
 * children, too.  BP_DEFINE_GENERATED_ALIKE: if a child inherits a generated
 * column, pg_dump never writes the expression for the child.
 */
#define BP_DEFINE_INHERITS_NULL (PG_VERSION_NUM < 160000)
#define BP_DEFINE_GENERATED_ALIKE (PG_VERSION_NUM < 160000)

/* 17: pg_dump writes ALTER FOREIGN TABLE ONLY to set options of columns */
#if PG_VERSION_NUM >= 170000
#define BP_DEFINE_OPTIONS_ONLY "ONLY "
#else
#define BP_DEFINE_OPTIONS_ONLY ""
#endif

/*
 * 18: NOT NULL of a table's column is a constraint with a name and
 * properties.  These are the select-list columns and the join for the query
 * of define/column.c.  In earlier releases most of the select-list columns
 * are constants; the name '' stands for the default name.
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

/* 18: attgenerated of a virtual column; earlier headers do not define it */
#define BP_GENERATED_VIRTUAL 'v'

/* 18: a partitioned table is never UNLOGGED */
#define BP_DEFINE_UNLOGGED_PARTITIONED (PG_VERSION_NUM < 180000)

/* 18: a foreign key that is NOT ENFORCED has no triggers */
#define BP_DEFINE_KEYS_HAVE_TRIGGERS (PG_VERSION_NUM < 180000)

/* 18: keys can be WITHOUT OVERLAPS */
#if PG_VERSION_NUM >= 180000
#define BP_DEFINE_CONPERIOD "c.conperiod"
#else
#define BP_DEFINE_CONPERIOD "false"
#endif

/* 18: statistics of relations are entries of the archive (define/relstats.c) */
#define BP_DEFINE_STATISTICS (PG_VERSION_NUM >= 180000)

/* 17: partitioned tables can have an access method */
#if PG_VERSION_NUM >= 170000
#define BP_DEFINE_HAS_TABLE_AM(kind) \
	(RELKIND_HAS_TABLE_AM(kind) || (kind) == RELKIND_PARTITIONED_TABLE)
#else
#define BP_DEFINE_HAS_TABLE_AM(kind) RELKIND_HAS_TABLE_AM(kind)
#endif

/*
 * 17: a newline precedes ALTER … DEPENDS ON EXTENSION; in 15 it follows.
 * We do not know which of these 16 does.
 */
#if PG_VERSION_NUM >= 170000
#define BP_DEPENDS_ON_EXTENSION_BEFORE "\n"
#define BP_DEPENDS_ON_EXTENSION_AFTER ""
#else
#define BP_DEPENDS_ON_EXTENSION_BEFORE ""
#define BP_DEPENDS_ON_EXTENSION_AFTER "\n"
#endif
#define BP_DEFINE_KNOWS_DEPENDS_ON_EXTENSION (BP_SERVER_MAJOR != 16)

/*
 * 17: MAINTAIN is a new privilege on tables.  The letters are in pg_dump's
 * order.
 */
#if PG_VERSION_NUM >= 170000
#define BP_TABLE_PRIVILEGES "raxdtDmw"
#else
#define BP_TABLE_PRIVILEGES "raxdtDw"
#endif

/*
 * Only in 15, pg_dump writes a space for the missing name of default
 * privileges.
 */
#define BP_DEFAULT_ACL_SPACE (PG_VERSION_NUM < 160000)

/*
 * 18: pg_dump reads sequences with a function, which does not need USAGE on
 * their schemas
 */
#define BP_SEQUENCES_BY_NAME (PG_VERSION_NUM < 180000)

/*
 * As in utils/pg_locale.h, which up to 17 includes headers of ICU that need not
 * be installed
 */
extern bool check_locale(int category, const char *locale, char **canonname);

/*
 * 16: pg_database has the column daticurules.  17: it has the column
 * datlocale, and there is a third locale provider.
 */
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

/* The blocks by which a bulk insert has extended the table in advance */
#if PG_VERSION_NUM >= 160000
#define bp_bulk_get_free(bistate, next, last) \
	(*(next) = (bistate)->next_free, *(last) = (bistate)->last_free)
#define bp_bulk_set_free(bistate, next, last) \
	((bistate)->next_free = (next), (bistate)->last_free = (last))
#else
#define bp_bulk_get_free(bistate, next, last)	((void) 0)
#define bp_bulk_set_free(bistate, next, last)	((void) 0)
#endif

/* ---- verify ---- */

/* 18: a counter of index searches */
#if PG_VERSION_NUM >= 180000
#define bp_index_beginscan(heap, index, snapshot, nkeys, norderbys) \
	index_beginscan((heap), (index), (snapshot), NULL, (nkeys), (norderbys))
#else
#define bp_index_beginscan(heap, index, snapshot, nkeys, norderbys) \
	index_beginscan((heap), (index), (snapshot), (nkeys), (norderbys))
#endif

#endif							/* BP_BASE_COMPAT_H */
