/*-------------------------------------------------------------------------
 *
 * data.c
 *	  Units of a backup that write rows as frames into files.
 *
 * A unit reads pieces of a large table, or some small tables, or the rows of a
 * query, and formats them into a buffer.  Each full buffer is compressed and
 * written as one frame at the next free offset of the table's file; that
 * offset is a counter in the plan.  Several backends may write one file: they
 * reserve its bytes in the order of the table's blocks (ordered.c).  The
 * backend that takes the file's count of open units to zero writes the end
 * marker.
 *
 * The leader holds a lock on the table.  We try to take our own lock, but do
 * not wait for it: if another session waits for a stronger lock, we would
 * queue behind it, it waits for the leader, and the leader waits for us.
 * Without our own lock, that of the leader protects us, since the leader
 * outlives us.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/data.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "access/xact.h"
#include "archive/datafile.h"
#include "archive/file.h"
#include "backup/backup.h"
#include "backup/internal.h"
#include "backup/ordered.h"
#include "base/array.h"
#include "miscadmin.h"
#include "rows/scan.h"
#include "shared/settings.h"
#include "storage/fd.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

/* State of the unit, passed to the flush callback */
typedef struct BpDataOut
{
	BpSession  *session;
	BpFrameWriter *writer;
	uint64		cost;			/* of the unit, in bytes of the plan */
	uint64		counted;		/* bytes reported as done */
	BpFrame    *frames;			/* written by this unit so far */
	int			nframes;
	int			max_frames;
	MemoryContext cxt;			/* of frames */
	BpOrdered  *ordered;		/* if units share the current file, or NULL */
	bool		alone;			/* no other unit writes the current file */
	bool		ended;			/* its end marker is written */
} BpDataOut;

static void data_flush(void *arg, BpBuffer *buf, uint64 rows);
static void data_progress(BpDataOut *out, uint64 bytes);
static void data_collect(BpDataOut *out);
static void data_records(BpDataOut *out);
static void data_file(BpDataOut *out, BpPlanFile *file, BpUnit *unit);
static Relation data_open(Oid relid);
static void data_read(BpDataOut *out, BpPlanFile *file, Relation rel,
					  BpUnit *unit);
static void data_pieces(BpDataOut *out, BpPlanFile *file, Relation rel,
						BpUnit *unit, int natts, AttrNumber *attnums,
						BpScanOut *sink);

BpCodecSpec
bp_backup_codec(BpSession *session)
{
	const char *text = session->options->compression ?
		session->options->compression : bp_setting_compression;
	BpCodecSpec spec;
	const char *why = NULL;

	if (!bp_codec_parse(text, &spec, &why))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid compression \"%s\"", text)));
	return spec;
}

/*
 * A cancel request waits until the current frame is compressed, so frames of
 * slow codecs are smaller.
 */
size_t
bp_backup_frame_size(const BpCodecSpec *codec)
{
	bool		slow = codec->algo == BP_CODEC_GZIP ||
		(codec->algo == BP_CODEC_ZSTD && codec->level > 9);

	return slow ? BP_FRAME_SIZE_DEFAULT / 2 : BP_FRAME_SIZE_DEFAULT;
}

static void
data_progress(BpDataOut *out, uint64 bytes)
{
	bytes = Min(bytes, out->cost - out->counted);
	out->counted += bytes;
	pg_atomic_fetch_add_u64(&out->session->task->bytes_done, bytes);
}

static void
data_flush(void *arg, BpBuffer *buf, uint64 rows)
{
	BpDataOut  *out = arg;

	CHECK_FOR_INTERRUPTS();
	data_progress(out, buf->len);
	pg_atomic_fetch_add_u64(&out->session->task->rows_done, rows);
	if (out->alone && buf->len < out->writer->frame_size)
	{
		/* this is the last frame of the file, so it contains the end marker */
		bp_buffer_append(buf, BP_TERMINATOR, BP_TERMINATOR_LEN);
		out->ended = true;
	}
	bp_frame_writer_flush_rows(out->writer, rows);
	if (out->ordered != NULL)
		bp_ordered_frame(out->ordered);
}

/* Collect the frames of one file; the writer goes on with the next file. */
static void
data_collect(BpDataOut *out)
{
	const BpFrame *frames;
	int			n = bp_frame_writer_take(out->writer, &frames);
	MemoryContext old = MemoryContextSwitchTo(out->cxt);

	for (int i = 0; i < n; i++)
	{
		BP_ARRAY_ROOM(out->frames, out->nframes, out->max_frames);
		out->frames[out->nframes++] = frames[i];
	}
	MemoryContextSwitchTo(old);
}

/*
 * Write the records of the unit's frames to the list of all frames, at numbers
 * that the unit reserves.
 */
static void
data_records(BpDataOut *out)
{
	BpSession  *session = out->session;
	uint64		at;
	int			fd;

	if (out->nframes == 0)
		return;
	at = pg_atomic_fetch_add_u64(&session->plan->nframes, out->nframes);
	if (session->alone)
	{
		Size		size = (at + out->nframes) * sizeof(BpFrame);

		session->own_frames = session->own_frames == NULL ?
			MemoryContextAllocHuge(session->cxt, size) :
			repalloc_huge(session->own_frames, size);
		memcpy(session->own_frames + at, out->frames,
			   out->nframes * sizeof(BpFrame));
		return;
	}
	fd = bp_frame_tmp_open(session->path);
	bp_frame_write_at(fd, at, out->frames, out->nframes);
	bp_file_close(fd, BP_FRAME_TMP);
}

static Relation
data_open(Oid relid)
{
	Relation	rel;

	(void) ConditionalLockRelationOid(relid, AccessShareLock);
	rel = RelationIdGetRelation(relid);
	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table with OID %u no longer exists", relid)));
	if (rel->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table",
						RelationGetRelationName(rel))));

	/* no executor checks the rights, as we read the table ourselves */
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE,
					   RelationGetRelationName(rel));
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row-level security of table \"%s\" would hide rows from the backup",
						RelationGetRelationName(rel))));
	return rel;
}

/* The columns that pg_dump lists, which are neither dropped nor generated */
static AttrNumber *
data_columns(Relation rel, int *natts)
{
	TupleDesc	desc = RelationGetDescr(rel);
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * Max(1, desc->natts));

	*natts = 0;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && att->attgenerated == '\0')
			attnums[(*natts)++] = att->attnum;
	}
	return attnums;
}

/* Read the unit's share of a table's pieces, in turn with other units. */
static void
data_pieces(BpDataOut *out, BpPlanFile *file, Relation rel, BpUnit *unit,
			int natts, AttrNumber *attnums, BpScanOut *sink)
{
	Snapshot	snapshot = bp_backup_snapshot(out->session);
	BpOrdered	ordered;

	bp_ordered_begin(&ordered, file, out->writer);
	out->ordered = &ordered;
	for (uint32 i = 0; i < unit->first; i++)
	{
		uint64		piece = bp_turn_claim(&file->turn, file->npieces, 1);

		if (piece >= file->npieces)
			break;
		bp_ordered_piece(&ordered, piece);
		(void) bp_scan_blocks(rel, snapshot,
							  (BlockNumber) piece * file->piece_blocks,
							  piece + 1 < file->npieces ? file->piece_blocks :
							  InvalidBlockNumber,
							  natts, attnums, sink);
		bp_ordered_piece_done(&ordered);
	}
	bp_ordered_end(&ordered);
	out->ordered = NULL;
}

static void
data_read(BpDataOut *out, BpPlanFile *file, Relation rel, BpUnit *unit)
{
	BpFrameWriter *w = out->writer;
	BpScanOut	sink;
	int			natts;
	AttrNumber *attnums = data_columns(rel, &natts);
	Snapshot	snapshot = bp_backup_snapshot(out->session);

	sink.buf = &w->buf;
	sink.limit = w->frame_size;
	sink.flush = data_flush;
	sink.arg = out;
	if (file->flags & BP_FILE_BY_QUERY)
	{
		StringInfoData sql;

		initStringInfo(&sql);
		appendStringInfoString(&sql, "SELECT");
		for (int i = 0; i < natts; i++)
			appendStringInfo(&sql, "%s %s", i > 0 ? "," : "",
							 quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(rel),
																	attnums[i] - 1)->attname)));
		appendStringInfo(&sql, " FROM ONLY %s %s",
						 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
													RelationGetRelationName(rel)),
						 bp_plan_string(out->session->plan, file->condition));
		(void) bp_scan_query(sql.data, snapshot, RelationGetRelid(rel), &sink);
	}
	else if (file->npieces > 0)
		data_pieces(out, file, rel, unit, natts, attnums, &sink);
	else
		(void) bp_scan_blocks(rel, snapshot, 0, InvalidBlockNumber, natts,
							  attnums, &sink);
	pfree(attnums);
}

static void
data_file(BpDataOut *out, BpPlanFile *file, BpUnit *unit)
{
	BpSession  *session = out->session;
	BpTask	   *task = session->task;
	BpFrameWriter *w = out->writer;
	BpCodecSpec codec = bp_backup_codec(session);
	char	   *path = psprintf("%s/%s%s", session->path,
								bp_plan_string(session->plan, file->name),
								bp_codec_suffix(codec.algo));
	Relation	rel = data_open(file->relid);
	bool		alone = file->nunits == 1 && file->npieces == 0;
	bool		complete = alone;
	int			fd;

	fd = OpenTransientFile(path, O_WRONLY | O_CREAT | PG_BINARY);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", path)));
	bp_frame_writer_begin(w, fd, path, file->dump_id, &file->next_offset);
	out->alone = alone;
	out->ended = false;
	data_read(out, file, rel, unit);
	if (alone)
		bp_frame_writer_end(w, out->ended ? BP_END_NONE : BP_END_INLINE);
	else
	{
		/* our frames are in the file; the end marker comes after all frames */
		complete = pg_atomic_sub_fetch_u32(&file->units_left, 1) == 0;
		bp_frame_writer_end(w, complete ? BP_END_FRAME : BP_END_NONE);
	}
	data_collect(out);
	if (CloseTransientFile(fd) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not close file \"%s\": %m", path)));
	pg_atomic_fetch_add_u64(&file->rows, w->rows);
	pg_atomic_fetch_add_u64(&task->raw_bytes, w->raw);
	pg_atomic_fetch_add_u64(&task->stored_bytes, w->stored);
	if (complete)
		pg_atomic_fetch_add_u64(&task->tables_done, 1);
	RelationClose(rel);
	pfree(path);
}

void
bp_backup_data(BpSession *session, BpUnit *unit)
{
	BpDataOut	out;
	MemoryContext scratch;
	MemoryContext old;

	if (session->writer == NULL)
	{
		BpCodecSpec codec = bp_backup_codec(session);

		old = MemoryContextSwitchTo(session->cxt);
		session->writer = bp_frame_writer_create(&codec,
												 bp_backup_frame_size(&codec));
		MemoryContextSwitchTo(old);
	}
	memset(&out, 0, sizeof(out));
	out.session = session;
	out.writer = session->writer;
	out.cost = unit->cost;
	out.cxt = CurrentMemoryContext;
	scratch = AllocSetContextCreate(CurrentMemoryContext, "backup_pool unit",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	PushActiveSnapshot(bp_backup_snapshot(session));
	for (int i = 0; i < unit->nfiles; i++)
	{
		data_file(&out, &bp_plan_files(session->plan)[unit->file + i],
				  unit);
		MemoryContextReset(scratch);
	}
	PopActiveSnapshot();
	data_records(&out);
	data_progress(&out, out.cost - out.counted);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}
