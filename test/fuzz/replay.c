/*-------------------------------------------------------------------------
 *
 * replay.c
 *	  replay FUZZER FILE...: runs a fuzzer on the files, without libFuzzer.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/replay.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fuzz.h"

static void
replay(const FuzzTarget *target, const char *path)
{
	FILE	   *f = fopen(path, "rb");
	unsigned char *data;
	long		len;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (len = ftell(f)) < 0)
	{
		perror(path);
		exit(2);
	}
	rewind(f);
	/* of just this length, so that the sanitizer sees who reads beyond */
	data = malloc(len);
	if (fread(data, 1, len, f) != (size_t) len)
	{
		perror(path);
		exit(2);
	}
	fclose(f);
	fprintf(stderr, "%s\n", path);
	fuzz_one(target, data, len);
	free(data);
}

int
main(int argc, char **argv)
{
	const FuzzTarget *target = fuzz_find(argc > 1 ? argv[1] : NULL);

	fuzz_init();
	for (int i = 2; i < argc; i++)
		replay(target, argv[i]);
	return 0;
}
