/*-------------------------------------------------------------------------
 *
 * bp_fault.c
 *	  A disk that is full, broken or read-only, for the tests.
 *
 * LD_PRELOAD loads this library into a server.  There it replaces the
 * functions of the C library for system calls on files below one
 * directory.  All processes map a small control file, which says which calls
 * fail, with which errno, and after how many calls; the library also counts
 * the calls there. test/t/faults/disk_errors.pl writes the control file.  For
 * test/t/archive/half_archives.pl no call fails, but the directory is renamed
 * before one of the calls.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fault/bp_fault.c
 *
 *-------------------------------------------------------------------------
 */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* as in test/t/faults/disk_errors.pl */
#define OP_CREATE	1			/* open, for anything but reading alone */
#define OP_WRITE	2
#define OP_FSYNC	4
#define OP_RENAME	8
#define OP_MKDIR	16
#define OP_REMOVE	32			/* unlink, rmdir */
#define OP_OPEN		64			/* open for reading */
#define OP_READ		128
#define OP_LIST		256			/* opendir */
#define OP_LOOK		512			/* lstat; fails in no test, but see VANISH */

#define SHORT		(-1)		/* no error: the call does half of its work */
#define VANISH		(-2)		/* no error: the directory is renamed before the call */

typedef struct Control
{
	uint32_t	ops;
	int32_t		error;
	uint32_t	first;			/* this call and those after it, from 1 */
	uint32_t	times;			/* how many; 0: all */
	uint32_t	seen;
	uint32_t	failed;
	char		dir[256];
} Control;

static Control *control = NULL;
static unsigned char ours[65536];	/* by descriptor */

__attribute__((constructor)) static void
attach(void)
{
	const char *path = getenv("BP_FAULT_CONTROL");
	int			(*real) (const char *, int,...) = dlsym(RTLD_NEXT, "open");
	int			fd;
	void	   *map;

	if (path == NULL || (fd = real(path, O_RDWR | O_CLOEXEC)) < 0)
		return;
	map = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		control = map;
	close(fd);
}

static int
is_ours(const char *path)
{
	size_t		len;

	if (control == NULL || control->ops == 0 || path == NULL)
		return 0;
	len = strlen(control->dir);
	return strncmp(path, control->dir, len) == 0 &&
		(path[len] == '/' || path[len] == '\0');
}

static int
is_our_fd(int fd)
{
	return fd >= 0 && fd < (int) sizeof(ours) && ours[fd];
}

/* As if somebody removed the directory: it gets "~" at the end of its name. */
static void
vanish(void)
{
	int			(*real) (const char *, const char *) = dlsym(RTLD_NEXT, "rename");
	char		to[sizeof(control->dir) + 1];
	int			saved = errno;

	strcpy(to, control->dir);
	strcat(to, "~");
	(void) real(control->dir, to);
	errno = saved;
}

/* Is it this call's turn? */
static int
fails(uint32_t op)
{
	uint32_t	n;

	if (control == NULL || !(control->ops & op))
		return 0;
	n = __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
	if (control->first == 0 || n < control->first ||
		(control->times != 0 && n - control->first >= control->times))
		return 0;
	__atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
	if (control->error == VANISH)
	{
		vanish();
		return 0;
	}
	errno = control->error;
	return 1;
}

#define REAL(name) \
	static __typeof__(name) *real; \
	if (real == NULL) \
		real = (__typeof__(name) *) dlsym(RTLD_NEXT, #name)

/* ----------------------------------------------------------------
 *		names
 * ----------------------------------------------------------------
 */

static int
may_open(const char *path, int flags)
{
	/* a directory is opened to be synced: that may fail then */
	struct stat st;

	if (!is_ours(path))
		return 1;
	if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0)
		return !fails(OP_CREATE);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 1;
	return !fails(OP_OPEN);
}

static int
opened(int fd, const char *path)
{
	if (fd >= 0 && fd < (int) sizeof(ours))
		ours[fd] = is_ours(path);
	return fd;
}

#define OPEN(name) \
int \
name(const char *path, int flags,...) \
{ \
	mode_t		mode = 0; \
	va_list		args; \
	REAL(name); \
	va_start(args, flags); \
	if (flags & (O_CREAT | O_TMPFILE)) \
		mode = va_arg(args, mode_t); \
	va_end(args); \
	return may_open(path, flags) ? opened(real(path, flags, mode), path) : -1; \
}

OPEN(open)
OPEN(open64)

extern int	__open_2(const char *path, int flags);
extern int	__open64_2(const char *path, int flags);

int
__open_2(const char *path, int flags)
{
	return open(path, flags);
}

int
__open64_2(const char *path, int flags)
{
	return open(path, flags);
}

int
close(int fd)
{
	REAL(close);
	if (fd >= 0 && fd < (int) sizeof(ours))
		ours[fd] = 0;
	return real(fd);
}

int
rename(const char *from, const char *to)
{
	REAL(rename);
	return is_ours(from) && fails(OP_RENAME) ? -1 : real(from, to);
}

int
mkdir(const char *path, mode_t mode)
{
	REAL(mkdir);

	/* EEXIST comes before any error of the disk */
	return is_ours(path) && access(path, F_OK) != 0 && fails(OP_MKDIR) ? -1 :
		real(path, mode);
}

int
unlink(const char *path)
{
	REAL(unlink);
	return is_ours(path) && fails(OP_REMOVE) ? -1 : real(path);
}

int
rmdir(const char *path)
{
	REAL(rmdir);
	return is_ours(path) && fails(OP_REMOVE) ? -1 : real(path);
}

DIR *
opendir(const char *path)
{
	REAL(opendir);
	return is_ours(path) && fails(OP_LIST) ? NULL : real(path);
}

int
lstat(const char *path, struct stat *st)
{
	REAL(lstat);
	return is_ours(path) && fails(OP_LOOK) ? -1 : real(path, st);
}

int
lstat64(const char *path, struct stat64 *st)
{
	REAL(lstat64);
	return is_ours(path) && fails(OP_LOOK) ? -1 : real(path, st);
}

/* ----------------------------------------------------------------
 *		contents
 * ----------------------------------------------------------------
 */

/* The length to go on with, or -1. */
static ssize_t
may_move(int fd, uint32_t op, size_t len)
{
	int			saved = errno;

	if (!is_our_fd(fd) || !fails(op))
		return len;
	if (control->error != SHORT)
		return -1;
	errno = saved;
	return len > 1 ? len / 2 : len;
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	ssize_t		n;
	REAL(write);

	n = may_move(fd, OP_WRITE, len);
	return n < 0 ? -1 : real(fd, buf, n);
}

ssize_t
pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	ssize_t		n;
	REAL(pwrite);

	n = may_move(fd, OP_WRITE, len);
	return n < 0 ? -1 : real(fd, buf, n, offset);
}

ssize_t
pwrite64(int fd, const void *buf, size_t len, off64_t offset)
{
	ssize_t		n;
	REAL(pwrite64);

	n = may_move(fd, OP_WRITE, len);
	return n < 0 ? -1 : real(fd, buf, n, offset);
}

ssize_t
read(int fd, void *buf, size_t len)
{
	ssize_t		n;
	REAL(read);

	n = may_move(fd, OP_READ, len);
	return n < 0 ? -1 : real(fd, buf, n);
}

ssize_t
pread(int fd, void *buf, size_t len, off_t offset)
{
	ssize_t		n;
	REAL(pread);

	n = may_move(fd, OP_READ, len);
	return n < 0 ? -1 : real(fd, buf, n, offset);
}

ssize_t
pread64(int fd, void *buf, size_t len, off64_t offset)
{
	ssize_t		n;
	REAL(pread64);

	n = may_move(fd, OP_READ, len);
	return n < 0 ? -1 : real(fd, buf, n, offset);
}

/* what read and pread are called with _FORTIFY_SOURCE */
extern ssize_t __read_chk(int fd, void *buf, size_t len, size_t room);
extern ssize_t __pread_chk(int fd, void *buf, size_t len, off_t offset,
						   size_t room);
extern ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t offset,
							 size_t room);

ssize_t
__read_chk(int fd, void *buf, size_t len, size_t room)
{
	if (len > room)
		abort();
	return read(fd, buf, len);
}

ssize_t
__pread_chk(int fd, void *buf, size_t len, off_t offset, size_t room)
{
	if (len > room)
		abort();
	return pread(fd, buf, len, offset);
}

ssize_t
__pread64_chk(int fd, void *buf, size_t len, off64_t offset, size_t room)
{
	if (len > room)
		abort();
	return pread64(fd, buf, len, offset);
}

int
fsync(int fd)
{
	REAL(fsync);
	return is_our_fd(fd) && fails(OP_FSYNC) ? -1 : real(fd);
}

int
fdatasync(int fd)
{
	REAL(fdatasync);
	return is_our_fd(fd) && fails(OP_FSYNC) ? -1 : real(fd);
}
