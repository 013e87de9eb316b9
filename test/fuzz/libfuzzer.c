/*-------------------------------------------------------------------------
 *
 * libfuzzer.c
 *	  The fuzzers as libFuzzer runs them.
 *
 * The environment variable FUZZ names the target; option --names lists all
 * targets.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/libfuzzer.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fuzz.h"

int			LLVMFuzzerInitialize(int *argc, char ***argv);
int			LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static const FuzzTarget *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (*argc > 1 && strcmp((*argv)[1], "--names") == 0)
	{
		fuzz_list();
		exit(0);
	}
	target = fuzz_find(getenv("FUZZ"));
	fuzz_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	fuzz_one(target, data, len);
	return 0;
}
