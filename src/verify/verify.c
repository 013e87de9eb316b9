/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  Verifying an archive: planning what must be read, and reading it.
 *
 * In an archive of our own, every file is read and compared with the manifest
 * (archive/integrity.h): files of tables frame by frame, and large ones by
 * several sessions at once; all other files are read as a whole.  An archive
 * that pg_dump made has no checksums except those of its compression.  Its
 * table of contents must be valid, and each data file must decode up to its
 * end marker.
 *
 * Each session reads the manifest, the frame index and the table of contents
 * itself; session/session.c makes sure that all sessions read the same.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/file.h"
#include "archive/frame_index.h"
#include "archive/integrity.h"
#include "archive/stream.h"
#include "archive/toc_entry.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "restore/entry.h"
#include "restore/lobs.h"
#include "restore/metadata.h"
#include "restore/run.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "verify/verify.h"

/* Bytes, decoded, that one unit reads of a large file or of several small ones */
#define BP_VERIFY_PART		((uint64) 64 * 1024 * 1024)
#define BP_VERIFY_BUNDLE	((uint64) 8 * 1024 * 1024)
#define BP_VERIFY_FILES		64

#define BP_READ_PIECE		(256 * 1024)

static void plan_listed(BpSession *session, BpPlanBuilder *b,
						BpManifest *m);
static void plan_pg_dump(BpSession *session, BpPlanBuilder *b);
static void compare_with_toc(BpSession *session, BpManifest *m);
static void verify_frames(BpSession *session, BpPlanFile *file,
						  const BpManifestFile *mf, uint32 first,
						  uint32 last);
static void verify_stream(BpSession *session, const char *name, bool lob);

/* ---- planning ---- */

/*
 * Raises an error unless each entry with data has its file in the manifest, with
 * the same dump id and name, and the manifest has no other data files.
 */
static void
compare_with_toc(BpSession *session, BpManifest *m)
{
	BpToc	   *toc = bp_session_toc(session);
	uint64		tables = 0;

	for (int i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		const BpManifestFile *f = NULL;

		if (!e->had_dumper || e->filename == NULL ||
			bp_entry_is(e, "BLOBS"))
			continue;
		for (BpCodecAlgo algo = 0; algo < BP_CODEC_COUNT && f == NULL; algo++)
			f = bp_manifest_find(m, psprintf("%s%s", e->filename,
											 bp_codec_suffix(algo)));
		if (f == NULL || f->kind != BP_KIND_TABLE || f->dump_id != e->dump_id)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("manifest and table of contents of archive \"%s\" do not agree",
							session->path),
					 errdetail("The data of entry %d, %s, is not in the manifest.",
							   e->dump_id, bp_entry_name(e))));
		tables++;
	}
	for (int i = 0; i < m->nfiles; i++)
		tables -= m->files[i].kind == BP_KIND_TABLE;
	if (tables != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("manifest and table of contents of archive \"%s\" do not agree",
						session->path),
				 errdetail("The manifest lists data files that do not belong to any entry.")));
}

/* Plans a large file of a table: each unit reads some of its frames. */
static void
plan_parts(BpSession *session, BpPlanBuilder *b, const BpManifestFile *f,
		   int file)
{
	int			n;
	const BpFrame *frames = bp_frame_index_find(bp_session_frames(session),
												f->dump_id, &n);
	int			first = 0;
	uint64		raw = 0;

	for (int i = 0; i < n; i++)
	{
		raw += frames[i].raw_len;
		if (raw < BP_VERIFY_PART && i + 1 < n)
			continue;
		bp_plan_add_unit(b, BP_UNIT_CHECK, file, 1, first, i, raw,
						 bp_entry_unit_text(psprintf("check %s", f->name)));
		first = i + 1;
		raw = 0;
	}
}

/* Plans the files of an archive of our own. */
static void
plan_listed(BpSession *session, BpPlanBuilder *b, BpManifest *m)
{
	int			first = -1;
	int			count = 0;
	uint64		bytes = 0;
	uint64		total = 0;
	uint32		tables = 0;

	for (int i = 0; i < m->nfiles; i++)
	{
		const BpManifestFile *f = &m->files[i];

		total += f->size;
		tables += f->kind == BP_KIND_TABLE;
		if (f->kind == BP_KIND_TABLE && f->raw_size > BP_VERIFY_BUNDLE)
			plan_parts(session, b, f,
					   bp_plan_add_file(b, f->dump_id, BP_FILE_OURS,
										(Oid) i, f->name, NULL));
	}
	for (int i = 0; i <= m->nfiles; i++)
	{
		const BpManifestFile *f = &m->files[i];
		int			file;

		if (i < m->nfiles && f->kind == BP_KIND_TABLE &&
			f->raw_size > BP_VERIFY_BUNDLE)
			continue;
		if (count > 0 && (i == m->nfiles || count == BP_VERIFY_FILES ||
						  bytes + f->size > BP_VERIFY_BUNDLE))
		{
			bp_plan_add_unit(b, BP_UNIT_CHECK, first, count, 0, BP_WHOLE_FILE,
							 bytes,
							 bp_entry_unit_text(psprintf("check %d files", count)));
			count = 0;
			bytes = 0;
		}
		if (i == m->nfiles)
			break;
		file = bp_plan_add_file(b, f->dump_id, BP_FILE_OURS, (Oid) i, f->name,
								NULL);
		if (count++ == 0)
			first = file;
		bytes += f->size;
	}
	bp_plan_set_totals(b, total, tables);
	pg_atomic_write_u64(&session->task->tables_total, tables);
	pg_atomic_write_u64(&session->task->bytes_total, total);
}

/* Plans one file of an archive that pg_dump made; returns its length. */
static uint64
plan_pg_dump_file(BpSession *session, BpPlanBuilder *b, const BpTocEntry *e,
				  const char *name, bool lob)
{
	off_t		size;
	int			file;

	if (!bp_toc_valid_filename(name))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("archive entry %d, %s, has no valid data file",
						e->dump_id, bp_entry_name(e))));
	if (!bp_data_file_find(session->path, name, NULL, NULL, &size))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" of %s is missing in directory \"%s\"",
						name, bp_entry_name(e), session->path)));
	/* an empty large object may be a file without a byte */
	if (lob && size == 0)
		return 0;
	file = bp_plan_add_file(b, e->dump_id, lob ? BP_FILE_LOBS : 0, InvalidOid,
							name, NULL);
	bp_plan_add_unit(b, BP_UNIT_CHECK, file, 1, 0, BP_WHOLE_FILE, size,
					 bp_entry_unit_text(psprintf("check %s", name)));
	return size;
}

/* Plans the files of an archive that pg_dump made: those that its entries name. */
static void
plan_pg_dump(BpSession *session, BpPlanBuilder *b)
{
	BpToc	   *toc = bp_session_toc(session);
	uint64		total = 0;
	uint32		tables = 0;

	for (int i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		ListCell   *lc;

		if (!e->had_dumper || e->filename == NULL)
			continue;
		if (!bp_entry_is(e, "BLOBS"))
		{
			total += plan_pg_dump_file(session, b, e, e->filename, false);
			tables++;
			continue;
		}
		foreach(lc, bp_restore_lob_list(session, e))
			total += plan_pg_dump_file(session, b, e,
									   ((BpLobFile *) lfirst(lc))->name,
									   true);
	}
	bp_plan_set_totals(b, total, tables);
	pg_atomic_write_u64(&session->task->tables_total, tables);
	pg_atomic_write_u64(&session->task->bytes_total, total);
}

void
bp_verify_plan(BpSession *session)
{
	BpPlanBuilder *b = bp_plan_builder_create();
	BpManifest *m = bp_restore_manifest(session);

	if (m == NULL)
		plan_pg_dump(session, b);
	else
	{
		bp_integrity_check_directory(session->path, m);
		bp_integrity_check_index(session->path, m, bp_session_frames(session));
		compare_with_toc(session, m);
		plan_listed(session, b, m);
	}
	session->task->plan = bp_plan_publish(b);
}

/*
 * An archive of some tables may have no SCHEMA entries: pg_dump expects that the
 * schemas exist in the target.
 */
void
bp_verify_make_schemas(BpSession *session)
{
	BpToc	   *toc;
	List	   *made = NIL;

	bp_restore_verify_metadata(session);
	toc = bp_session_toc(session);
	for (int i = 0; i < toc->nentries; i++)
	{
		if (bp_entry_is(&toc->entries[i], "SCHEMA"))
			made = lappend(made, toc->entries[i].tag);
	}
	bp_restore_set_dialect(toc);
	for (int i = 0; i < toc->nentries; i++)
	{
		char	   *schema = unconstify(char *,
										bp_entry_schema(&toc->entries[i]));
		ListCell   *lc;
		bool		found = false;

		CHECK_FOR_INTERRUPTS();
		if (schema == NULL || schema[0] == '\0')
			continue;
		foreach(lc, made)
		{
			found |= strcmp(lfirst(lc), schema) == 0;
		}
		if (found || OidIsValid(get_namespace_oid(schema, true)))
			continue;
		bp_restore_execute(psprintf("CREATE SCHEMA %s",
									quote_identifier(schema)));
		made = lappend(made, schema);
	}
}

/* ---- reading ---- */

/* Reads and verifies frames first..last of a table's file. */
static void
verify_frames(BpSession *session, BpPlanFile *file, const BpManifestFile *mf,
			  uint32 first, uint32 last)
{
	BpTask	   *task = session->task;
	char	   *path = psprintf("%s/%s", session->path, mf->name);
	BpCodecAlgo algo = BP_CODEC_NONE;
	BpFrameChecker *checker;
	const BpFrame *frames;
	int			n = 0;
	off_t		size;
	int			fd;

	if (bp_session_frames(session) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("frame index of archive \"%s\" is missing",
						session->path)));
	frames = bp_frame_index_find(bp_session_frames(session), mf->dump_id, &n);
	if (last == BP_WHOLE_FILE)
		last = n - 1;
	fd = bp_file_open(path, false, &size);
	if (n == 0 || last >= n || (uint64) size != mf->size)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" was changed while it was being read",
						path)));
	for (BpCodecAlgo a = BP_CODEC_NONE + 1; a < BP_CODEC_COUNT; a++)
	{
		const char *suffix = bp_codec_suffix(a);
		size_t		len = strlen(mf->name);

		if (len > strlen(suffix) &&
			strcmp(mf->name + len - strlen(suffix), suffix) == 0)
			algo = a;
	}
	checker = bp_integrity_checker(algo);
	for (uint32 i = first; i <= last; i++)
	{
		CHECK_FOR_INTERRUPTS();
		bp_integrity_check_frame(checker, fd, path, size, &frames[i],
								 i == n - 1);
		pg_atomic_fetch_add_u64(&task->bytes_done, frames[i].stored_len);
		pg_atomic_fetch_add_u64(&task->stored_bytes, frames[i].stored_len);
		pg_atomic_fetch_add_u64(&task->raw_bytes, frames[i].raw_len);
		pg_atomic_fetch_add_u64(&task->rows_done, frames[i].rows);
	}
	bp_integrity_checker_free(checker);
	bp_file_close(fd, path);
	if (pg_atomic_sub_fetch_u32(&file->units_left, 1) == 0)
		pg_atomic_fetch_add_u64(&task->tables_done, 1);
}

/*
 * Reads a file that pg_dump wrote, which must decode.  The file of a table must
 * end with the end marker.
 */
static void
verify_stream(BpSession *session, const char *name, bool lob)
{
	BpTask	   *task = session->task;
	BpStream   *stream = bp_stream_open(session->path, name);
	char	   *buf = palloc(BP_TERMINATOR_LEN + BP_READ_PIECE);
	size_t		have = 0;		/* bytes kept of what was read before */
	size_t		n;

	while ((n = bp_stream_read(stream, buf + have, BP_READ_PIECE)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		pg_atomic_fetch_add_u64(&task->raw_bytes, n);
		have += n;
		if (have > BP_TERMINATOR_LEN)
			memmove(buf, buf + have - BP_TERMINATOR_LEN, BP_TERMINATOR_LEN);
		have = Min(have, BP_TERMINATOR_LEN);
	}
	if (!lob && (have < BP_TERMINATOR_LEN ||
				 memcmp(buf, BP_TERMINATOR, BP_TERMINATOR_LEN) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is damaged", bp_stream_path(stream)),
				 errdetail("It does not end with the end marker.")));
	bp_stream_close(stream);
	pfree(buf);
	if (!lob)
		pg_atomic_fetch_add_u64(&task->tables_done, 1);
}

void
bp_verify_unit(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpManifest *m = bp_session_manifest(session);
	BpTask	   *task = session->task;

	for (int i = 0; i < unit->nfiles; i++)
	{
		BpPlanFile *file = &bp_plan_files(plan)[unit->file + i];
		const BpManifestFile *mf;

		if ((file->flags & BP_FILE_OURS) == 0)
		{
			verify_stream(session, bp_plan_string(plan, file->name),
						  (file->flags & BP_FILE_LOBS) != 0);
			pg_atomic_fetch_add_u64(&task->bytes_done, unit->cost);
			continue;
		}
		if (m == NULL || file->relid >= m->nfiles)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("the archive's manifest was changed while it was being read")));
		mf = &m->files[file->relid];
		if (mf->kind == BP_KIND_TABLE)
		{
			verify_frames(session, file, mf, unit->first, unit->last);
			continue;
		}
		bp_integrity_check_file(session->path, mf);
		pg_atomic_fetch_add_u64(&task->bytes_done, mf->size);
		pg_atomic_fetch_add_u64(&task->stored_bytes, mf->size);
	}
}
