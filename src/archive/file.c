/*-------------------------------------------------------------------------
 *
 * file.c
 *	  Opening, reading and writing the files of an archive safely.
 *
 * All descriptors are transient files of fd.c: they are counted against
 * max_files_per_process, and closed at the end of the transaction in any case.
 * O_NONBLOCK keeps open() from waiting at a FIFO; on a regular file it has no
 * effect.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/file.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/file.h"
#include "base/compat.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"

#ifndef O_NOFOLLOW
#define O_NOFOLLOW 0
#endif

/* Bytes that one system call reads or writes at most, between interrupts */
#define IO_PIECE	(1024 * 1024)

static void
not_regular(const char *path)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a regular file", path),
			 errdetail("Files of an archive must be regular files; symbolic links are not followed.")));
}

/* Opens a file, with these flags besides the usual ones, and checks its type. */
static int
open_regular(const char *path, int flags, bool missing_ok, off_t *size)
{
	struct stat st;
	int			fd;

	fd = OpenTransientFile(path, flags | PG_BINARY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
	{
		if (errno == ENOENT && missing_ok)
			return -1;
		/* ELOOP: a symbolic link; ENXIO: a FIFO without a reader */
		if (errno == ELOOP || errno == ENXIO)
			not_regular(path);
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path)));
	}
	if (fstat(fd, &st) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", path)));
	if (!S_ISREG(st.st_mode))
	{
		CloseTransientFile(fd);
		not_regular(path);
	}
	if (size != NULL)
		*size = st.st_size;
	return fd;
}

int
bp_file_open(const char *path, bool missing_ok, off_t *size)
{
	return open_regular(path, O_RDONLY, missing_ok, size);
}

int
bp_file_open_write(const char *path)
{
	return open_regular(path, O_RDWR, false, NULL);
}

int
bp_file_create(const char *path, bool truncate)
{
	int			fd;

	if (truncate)
		return open_regular(path, O_RDWR | O_CREAT | O_TRUNC, false, NULL);
	fd = OpenTransientFile(path, O_RDWR | O_CREAT | O_EXCL | PG_BINARY);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", path)));
	return fd;
}

void
bp_file_close(int fd, const char *path)
{
	if (CloseTransientFile(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not close file \"%s\": %m", path)));
}

size_t
bp_file_read_at(int fd, const char *path, void *buf, size_t len, off_t offset)
{
	size_t		done = 0;

	while (done < len)
	{
		ssize_t		n;

		CHECK_FOR_INTERRUPTS();
		pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_READ);
		n = pg_pread(fd, (char *) buf + done, Min(len - done, IO_PIECE),
					 offset + done);
		pgstat_report_wait_end();
		if (n < 0)
		{
			if (errno == EINTR)
				continue;
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", path)));
		}
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

void
bp_file_read_exactly(int fd, const char *path, void *buf, size_t len,
					 off_t offset)
{
	size_t		n = bp_file_read_at(fd, path, buf, len, offset);

	if (n != len)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is shorter than it should be", path),
				 errdetail("%zu bytes are expected at offset %llu, %zu are there.",
						   len, (unsigned long long) offset, n)));
}

void
bp_file_write_at(int fd, const char *path, const void *buf, size_t len,
				 off_t offset)
{
	size_t		done = 0;

	while (done < len)
	{
		ssize_t		n;

		CHECK_FOR_INTERRUPTS();
		errno = 0;
		pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_WRITE);
		n = pg_pwrite(fd, (const char *) buf + done,
					  Min(len - done, IO_PIECE), offset + done);
		pgstat_report_wait_end();
		if (n <= 0)
		{
			if (n < 0 && errno == EINTR)
				continue;
			/* if nothing was written without an error, the disk is full */
			if (errno == 0)
				errno = ENOSPC;
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not write file \"%s\": %m", path)));
		}
		done += n;
	}
}

void
bp_file_begin_sync(int fd, off_t offset, off_t len)
{
	/* not pg_flush_data: that panics on an error */
#ifdef HAVE_SYNC_FILE_RANGE
	if (enableFsync)
		(void) sync_file_range(fd, offset, len, SYNC_FILE_RANGE_WRITE);
#endif
}

void
bp_file_write_whole(const char *path, const void *buf, size_t len)
{
	int			fd = bp_file_create(path, true);

	bp_file_write_at(fd, path, buf, len, 0);
	bp_file_close(fd, path);
}
