/*-------------------------------------------------------------------------
 *
 * part.c
 *	  The parts of an archive: parts.idx.
 *
 * An archive of thousands of schemas has a long table of contents, frame index
 * and manifest, and a restore of one schema would have to read all of them, in
 * every session.  A part contains what such a restore needs of the three, in the
 * same formats with fewer entries (backup/parts.c chooses them).  The three files
 * remain authoritative; parts.idx repeats what is in them.
 *
 * All numbers are little-endian; index_file.c describes the header.
 *
 * 	header, 32 bytes
 * 		0	8	magic "BPPARTS\0"
 * 		16	8	offset of the records
 * 		24	4	number of records
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
#include "archive/decompress.h"
#include "archive/file.h"
#include "archive/frame_index.h"
#include "archive/index_file.h"
#include "archive/manifest_read.h"
#include "archive/manifest_write.h"
#include "archive/part.h"
#include "archive/toc_read.h"
#include "archive/toc_write.h"
#include "base/array.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/encoding.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Bytes before the name in a body */
#define BODY_HEAD		16

static const BpIndexFormat parts_format = {
	"BPPARTS", 1, "index of parts", "an index of parts",
	"The file only makes restores of one schema faster.  The archive is complete without it: you can remove the file."
};

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

static void
encode_record(unsigned char *p, const PartRecord *r)
{
	bp_put_u32(p, r->key);
	bp_put_u32(p + 4, r->crc);
	bp_put_u64(p + 8, r->offset);
	bp_put_u32(p + 16, r->stored_len);
	bp_put_u32(p + 20, r->raw_len);
	bp_put_u64(p + 24, 0);
}

static void
decode_record(const unsigned char *p, PartRecord *r)
{
	r->key = bp_get_u32(p);
	r->crc = bp_get_u32(p + 4);
	r->offset = bp_get_u64(p + 8);
	r->stored_len = bp_get_u32(p + 16);
	r->raw_len = bp_get_u32(p + 20);
}

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
	w->offset = BP_INDEX_HEADER;
	w->compressor = bp_compressor_create(&codec);
	BP_ARRAY_ROOM(w->records, 0, w->max_records);	/* in this context */
	return w;
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
	BP_ARRAY_ROOM(w->records, w->nrecords, w->max_records);
	r = &w->records[w->nrecords++];
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
	Size		len = (Size) w->nrecords * BP_INDEX_RECORD;
	unsigned char *records = MemoryContextAllocHuge(w->context,
													len + BP_INDEX_TRAILER);
	unsigned char header[BP_INDEX_HEADER];

	qsort(w->records, w->nrecords, sizeof(PartRecord), compare_records);
	for (int i = 0; i < w->nrecords; i++)
		encode_record(records + (Size) i * BP_INDEX_RECORD, &w->records[i]);
	bp_put_u32(records + len, bp_crc32c(records, len));
	bp_file_write_at(w->fd, w->path, records, len + BP_INDEX_TRAILER,
					 w->offset);
	bp_index_put_header(&parts_format, w->offset, w->nrecords, header);
	bp_file_write_at(w->fd, w->path, header, BP_INDEX_HEADER, 0);
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
	bp_index_damaged(&parts_format, path, how);
}

/* Reads the records; their count goes to *n, their offset to *begin. */
static PartRecord *
read_part_records(int fd, const char *path, uint64 size, uint32 *n,
				  uint64 *begin)
{
	unsigned char header[BP_INDEX_HEADER];
	unsigned char *stored;
	PartRecord *records;
	Size		len;

	if (size < BP_INDEX_HEADER + BP_INDEX_TRAILER)
		part_damaged(path, "It is too short.");
	bp_file_read_exactly(fd, path, header, BP_INDEX_HEADER, 0);
	bp_index_check_header(&parts_format, path, header);
	*begin = bp_get_u64(header + 16);
	*n = bp_get_u32(header + 24);
	len = (Size) *n * BP_INDEX_RECORD;
	if (*begin < BP_INDEX_HEADER || *begin > size ||
		size - *begin != (uint64) len + BP_INDEX_TRAILER)
		part_damaged(path, "Its length does not fit the number of its records.");
	stored = MemoryContextAllocHuge(CurrentMemoryContext,
									len + BP_INDEX_TRAILER);
	bp_file_read_exactly(fd, path, stored, len + BP_INDEX_TRAILER, *begin);
	if (bp_get_u32(stored + len) != bp_crc32c(stored, len))
		part_damaged(path, "The checksum of its records is wrong.");
	records = MemoryContextAllocHuge(CurrentMemoryContext,
									 Max(*n, 1) * sizeof(PartRecord));
	for (uint32 i = 0; i < *n; i++)
		decode_record(stored + (Size) i * BP_INDEX_RECORD, &records[i]);
	pfree(stored);
	return records;
}

/* The body of a record, decompressed; bodies end at the offset 'end'. */
static char *
read_body(int fd, const char *path, const PartRecord *r, uint64 end)
{
	BpDecompressor *d;
	char	   *stored;
	char	   *raw;

	/* the lengths must be possible before memory is allocated for them */
	if (r->offset < BP_INDEX_HEADER || r->offset > end ||
		r->stored_len > end - r->offset ||
		r->raw_len < BODY_HEAD || r->raw_len >= MaxAllocSize ||
		r->raw_len > bp_codec_max_text(BP_CODEC_ZSTD, r->stored_len))
		part_damaged(path, "A record has an impossible place or length.");
	stored = MemoryContextAllocHuge(CurrentMemoryContext,
									Max(r->stored_len, 1));
	bp_file_read_exactly(fd, path, stored, r->stored_len, r->offset);
	if (bp_crc32c(stored, r->stored_len) != r->crc)
		part_damaged(path, "The checksum of a part is wrong.");
	raw = palloc(r->raw_len);
	d = bp_decompressor_create(BP_CODEC_ZSTD);
	bp_decompress_frame(d, stored, r->stored_len, raw, r->raw_len);
	bp_decompressor_destroy(d);
	pfree(stored);
	return raw;
}

/* Splits a body into its pieces; NULL if it is another schema's. */
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
	PartRecord *records;
	uint64		end;
	uint32		n;
	uint64		i;
	off_t		size;
	int			fd = bp_file_open(path, true, &size);

	if (fd < 0)
		return NULL;
	records = read_part_records(fd, path, size, &n, &end);
	i = bp_index_lower_bound(records, n, sizeof(PartRecord), key);
	for (; i < n && records[i].key == key && part == NULL; i++)
	{
		char	   *raw;

		CHECK_FOR_INTERRUPTS();
		raw = read_body(fd, path, &records[i], end);
		part = open_body(path, raw, records[i].raw_len, name);
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
