/*-------------------------------------------------------------------------
 *
 * child.h
 *	  A child process of a pooled backend, with pipes.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/child.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BACKUP_CHILD_H
#define BP_BACKUP_CHILD_H

#include "lib/stringinfo.h"

typedef struct BpChild
{
	pid_t		pid;			/* 0: none, or reaped */
	int			out;			/* its standard output, -1 when closed */
	int			err;			/* its standard error, -1 when closed */
	int			status;			/* as of waitpid, once reaped */
	StringInfoData errors;		/* text from its standard error */
	char	   *buf;			/* read ahead */
	size_t		pos;
	size_t		len;
} BpChild;

/*
 * Starts path with these arguments and exactly this environment (both ended
 * by NULL); no shell, no inherited descriptors beyond 0, 1, 2.  Everything is
 * allocated in CurrentMemoryContext.
 */
extern BpChild *bp_child_start(const char *path, char *const argv[],
							   char *const envp[]);

/*
 * Reads from its standard output: len bytes, fewer at the end only.  Waits
 * interruptibly.
 */
extern size_t bp_child_read(BpChild *child, void *buf, size_t len);

/* Waits until it has ended by itself; its output must have been read. */
extern void bp_child_wait(BpChild *child);

/* Kills and reaps it; safe to call at any time, in error clean-up too. */
extern void bp_child_kill(BpChild *child);

#endif							/* BP_BACKUP_CHILD_H */
