/*-------------------------------------------------------------------------
 *
 * frame.c
 *	  The frames of data files, and the records of frames.tmp.
 *
 * The record of a frame, 32 bytes; all numbers are little-endian.
 *
 * 	0	4	dump id of the archive entry, > 0
 * 	4	4	flags; bit 0: holds only the terminator "\.\n\n\n"
 * 	8	8	offset in the data file
 * 	16	4	length as stored, > 0
 * 	20	4	length of the text
 * 	24	4	rows
 * 	28	4	CRC-32C of the stored bytes
 *
 * While the backup runs, the processes that write frames write their records
 * to frames.tmp, which holds only records, at record numbers that they reserve
 * in shared memory: no process waits for another one, and order does not
 * matter.  A number that was reserved but not written reads as zeros, which is
 * no record, as dump ids are positive.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/frame.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/file.h"
#include "archive/frame.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "utils/memutils.h"

/* Records that are read at once, and written at once to frames.tmp */
#define RECORDS_PER_PIECE	4096
#define RECORDS_PER_WRITE	64

void
bp_frame_encode(unsigned char *p, const BpFrame *f)
{
	bp_put_u32(p, f->dump_id);
	bp_put_u32(p + 4, f->flags);
	bp_put_u64(p + 8, f->offset);
	bp_put_u32(p + 16, f->stored_len);
	bp_put_u32(p + 20, f->raw_len);
	bp_put_u32(p + 24, f->rows);
	bp_put_u32(p + 28, f->crc);
}

void
bp_frame_decode(const unsigned char *p, BpFrame *f)
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
	unsigned char piece[RECORDS_PER_WRITE * BP_FRAME_RECORD];
	int			i;

	while (n > 0)
	{
		int			m = Min(n, RECORDS_PER_WRITE);

		for (i = 0; i < m; i++)
			bp_frame_encode(piece + i * BP_FRAME_RECORD, &recs[i]);
		bp_file_write_at(fd, BP_FRAME_TMP, piece, m * BP_FRAME_RECORD,
						 (off_t) (recno * BP_FRAME_RECORD));
		recno += m;
		recs += m;
		n -= m;
	}
}

BpFrame *
bp_frame_read_records(int fd, const char *path, uint64 n, off_t offset,
					  pg_crc32c *crc)
{
	BpFrame    *frames;
	unsigned char *piece;
	uint64		i = 0;

	frames = (BpFrame *) MemoryContextAllocHuge(CurrentMemoryContext,
												Max(n, 1) * sizeof(BpFrame));
	piece = palloc(RECORDS_PER_PIECE * BP_FRAME_RECORD);
	while (i < n)
	{
		uint64		m = Min(n - i, RECORDS_PER_PIECE);
		uint64		j;

		bp_file_read_exactly(fd, path, piece, m * BP_FRAME_RECORD,
							 offset + (off_t) (i * BP_FRAME_RECORD));
		if (crc != NULL)
			COMP_CRC32C(*crc, piece, m * BP_FRAME_RECORD);
		for (j = 0; j < m; j++)
			bp_frame_decode(piece + j * BP_FRAME_RECORD, &frames[i++]);
	}
	pfree(piece);
	return frames;
}

/* ----------------------------------------------------------------
 *		the frames of one file
 * ----------------------------------------------------------------
 */

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
