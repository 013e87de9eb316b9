/*-------------------------------------------------------------------------
 *
 * file.h
 *	  Opening, reading and writing the files of an archive, safely.
 *
 * Anybody may have put the files of an archive there.  So a file is opened
 * without following a symbolic link and without waiting for the other end of a
 * pipe, and it is used only if it is a regular file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/file.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ARCHIVE_FILE_H
#define BP_ARCHIVE_FILE_H

#include <sys/types.h>

/*
 * Descriptors are transient files: fd.c closes them at the end of the
 * transaction if bp_file_close was not called.  Offsets and lengths are in
 * bytes.  All functions raise the system's errors, naming the path.
 */

/*
 * Opens a regular file for reading.  Sets *size, unless size is NULL, to its
 * length.  Returns -1 if there is no such file and missing_ok is true.
 * ERRCODE_WRONG_OBJECT_TYPE if it is not a regular file.
 */
extern int	bp_file_open(const char *path, bool missing_ok, off_t *size);

/*
 * Makes a file and opens it for reading and writing.  If it exists already,
 * that is an error, or with 'truncate' it is emptied.
 */
extern int	bp_file_create(const char *path, bool truncate);

/* Opens an existing regular file for writing. */
extern int	bp_file_open_write(const char *path);

/* Closes a file. */
extern void bp_file_close(int fd, const char *path);

/*
 * Reads up to len bytes at offset, fewer only at the end of the file; returns
 * the count.  Interruptible between pieces of 1 MB.
 */
extern size_t bp_file_read_at(int fd, const char *path, void *buf, size_t len,
							  off_t offset);

/* Like bp_file_read_at; ERRCODE_DATA_CORRUPTED if there are fewer bytes. */
extern void bp_file_read_exactly(int fd, const char *path, void *buf,
								 size_t len, off_t offset);

/* Writes all len bytes, or raises the system's error, for example ENOSPC. */
extern void bp_file_write_at(int fd, const char *path, const void *buf,
							 size_t len, off_t offset);

/*
 * Asks the system to begin writing these bytes to the disk (len 0: all from
 * offset on), so that a later fsync has little to do.  It is a hint and raises
 * no error: fsync reports failures.
 */
extern void bp_file_begin_sync(int fd, off_t offset, off_t len);

/* Makes or replaces a small file with this content; not yet synced. */
extern void bp_file_write_whole(const char *path, const void *buf,
								size_t len);

#endif							/* BP_ARCHIVE_FILE_H */
