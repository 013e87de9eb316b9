/*-------------------------------------------------------------------------
 *
 * lobs.c
 *	  Units of a backup that write large objects into files.
 *
 * Each large object is a file blob_OID.dat, as pg_dump names it, compressed
 * like the tables in frames of about a megabyte.  The lists blobs.toc are
 * written at the end, from the table of contents.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/lobs.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>

#include "archive/datafile.h"
#include "archive/file.h"
#include "backup/backup.h"
#include "backup/internal.h"
#include "libpq/libpq-fs.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/large_object.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define BP_LOB_CHUNK	65536

static void lob_out(BpSession *session, BpFrameWriter *w, Oid oid,
					int dump_id, const char *suffix);
static List *lob_metadata_list(const BpTocEntry *meta);

/* Parse the definition of a BLOB METADATA entry: "oid\noid\n…" */
static List *
lob_metadata_list(const BpTocEntry *meta)
{
	List	   *oids = NIL;
	const char *p = meta->defn ? meta->defn : "";

	while (*p)
	{
		char	   *end;
		Oid			oid = (Oid) strtoul(p, &end, 10);

		if (end == p)
			break;
		oids = lappend_oid(oids, oid);
		p = end;
		while (*p == '\n')
			p++;
	}
	return oids;
}

List *
bp_backup_lob_list(BpToc *toc, BpTocEntry *blobs)
{
	List	   *oids = NIL;

	for (int i = 0; i < blobs->ndeps; i++)
	{
		BpTocEntry *e = bp_toc_find(toc, blobs->deps[i]);

		if (e != NULL && strcmp(e->desc, "BLOB METADATA") == 0)
			return lob_metadata_list(e);
	}
	for (int i = 0; i < toc->nentries; i++)
		if (strcmp(toc->entries[i].desc, "BLOB") == 0)
			oids = lappend_oid(oids, toc->entries[i].oid);
	return oids;
}

static void
lob_out(BpSession *session, BpFrameWriter *w, Oid oid, int dump_id,
		const char *suffix)
{
	char	   *path = psprintf("%s/blob_%u.dat%s", session->path, oid, suffix);
	pg_atomic_uint64 offset;
	LargeObjectDesc *lo;
	const BpFrame *frames;
	int			fd;
	int			n;

	pg_atomic_init_u64(&offset, 0);
	fd = OpenTransientFile(path, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", path)));
	bp_frame_writer_begin(w, fd, path, dump_id, &offset);
	lo = inv_open(oid, INV_READ, CurrentMemoryContext);
	do
	{
		CHECK_FOR_INTERRUPTS();
		bp_buffer_reserve(&w->buf, BP_LOB_CHUNK);
		n = inv_read(lo, w->buf.data + w->buf.len, BP_LOB_CHUNK);
		w->buf.len += n;
		if (w->buf.len >= w->frame_size)
			bp_frame_writer_flush(w);
	} while (n > 0);
	inv_close(lo);
	bp_frame_writer_end(w, BP_END_NONE);
	if (w->stored == 0 && w->compressed)
	{
		/* a compressed file without any frame would be a damaged one */
		size_t		cap = bp_compress_bound(w->compressor, 0);
		char	   *frame = palloc(cap);

		cap = bp_compress(w->compressor, "", 0, frame, cap);
		bp_file_write_at(fd, path, frame, cap, 0);
		pfree(frame);
	}
	/* large objects are not in the frame index */
	(void) bp_frame_writer_take(w, &frames);
	pg_atomic_fetch_add_u64(&session->task->raw_bytes, w->raw);
	pg_atomic_fetch_add_u64(&session->task->stored_bytes, w->stored);
	if (CloseTransientFile(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not close file \"%s\": %m", path)));
	pfree(path);
}

void
bp_backup_lobs(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = session->plan;
	BpPlanFile *file = &bp_plan_files(plan)[unit->file];
	BpCodecSpec codec = bp_backup_codec(session);
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "backup_pool unit",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	BpFrameWriter *w = bp_frame_writer_create(&codec,
												bp_backup_frame_size(&codec));

	PushActiveSnapshot(bp_backup_snapshot(session));
	PG_TRY();
	{
		for (uint32 i = unit->first; i <= unit->last; i++)
			lob_out(session, w, (Oid) bp_plan_entries(plan)[i],
					file->dump_id, bp_codec_suffix(codec.algo));
	}
	PG_CATCH();
	{
		/* forget the relations that inv_open has left open */
		close_lo_relation(false);
		PG_RE_THROW();
	}
	PG_END_TRY();
	close_lo_relation(true);
	PopActiveSnapshot();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}
