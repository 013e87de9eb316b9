/*-------------------------------------------------------------------------
 *
 * compare_lobs.c
 *	  Comparing large objects of the scratch database with the archive.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/compare_lobs.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/stream.h"
#include "libpq/be-fsstubs.h"
#include "libpq/libpq-fs.h"
#include "miscadmin.h"
#include "restore/lobs.h"
#include "restore/toc.h"
#include "utils/fmgrprotos.h"
#include "verify/verify.h"

#define BP_LOB_PIECE	(256 * 1024)

static void compare_lob(BpSession *session, const BpLobFile *lob);

static void
compare_lob(BpSession *session, const BpLobFile *lob)
{
	char	   *ours = palloc(BP_LOB_PIECE);
	char	   *theirs = palloc(BP_LOB_PIECE);
	BpStream   *stream = NULL;
	off_t		size = 0;
	bool		same = true;
	size_t		n;
	int			fd;

	if (!bp_data_file_find(session->path, lob->name, NULL, NULL, &size))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" of large object %u is missing in directory \"%s\"",
						lob->name, lob->oid, session->path)));
	fd = DatumGetInt32(DirectFunctionCall2(be_lo_open,
										   ObjectIdGetDatum(lob->oid),
										   Int32GetDatum(INV_READ)));
	/* an empty large object may be a file without a byte */
	if (size > 0)
		stream = bp_stream_open(session->path, lob->name);
	do
	{
		size_t		have = 0;

		CHECK_FOR_INTERRUPTS();
		n = stream != NULL ? bp_stream_read(stream, ours, BP_LOB_PIECE) : 0;
		/* at the end of the file, look for one byte more */
		while (have < Max(n, 1))
		{
			int			got = lo_read(fd, theirs + have, (int) (Max(n, 1) - have));

			if (got <= 0)
				break;
			have += got;
		}
		same = have == n && memcmp(ours, theirs, n) == 0;
	} while (same && n > 0);
	if (stream != NULL)
		bp_stream_close(stream);
	DirectFunctionCall1(be_lo_close, Int32GetDatum(fd));
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("large object %u differs from the archive after the restore",
						lob->oid)));
	pfree(ours);
	pfree(theirs);
}

void
bp_verify_compare_lobs(BpSession *session, BpUnit *unit)
{
	BpPlanFile *file = &bp_plan_files(bp_session_plan(session))[unit->file];
	BpTocEntry *e = bp_toc_find(bp_restore_toc(session), file->dump_id);
	List	   *list;

	if (e == NULL)
		elog(ERROR, "archive entry %d is missing", file->dump_id);
	list = bp_restore_lob_list(session, e);
	for (uint32 i = unit->first; i <= unit->last && i < list_length(list); i++)
		compare_lob(session, list_nth(list, i));
	pg_atomic_fetch_add_u64(&session->task->bytes_done, unit->cost);
}
