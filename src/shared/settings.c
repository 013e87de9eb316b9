/*-------------------------------------------------------------------------
 *
 * settings.c
 *	  The backup_pool.* settings, in alphabetical order.
 *
 * Settings that determine the size of shared memory need a server start; the
 * others follow a reload.  All of them concern the worker, so none can be set in
 * a session.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/shared/settings.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>
#include <limits.h>

#include "archive/codec.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "postmaster/postmaster.h"
#include "shared/settings.h"
#include "utils/guc.h"
#include "utils/varlena.h"

char	   *bp_setting_compression = NULL;
int			bp_setting_connect_timeout = 30000;
char	   *bp_setting_database = NULL;
int			bp_setting_definitions = BP_DEFINITIONS_AUTO;
int			bp_setting_idle_timeout = 300000;
int			bp_setting_max_attempts = 3;
int			bp_setting_max_connections = 8;
int			bp_setting_max_lifetime = 3600000;
int			bp_setting_max_tasks = 256;
int			bp_setting_min_connections = 0;
int			bp_setting_parallel = 0;
char	   *bp_setting_prewarm = NULL;
char	   *bp_setting_repository = NULL;
char	   *bp_setting_socket_directory = NULL;

static const struct config_enum_entry definitions_options[] = {
	{"auto", BP_DEFINITIONS_AUTO, false},
	{"pg_dump", BP_DEFINITIONS_PG_DUMP, false},
	{"native", BP_DEFINITIONS_NATIVE, false},
	{NULL, 0, false}
};

static bool
check_compression(char **newval, void **extra, GucSource source)
{
	BpCodecSpec spec;
	const char *why = NULL;

	if (!bp_codec_parse(*newval, &spec, &why))
	{
		GUC_check_errdetail("%s", why ? why : "Unknown compression.");
		return false;
	}
	return true;
}

void
bp_settings_define(void)
{
	DefineCustomStringVariable("backup_pool.compression",
							   "Compression of new archives.",
							   "zstd, lz4, gzip or none, with an optional level: zstd:3.",
							   &bp_setting_compression, "zstd:1",
							   PGC_SIGHUP, 0, check_compression, NULL, NULL);
	DefineCustomIntVariable("backup_pool.connect_timeout",
							"Time a pooled connection may take to open.",
							NULL, &bp_setting_connect_timeout,
							30000, 100, 600000,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomStringVariable("backup_pool.database",
							   "Database that holds the task log.",
							   NULL, &bp_setting_database, "postgres",
							   PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("backup_pool.definitions",
							 "How the definitions of a backup are written.",
							 "\"auto\" runs pg_dump only for what backup_pool does not handle itself; \"native\" raises an error for that.",
							 &bp_setting_definitions, BP_DEFINITIONS_AUTO,
							 definitions_options,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("backup_pool.idle_timeout",
							"Time after which an idle pooled connection is closed.",
							NULL, &bp_setting_idle_timeout,
							300000, 0, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("backup_pool.max_attempts",
							"Maximum number of attempts of a backup that is interrupted by restarts of the server.",
							NULL, &bp_setting_max_attempts,
							3, 1, 100,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("backup_pool.max_connections",
							"Maximum number of connections in the pool.",
							"The pool never uses connections that are reserved for superusers.",
							&bp_setting_max_connections, 8, 1, 1024,
							PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("backup_pool.max_lifetime",
							"Age at which a pooled connection is replaced when it becomes idle.",
							NULL, &bp_setting_max_lifetime,
							3600000, 1000, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("backup_pool.max_tasks",
							"Maximum number of tasks that are queued or running.",
							NULL, &bp_setting_max_tasks, 256, 1, 1000000,
							PGC_POSTMASTER, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("backup_pool.min_connections",
							"Number of idle connections that are kept open after the idle timeout.",
							NULL, &bp_setting_min_connections, 0, 0, 1024,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("backup_pool.parallel",
							"Number of connections for one task, unless the call specifies it.",
							"0 means all that are free.",
							&bp_setting_parallel, 0, 0, 1024,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("backup_pool.prewarm",
							   "Connections to open when the server starts.",
							   "A comma-separated list of role@database:count.",
							   &bp_setting_prewarm, "",
							   PGC_SIGHUP, GUC_LIST_INPUT, NULL, NULL, NULL);
	DefineCustomStringVariable("backup_pool.repository",
							   "Directory that contains the archives.",
							   "A relative path is below the data directory.",
							   &bp_setting_repository, "backup_pool",
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable("backup_pool.socket_directory",
							   "Directory of the socket that the pool connects to.",
							   "Empty means the first of unix_socket_directories.",
							   &bp_setting_socket_directory, "",
							   PGC_SIGHUP, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("backup_pool");
}

int
bp_connection_budget(void)
{
	/* leave the reserved ones, and one for an administrator */
	return Max(2, MaxConnections - bp_reserved_connections() - 1);
}

int
bp_processors(void)
{
	long		n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (int) Min(n, 1024);
}

int
bp_effective_max_connections(void)
{
	/* one is for pg_dump */
	return Max(1, Min(bp_setting_max_connections, bp_connection_budget() - 1));
}

char *
bp_socket_directory(void)
{
	List	   *dirs = NIL;
	char	   *copy;
	char	   *first = NULL;

	if (bp_setting_socket_directory && bp_setting_socket_directory[0] != '\0')
		return pstrdup(bp_setting_socket_directory);
	if (Unix_socket_directories == NULL || Unix_socket_directories[0] == '\0')
		return NULL;
	copy = pstrdup(Unix_socket_directories);
	if (SplitDirectoriesString(copy, ',', &dirs) && dirs != NIL)
		first = linitial(dirs);
	return first ? pstrdup(first) : NULL;
}
