/*-------------------------------------------------------------------------
 *
 * fuzz.h
 *	  Declarations that all fuzzers share.
 *
 * A target is a function that gets arbitrary bytes, passes them to our code as
 * the content of a file or of a statement, and returns or raises an error.
 * fuzz.c says what counts as a finding.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/fuzz.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_FUZZ_H
#define BP_FUZZ_H

#include "postgres.h"

typedef struct FuzzTarget
{
	const char *name;
	void		(*run) (const unsigned char *data, size_t len);
} FuzzTarget;

/* archive.c */
extern void fuzz_toc(const unsigned char *data, size_t len);
extern void fuzz_tocfile(const unsigned char *data, size_t len);
extern void fuzz_manifest(const unsigned char *data, size_t len);
extern void fuzz_frames(const unsigned char *data, size_t len);
extern void fuzz_parts(const unsigned char *data, size_t len);
extern void fuzz_lobs(const unsigned char *data, size_t len);

/* data.c */
extern void fuzz_frame(const unsigned char *data, size_t len);
extern void fuzz_stream(const unsigned char *data, size_t len);
extern void fuzz_source(const unsigned char *data, size_t len);

/* rows.c */
extern void fuzz_rows(const unsigned char *data, size_t len);
extern void fuzz_value(const unsigned char *data, size_t len);

/* text.c */
extern void fuzz_options(const unsigned char *data, size_t len);
extern void fuzz_statement(const unsigned char *data, size_t len);
extern void fuzz_names(const unsigned char *data, size_t len);

/* fuzz.c: for the two mains, libFuzzer's and replay.c's */
extern const FuzzTarget *fuzz_find(const char *name);
extern void fuzz_list(void);
extern void fuzz_init(void);
extern void fuzz_one(const FuzzTarget *target, const unsigned char *data,
					 size_t len);

/* A directory of this process in memory, for files */
extern char fuzz_dir[];

/* Makes or replaces a file in it. */
extern void fuzz_write(const char *name, const void *data, size_t len);

/* Runs fn; false if it raised an error, which is looked at and forgotten. */
extern bool fuzz_try(void (*fn) (void *arg), void *arg);

/* A finding, unless it is so. */
extern void fuzz_require(bool so, const char *what);

/* memory.c */
extern MemoryContext fuzz_context(MemoryContext parent, const char *name);
extern void fuzz_memory_limit(size_t limit);

#endif							/* BP_FUZZ_H */
