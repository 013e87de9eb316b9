/*-------------------------------------------------------------------------
 *
 * file.h
 *	  Opening, reading and writing the files of an archive, safely.
 *
 * Whatever lies in an archive may have been put there by anybody: it is opened
 * without following a symbolic link, without waiting for a pipe's other end, and
 * used only if it is a regular file.
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
 * Opens a regular file for reading, as a transient file (fd.c closes it at
 * the end of the transaction).  *size gets its length if size is not NULL.
 * Returns -1 if it is absent and missing_ok.  Errors: of the system, and
 * ERRCODE_WRONG_OBJECT_TYPE for anything that is no regular file.
 */
extern int	bp_file_open(const char *path, bool missing_ok, off_t *size);

/*
 * Makes a file and opens it for reading and writing; it is an error if it
 * exists already, unless truncate, which empties it.  Transient file.
 */
extern int	bp_file_create(const char *path, bool truncate);

/* Opens a regular file that exists for writing.  Transient file. */
extern int	bp_file_open_write(const char *path);

/* Closes a transient file; an error in doing so is raised. */
extern void bp_file_close(int fd, const char *path);

/*
 * Reads up to len bytes at offset, fewer only at the end of the file; returns
 * the count.  Interruptible between pieces of 1 MB.
 */
extern size_t bp_file_read_at(int fd, const char *path, void *buf, size_t len,
							  off_t offset);

/* Like bp_file_read_at; fewer bytes are ERRCODE_DATA_CORRUPTED. */
extern void bp_file_read_exactly(int fd, const char *path, void *buf,
								 size_t len, off_t offset);

/* Writes all of it, or raises the system's error (ENOSPC too). */
extern void bp_file_write_at(int fd, const char *path, const void *buf,
							 size_t len, off_t offset);

/*
 * Asks the system to begin writing these bytes to the disk (len 0: all from
 * offset on), so that a later fsync finds little to do.  A hint: whether it
 * failed is for fsync to say.
 */
extern void bp_file_begin_sync(int fd, off_t offset, off_t len);

/* Makes or replaces a small file with this content; not yet synced. */
extern void bp_file_write_whole(const char *path, const void *buf,
								size_t len);

#endif							/* BP_ARCHIVE_FILE_H */
