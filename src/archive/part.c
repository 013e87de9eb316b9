/*-------------------------------------------------------------------------
 *
 * part.c
 *	  The parts of an archive: parts.idx.
 *
 * An archive of thousands of schemas has a long table of contents, frame index
 * and manifest, and a restore of one schema would have to read all of them, in
 * every session.  A part is what such a restore can look at of the three: the
 * same formats, with fewer entries (backup/parts.c chooses them).  The
 * three files remain the truth about the archive; parts.idx repeats what is in
 * them.
 *
 * All numbers are little-endian.
 *
 * 	header, 32 bytes
 * 		0	8	magic "BPPARTS\0"
 * 		8	4	version of this format, 1
 * 		12	4	length of a record, 32
 * 		16	8	offset of the records
 * 		24	4	number of records, n
 * 		28	4	CRC-32C of bytes 0 to 27
 * 	bodies, one after the other
 * 	records, 32 bytes each, sorted by the first field
 * 		0	4	CRC-32C of the schema's name in UTF-8
 * 		4	4	CRC-32C of the body as stored
 * 		8	8	offset of the body
 * 		16	4	its length as stored
 * 		20	4	its length, decompressed
 * 		24	8	zero
 * 	trailer, 4 bytes
 * 		CRC-32C of the records
 *
 * 	body, a Zstandard frame, of
 * 		0	4	length of the schema's name
 * 		4	4	length of the manifest
 * 		8	4	length of the table of contents
 * 		12	4	length of the frame index
 * 		16		the four of them, in this order
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/part.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/codec.h"
#include "archive/file.h"
#include "archive/part.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/encoding.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define PART_MAGIC		"BPPARTS"	/* with its NUL */
#define PART_VERSION	1
#define HEADER_SIZE		32
#define RECORD_SIZE		32
#define TRAILER_SIZE	4
#define BODY_HEAD		16

typedef struct PartRecord
{
	uint32		key;			/* of the schema's name */
	uint32		crc;
	uint64		offset;
	uint32		stored_len;
	uint32		raw_len;
} PartRecord;

struct BpPartWriter
{
	MemoryContext context;
	MemoryContext scratch;
	char	   *path;
	int			fd;
	uint64		offset;			/* where the next body goes */
	BpCompressor *compressor;
	PartRecord *records;
	int			nrecords;
	int			max_records;
};

/* ----------------------------------------------------------------
 *		writing
 * ----------------------------------------------------------------
 */

BpPartWriter *
bp_part_writer_create(const char *dir)
{
	BpPartWriter *w = palloc0(sizeof(BpPartWriter));
	BpCodecSpec codec = {BP_CODEC_ZSTD, 1};

	w->context = CurrentMemoryContext;
	w->scratch = AllocSetContextCreate(CurrentMemoryContext,
									   "backup_pool part",
									   ALLOCSET_DEFAULT_SIZES);
	w->path = psprintf("%s/%s", dir, BP_PARTS);
	w->fd = bp_file_create(w->path, false);
	w->offset = HEADER_SIZE;
	w->compressor = bp_compressor_create(&codec);
	w->max_records = 256;
	w->records = palloc(w->max_records * sizeof(PartRecord));
	return w;
}

static PartRecord *
add_record(BpPartWriter *w)
{
	if (w->nrecords == w->max_records)
	{
		w->max_records *= 2;
		w->records = repalloc_huge(w->records,
								   w->max_records * sizeof(PartRecord));
	}
	return &w->records[w->nrecords++];
}

/* The body's text, in CurrentMemoryContext. */
static void
make_body(StringInfo body, const char *name, const BpManifest *manifest,
		  const BpToc *toc, const BpFrame *frames, int nframes)
{
	unsigned char head[BODY_HEAD];
	int			begin;

	initStringInfo(body);
	bp_put_u32(head, strlen(name));
	appendBinaryStringInfo(body, (char *) head, BODY_HEAD);
	appendStringInfoString(body, name);
	begin = body->len;
	bp_manifest_to_json(manifest, body);
	bp_put_u32((unsigned char *) body->data + 4, body->len - begin);
	begin = body->len;
	bp_toc_write(toc, body);
	bp_put_u32((unsigned char *) body->data + 8, body->len - begin);
	begin = body->len;
	bp_frame_index_append(frames, nframes, body);
	bp_put_u32((unsigned char *) body->data + 12, body->len - begin);
}

void
bp_part_writer_add(BpPartWriter *w, const char *schema,
				   const BpManifest *manifest, const BpToc *toc,
				   const BpFrame *frames, int nframes)
{
	MemoryContext old = MemoryContextSwitchTo(w->scratch);
	char	   *name = bp_encoding_to_utf8(schema);
	StringInfoData body;
	PartRecord *r;
	size_t		cap;
	char	   *stored;

	make_body(&body, name, manifest, toc, frames, nframes);
	cap = bp_compress_bound(w->compressor, body.len);
	stored = palloc_extended(cap, MCXT_ALLOC_HUGE);
	r = add_record(w);
	r->key = bp_crc32c(name, strlen(name));
	r->offset = w->offset;
	r->stored_len = bp_compress(w->compressor, body.data, body.len, stored,
								cap);
	r->raw_len = body.len;
	r->crc = bp_crc32c(stored, r->stored_len);
	bp_file_write_at(w->fd, w->path, stored, r->stored_len, w->offset);
	w->offset += r->stored_len;
	MemoryContextSwitchTo(old);
	MemoryContextReset(w->scratch);
}

static int
compare_records(const void *a, const void *b)
{
	uint32		key_a = ((const PartRecord *) a)->key;
	uint32		key_b = ((const PartRecord *) b)->key;

	return (key_a > key_b) - (key_a < key_b);
}

void
bp_part_writer_finish(BpPartWriter *w)
{
	Size		len = (Size) w->nrecords * RECORD_SIZE;
	unsigned char *records = MemoryContextAllocHuge(w->context,
													len + TRAILER_SIZE);
	unsigned char header[HEADER_SIZE] = {0};

	qsort(w->records, w->nrecords, sizeof(PartRecord), compare_records);
	memset(records, 0, len);
	for (int i = 0; i < w->nrecords; i++)
	{
		unsigned char *p = records + (Size) i * RECORD_SIZE;
		const PartRecord *r = &w->records[i];

		bp_put_u32(p, r->key);
		bp_put_u32(p + 4, r->crc);
		bp_put_u64(p + 8, r->offset);
		bp_put_u32(p + 16, r->stored_len);
		bp_put_u32(p + 20, r->raw_len);
	}
	bp_put_u32(records + len, bp_crc32c(records, len));
	bp_file_write_at(w->fd, w->path, records, len + TRAILER_SIZE, w->offset);
	memcpy(header, PART_MAGIC, sizeof(PART_MAGIC));
	bp_put_u32(header + 8, PART_VERSION);
	bp_put_u32(header + 12, RECORD_SIZE);
	bp_put_u64(header + 16, w->offset);
	bp_put_u32(header + 24, w->nrecords);
	bp_put_u32(header + 28, bp_crc32c(header, 28));
	bp_file_write_at(w->fd, w->path, header, HEADER_SIZE, 0);
	bp_file_close(w->fd, w->path);
	bp_compressor_destroy(w->compressor);
	MemoryContextDelete(w->scratch);
	pfree(records);
	pfree(w->records);
	pfree(w->path);
	pfree(w);
}

/* ----------------------------------------------------------------
 *		reading
 * ----------------------------------------------------------------
 */

static void
part_damaged(const char *path, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("index of parts \"%s\" is damaged", path),
			 errdetail("%s", how),
			 errhint("It only makes restores of one schema quicker.  To do without, remove this file; the archive has all that is in it.")));
}

/* The records, still as stored; their number goes to *n. */
static unsigned char *
read_part_records(int fd, const char *path, uint64 size, uint32 *n, uint64 *begin)
{
	unsigned char header[HEADER_SIZE];
	unsigned char *records;
	Size		len;

	if (size < HEADER_SIZE + TRAILER_SIZE)
		part_damaged(path, "It is too short.");
	bp_file_read_exactly(fd, path, header, HEADER_SIZE, 0);
	if (memcmp(header, PART_MAGIC, sizeof(PART_MAGIC)) != 0)
		part_damaged(path, "It does not begin as an index of parts.");
	if (bp_get_u32(header + 28) != bp_crc32c(header, 28))
		part_damaged(path, "The checksum of its header is wrong.");
	if (bp_get_u32(header + 8) != PART_VERSION ||
		bp_get_u32(header + 12) != RECORD_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("index of parts \"%s\" is of version %u, only %d is supported",
						path, bp_get_u32(header + 8), PART_VERSION),
				 errhint("Use the version of backup_pool that made the archive, or a later one.")));
	*begin = bp_get_u64(header + 16);
	*n = bp_get_u32(header + 24);
	len = (Size) *n * RECORD_SIZE;
	if (*begin < HEADER_SIZE || *begin > size ||
		size - *begin != (uint64) len + TRAILER_SIZE)
		part_damaged(path, "Its length does not fit the number of its records.");
	records = MemoryContextAllocHuge(CurrentMemoryContext, len + TRAILER_SIZE);
	bp_file_read_exactly(fd, path, records, len + TRAILER_SIZE, *begin);
	if (bp_get_u32(records + len) != bp_crc32c(records, len))
		part_damaged(path, "The checksum of its records is wrong.");
	return records;
}

/* Number of the first record with a key of at least this. */
static uint32
part_lower_bound(const unsigned char *records, uint32 n, uint32 key)
{
	uint32		low = 0;
	uint32		high = n;

	while (low < high)
	{
		uint32		mid = low + (high - low) / 2;

		if (bp_get_u32(records + (Size) mid * RECORD_SIZE) < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The body of a record, decompressed; bodies end at 'end'. */
static char *
read_body(int fd, const char *path, const unsigned char *record, uint64 end)
{
	uint32		crc = bp_get_u32(record + 4);
	uint64		offset = bp_get_u64(record + 8);
	uint32		stored_len = bp_get_u32(record + 16);
	uint32		raw_len = bp_get_u32(record + 20);
	BpDecompressor *d;
	char	   *stored;
	char	   *raw;

	/* no memory on the word of the record alone */
	if (offset < HEADER_SIZE || offset > end || stored_len > end - offset ||
		raw_len < BODY_HEAD || raw_len >= MaxAllocSize ||
		raw_len > bp_codec_max_text(BP_CODEC_ZSTD, stored_len))
		part_damaged(path, "A record has an impossible place or length.");
	stored = MemoryContextAllocHuge(CurrentMemoryContext, Max(stored_len, 1));
	bp_file_read_exactly(fd, path, stored, stored_len, offset);
	if (bp_crc32c(stored, stored_len) != crc)
		part_damaged(path, "The checksum of a part is wrong.");
	raw = palloc(raw_len);
	d = bp_decompressor_create(BP_CODEC_ZSTD);
	bp_decompress_frame(d, stored, stored_len, raw, raw_len);
	bp_decompressor_destroy(d);
	pfree(stored);
	return raw;
}

/* Takes the body apart; NULL if it is another schema's. */
static BpPart *
open_body(const char *path, char *raw, uint32 raw_len, const char *name)
{
	const unsigned char *head = (const unsigned char *) raw;
	uint64		name_len = bp_get_u32(head);
	uint64		manifest_len = bp_get_u32(head + 4);
	uint64		toc_len = bp_get_u32(head + 8);
	uint64		frames_len = bp_get_u32(head + 12);
	char	   *p = raw + BODY_HEAD;
	BpPart	   *part;

	if (name_len + manifest_len + toc_len + frames_len != raw_len - BODY_HEAD)
		part_damaged(path, "The lengths in a part are wrong.");
	if (name_len != strlen(name) || memcmp(p, name, name_len) != 0)
		return NULL;
	part = palloc0(sizeof(BpPart));
	part->path = pstrdup(path);
	p += name_len;
	part->manifest = pnstrdup(p, manifest_len);
	part->manifest_len = manifest_len;
	if (strlen(part->manifest) != manifest_len)
		part_damaged(path, "A manifest in it contains a null byte.");
	p += manifest_len;
	part->toc = p;
	part->toc_len = toc_len;
	p += toc_len;
	part->frames = p;
	part->frames_len = frames_len;
	return part;
}

BpPart *
bp_part_read(const char *dir, const char *schema)
{
	char	   *path = psprintf("%s/%s", dir, BP_PARTS);
	char	   *name = bp_encoding_to_utf8(schema);
	uint32		key = bp_crc32c(name, strlen(name));
	BpPart	   *part = NULL;
	unsigned char *records;
	uint64		end;
	uint32		n;
	off_t		size;
	int			fd = bp_file_open(path, true, &size);

	if (fd < 0)
		return NULL;
	records = read_part_records(fd, path, size, &n, &end);
	for (uint32 i = part_lower_bound(records, n, key); i < n && part == NULL; i++)
	{
		const unsigned char *record = records + (Size) i * RECORD_SIZE;
		char	   *raw;

		CHECK_FOR_INTERRUPTS();
		if (bp_get_u32(record) != key)
			break;
		raw = read_body(fd, path, record, end);
		part = open_body(path, raw, bp_get_u32(record + 20), name);
		if (part == NULL)
			pfree(raw);
	}
	bp_file_close(fd, path);
	pfree(records);
	pfree(name);
	return part;
}

BpManifest *
bp_part_manifest(const BpPart *part, bool with_files)
{
	return bp_manifest_parse(part->path, part->manifest, part->manifest_len,
							 with_files, true);
}

BpToc *
bp_part_toc(const BpPart *part)
{
	return bp_toc_parse(part->toc, part->toc_len, part->path);
}

BpFrameIndex *
bp_part_frames(const BpPart *part)
{
	return bp_frame_index_parse(part->path, part->frames, part->frames_len);
}
