/*-------------------------------------------------------------------------
 *
 * own_dump.c
 *	  The server process of a pg_dump that a backup has started.
 *
 * The leader of a backup holds locks on all tables.  The session of its
 * pg_dump asks for the same locks again.  If another session requests a
 * stronger lock between the two, pg_dump would wait for that session, that
 * session for the leader, and the leader for pg_dump.  So the session of
 * pg_dump joins the lock group of the leader, where members do not block each
 * other.
 *
 * The session is recognised by its application_name, which is a token of 128
 * random bits.  A role that guesses the token, and is the same role in the same
 * database, can only silence the end of its own session.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/session/own_dump.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "session/own_dump.h"
#include "shared/slots.h"
#include "shared/task.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/guc.h"

static bool recognised = false; /* we have looked at the application_name */
static bool is_own_dump = false;

void
bp_own_dump_recognise(void)
{
	pid_t		leader_pid = 0;
	PGPROC	   *leader;

	if (recognised)
		return;
	recognised = true;
	if (application_name == NULL ||
		strncmp(application_name, "backup_pool ", 12) != 0 ||
		!OidIsValid(MyDatabaseId))
		return;
	LWLockAcquire(bp_shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < bp_shared->nconns; i++)
	{
		/* one of these is the leader's connection */
		BpTask	   *task = bp_task_find(bp_shared->conns[i].task_id);

		if (task != NULL && task->state == BP_TASK_RUNNING &&
			task->token[0] != '\0' &&
			strcmp(task->token, application_name) == 0 &&
			task->dump_pid == 0 && task->owner == GetSessionUserId())
		{
			task->dump_pid = MyProcPid;
			task->token[0] = '\0';	/* valid for one session */
			leader_pid = task->leader_pid;
			is_own_dump = true;
			break;
		}
	}
	LWLockRelease(bp_shared->lock);
	if (leader_pid == 0)
		return;
	/* the leader of a lock group cannot be a member of another one */
	leader = BackendPidGetProc(leader_pid);
	if (leader != NULL && leader->databaseId == MyDatabaseId &&
		MyProc->lockGroupLeader == NULL)
		(void) BecomeLockGroupMember(leader, leader_pid);
}

/* We end pg_dump's session ourselves, so its end needs no line in the log. */
void
bp_own_dump_hush(ErrorData *edata)
{
	if (is_own_dump && edata->elevel >= LOG &&
		(edata->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN ||
		 edata->sqlerrcode == ERRCODE_CONNECTION_FAILURE ||
		 edata->sqlerrcode == ERRCODE_CONNECTION_DOES_NOT_EXIST ||
		 edata->sqlerrcode == ERRCODE_QUERY_CANCELED))
		edata->output_to_server = false;
}
