/*-------------------------------------------------------------------------
 *
 * pg_dump.c
 *	  Definitions by the server's own pg_dump.
 *
 * When its output is a pipe, pg_dump -Fc writes the whole table of contents
 * before any data.  We read the table of contents and then end pg_dump.  The
 * entries are the same as in an archive of pg_dump -Fd.
 *
 * pg_dump logs in as the task's owner, like the pool itself.  Its server
 * process is recognised by a random application_name (session/own_dump.c).
 * When we have the table of contents, we end that process first, then pg_dump.
 *
 * pg_dump must be of the server's own minor release: another one may write
 * what this server cannot read back, and the archive names its version.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/pg_dump.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <signal.h>
#include <unistd.h>

#include "archive/toc_read.h"
#include "backup/child.h"
#include "backup/pg_dump.h"
#include "base/compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port.h"
#include "postmaster/postmaster.h"
#include "shared/settings.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define BP_MAX_ARGS 32
#define BP_SERVER_WAITS 5000	/* ms */

typedef struct BpDumpRun
{
	BpSession  *session;
	BpChild    *child;
	char	   *path;
	pid_t		server_pid;		/* its server process; set by the clean-up */
} BpDumpRun;

static char *dump_path(void);
static char **dump_arguments(BpSession *session, const char *path);
static char **dump_environment(BpSession *session);
static size_t dump_read(void *arg, void *buf, size_t len);
BP_NORETURN static void dump_failed(BpDumpRun *run);
static void dump_cleanup(int code, Datum arg);
static pid_t dump_end_server(BpSession *session);
static void dump_await_server(pid_t pid);
static void dump_check_version(const char *dump_version,
							   const char *path);

static char *
dump_path(void)
{
	char	   *dir = pstrdup(my_exec_path);
	char	   *path;

	get_parent_directory(dir);
	path = psprintf("%s/pg_dump", dir);
	if (access(path, X_OK) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("could not find pg_dump beside the server"),
				 errdetail("\"%s\": %m", path),
				 errhint("Install the client programs of this server; on Debian that is package postgresql-client-%d.",
						 BP_SERVER_MAJOR)));
	return path;
}

static char **
dump_arguments(BpSession *session, const char *path)
{
	BpOptions  *o = session->options;
	int			max = BP_MAX_ARGS + list_length(o->schemas) +
		list_length(o->tables) + list_length(o->exclude_schemas) +
		list_length(o->exclude_tables) + list_length(o->exclude_table_data);
	char	  **argv = palloc(max * sizeof(char *));
	int			n = 0;
	ListCell   *lc;

	argv[n++] = pstrdup(path);
	argv[n++] = "--format=custom";
	argv[n++] = "--compress=0";
	argv[n++] = "--no-password";
	argv[n++] = "--strict-names";
	argv[n++] = psprintf("--snapshot=%s", session->task->snapshot);
	argv[n++] = psprintf("--encoding=%s", GetDatabaseEncodingName());
	if (o->content == BP_CONTENT_SCHEMA)
		argv[n++] = "--schema-only";
	else if (o->content == BP_CONTENT_DATA)
		argv[n++] = "--data-only";
	else if (BP_PG_DUMP_STATISTICS != NULL)
		argv[n++] = BP_PG_DUMP_STATISTICS;
	foreach(lc, o->schemas)
		argv[n++] = psprintf("--schema=%s", (char *) lfirst(lc));
	foreach(lc, o->tables)
		argv[n++] = psprintf("--table=%s", (char *) lfirst(lc));
	foreach(lc, o->exclude_schemas)
		argv[n++] = psprintf("--exclude-schema=%s", (char *) lfirst(lc));
	foreach(lc, o->exclude_tables)
		argv[n++] = psprintf("--exclude-table=%s", (char *) lfirst(lc));
	foreach(lc, o->exclude_table_data)
		argv[n++] = psprintf("--exclude-table-data=%s", (char *) lfirst(lc));
	argv[n] = NULL;
	return argv;
}

/*
 * The environment: of the postmaster's only what libpq needs to find a
 * password and the dynamic linker to find libraries, and our own settings.
 */
static char **
dump_environment(BpSession *session)
{
	static const char *const kept[] = {
		"PATH", "HOME", "PGPASSFILE", "LD_LIBRARY_PATH", "TZ"
	};
	char	  **envp = palloc((lengthof(kept) + 16) * sizeof(char *));
	char	   *dir = bp_socket_directory();
	int			n = 0;

	for (int i = 0; i < (int) lengthof(kept); i++)
	{
		const char *value = getenv(kept[i]);

		if (value != NULL)
			envp[n++] = psprintf("%s=%s", kept[i], value);
	}
	envp[n++] = "LC_ALL=C";
	envp[n++] = psprintf("PGHOST=%s", dir ? dir : "localhost");
	envp[n++] = psprintf("PGPORT=%d", PostPortNumber);
	envp[n++] = psprintf("PGUSER=%s", session->task->role);
	envp[n++] = psprintf("PGDATABASE=%s", session->task->database);
	envp[n++] = psprintf("PGAPPNAME=%s", session->task->token);
	envp[n++] = "PGSSLMODE=disable";
	envp[n++] = "PGGSSENCMODE=disable";
	envp[n++] = psprintf("PGCONNECT_TIMEOUT=%d",
						 Max(2, bp_setting_connect_timeout / 1000));
	/*
	 * pg_dump turns the timeouts off itself, but only after its first
	 * queries, which a timeout of the server, role or database could end.  Its
	 * server process must not use parallel workers: as a member of our lock
	 * group (session/own_dump.c) it cannot lead a group of its own.
	 */
	envp[n++] = "PGOPTIONS=-c jit=off -c max_parallel_workers_per_gather=0"
		" -c statement_timeout=0 -c lock_timeout=0"
		" -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0"
		BP_TRANSACTION_TIMEOUT_OPTION;
	envp[n] = NULL;
	return envp;
}

/*
 * The SQLSTATE that the words of a message stand for.  No words match if the
 * server has translated the message.
 */
static int
dump_sqlstate(const char *text)
{
	if (strstr(text, "too many connections") != NULL ||
		strstr(text, "too many clients") != NULL)
		return ERRCODE_TOO_MANY_CONNECTIONS;
	if (strstr(text, "shutting down") != NULL)
		return ERRCODE_CANNOT_CONNECT_NOW;
	if (strstr(text, "password authentication failed") != NULL ||
		strstr(text, "no password supplied") != NULL)
		return ERRCODE_INVALID_PASSWORD;
	if (strstr(text, "authentication failed") != NULL ||
		strstr(text, "pg_hba.conf") != NULL)
		return ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
	if (strstr(text, "permission denied") != NULL)
		return ERRCODE_INSUFFICIENT_PRIVILEGE;
	return ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
}

/* pg_dump has ended too early: raise an error with its own message. */
static void
dump_failed(BpDumpRun *run)
{
	BpChild    *child = run->child;
	char	   *text;
	char	   *first;
	char	   *end;

	bp_child_wait(child);
	text = pchomp(child->errors.data);
	if (GetDatabaseEncoding() != PG_SQL_ASCII &&
		!pg_verifymbstr(text, strlen(text), true))
		for (char *p = text; *p; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	if (strlen(text) > BP_MESSAGE_LEN - 1)
		text[pg_mbcliplen(text, strlen(text), BP_MESSAGE_LEN - 1)] = '\0';
	first = pstrdup(text[0] ? text : "it ended without a message");
	end = strchr(first, '\n');
	if (end != NULL)
		*end = '\0';
	if (strncmp(first, "pg_dump: error: ", 16) == 0)
		first += 16;
	ereport(ERROR,
			(errcode(dump_sqlstate(text)),
			 errmsg("pg_dump failed: %s", first),
			 text[0] ? errdetail("%s", text) :
			 errdetail("Exit status %d.", child->status)));
}

static size_t
dump_read(void *arg, void *buf, size_t len)
{
	BpDumpRun  *run = arg;
	size_t		got = bp_child_read(run->child, buf, len);

	if (got < len)
		dump_failed(run);
	return got;
}

/*
 * End the server process of pg_dump, which holds locks and a snapshot.  At the
 * end of the session the slot may belong to another task already.
 */
static pid_t
dump_end_server(BpSession *session)
{
	BpTask	   *task = session->task;
	pid_t		pid = 0;

	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	if (task->id == session->task_id && task->leader_pid == MyProcPid)
	{
		pid = task->dump_pid;
		task->dump_pid = 0;
		task->leader_pid = 0;
		task->token[0] = '\0';
	}
	LWLockRelease(bp_shared->lock);
	if (pid != 0 && BackendPidGetProc(pid) != NULL)
		(void) kill(pid, SIGTERM);
	return pid;
}

/* Wait until the process is gone, but not for ever. */
static void
dump_await_server(pid_t pid)
{
	for (int i = 0; i < BP_SERVER_WAITS && pid != 0; i++)
	{
		if (BackendPidGetProc(pid) == NULL)
			return;
		CHECK_FOR_INTERRUPTS();
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT |
						 WL_EXIT_ON_PM_DEATH, 1, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

static void
dump_cleanup(int code, Datum arg)
{
	BpDumpRun  *run = (BpDumpRun *) DatumGetPointer(arg);

	run->server_pid = dump_end_server(run->session);
	if (run->child != NULL)
		bp_child_kill(run->child);
}

/* Compare the first words of "15.20 (Debian 15.20-0+deb12u1)". */
static void
dump_check_version(const char *dump_version, const char *path)
{
	const char *server = GetConfigOption("server_version", false, false);
	size_t		n = strcspn(server, " ");

	if (dump_version != NULL && strncmp(dump_version, server, n) == 0 &&
		(dump_version[n] == '\0' || dump_version[n] == ' '))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("pg_dump and the server have different versions"),
			 errdetail("\"%s\" has version %s, the server has version %s.", path,
					   dump_version ? dump_version : "unknown", server),
			 errhint("Install the client programs of the same minor release as the server (on Debian package postgresql-client-%d). If the server is older than its installed package, restart it.",
					 BP_SERVER_MAJOR)));
}

BpToc *
bp_pg_dump_toc(BpSession *session)
{
	BpTask	   *task = session->task;
	BpDumpRun	run;
	uint8		random[16];
	char		hex[33];
	BpToc	   *toc = NULL;
	MemoryContext old;
	char	  **argv;
	char	  **envp;

	run.session = session;
	run.child = NULL;
	run.path = dump_path();
	if (!pg_strong_random(random, sizeof(random)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	hex_encode((const char *) random, sizeof(random), hex);
	hex[32] = '\0';

	/* pg_dump's server process will join our lock group */
	BecomeLockGroupLeader();
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	snprintf(task->token, BP_TOKEN_LEN, "backup_pool %s", hex);
	task->leader_pid = MyProcPid;
	task->dump_pid = 0;
	LWLockRelease(bp_shared->lock);

	argv = dump_arguments(session, run.path);
	envp = dump_environment(session);
	PG_ENSURE_ERROR_CLEANUP(dump_cleanup, PointerGetDatum(&run));
	{
		run.child = bp_child_start(run.path, argv, envp);
		old = MemoryContextSwitchTo(session->cxt);
		toc = bp_toc_read(dump_read, &run, "pg_dump");
		MemoryContextSwitchTo(old);
	}
	PG_END_ENSURE_ERROR_CLEANUP(dump_cleanup, PointerGetDatum(&run));
	dump_cleanup(0, PointerGetDatum(&run));
	dump_await_server(run.server_pid);
	dump_check_version(toc->dump_version, run.path);
	return toc;
}
