/*-------------------------------------------------------------------------
 *
 * bp_send.c
 *	  Statements that libpq cannot send, for the tests.
 *
 * LD_PRELOAD loads this library into a server.  It makes one call of
 * PQsendQuery fail.  All processes map a small control file, which says which
 * call fails, and in which the calls are counted.
 * test/t/worker/failed_send.pl writes the control file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fault/bp_send.c
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct Control
{
	uint32_t	fails;			/* this call fails, from 1; 0: none */
	uint32_t	seen;			/* calls so far */
} Control;

static Control *control = NULL;

__attribute__((constructor)) static void
attach(void)
{
	const char *path = getenv("BP_SEND_CONTROL");
	int			fd;
	void	   *map;

	if (path == NULL || (fd = open(path, O_RDWR | O_CLOEXEC)) < 0)
		return;
	map = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		control = map;
	close(fd);
}

int
PQsendQuery(void *conn, const char *query)
{
	int			(*real) (void *, const char *) = dlsym(RTLD_NEXT, "PQsendQuery");

	if (control != NULL && ++control->seen == control->fails)
		return 0;
	return real(conn, query);
}
