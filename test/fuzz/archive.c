/*-------------------------------------------------------------------------
 *
 * archive.c
 *	  Fuzzers of the files that describe an archive.
 *
 *	toc			a table of contents, as bytes in memory
 *	tocfile		a table of contents in a file; the first byte of the input
 *				chooses the compression
 *	manifest	manifest.json
 *	frames		frames.idx: the input itself, then with correct checksums
 *	parts		parts.idx: the input itself, then as the body of the only part
 *	lobs		blobs.toc, and the same text as the list of an entry
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  test/fuzz/archive.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "archive/frame_index.h"
#include "archive/manifest_read.h"
#include "archive/manifest_write.h"
#include "archive/toc_read.h"
#include "archive/toc_write.h"
#include "base/bytes.h"
#include "archive/codec.h"
#include "base/crc32c.h"
#include "archive/frame.h"
#include "archive/manifest.h"
#include "archive/part.h"
#include "archive/toc.h"
#include "archive/toc_entry.h"
#include "fuzz.h"
#include "mb/pg_wchar.h"
#include "restore/entry.h"
#include "restore/lobs.h"
#include "restore/toc.h"
#include "session/session.h"

/* For a compressed table of contents of a small file */
#define TOC_MEMORY		((size_t) 256 * 1024 * 1024)

typedef struct Bytes
{
	const unsigned char *data;
	size_t		left;
} Bytes;

static size_t
read_bytes(void *arg, void *buf, size_t len)
{
	Bytes	   *b = (Bytes *) arg;
	size_t		n = Min(len, b->left);

	memcpy(buf, b->data, n);
	b->data += n;
	b->left -= n;
	return n;
}

/* ----------------------------------------------------------------
 *		table of contents
 * ----------------------------------------------------------------
 */

static BpToc *
read_toc(StringInfo text)
{
	Bytes		b = {(unsigned char *) text->data, text->len};
	BpToc	   *toc = bp_toc_read(read_bytes, &b, "what was written");

	fuzz_require(b.left == 0, "a table of contents is read to its end");
	return toc;
}

/* It stays in the directory, and can be shown to people. */
static void
check_file_name(const char *name)
{
	fuzz_require(name[0] != '\0' && name[0] != '.' &&
				 strchr(name, '/') == NULL &&
				 pg_verify_mbstr(PG_UTF8, name, strlen(name), true),
				 "the name of a data file is a plain one");
}

static void
check_text(const char *text)
{
	fuzz_require(pg_verify_mbstr(PG_UTF8, text, strlen(text), true),
				 "an entry can be shown to people");
}

static void
read_copy(void *arg)
{
	CopyStmt   *copy = bp_entry_copy((BpTocEntry *) arg);

	fuzz_require(copy->relation != NULL && copy->is_from &&
				 !copy->is_program && copy->filename == NULL,
				 "data goes into a table, and comes from us");
}

/* What was read is written, and reads as the same. */
static void
check_toc(BpToc *toc)
{
	StringInfoData first;
	StringInfoData second;
	BpSession	session;
	int			i;

	for (i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];

		fuzz_require(bp_toc_find(toc, e->dump_id) == e, "an entry is found");
		(void) bp_entry_name(e);
		if (e->filename != NULL)
			check_file_name(e->filename);
	}
	if (toc->format == BP_TOC_CUSTOM)
		bp_toc_set_filenames(toc);
	initStringInfo(&first);
	bp_toc_write(toc, &first);
	initStringInfo(&second);
	bp_toc_write(read_toc(&first), &second);
	fuzz_require(first.len == second.len &&
				 memcmp(first.data, second.data, first.len) == 0,
				 "a table of contents reads as it was written");

	memset(&session, 0, sizeof(session));
	session.cxt = CurrentMemoryContext;
	bp_restore_convert_toc(&session, toc);
	for (i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];

		check_text(bp_entry_name(e));
		check_text(bp_entry_error_detail(e, e->defn, NULL));
		check_text(bp_entry_unit_text(bp_entry_name(e)));
		(void) bp_entry_via_root(e);
		(void) bp_entry_pass(e);
		if (e->copy_stmt != NULL)
			(void) fuzz_try(read_copy, e);
	}
}

void
fuzz_toc(const unsigned char *data, size_t len)
{
	Bytes		b = {data, len};

	check_toc(bp_toc_read(read_bytes, &b, "archive"));
}

void
fuzz_tocfile(const unsigned char *data, size_t len)
{
	static char name[16] = "";

	if (len == 0)
		return;
	if (name[0] != '\0')
		unlink(psprintf("%s/%s", fuzz_dir, name));
	snprintf(name, sizeof(name), "toc.dat%s",
			 bp_codec_suffix((BpCodecAlgo) (data[0] % BP_CODEC_COUNT)));
	fuzz_write(name, data + 1, len - 1);
	/* not in proportion to what the text may be */
	fuzz_memory_limit(TOC_MEMORY);
	(void) bp_toc_read_dir(fuzz_dir);
}

/* ----------------------------------------------------------------
 *		manifest
 * ----------------------------------------------------------------
 */

static void
read_manifest(void *arg)
{
	const bool *how = (const bool *) arg;
	BpManifest *m = bp_manifest_read(fuzz_dir, how[0], how[1]);
	StringInfoData json;

	fuzz_require(m != NULL, "the manifest is there");
	if (m->owner != NULL)
		fuzz_require(pg_verify_mbstr(PG_UTF8, m->owner, strlen(m->owner), true),
					 "a name in the manifest is valid text");
	initStringInfo(&json);
	bp_manifest_to_json(m, &json);
}

void
fuzz_manifest(const unsigned char *data, size_t len)
{
	static bool hows[][2] = {{false, false}, {true, false}, {true, true}};

	fuzz_write(BP_MANIFEST, data, len);
	for (int i = 0; i < lengthof(hows); i++)
		(void) fuzz_try(read_manifest, hows[i]);
}

/* ----------------------------------------------------------------
 *		frame index
 * ----------------------------------------------------------------
 */

static void
read_frames(void *arg)
{
	BpFrameIndex *index = bp_frame_index_read(fuzz_dir);
	uint64		seen = 0;
	int			n;

	fuzz_require(index != NULL, "the frame index is there");
	while (seen < index->nframes)
	{
		int			dump_id = (int) index->frames[seen].dump_id;
		const BpFrame *f = bp_frame_index_find(index, dump_id, &n);
		BpFrameFile file;

		fuzz_require(f == &index->frames[seen] && n > 0, "frames are found");
		bp_frame_summarise(f, n, &file);
		seen += n;
	}
	fuzz_require(seen == index->nframes, "each frame is of one file");
}

void
fuzz_frames(const unsigned char *data, size_t len)
{
	unsigned char *copy;

	fuzz_write(BP_FRAME_INDEX, data, len);
	(void) fuzz_try(read_frames, NULL);

	/* no mutation hits a checksum */
	if (len < 36)
		return;
	copy = palloc(len);
	memcpy(copy, data, len);
	bp_put_u32(copy + 28, bp_crc32c(copy, 28));
	bp_put_u32(copy + len - 4, bp_crc32c(copy, len - 4));
	fuzz_write(BP_FRAME_INDEX, copy, len);
	read_frames(NULL);
}

/* ----------------------------------------------------------------
 *		index of parts
 * ----------------------------------------------------------------
 */

/* The name of the schema that is looked for */
#define PART_NAME	"s"

static void
read_part_manifest(void *arg)
{
	(void) bp_part_manifest((BpPart *) arg, true);
}

static void
read_part_toc(void *arg)
{
	(void) bp_part_toc((BpPart *) arg);
}

static void
read_part_frames(void *arg)
{
	(void) bp_part_frames((BpPart *) arg);
}

static void
read_part(void *arg)
{
	BpPart	   *part = bp_part_read(fuzz_dir, PART_NAME);

	*(bool *) arg = part != NULL;
	if (part == NULL)
		return;
	(void) fuzz_try(read_part_manifest, part);
	(void) fuzz_try(read_part_toc, part);
	(void) fuzz_try(read_part_frames, part);
}

/* A file with one part, whose body this is. */
static void
write_part(const unsigned char *body, size_t len)
{
	BpCodecSpec codec = {BP_CODEC_ZSTD, 1};
	BpCompressor *c = bp_compressor_create(&codec);
	size_t		cap = bp_compress_bound(c, len);
	unsigned char *file = palloc0(32 + cap + 36);
	size_t		stored = bp_compress(c, body, len, file + 32, cap);
	unsigned char *record = file + 32 + stored;

	memset(record, 0, 32);
	bp_put_u32(record, bp_crc32c(PART_NAME, strlen(PART_NAME)));
	bp_put_u32(record + 4, bp_crc32c(file + 32, stored));
	bp_put_u64(record + 8, 32);
	bp_put_u32(record + 16, stored);
	bp_put_u32(record + 20, len);
	bp_put_u32(record + 32, bp_crc32c(record, 32));
	memcpy(file, "BPPARTS", 8);
	bp_put_u32(file + 8, 1);
	bp_put_u32(file + 12, 32);
	bp_put_u64(file + 16, 32 + stored);
	bp_put_u32(file + 24, 1);
	bp_put_u32(file + 28, bp_crc32c(file, 28));
	fuzz_write(BP_PARTS, file, 32 + stored + 36);
}

void
fuzz_parts(const unsigned char *data, size_t len)
{
	bool		found;

	fuzz_write(BP_PARTS, data, len);
	(void) fuzz_try(read_part, &found);

	/* no mutation hits a checksum */
	write_part(data, len);
	read_part(&found);
	fuzz_require(!found || (len > 16 && data[16] == PART_NAME[0]),
				 "a part is that of its schema");
}

/* ----------------------------------------------------------------
 *		lists of large objects
 * ----------------------------------------------------------------
 */

static void
read_lob_oids(void *arg)
{
	(void) bp_restore_lob_oids((BpTocEntry *) arg);
}

void
fuzz_lobs(const unsigned char *data, size_t len)
{
	BpSession	session;
	BpToc		toc;
	BpTocEntry	entry;
	List	   *list;
	ListCell   *lc;

	fuzz_write("blobs.toc", data, len);
	memset(&session, 0, sizeof(session));
	memset(&toc, 0, sizeof(toc));
	memset(&entry, 0, sizeof(entry));
	toc.vmaj = BP_TOC_VMAJ;
	toc.vmin = BP_TOC_VMIN_OLDEST;
	session.path = fuzz_dir;
	session.toc = &toc;
	entry.dump_id = 1;
	entry.defn = pnstrdup((const char *) data, len);
	(void) fuzz_try(read_lob_oids, &entry);

	list = bp_restore_lob_list(&session, &entry);
	foreach(lc, list)
	{
		BpLobFile  *lob = (BpLobFile *) lfirst(lc);

		fuzz_require(lob->oid != 0, "a large object has a number");
		check_file_name(lob->name);
	}
}
