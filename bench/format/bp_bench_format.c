/*-------------------------------------------------------------------------
 *
 * bp_bench_format.c
 *	  Row formatting alone: a table as text, uncompressed, into one file.
 *
 * In a backup formatting stands between a scan and a compressor, and shares
 * its time with both.  This runs scan and formatter as a unit does, in the
 * calling backend, and hands the text to write(2) in buffers of the size
 * that units use.  With /dev/null as the file it is what
 *		COPY table TO '/dev/null'
 * does, and with an ordinary file the bytes can be compared with COPY's.
 *
 * Only for the bench: linked with the extension's objects, never installed.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  bench/format/bp_bench_format.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "access/table.h"
#include "base/buffer.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "rows/scan.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_MODULE_MAGIC;

/* as in src/backup/data.c */
#define BENCH_BUFFER	((size_t) 1024 * 1024)

PG_FUNCTION_INFO_V1(bp_bench_format);

/* The file that takes the text. */
typedef struct BenchSink
{
	const char *name;
	int			fd;
} BenchSink;

/* BpScanFlush */
static void
write_buffer(void *arg, BpBuffer *buf, uint64 rows)
{
	BenchSink  *sink = (BenchSink *) arg;
	size_t		done = 0;

	while (done < buf->len)
	{
		ssize_t		n = write(sink->fd, buf->data + done, buf->len - done);

		if (n < 0 && errno != EINTR)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not write file \"%s\": %m", sink->name)));
		if (n > 0)
			done += n;
		CHECK_FOR_INTERRUPTS();
	}
}

/*
 * bp_bench_format(rel oid, file text) returns bigint
 *		Writes all rows of a table to a file of the server, and returns how
 *		many bytes of text that was.
 */
Datum
bp_bench_format(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	BenchSink	sink = {.name = text_to_cstring(PG_GETARG_TEXT_PP(1))};
	BpBuffer	buf;
	BpScanOut	out = {
		.buf = &buf,
		.limit = BENCH_BUFFER,
		.flush = write_buffer,
		.arg = &sink
	};
	BpScanStats stats;
	Relation	rel;

	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser to write to a file")));

	rel = table_open(relid, AccessShareLock);
	sink.fd = OpenTransientFile(sink.name,
								O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	if (sink.fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for writing: %m",
						sink.name)));

	/* room for a row beyond the limit, as a unit has it */
	bp_buffer_init(&buf, BENCH_BUFFER + BENCH_BUFFER / 8);
	stats = bp_scan_blocks(rel, GetActiveSnapshot(), 0, InvalidBlockNumber,
						   0, NULL, &out);
	bp_buffer_free(&buf);

	CloseTransientFile(sink.fd);
	table_close(rel, AccessShareLock);
	PG_RETURN_INT64((int64) stats.bytes);
}
