/*-------------------------------------------------------------------------
 *
 * check.c
 *	  SQL function check: reports what backup_pool needs and lacks.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/api/check.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/htup_details.h"
#include "archive/repo_name.h"
#include "base/compat.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_namespace.h"
#include "commands/dbcommands.h"
#include "fmgr.h"
#include "funcapi.h"
#include "libpq-fe.h"
#include "libpq/libpq-be-fe-helpers.h"
#include "miscadmin.h"
#include "postmaster/postmaster.h"
#include "shared/settings.h"
#include "shared/task.h"
#include "shared/tasklog.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(bp_check);
PG_FUNCTION_INFO_V1(bp_require_preload);

static void check_preload(ReturnSetInfo *rsinfo);
static void check_home(ReturnSetInfo *rsinfo);
static void check_repository(ReturnSetInfo *rsinfo);
static void check_pg_dump(ReturnSetInfo *rsinfo);
static void check_login(ReturnSetInfo *rsinfo);
static void check_limits(ReturnSetInfo *rsinfo);

/*
 * CREATE EXTENSION uses a schema of that name that exists already.  If its
 * owner is not a superuser, the owner could add functions of its own, and
 * other roles would call them because they trust the schema's name.
 */
static void
require_schema(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID,
										ObjectIdGetDatum(get_namespace_oid("backup_pool", false)));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
		ReleaseSysCache(tuple);
	}
	if (!superuser_arg(owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("schema \"backup_pool\" exists and does not belong to a superuser"),
				 errdetail("Its owner could add other functions to it."),
				 errhint("Drop the schema, or check what it contains and change its owner.")));
}

/* Called by the installation script. */
Datum
bp_require_preload(PG_FUNCTION_ARGS)
{
	bp_shared_require();
	require_schema();
	PG_RETURN_VOID();
}

static void
check_row(ReturnSetInfo *rsinfo, const char *item, bool ok,
		  const char *detail, const char *hint)
{
	Datum		v[4];
	bool		n[4] = {0};

	v[0] = CStringGetTextDatum(item);
	v[1] = BoolGetDatum(ok);
	n[2] = detail == NULL;
	if (detail)
		v[2] = CStringGetTextDatum(detail);
	n[3] = hint == NULL || ok;
	if (!n[3])
		v[3] = CStringGetTextDatum(hint);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, v, n);
}

static void
check_preload(ReturnSetInfo *rsinfo)
{
	pid_t		pid;
	bool		ready;

	check_row(rsinfo, "preload", true,
			  "The library is in shared_preload_libraries.", NULL);
	LWLockAcquire(bp_shared->lock, LW_SHARED);
	pid = bp_shared->worker_pid;
	ready = bp_shared->worker_ready;
	LWLockRelease(bp_shared->lock);
	check_row(rsinfo, "worker", pid != 0 && ready,
			  pid != 0 ? psprintf("The worker runs as process %d.", (int) pid) :
			  "The worker is not running.",
			  "See the server's log; \"max_worker_processes\" must leave room for the worker.");
}

static void
check_home(ReturnSetInfo *rsinfo)
{
	bool		exists = OidIsValid(get_database_oid(bp_setting_database, true));

	if (!exists)
		check_row(rsinfo, "home database", false,
				  psprintf("Database \"%s\" does not exist.",
						   bp_setting_database),
				  "Create it, or set \"backup_pool.database\".");
	else if (bp_log_is_home())
		check_row(rsinfo, "home database", bp_log_exists(),
				  psprintf("The task log is in this database, \"%s\".",
						   bp_setting_database),
				  "CREATE EXTENSION backup_pool.");
	else
		check_row(rsinfo, "home database", true,
				  psprintf("The task log is in database \"%s\", where the extension must exist too.",
						   bp_setting_database), NULL);
}

static void
check_repository(ReturnSetInfo *rsinfo)
{
	char	   *root = bp_repo_root(bp_setting_repository);
	char	   *parent = pstrdup(root);
	struct stat st;
	bool		show = superuser() ||
		has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_SETTINGS);
	const char *name = show ? root : "the repository";

	get_parent_directory(parent);
	if (stat(root, &st) != 0 &&
		(errno != ENOENT || lstat(root, &st) == 0))
	{
		/*
		 * for example a dangling symbolic link, where no directory can be made
		 */
		check_row(rsinfo, "repository", false,
				  psprintf("%s cannot be reached: %m", name),
				  "Make the directory, owned by the server's account.");
		return;
	}
	if (stat(root, &st) != 0)
	{
		bool		ok = errno == ENOENT && access(parent, W_OK) == 0;

		check_row(rsinfo, "repository", ok,
				  psprintf("%s does not exist yet; the first backup makes it.",
						   name),
				  "Make the directory, owned by the server's account.");
		return;
	}
	if (!S_ISDIR(st.st_mode) || access(root, R_OK | W_OK | X_OK) != 0)
		check_row(rsinfo, "repository", false,
				  psprintf("%s is not a directory in which the server can write.",
						   name),
				  "Give it to the server's account, with mode 0700.");
	else if (path_is_prefix_of_path(DataDir, root))
		check_row(rsinfo, "repository", true,
				  psprintf("%s is inside the data directory: the archives would be lost together with the cluster, and base backups copy them. Move the repository.",
						   name), NULL);
	else
		check_row(rsinfo, "repository", true,
				  psprintf("%s can be written.", name), NULL);
}

static void
check_pg_dump(ReturnSetInfo *rsinfo)
{
	char	   *dir = pstrdup(my_exec_path);
	char	   *path;
	char		line[256] = "";
	const char *server = GetConfigOption("server_version", false, false);
	size_t		n = strcspn(server, " ");
	char	   *hint = psprintf("Install the client programs of exactly the server's version; on Debian that is package postgresql-client-%d.",
								BP_SERVER_MAJOR);
	FILE	   *pipe;
	const char *prefix = "pg_dump (PostgreSQL) ";

	get_parent_directory(dir);
	path = psprintf("%s/pg_dump", dir);
	if (access(path, X_OK) != 0)
	{
		check_row(rsinfo, "pg_dump", false,
				  "There is no pg_dump beside the server program.", hint);
		return;
	}
	pipe = OpenPipeStream(psprintf("\"%s\" --version", path), "r");
	if (pipe != NULL)
	{
		if (fgets(line, sizeof(line), pipe) == NULL)
			line[0] = '\0';
		ClosePipeStream(pipe);
		line[strcspn(line, "\n")] = '\0';
	}
	check_row(rsinfo, "pg_dump",
			  strncmp(line, prefix, strlen(prefix)) == 0 &&
			  strncmp(line + strlen(prefix), server, n) == 0 &&
			  (line[strlen(prefix) + n] == '\0' ||
			   line[strlen(prefix) + n] == ' '),
			  psprintf("The server's version is %s; found %s.", server,
					   line[0] ? line : "no pg_dump that works"), hint);
}

/* Logs in as the pool does, as the calling role, and reports the result. */
static void
check_login(ReturnSetInfo *rsinfo)
{
	char	   *role = GetUserNameFromId(GetUserId(), false);
	char	   *dir = bp_socket_directory();
	char	   *port = psprintf("%d", PostPortNumber);
	const char *keys[] = {"host", "port", "user", "dbname",
		"application_name", "sslmode", "gssencmode", "connect_timeout", NULL};
	const char *values[] = {dir, port, role, get_database_name(MyDatabaseId),
	"backup_pool check", "disable", "disable", "10", NULL};
	char	   *message = NULL;
	PGconn	   *conn;

	if (dir == NULL)
	{
		check_row(rsinfo, "login", false,
				  "The server does not listen on a Unix-domain socket.",
				  "Set \"unix_socket_directories\" or \"backup_pool.socket_directory\".");
		return;
	}
	conn = libpqsrv_connect_params(keys, values, 0, PG_WAIT_EXTENSION);
	if (conn == NULL || PQstatus(conn) != CONNECTION_OK)
		message = pchomp(conn ? PQerrorMessage(conn) : "out of memory");
	libpqsrv_disconnect(conn);
	check_row(rsinfo, "login", message == NULL,
			  message ? message :
			  psprintf("Role \"%s\" can log in over the socket in %s.",
					   role, dir),
			  psprintf("Let pg_hba.conf admit role \"%s\" on the local socket, for example \"local all %s peer map=backup_pool\" with \"backup_pool SERVER_ACCOUNT %s\" in pg_ident.conf.",
					   role, role, role));
}

static void
check_limits(ReturnSetInfo *rsinfo)
{
	int			most = bp_effective_max_connections();

	check_row(rsinfo, "connections", most >= bp_setting_max_connections,
			  psprintf("The pool may have %d connections; the server allows %d.",
					   most, MaxConnections),
			  "Raise \"max_connections\", or lower \"backup_pool.max_connections\".");
}

Datum
bp_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	bp_shared_require();
	InitMaterializedSRF(fcinfo, 0);
	check_preload(rsinfo);
	check_home(rsinfo);
	check_repository(rsinfo);
	check_pg_dump(rsinfo);
	check_login(rsinfo);
	check_limits(rsinfo);
	return (Datum) 0;
}
