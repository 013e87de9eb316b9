/*-------------------------------------------------------------------------
 *
 * frame.c
 *	  The frame index of an archive: frames.idx.
 *
 * All numbers are little-endian.
 *
 * 	header, 32 bytes
 * 		0	8	magic "BPFRAMES"
 * 		8	4	version of this format, 1
 * 		12	4	length of a record, 32
 * 		16	8	number of records
 * 		24	4	zero
 * 		28	4	CRC-32C of bytes 0 to 27
 * 	records, 32 bytes each, sorted by (dump_id, offset)
 * 		0	4	dump id of the archive entry, > 0
 * 		4	4	flags; bit 0: holds only the terminator "\.\n\n\n"
 * 		8	8	offset in the data file
 * 		16	4	length as stored, > 0
 * 		20	4	length of the text
 * 		24	4	rows
 * 		28	4	CRC-32C of the stored bytes
 * 	trailer, 4 bytes
 * 		CRC-32C of all that precedes
 *
 * The frames of one file begin at 0 and touch each other, so that a reader which
 * has seen all of them has seen the file.
 *
 * While the backup runs, the processes that write frames append their records to
 * frames.tmp, records only, at numbers they reserve in shared memory: no process
 * waits for another one, and order does not matter.  A number that was reserved
 * but not written reads as zeros, which is no record, as dump ids are positive.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/frame.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "archive/file.h"
#include "archive/frame.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#define FRAME_MAGIC			"BPFRAMES"
#define FRAME_VERSION		1
#define HEADER_SIZE			32
#define RECORD_SIZE			32
#define TRAILER_SIZE		4

/* Records converted, read and written at once */
#define RECORDS_PER_PIECE	4096

static void
encode_frame(unsigned char *p, const BpFrame *f)
{
	bp_put_u32(p, f->dump_id);
	bp_put_u32(p + 4, f->flags);
	bp_put_u64(p + 8, f->offset);
	bp_put_u32(p + 16, f->stored_len);
	bp_put_u32(p + 20, f->raw_len);
	bp_put_u32(p + 24, f->rows);
	bp_put_u32(p + 28, f->crc);
}

static void
decode_frame(const unsigned char *p, BpFrame *f)
{
	f->dump_id = bp_get_u32(p);
	f->flags = bp_get_u32(p + 4);
	f->offset = bp_get_u64(p + 8);
	f->stored_len = bp_get_u32(p + 16);
	f->raw_len = bp_get_u32(p + 20);
	f->rows = bp_get_u32(p + 24);
	f->crc = bp_get_u32(p + 28);
}

/* ----------------------------------------------------------------
 *		frames.tmp
 * ----------------------------------------------------------------
 */

void
bp_frame_tmp_create(const char *dir)
{
	char	   *path = psprintf("%s/%s", dir, BP_FRAME_TMP);

	bp_file_close(bp_file_create(path, false), path);
	pfree(path);
}

int
bp_frame_tmp_open(const char *dir)
{
	char	   *path = psprintf("%s/%s", dir, BP_FRAME_TMP);
	int			fd = bp_file_open_write(path);

	pfree(path);
	return fd;
}

void
bp_frame_write_at(int fd, uint64 recno, const BpFrame *recs, int n)
{
	unsigned char piece[64 * RECORD_SIZE];
	int			i;

	while (n > 0)
	{
		int			m = Min(n, 64);

		for (i = 0; i < m; i++)
			encode_frame(piece + i * RECORD_SIZE, &recs[i]);
		bp_file_write_at(fd, BP_FRAME_TMP, piece, m * RECORD_SIZE,
						 (off_t) (recno * RECORD_SIZE));
		recno += m;
		recs += m;
		n -= m;
	}
}

/* ----------------------------------------------------------------
 *		reading and checking records
 * ----------------------------------------------------------------
 */

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

/* Reads n records from offset on; adds their bytes to *crc if not NULL. */
static BpFrame *
read_frame_records(int fd, const char *path, uint64 n, off_t offset, pg_crc32c *crc)
{
	BpFrame    *frames;
	unsigned char *piece;
	uint64		i = 0;

	frames = (BpFrame *) MemoryContextAllocHuge(CurrentMemoryContext,
												Max(n, 1) * sizeof(BpFrame));
	piece = palloc(RECORDS_PER_PIECE * RECORD_SIZE);
	while (i < n)
	{
		uint64		m = Min(n - i, RECORDS_PER_PIECE);
		uint64		j;

		bp_file_read_exactly(fd, path, piece, m * RECORD_SIZE,
							 offset + (off_t) (i * RECORD_SIZE));
		if (crc != NULL)
			COMP_CRC32C(*crc, piece, m * RECORD_SIZE);
		for (j = 0; j < m; j++)
			decode_frame(piece + j * RECORD_SIZE, &frames[i++]);
	}
	pfree(piece);
	return frames;
}

/* Sorted records must cover each file from 0 on; returns count of files. */
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
					 errdetail("A frame was announced that was never written.")));
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
					 errdetail("A frame should begin at offset %llu, the next one begins at %llu.",
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

void
bp_frame_summarise(const BpFrame *frames, uint64 n, BpFrameFile *file)
{
	uint64		i;

	memset(file, 0, sizeof(*file));
	if (n == 0)
		return;
	file->dump_id = frames[0].dump_id;
	file->frames = (uint32) n;
	for (i = 0; i < n; i++)
	{
		file->stored += frames[i].stored_len;
		file->raw += frames[i].raw_len;
		file->rows += frames[i].rows;
		file->crc = bp_crc32c_combine(file->crc, frames[i].crc,
									  frames[i].stored_len);
	}
}

/* ----------------------------------------------------------------
 *		frames.idx
 * ----------------------------------------------------------------
 */

static void
encode_header(unsigned char *p, uint64 n)
{
	memset(p, 0, HEADER_SIZE);
	memcpy(p, FRAME_MAGIC, 8);
	bp_put_u32(p + 8, FRAME_VERSION);
	bp_put_u32(p + 12, RECORD_SIZE);
	bp_put_u64(p + 16, n);
	bp_put_u32(p + 28, bp_crc32c(p, 28));
}

static void
write_frame_index(const char *path, const BpFrame *frames, uint64 n,
				  BpFrameSummary *summary)
{
	Size		per_piece = Min(n + 1, RECORDS_PER_PIECE);
	unsigned char *piece = palloc(per_piece * RECORD_SIZE + TRAILER_SIZE);
	int			fd = bp_file_create(path, true);
	Size		len = HEADER_SIZE;
	off_t		offset = 0;
	pg_crc32c	crc;
	pg_crc32c	whole;
	uint64		i = 0;

	StaticAssertStmt(HEADER_SIZE <= RECORD_SIZE, "header has no room");
	encode_header(piece, n);
	INIT_CRC32C(crc);
	/* header, records and trailer; of a small index in one piece */
	for (;;)
	{
		while (i < n && len + RECORD_SIZE <= per_piece * RECORD_SIZE)
		{
			encode_frame(piece + len, &frames[i++]);
			len += RECORD_SIZE;
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
	COMP_CRC32C(whole, piece + len, TRAILER_SIZE);
	FIN_CRC32C(whole);
	bp_file_write_at(fd, path, piece, len + TRAILER_SIZE, offset);
	bp_file_close(fd, path);
	summary->size = offset + len + TRAILER_SIZE;
	summary->crc = whole;
	pfree(piece);
}

void
bp_frame_index_append(const BpFrame *frames, int nframes, StringInfo out)
{
	int			begin = out->len;
	unsigned char buf[HEADER_SIZE];

	StaticAssertStmt(HEADER_SIZE == RECORD_SIZE, "one buffer for both");
	encode_header(buf, nframes);
	appendBinaryStringInfo(out, (char *) buf, HEADER_SIZE);
	for (int i = 0; i < nframes; i++)
	{
		encode_frame(buf, &frames[i]);
		appendBinaryStringInfo(out, (char *) buf, RECORD_SIZE);
	}
	bp_put_u32(buf, bp_crc32c(out->data + begin, out->len - begin));
	appendBinaryStringInfo(out, (char *) buf, TRAILER_SIZE);
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

	if ((uint64) size / RECORD_SIZE < nrecs)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is shorter than it should be", tmp_path),
				 errdetail("It holds %llu records of %llu.",
						   (unsigned long long) size / RECORD_SIZE,
						   (unsigned long long) nrecs)));
	frames = read_frame_records(fd, tmp_path, nrecs, 0, NULL);
	bp_file_close(fd, tmp_path);
	bp_frame_index_make(dir, frames, nrecs, summary);
	if (unlink(tmp_path) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not remove file \"%s\": %m", tmp_path)));
	pfree(frames);
	pfree(tmp_path);
}

static void
index_damaged(const char *path, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("frame index \"%s\" is damaged", path),
			 errdetail("%s", how)));
}

/* Checks the header; returns the number of records. */
static uint64
check_header(const char *path, const unsigned char *header, off_t size)
{
	uint64		n;

	if (memcmp(header, FRAME_MAGIC, 8) != 0)
		index_damaged(path, "It does not begin as a frame index.");
	if (bp_get_u32(header + 28) != bp_crc32c(header, 28))
		index_damaged(path, "The checksum of its header is wrong.");
	if (bp_get_u32(header + 8) != FRAME_VERSION ||
		bp_get_u32(header + 12) != RECORD_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("frame index \"%s\" is of version %u, only %d is supported",
						path, bp_get_u32(header + 8), FRAME_VERSION),
				 errhint("Use the version of backup_pool that made the archive, or a later one.")));
	n = bp_get_u64(header + 16);
	if (n != ((uint64) size - HEADER_SIZE - TRAILER_SIZE) / RECORD_SIZE ||
		(uint64) size != HEADER_SIZE + n * RECORD_SIZE + TRAILER_SIZE)
		index_damaged(path, "Its length does not fit the number of its records.");
	return n;
}

BpFrameIndex *
bp_frame_index_read(const char *dir)
{
	char	   *path = psprintf("%s/%s", dir, BP_FRAME_INDEX);
	unsigned char header[HEADER_SIZE];
	unsigned char trailer[TRAILER_SIZE];
	BpFrameIndex *index;
	pg_crc32c	crc;
	off_t		size;
	int			fd = bp_file_open(path, true, &size);

	if (fd < 0)
		return NULL;
	if (size < HEADER_SIZE + TRAILER_SIZE)
		index_damaged(path, "It is too short.");
	bp_file_read_exactly(fd, path, header, HEADER_SIZE, 0);
	index = (BpFrameIndex *) palloc(sizeof(BpFrameIndex));
	index->nframes = check_header(path, header, size);
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, header, HEADER_SIZE);
	index->frames = read_frame_records(fd, path, index->nframes, HEADER_SIZE, &crc);
	FIN_CRC32C(crc);
	bp_file_read_exactly(fd, path, trailer, TRAILER_SIZE, size - TRAILER_SIZE);
	bp_file_close(fd, path);
	if (bp_get_u32(trailer) != crc)
		index_damaged(path, "Its checksum is wrong.");
	check_frame_records(path, index->frames, index->nframes);
	pfree(path);
	return index;
}

BpFrameIndex *
bp_frame_index_parse(const char *path, const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *) data;
	BpFrameIndex *index = (BpFrameIndex *) palloc(sizeof(BpFrameIndex));
	size_t		end = len - TRAILER_SIZE;

	if (len < HEADER_SIZE + TRAILER_SIZE)
		index_damaged(path, "It is too short.");
	index->nframes = check_header(path, p, len);
	if (bp_get_u32(p + end) != bp_crc32c(p, end))
		index_damaged(path, "Its checksum is wrong.");
	index->frames = (BpFrame *)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   Max(index->nframes, 1) * sizeof(BpFrame));
	for (uint64 i = 0; i < index->nframes; i++)
		decode_frame(p + HEADER_SIZE + i * RECORD_SIZE, &index->frames[i]);
	check_frame_records(path, index->frames, index->nframes);
	return index;
}

/* Number of the first record with a dump id of at least this. */
static uint64
frame_lower_bound(const BpFrameIndex *index, uint32 dump_id)
{
	uint64		low = 0;
	uint64		high = index->nframes;

	while (low < high)
	{
		uint64		mid = low + (high - low) / 2;

		if (index->frames[mid].dump_id < dump_id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const BpFrame *
bp_frame_index_find(const BpFrameIndex *index, int dump_id, int *nframes)
{
	uint64		first;
	uint64		next;

	*nframes = 0;
	if (dump_id <= 0)
		return NULL;
	first = frame_lower_bound(index, (uint32) dump_id);
	next = frame_lower_bound(index, (uint32) dump_id + 1);
	if (first == next)
		return NULL;
	*nframes = (int) (next - first);
	return &index->frames[first];
}

bool
bp_frame_is_possible(const BpFrame *frame, BpCodecAlgo algo, uint64 size)
{
	if (frame->offset > size || frame->stored_len > size - frame->offset)
		return false;
	if (algo == BP_CODEC_NONE)
		return frame->raw_len == frame->stored_len;
	return frame->raw_len <= bp_codec_max_text(algo, frame->stored_len);
}

void
bp_frame_read(int fd, const char *path, const BpFrame *frame, void *dst)
{
	bp_file_read_exactly(fd, path, dst, frame->stored_len,
						 (off_t) frame->offset);
	if (bp_crc32c(dst, frame->stored_len) != frame->crc)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is damaged", path),
				 errdetail("The checksum of the %u bytes at offset %llu is wrong.",
						   frame->stored_len,
						   (unsigned long long) frame->offset)));
}
