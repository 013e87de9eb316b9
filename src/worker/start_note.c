/*-------------------------------------------------------------------------
 *
 * start_note.c
 *	  Which backups were begun, for the worker after a crash.
 *
 * A task that brings the server down each time it runs must not be begun for
 * ever, so it has to be known that it was begun, before anything is done for
 * it.  A commit could say that, but only a synced one: what is in the WAL
 * buffers is lost when a backend crashes.  That would be the greater part of
 * the work of a small backup.
 *
 * So it is noted in a file, by one write at the place of the run.  It is not
 * synced: a crash of the server leaves what was written, and a crash of the
 * machine is seldom the work of a backup; when one runs for a while, its
 * start gets into the log as well (log_batch.c).  After a crash the notes are
 * transferred into the log, before anything else is done (recover.c).  A note
 * stays when its task has ended, until the place is used again: what the log
 * calls over is over.
 *
 * The directory is that of temporary statistics, which base backups leave out
 * and no start of the server clears.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/start_note.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "worker/start_note.h"

#define BP_BEGUN_FILE	PG_STAT_TMP_DIR "/backup_pool.begun"
#define BP_BEGUN_MAGIC	0x42504231
#define BP_BEGUN_MAX	4096	/* places read */

static int	begun_fd = -1;

static bool
begun_open(void)
{
	if (begun_fd >= 0)
		return true;
	if (!AcquireExternalFD())
	{
		errno = EMFILE;
		return false;
	}
	begun_fd = BasicOpenFile(BP_BEGUN_FILE, O_RDWR | O_CREAT | PG_BINARY);
	if (begun_fd < 0)
		ReleaseExternalFD();
	return begun_fd >= 0;
}

bool
bp_begun_note(int place, int64 id, int attempt, TimestampTz started_at)
{
	static bool told = false;
	BpBegun		note = {id, started_at, attempt, BP_BEGUN_MAGIC};

	errno = 0;
	if (begun_open() &&
		pwrite(begun_fd, &note, sizeof(note),
			   (off_t) place * sizeof(note)) == sizeof(note))
		return true;
	if (!told)
	{
		if (errno == 0)
			errno = ENOSPC;
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", BP_BEGUN_FILE),
				 errdetail("The start of each backup is synced into the task log instead.")));
	}
	told = true;
	return false;
}

BpBegun *
bp_begun_read(int *n)
{
	BpBegun    *all = palloc0(sizeof(BpBegun) * BP_BEGUN_MAX);
	ssize_t		got;
	int			count = 0;

	*n = 0;
	if (!begun_open())
		return all;
	got = pread(begun_fd, all, sizeof(BpBegun) * BP_BEGUN_MAX, 0);
	for (int i = 0; i < (int) (got / (ssize_t) sizeof(BpBegun)); i++)
		if (all[i].magic == BP_BEGUN_MAGIC && all[i].id > 0)
			all[count++] = all[i];
	*n = count;
	return all;
}

void
bp_begun_clear(void)
{
	if (begun_open() && ftruncate(begun_fd, 0) != 0)
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not truncate file \"%s\": %m",
						BP_BEGUN_FILE)));
}
