/*-------------------------------------------------------------------------
 *
 * child.c
 *	  A child process of a pooled backend, with pipes.
 *
 * popen is not used for three reasons: it starts a shell, which would
 * interpret the names in the arguments; on PostgreSQL 15 the child would
 * inherit all open files of the backend; and a read from it cannot be
 * interrupted.
 *
 * The child stays in the backend's process group, so that a cancel signal
 * reaches it as well.  On Linux the kernel kills it when the backend dies.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/child.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "backup/child.h"
#include "base/compat.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "storage/fd.h"

#define BP_CHILD_BUFFER		65536
#define BP_CHILD_MAX_ERRORS 16384

BP_NORETURN static void child_exec(const char *path, char *const argv[],
								   char *const envp[], int out, int err);
static void child_fill_errors(BpChild *child);
static void child_wait_readable(BpChild *child);

/* In the child, between fork and exec: async-signal-safe calls only. */
static void
child_exec(const char *path, char *const argv[], char *const envp[],
		   int out, int err)
{
	sigset_t	none;
	int			null = open("/dev/null", O_RDONLY);

#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	/* descriptors get the lowest free number, so none is higher than this */
	for (int fd = 3; fd < Max(4096, max_safe_fds + 256); fd++)
		(void) close(fd);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			(void) signal(sig, SIG_DFL);
	sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
	execve(path, argv, envp);
	_exit(127);
}

BpChild *
bp_child_start(const char *path, char *const argv[], char *const envp[])
{
	BpChild    *child = palloc0(sizeof(BpChild));
	int			out[2];
	int			err[2];
	pid_t		pid;

	initStringInfo(&child->errors);
	child->buf = palloc(BP_CHILD_BUFFER);
	child->out = child->err = -1;
	if (pipe(out) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create pipe: %m")));
	if (pipe(err) != 0)
	{
		close(out[0]);
		close(out[1]);
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create pipe: %m")));
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		child_exec(path, argv, envp, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	child->out = out[0];
	child->err = err[0];
	if (pid < 0)
	{
		int			save = errno;

		bp_child_kill(child);
		errno = save;
		ereport(ERROR, (errmsg("could not fork: %m")));
	}
	child->pid = pid;
	(void) fcntl(child->out, F_SETFL, O_NONBLOCK);
	(void) fcntl(child->err, F_SETFL, O_NONBLOCK);
	return child;
}

/* Read what the child has written to its standard error, without waiting. */
static void
child_fill_errors(BpChild *child)
{
	char		buf[1024];
	ssize_t		n;

	while (child->err >= 0)
	{
		n = read(child->err, buf, sizeof(buf));
		if (n > 0)
		{
			if (child->errors.len < BP_CHILD_MAX_ERRORS)
				appendBinaryStringInfo(&child->errors, buf, n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
		{
			close(child->err);
			child->err = -1;
		}
		break;
	}
}

static void
child_wait_readable(BpChild *child)
{
	pgsocket	fd = child->out >= 0 ? child->out : child->err;
	int			rc;

	/*
	 * We wait for one of the two pipes only.  A child that fills the other
	 * pipe's buffer is noticed at the timeout.
	 */
	rc = WaitLatchOrSocket(MyLatch,
						   WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | WL_TIMEOUT |
						   (fd >= 0 ? WL_SOCKET_READABLE : 0),
						   fd, fd >= 0 ? 100 : 10, PG_WAIT_EXTENSION);
	if (rc & WL_LATCH_SET)
		ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	child_fill_errors(child);
}

size_t
bp_child_read(BpChild *child, void *buf, size_t len)
{
	size_t		got = 0;

	while (got < len)
	{
		ssize_t		n;

		if (child->pos < child->len)
		{
			size_t		some = Min(len - got, child->len - child->pos);

			memcpy((char *) buf + got, child->buf + child->pos, some);
			child->pos += some;
			got += some;
			continue;
		}
		if (child->out < 0)
			break;
		n = read(child->out, child->buf, BP_CHILD_BUFFER);
		if (n > 0)
		{
			child->pos = 0;
			child->len = n;
			CHECK_FOR_INTERRUPTS();
		}
		else if (n == 0)
		{
			close(child->out);
			child->out = -1;
		}
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			child_wait_readable(child);
		else if (errno != EINTR)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read from pipe: %m")));
	}
	return got;
}

void
bp_child_wait(BpChild *child)
{
	while (child->pid > 0)
	{
		pid_t		rc = waitpid(child->pid, &child->status, WNOHANG);

		if (rc == child->pid || (rc < 0 && errno != EINTR))
			child->pid = 0;
		else
			child_wait_readable(child);
	}
	child_fill_errors(child);
}

void
bp_child_kill(BpChild *child)
{
	if (child->pid > 0)
	{
		(void) kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
			;
		child->pid = 0;
	}
	if (child->out >= 0)
		close(child->out);
	if (child->err >= 0)
		close(child->err);
	child->out = child->err = -1;
}
