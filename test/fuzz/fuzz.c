/*-------------------------------------------------------------------------
 *
 * fuzz.c
 *	  Runs one target on one input, in a process with parts of a server.
 *
 * The process runs our real code and the server's.  It is linked with the
 * server program, which server.pl turns into a library.  So it has memory
 * contexts, errors, jsonb and the types' input functions, but no catalogs, no
 * shared memory and no transaction.  catalog.c answers the catalog look-ups of
 * our code.  Our code is compiled with sanitizers, the server is not.
 *
 * Besides the reports of the sanitizers, these are findings:
 *
 * - an internal error (XX000): our code did not expect the input, and users
 *	 would not understand the message;
 * - an error whose message is not valid text, so that it cannot be displayed;
 * - memory out of proportion to the input (memory.c);
 * - a condition of the target that does not hold (fuzz_require).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/fuzz.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "storage/fd.h"
#include "hook.h"
#include "restore/source.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* The largest ratio of any codec: see bp_codec_max_raw */
#define MEMORY_PER_BYTE		((size_t) 33000)
#define MEMORY_AT_LEAST		((size_t) 64 * 1024 * 1024)

char		fuzz_dir[64];

static const FuzzTarget targets[] = {
	{"toc", fuzz_toc},
	{"tocfile", fuzz_tocfile},
	{"manifest", fuzz_manifest},
	{"frames", fuzz_frames},
	{"parts", fuzz_parts},
	{"lobs", fuzz_lobs},
	{"frame", fuzz_frame},
	{"stream", fuzz_stream},
	{"source", fuzz_source},
	{"rows", fuzz_rows},
	{"value", fuzz_value},
	{"options", fuzz_options},
	{"statement", fuzz_statement},
	{"names", fuzz_names}
};

void
fuzz_list(void)
{
	for (int i = 0; i < lengthof(targets); i++)
		printf("%s%c", targets[i].name, i + 1 < lengthof(targets) ? ' ' : '\n');
}

const FuzzTarget *
fuzz_find(const char *name)
{
	for (int i = 0; name != NULL && i < lengthof(targets); i++)
	{
		if (strcmp(targets[i].name, name) == 0)
			return &targets[i];
	}
	fprintf(stderr, "no such fuzzer: %s\n", name != NULL ? name : "(none)");
	exit(2);
}

static void
remove_dir(void)
{
	static const char *const names[] = {
		"toc.dat", "manifest.json", "frames.idx", "blobs.toc", "1.dat"
	};
	static const char *const suffixes[] = {"", ".gz", ".lz4", ".zst"};
	char		path[128];

	for (int i = 0; i < lengthof(names) * lengthof(suffixes); i++)
	{
		snprintf(path, sizeof(path), "%s/%s%s", fuzz_dir,
				 names[i / lengthof(suffixes)],
				 suffixes[i % lengthof(suffixes)]);
		unlink(path);
	}
	rmdir(fuzz_dir);
}

void
fuzz_init(void)
{
	const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	MyProcPid = getpid();
	MemoryContextInit();
	(void) set_stack_base();
	SetDatabaseEncoding(PG_UTF8);
	pg_timezone_initialize();
	CurrentResourceOwner = ResourceOwnerCreate(NULL, "fuzz");
	bp_hook_init();

	snprintf(fuzz_dir, sizeof(fuzz_dir), "%s/backup_pool-fuzz.%d", root,
			 (int) getpid());
	if (mkdir(fuzz_dir, 0700) != 0)
	{
		perror(fuzz_dir);
		exit(2);
	}
	atexit(remove_dir);
}

void
fuzz_write(const char *name, const void *data, size_t len)
{
	char		path[128];
	int			fd;

	snprintf(path, sizeof(path), "%s/%s", fuzz_dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || (len > 0 && write(fd, data, len) != (ssize_t) len))
	{
		perror(path);
		_exit(2);
	}
	close(fd);
}

void
fuzz_require(bool so, const char *what)
{
	if (so)
		return;
	fprintf(stderr, "finding: %s\n", what);
	abort();
}

static void
look_at_text(const char *text)
{
	if (text == NULL || pg_verify_mbstr(PG_UTF8, text, strlen(text), true))
		return;
	fprintf(stderr, "\"%s\"\n", text);
	fuzz_require(false, "the text of an error is no valid text");
}

static void
look_at_error(ErrorData *edata)
{
	if (edata->sqlerrcode == ERRCODE_INTERNAL_ERROR)
	{
		fprintf(stderr, "%s\n", edata->message);
		fuzz_require(false, "an internal error");
	}
	look_at_text(edata->message);
	look_at_text(edata->detail);
	look_at_text(edata->hint);
}

bool
fuzz_try(void (*fn) (void *arg), void *arg)
{
	MemoryContext cxt = CurrentMemoryContext;
	volatile bool ok = true;

	PG_TRY();
	{
		fn(arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		look_at_error(CopyErrorData());
		FlushErrorState();
		/* what the end of a transaction does */
		AtEOXact_Files(false);
		bp_source_forget();
		ok = false;
	}
	PG_END_TRY();
	return ok;
}

typedef struct FuzzInput
{
	const FuzzTarget *target;
	const unsigned char *data;
	size_t		len;
} FuzzInput;

static void
run_target(void *arg)
{
	FuzzInput  *input = (FuzzInput *) arg;

	input->target->run(input->data, input->len);
}

void
fuzz_one(const FuzzTarget *target, const unsigned char *data, size_t len)
{
	MemoryContext cxt = fuzz_context(TopMemoryContext, "fuzz");
	MemoryContext old = MemoryContextSwitchTo(cxt);
	FuzzInput	input = {target, data, len};

	fuzz_memory_limit(MEMORY_AT_LEAST + MEMORY_PER_BYTE * len);
	(void) fuzz_try(run_target, &input);
	AtEOXact_Files(false);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
}
