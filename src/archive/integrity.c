/*-------------------------------------------------------------------------
 *
 * integrity.c
 *	  Is an archive what its manifest says?
 *
 * The manifest carries a SHA-256 of itself and, for every other file, length
 * and CRC-32C; the frame index carries a CRC-32C of itself and of each frame.  A
 * file that is not in the manifest must not be in the directory: a file "1.dat"
 * beside "1.dat.zst" would be read in its place.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/integrity.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/stat.h>

#include "archive/decompress.h"
#include "archive/file.h"
#include "archive/frame_index.h"
#include "archive/integrity.h"
#include "base/crc32c.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"

/* Bytes of a file that are read at once */
#define BP_PIECE	(1024 * 1024)

struct BpFrameChecker
{
	MemoryContext cxt;
	BpCodecAlgo algo;
	BpDecompressor *decompressor;	/* NULL: stored as text */
	char	   *stored;
	size_t		stored_cap;
	char	   *raw;
	size_t		raw_cap;
};

/* Checks that no two files of the manifest have the same name. */
static void
check_names(const char *dir, BpManifest *m)
{
	BpManifestFile **files = bp_manifest_by_name(m);

	for (int i = 1; i < m->nfiles; i++)
	{
		if (strcmp(files[i - 1]->name, files[i]->name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("manifest of archive \"%s\" lists file \"%s\" twice",
							dir, files[i]->name)));
	}
}

/* Checks that the directory holds nothing but the files of the manifest. */
static void
check_strangers(const char *dir, BpManifest *m)
{
	DIR		   *d = AllocateDir(dir);
	struct dirent *de;

	while ((de = ReadDir(d, dir)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0 ||
			strcmp(de->d_name, BP_MANIFEST) == 0 ||
			strcmp(de->d_name, BP_VERIFIED) == 0)
			continue;
		if (bp_manifest_find(m, de->d_name) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("file \"%s\" in archive \"%s\" is not listed in its manifest",
							de->d_name, dir),
					 errhint("If you know how it got there, remove it.")));
	}
	FreeDir(d);
}

void
bp_integrity_check_directory(const char *dir, BpManifest *m)
{
	BpManifestFile **files = bp_manifest_by_name(m);

	check_names(dir, m);
	for (int i = 0; i < m->nfiles; i++)
	{
		char		path[MAXPGPATH];
		struct stat st;

		CHECK_FOR_INTERRUPTS();
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->name);
		if (lstat(path, &st) != 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not access file \"%s\" of the archive: %m",
							path)));
		if (!S_ISREG(st.st_mode))
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a regular file", path)));
		if ((uint64) st.st_size != files[i]->size)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("file \"%s\" is damaged", path),
					 errdetail("It has " UINT64_FORMAT " bytes, but the manifest says " UINT64_FORMAT ".",
							   (uint64) st.st_size, files[i]->size)));
	}
	check_strangers(dir, m);
}

static void
index_differs(const char *dir, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("manifest and frame index of archive \"%s\" do not agree",
					dir),
			 errdetail("They differ about file \"%s\".", name)));
}

void
bp_integrity_check_index(const char *dir, const BpManifest *m,
						 const BpFrameIndex *index)
{
	uint64		known = 0;

	for (int i = 0; i < m->nfiles; i++)
	{
		const BpManifestFile *f = &m->files[i];
		const BpFrame *frames;
		BpFrameFile sum;
		int			n = 0;

		CHECK_FOR_INTERRUPTS();
		if (f->kind != BP_KIND_TABLE)
			continue;
		frames = index != NULL ?
			bp_frame_index_find(index, f->dump_id, &n) : NULL;
		if (frames == NULL)
			index_differs(dir, f->name);
		bp_frame_summarise(frames, n, &sum);
		if (sum.stored != f->size || sum.rows != f->rows ||
			sum.raw != f->raw_size || sum.crc != f->crc)
			index_differs(dir, f->name);
		known += n;
	}
	if (index != NULL && known != index->nframes)
		index_differs(dir, BP_FRAME_INDEX);
}

void
bp_integrity_check_file(const char *dir, const BpManifestFile *file)
{
	char	   *path = psprintf("%s/%s", dir, file->name);
	char	   *buf = palloc(BP_PIECE);
	off_t		size;
	int			fd = bp_file_open(path, false, &size);
	uint64		done = 0;
	size_t		n;
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	while ((n = bp_file_read_at(fd, path, buf, BP_PIECE, done)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		COMP_CRC32C(crc, buf, n);
		done += n;
	}
	FIN_CRC32C(crc);
	bp_file_close(fd, path);
	if (done != file->size || crc != file->crc)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is damaged", path),
				 done != file->size ?
				 errdetail("It has " UINT64_FORMAT " bytes, but the manifest says " UINT64_FORMAT ".",
						   done, file->size) :
				 errdetail("Its checksum is %08x, but the manifest says %08x.",
						   crc, file->crc)));
	pfree(buf);
	pfree(path);
}

/* ----------------------------------------------------------------
 *		frames
 * ----------------------------------------------------------------
 */

BpFrameChecker *
bp_integrity_checker(BpCodecAlgo algo)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "backup_pool frames to check",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	BpFrameChecker *c = palloc0(sizeof(BpFrameChecker));

	c->cxt = cxt;
	c->algo = algo;
	if (algo != BP_CODEC_NONE)
		c->decompressor = bp_decompressor_create(algo);
	MemoryContextSwitchTo(old);
	return c;
}

void
bp_integrity_checker_free(BpFrameChecker *c)
{
	MemoryContextDelete(c->cxt);
}

static char *
checker_room(BpFrameChecker *c, char *buf, size_t *cap, size_t need)
{
	if (buf != NULL && *cap >= need)
		return buf;
	if (buf != NULL)
		pfree(buf);
	*cap = Max(need, 1);
	return MemoryContextAllocHuge(c->cxt, *cap);
}

static void
frame_damaged(const char *path, const BpFrame *frame, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("file \"%s\" is damaged", path),
			 errdetail("In the frame at offset " UINT64_FORMAT ": %s",
					   frame->offset, how)));
}

/* Counts rows: a row ends with a newline, and contains no other newline. */
static uint64
count_rows(const char *text, size_t len)
{
	uint64		rows = 0;

	for (size_t i = 0; i < len; i++)
		rows += text[i] == '\n';
	return rows;
}

void
bp_integrity_check_frame(BpFrameChecker *c, int fd, const char *path,
						 uint64 size, const BpFrame *frame, bool last)
{
	size_t		len = frame->raw_len;

	/* the lengths must be possible before memory is allocated for them */
	if (!bp_frame_is_possible(frame, c->algo, size))
		frame_damaged(path, frame, "its lengths are impossible.");
	c->raw = checker_room(c, c->raw, &c->raw_cap, len);
	if (c->decompressor == NULL)
		bp_frame_read(fd, path, frame, c->raw);
	else
	{
		c->stored = checker_room(c, c->stored, &c->stored_cap,
								 frame->stored_len);
		bp_frame_read(fd, path, frame, c->stored);
		bp_decompress_frame(c->decompressor, c->stored, frame->stored_len,
							c->raw, len);
	}
	if (last)
	{
		if (len < BP_TERMINATOR_LEN ||
			memcmp(c->raw + len - BP_TERMINATOR_LEN, BP_TERMINATOR,
				   BP_TERMINATOR_LEN) != 0)
			frame_damaged(path, frame, "the end marker is missing.");
		len -= BP_TERMINATOR_LEN;
	}
	if (len > 0 && c->raw[len - 1] != '\n')
		frame_damaged(path, frame, "its last row does not end with a newline.");
	if (count_rows(c->raw, len) != frame->rows)
		frame_damaged(path, frame, "its number of rows differs from that in the index.");
}
