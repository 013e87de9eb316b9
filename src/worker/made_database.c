/*-------------------------------------------------------------------------
 *
 * made_database.c
 *	  The database that a restore has made, if the restore fails.
 *
 * If nothing was loaded into it, it is dropped again, so that the restore can be
 * repeated.  Once the first unit that loads data has been started, it stays: its
 * data may have taken hours.
 *
 * A database is known by its oid.  The name may belong to another database by
 * now, which must not be dropped.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/made_database.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "worker/error.h"
#include "worker/lookup.h"
#include "worker/made_database.h"

static Oid	made_lookup(BpRun *run);
static void made_detail(BpRun *run, const char *text);

/* The oid of the database with the target's name; InvalidOid after an error. */
static Oid
made_lookup(BpRun *run)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile Oid oid = InvalidOid;

	PG_TRY();
	{
		oid = bp_lookup_database(bp_task_target_database(run->task));
	}
	PG_CATCH();
	{
		BpTaskError error;

		bp_worker_caught_error(caller, &error);
	}
	PG_END_TRY();
	return oid;
}

/* Adds a line to the detail of the run's error. */
static void
made_detail(BpRun *run, const char *text)
{
	char	   *detail = run->error.detail;

	if (detail[0] != '\0')
		strlcat(detail, "\n", BP_MESSAGE_LEN);
	strlcat(detail, text, BP_MESSAGE_LEN);
}

void
bp_made_database(BpRun *run)
{
	run->making = false;
	run->created = true;
	if (run->task->kind == BP_KIND_RESTORE)
		run->made = made_lookup(run);
}

bool
bp_made_database_must_go(BpRun *run)
{
	char		text[NAMEDATALEN + 128];

	if (run->task->kind != BP_KIND_RESTORE || !run->created)
		return false;
	if (OidIsValid(run->made) && !run->data_seen)
		return true;
	snprintf(text, sizeof(text),
			 "Database \"%s\", which this task has created, was not dropped%s.",
			 bp_task_target_database(run->task),
			 run->data_seen ? ", since data was loaded" : "");
	made_detail(run, text);
	return false;
}

bool
bp_made_database_exists(BpRun *run)
{
	return OidIsValid(run->made) && made_lookup(run) == run->made;
}

void
bp_made_database_dropped(BpRun *run, const BpTaskError *error)
{
	char		text[BP_MESSAGE_LEN];

	if (error == NULL)
		snprintf(text, sizeof(text), "Database \"%s\" was dropped again.",
				 bp_task_target_database(run->task));
	else
		snprintf(text, sizeof(text),
				 "Database \"%s\", which this task has created, could not be dropped: %s",
				 bp_task_target_database(run->task), error->message);
	made_detail(run, text);
}
