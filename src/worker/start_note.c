/*-------------------------------------------------------------------------
 *
 * start_note.c
 *	  Notes of backups that were started, for the worker after a crash.
 *
 * A task that crashes the server each time it runs must not be started again
 * for ever.  So its start has to be recorded before anything is done for it.  A
 * commit would have to be synced, since a crash of a backend loses what is in
 * the WAL buffers; the sync would take most of the time of a small backup.
 *
 * Instead, the start is noted in a file, by one write.  The file has one entry
 * for each run of the worker.  It is not synced: after a crash of the server
 * the operating system still has what was written, and a crash of the machine
 * is hardly the fault of a backup.  If a backup runs for a while, its start
 * gets into the log as well (log_batch.c).  After a crash the notes are
 * transferred into the log before anything else is done (recover.c).  A note
 * is not removed when its task ends, but overwritten by that of a later run.
 * If the log says that a task has ended, a note of it has no effect.
 *
 * The file is in the directory of temporary statistics, which base backups
 * leave out and no start of the server empties.
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

#define BP_START_NOTE_FILE	PG_STAT_TMP_DIR "/backup_pool.begun"
#define BP_START_NOTE_MAGIC	0x42504231
#define BP_START_NOTE_MAX	4096	/* entries that are read */

static int	note_fd = -1;

static bool
open_note_file(void)
{
	if (note_fd >= 0)
		return true;
	if (!AcquireExternalFD())
	{
		errno = EMFILE;
		return false;
	}
	note_fd = BasicOpenFile(BP_START_NOTE_FILE, O_RDWR | O_CREAT | PG_BINARY);
	if (note_fd < 0)
		ReleaseExternalFD();
	return note_fd >= 0;
}

bool
bp_start_note_write(int index, int64 id, int attempt, TimestampTz started_at)
{
	static bool reported = false;
	BpStartNote note = {id, started_at, attempt, BP_START_NOTE_MAGIC};

	errno = 0;
	if (open_note_file() &&
		pwrite(note_fd, &note, sizeof(note),
			   (off_t) index * sizeof(note)) == sizeof(note))
		return true;
	if (!reported)
	{
		if (errno == 0)
			errno = ENOSPC;
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", BP_START_NOTE_FILE),
				 errdetail("Instead, each start of a backup is committed to the task log and synced.")));
	}
	reported = true;
	return false;
}

BpStartNote *
bp_start_note_read(int *n)
{
	BpStartNote *all = palloc0(sizeof(BpStartNote) * BP_START_NOTE_MAX);
	ssize_t		got;
	int			count = 0;

	*n = 0;
	if (!open_note_file())
		return all;
	got = pread(note_fd, all, sizeof(BpStartNote) * BP_START_NOTE_MAX, 0);
	for (int i = 0; i < (int) (got / (ssize_t) sizeof(BpStartNote)); i++)
		if (all[i].magic == BP_START_NOTE_MAGIC && all[i].id > 0)
			all[count++] = all[i];
	*n = count;
	return all;
}

void
bp_start_note_clear(void)
{
	if (open_note_file() && ftruncate(note_fd, 0) != 0)
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not truncate file \"%s\": %m",
						BP_START_NOTE_FILE)));
}
