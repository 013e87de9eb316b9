/*-------------------------------------------------------------------------
 *
 * frame_index.c
 *	  The frame index of an archive: frames.idx.
 *
 * All numbers are little-endian; index_file.c describes the header.
 *
 * 	header, 32 bytes
 * 		0	8	magic "BPFRAMES"
 * 		16	8	number of records
 * 		24	4	zero
 * 	records as in frame.c, sorted by (dump_id, offset)
 * 	trailer, 4 bytes
 * 		CRC-32C of all bytes before it
 *
 * The frames of one file begin at 0 and touch each other, so that a reader which
 * has seen all of them has seen the file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/frame_index.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "archive/file.h"
#include "archive/frame.h"
#include "archive/frame_index.h"
#include "archive/index_file.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "utils/memutils.h"

/* Records that are written at once */
#define RECORDS_PER_PIECE	4096

static const BpIndexFormat frames_format = {
	"BPFRAMES", 1, "frame index", "a frame index", NULL
};

StaticAssertDecl(BP_FRAME_RECORD == BP_INDEX_RECORD,
				 "records of frames.tmp are those of frames.idx");
StaticAssertDecl(offsetof(BpFrame, dump_id) == 0,
				 "bp_index_lower_bound needs the key there");

static int
compare_frames(const void *a, const void *b)
{
	const BpFrame *fa = (const BpFrame *) a;
	const BpFrame *fb = (const BpFrame *) b;

	if (fa->dump_id != fb->dump_id)
		return fa->dump_id < fb->dump_id ? -1 : 1;
	if (fa->offset != fb->offset)
		return fa->offset < fb->offset ? -1 : 1;
	return 0;
}

/*
 * Sorted records must cover each file from offset 0 on.  Returns the count of
 * files.
 */
static int
check_frame_records(const char *path, const BpFrame *frames, uint64 n)
{
	uint32		dump_id = 0;
	uint64		expected = 0;
	int			nfiles = 0;
	uint64		i;

	for (i = 0; i < n; i++)
	{
		const BpFrame *f = &frames[i];

		if (f->dump_id == 0 || f->dump_id > PG_INT32_MAX || f->stored_len == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("frame index \"%s\" holds an empty record", path),
					 errdetail("Room for a record was reserved, but the record was never written.")));
		if (f->dump_id < dump_id)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("frame index \"%s\" is not sorted", path)));
		if (f->dump_id != dump_id)
		{
			dump_id = f->dump_id;
			expected = 0;
			nfiles++;
		}
		if (f->offset != expected)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("frame index \"%s\" does not cover the data of entry %u",
							path, dump_id),
					 errdetail("A frame should begin at offset %llu, but the next one begins at %llu.",
							   (unsigned long long) expected,
							   (unsigned long long) f->offset)));
		/* 2^63 bytes is more than a file can have */
		expected += f->stored_len;
		if (expected > (uint64) PG_INT64_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("frame index \"%s\" has an impossible offset",
							path)));
	}
	return nfiles;
}

/* ----------------------------------------------------------------
 *		writing
 * ----------------------------------------------------------------
 */

static void
write_frame_index(const char *path, const BpFrame *frames, uint64 n,
				  BpFrameSummary *summary)
{
	Size		per_piece = Min(n + 1, RECORDS_PER_PIECE);
	unsigned char *piece = palloc(per_piece * BP_INDEX_RECORD +
								  BP_INDEX_TRAILER);
	int			fd = bp_file_create(path, true);
	Size		len = BP_INDEX_HEADER;
	off_t		offset = 0;
	pg_crc32c	crc;
	pg_crc32c	whole;
	uint64		i = 0;

	StaticAssertStmt(BP_INDEX_HEADER <= BP_INDEX_RECORD, "header has no room");
	bp_index_put_header(&frames_format, n, 0, piece);
	INIT_CRC32C(crc);
	/* write header, records and trailer; a small index in one piece */
	for (;;)
	{
		while (i < n && len + BP_INDEX_RECORD <= per_piece * BP_INDEX_RECORD)
		{
			bp_frame_encode(piece + len, &frames[i++]);
			len += BP_INDEX_RECORD;
		}
		COMP_CRC32C(crc, piece, len);
		if (i == n)
			break;
		bp_file_write_at(fd, path, piece, len, offset);
		offset += len;
		len = 0;
	}
	whole = crc;
	FIN_CRC32C(crc);
	bp_put_u32(piece + len, crc);
	COMP_CRC32C(whole, piece + len, BP_INDEX_TRAILER);
	FIN_CRC32C(whole);
	bp_file_write_at(fd, path, piece, len + BP_INDEX_TRAILER, offset);
	bp_file_close(fd, path);
	summary->size = offset + len + BP_INDEX_TRAILER;
	summary->crc = whole;
	pfree(piece);
}

void
bp_frame_index_append(const BpFrame *frames, int nframes, StringInfo out)
{
	int			begin = out->len;
	unsigned char buf[BP_INDEX_HEADER];

	StaticAssertStmt(BP_INDEX_HEADER == BP_INDEX_RECORD, "one buffer for both");
	bp_index_put_header(&frames_format, nframes, 0, buf);
	appendBinaryStringInfo(out, (char *) buf, BP_INDEX_HEADER);
	for (int i = 0; i < nframes; i++)
	{
		bp_frame_encode(buf, &frames[i]);
		appendBinaryStringInfo(out, (char *) buf, BP_INDEX_RECORD);
	}
	bp_put_u32(buf, bp_crc32c(out->data + begin, out->len - begin));
	appendBinaryStringInfo(out, (char *) buf, BP_INDEX_TRAILER);
}

void
bp_frame_index_make(const char *dir, BpFrame *frames, uint64 nrecs,
					BpFrameSummary *summary)
{
	char	   *path = psprintf("%s/%s", dir, BP_FRAME_INDEX);
	uint64		i;
	uint64		first;
	int			n;

	qsort(frames, nrecs, sizeof(BpFrame), compare_frames);
	n = check_frame_records(path, frames, nrecs);
	write_frame_index(path, frames, nrecs, summary);
	summary->files = (BpFrameFile *)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   Max(n, 1) * sizeof(BpFrameFile));
	summary->nfiles = 0;
	for (first = 0; first < nrecs; first = i)
	{
		for (i = first + 1; i < nrecs; i++)
		{
			if (frames[i].dump_id != frames[first].dump_id)
				break;
		}
		bp_frame_summarise(&frames[first], i - first,
						   &summary->files[summary->nfiles++]);
	}
	pfree(path);
}

void
bp_frame_index_finish(const char *dir, uint64 nrecs, BpFrameSummary *summary)
{
	char	   *tmp_path = psprintf("%s/%s", dir, BP_FRAME_TMP);
	off_t		size;
	int			fd = bp_file_open(tmp_path, false, &size);
	BpFrame    *frames;

	if ((uint64) size / BP_INDEX_RECORD < nrecs)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is shorter than it should be", tmp_path),
				 errdetail("It holds %llu records of %llu.",
						   (unsigned long long) size / BP_INDEX_RECORD,
						   (unsigned long long) nrecs)));
	frames = bp_frame_read_records(fd, tmp_path, nrecs, 0, NULL);
	bp_file_close(fd, tmp_path);
	bp_frame_index_make(dir, frames, nrecs, summary);
	if (unlink(tmp_path) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not remove file \"%s\": %m", tmp_path)));
	pfree(frames);
	pfree(tmp_path);
}

/* ----------------------------------------------------------------
 *		reading
 * ----------------------------------------------------------------
 */

/* Checks the header of an index of 'size' bytes; returns the count of records. */
static uint64
check_header(const char *path, const unsigned char *header, uint64 size)
{
	uint64		n;

	bp_index_check_header(&frames_format, path, header);
	n = bp_get_u64(header + 16);
	if (n != (size - BP_INDEX_HEADER - BP_INDEX_TRAILER) / BP_INDEX_RECORD ||
		size != BP_INDEX_HEADER + n * BP_INDEX_RECORD + BP_INDEX_TRAILER)
		bp_index_damaged(&frames_format, path,
						 "Its length does not fit the number of its records.");
	return n;
}

BpFrameIndex *
bp_frame_index_read(const char *dir)
{
	char	   *path = psprintf("%s/%s", dir, BP_FRAME_INDEX);
	unsigned char header[BP_INDEX_HEADER];
	unsigned char trailer[BP_INDEX_TRAILER];
	BpFrameIndex *index;
	pg_crc32c	crc;
	off_t		size;
	int			fd = bp_file_open(path, true, &size);

	if (fd < 0)
		return NULL;
	if (size < BP_INDEX_HEADER + BP_INDEX_TRAILER)
		bp_index_damaged(&frames_format, path, "It is too short.");
	bp_file_read_exactly(fd, path, header, BP_INDEX_HEADER, 0);
	index = (BpFrameIndex *) palloc(sizeof(BpFrameIndex));
	index->nframes = check_header(path, header, size);
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, header, BP_INDEX_HEADER);
	index->frames = bp_frame_read_records(fd, path, index->nframes,
										  BP_INDEX_HEADER, &crc);
	FIN_CRC32C(crc);
	bp_file_read_exactly(fd, path, trailer, BP_INDEX_TRAILER,
						 size - BP_INDEX_TRAILER);
	bp_file_close(fd, path);
	if (bp_get_u32(trailer) != crc)
		bp_index_damaged(&frames_format, path, "Its checksum is wrong.");
	check_frame_records(path, index->frames, index->nframes);
	pfree(path);
	return index;
}

BpFrameIndex *
bp_frame_index_parse(const char *path, const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *) data;
	BpFrameIndex *index = (BpFrameIndex *) palloc(sizeof(BpFrameIndex));
	size_t		end = len - BP_INDEX_TRAILER;

	if (len < BP_INDEX_HEADER + BP_INDEX_TRAILER)
		bp_index_damaged(&frames_format, path, "It is too short.");
	index->nframes = check_header(path, p, len);
	if (bp_get_u32(p + end) != bp_crc32c(p, end))
		bp_index_damaged(&frames_format, path, "Its checksum is wrong.");
	index->frames = (BpFrame *)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   Max(index->nframes, 1) * sizeof(BpFrame));
	for (uint64 i = 0; i < index->nframes; i++)
		bp_frame_decode(p + BP_INDEX_HEADER + i * BP_INDEX_RECORD,
						&index->frames[i]);
	check_frame_records(path, index->frames, index->nframes);
	return index;
}

const BpFrame *
bp_frame_index_find(const BpFrameIndex *index, int dump_id, int *nframes)
{
	uint64		first;
	uint64		next;

	*nframes = 0;
	if (dump_id <= 0)
		return NULL;
	first = bp_index_lower_bound(index->frames, index->nframes, sizeof(BpFrame),
								 (uint32) dump_id);
	next = bp_index_lower_bound(index->frames, index->nframes, sizeof(BpFrame),
								(uint32) dump_id + 1);
	if (first == next)
		return NULL;
	*nframes = (int) (next - first);
	return &index->frames[first];
}
