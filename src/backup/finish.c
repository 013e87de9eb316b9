/*-------------------------------------------------------------------------
 *
 * finish.c
 *	  Last step of a backup: complete the archive and give it its name.
 *
 * The frame index is sorted; then the lists of large objects, toc.dat and the
 * manifest are written, in this order.  After everything is synced, the
 * .partial directory is renamed.  Until then the archive does not exist.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/backup/finish.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xlog.h"
#include "archive/datafile.h"
#include "archive/file.h"
#include "archive/frame_index.h"
#include "archive/manifest.h"
#include "archive/manifest_write.h"
#include "archive/part.h"
#include "archive/repo.h"
#include "archive/toc_write.h"
#include "backup/backup.h"
#include "backup/internal.h"
#include "backup/parts.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_crc32c.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/pg_lsn.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* A file that is being written */
typedef struct BpFinishFile
{
	char	   *path;
	int			fd;
	uint64		size;
	pg_crc32c	crc;
} BpFinishFile;

static void finish_write(BpManifest *m, const char *dir, const char *name,
						 const char *data, size_t len,
						 BpManifestKind kind, int dump_id);
static void finish_list(BpManifest *m, const char *name,
						BpManifestKind kind, int dump_id, uint64 size,
						uint32 crc);
static void finish_add(BpManifest *m, const char *dir, const char *name,
					   BpManifestKind kind, int dump_id);
static void finish_tables(BpSession *session, BpManifest *m,
						  const char *suffix);
static void finish_lobs(BpSession *session, BpManifest *m,
						const char *suffix);
static void finish_toc(BpSession *session, BpManifest *m);
static void finish_describe(BpSession *session, BpManifest *m);

/* Create a file of the archive. */
static void
finish_open(BpFinishFile *f, const char *dir, const char *name)
{
	f->size = 0;
	INIT_CRC32C(f->crc);
	f->path = psprintf("%s/%s", dir, name);
	f->fd = OpenTransientFile(f->path, O_WRONLY | O_CREAT | O_EXCL |
							  PG_BINARY);
	if (f->fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", f->path)));
}

/* Append to the file; has the type BpTocPieceFn. */
static void
finish_append(void *arg, const char *data, size_t len)
{
	BpFinishFile *f = arg;

	COMP_CRC32C(f->crc, data, len);
	bp_file_write_at(f->fd, f->path, data, len, (off_t) f->size);
	f->size += len;
}

/* The file is complete: close it and list it in the manifest. */
static void
finish_close(BpFinishFile *f, BpManifest *m, const char *name,
			 BpManifestKind kind, int dump_id)
{
	FIN_CRC32C(f->crc);
	bp_file_close(f->fd, f->path);
	finish_list(m, name, kind, dump_id, f->size, f->crc);
	pfree(f->path);
}

static void
finish_write(BpManifest *m, const char *dir, const char *name,
			 const char *data, size_t len, BpManifestKind kind,
			 int dump_id)
{
	BpFinishFile f;

	finish_open(&f, dir, name);
	finish_append(&f, data, len);
	finish_close(&f, m, name, kind, dump_id);
}

/* List a file in the manifest. */
static void
finish_list(BpManifest *m, const char *name, BpManifestKind kind,
			int dump_id, uint64 size, uint32 crc)
{
	BpManifestFile *f = bp_manifest_add_file(m);

	f->name = pstrdup(name);
	f->kind = kind;
	f->dump_id = dump_id;
	f->size = size;
	f->crc = crc;
	m->bytes += size;
}

/* List in the manifest a file that exists already. */
static void
finish_add(BpManifest *m, const char *dir, const char *name,
		   BpManifestKind kind, int dump_id)
{
	char	   *path = psprintf("%s/%s", dir, name);
	char	   *buf = palloc(65536);
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	uint64		size = 0;
	pg_crc32c	crc;
	ssize_t		n;

	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path)));
	INIT_CRC32C(crc);
	while ((n = read(fd, buf, 65536)) != 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", path)));
		COMP_CRC32C(crc, buf, n);
		size += n;
	}
	FIN_CRC32C(crc);
	CloseTransientFile(fd);
	finish_list(m, name, kind, dump_id, size, crc);
	pfree(buf);
	pfree(path);
}

/* The file's size must be the sum of its frames. */
static void
finish_check_size(const char *dir, const char *name, uint64 size)
{
	char	   *path = psprintf("%s/%s", dir, name);
	struct stat st;

	if (lstat(path, &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not access file \"%s\": %m", path)));
	if (!S_ISREG(st.st_mode) || (uint64) st.st_size != size)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" was changed during the backup", path),
				 errdetail("It has " INT64_FORMAT " bytes instead of " UINT64_FORMAT ".",
						   (int64) st.st_size, size)));
	pfree(path);
}

/* All units must be done, and each row that was read must be in a frame. */
static void
finish_check_plan(BpPlan *plan, BpFrameFile *files, int nfiles)
{
	uint64		read = 0;
	uint64		written = 0;
	uint32		left = 0;

	for (uint32 i = 0; i < plan->nfiles; i++)
	{
		BpPlanFile *f = &bp_plan_files(plan)[i];

		read += pg_atomic_read_u64(&f->rows);
		if (f->nunits > 1 && (f->flags & BP_FILE_LOBS) == 0)
			left += pg_atomic_read_u32(&f->units_left);
	}
	for (int i = 0; i < nfiles; i++)
		written += files[i].rows;
	if (read != written || left != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("the archive's frames hold " UINT64_FORMAT " rows, but " UINT64_FORMAT " were read",
						written, read)));
}

/* List the tables' files, with the sums over their frames. */
static void
finish_tables(BpSession *session, BpManifest *m, const char *suffix)
{
	BpFrameSummary index;
	BpFrameFile *files;
	int			nfiles;
	uint64		nframes = pg_atomic_read_u64(&session->plan->nframes);

	if (session->alone)
		bp_frame_index_make(session->path, session->own_frames, nframes,
							&index);
	else
		bp_frame_index_finish(session->path, nframes, &index);
	files = index.files;
	nfiles = index.nfiles;
	finish_check_plan(session->plan, files, nfiles);
	for (int i = 0; i < nfiles; i++)
	{
		BpTocEntry *e = bp_toc_find(session->toc, files[i].dump_id);
		BpManifestFile *f;

		if (e == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("there are frames of an unknown archive entry %u",
							files[i].dump_id)));
		f = bp_manifest_add_file(m);
		f->name = psprintf("%s%s", e->filename, suffix);
		finish_check_size(session->path, f->name, files[i].stored);
		f->dump_id = e->dump_id;
		f->schema = e->nsp;
		f->table = e->tag;
		f->kind = BP_KIND_TABLE;
		f->size = files[i].stored;
		f->rows = files[i].rows;
		f->raw_size = files[i].raw;
		f->crc = files[i].crc;
		m->tables++;
		m->rows += f->rows;
		m->raw_bytes += f->raw_size;
		m->bytes += f->size;
	}
	if (m->tables != session->plan->tables_total)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("archive has data of " UINT64_FORMAT " tables instead of %u",
						m->tables, session->plan->tables_total)));
	finish_list(m, BP_FRAME_INDEX, BP_KIND_FRAMES, 0, index.size,
				index.crc);
}

static void
finish_lobs(BpSession *session, BpManifest *m, const char *suffix)
{
	BpToc	   *toc = session->toc;

	for (int i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];
		StringInfoData list;
		List	   *oids;
		ListCell   *lc;

		if (strcmp(e->desc, "BLOBS") != 0 || !e->had_dumper)
			continue;
		initStringInfo(&list);
		oids = bp_backup_lob_list(toc, e);
		foreach(lc, oids)
		{
			char		name[64];

			appendStringInfo(&list, "%u blob_%u.dat\n", lfirst_oid(lc),
							 lfirst_oid(lc));
			snprintf(name, sizeof(name), "blob_%u.dat%s", lfirst_oid(lc),
					 suffix);
			finish_add(m, session->path, name, BP_KIND_LARGE_OBJECT,
					   e->dump_id);
		}
		finish_write(m, session->path, e->filename, list.data, list.len,
					 BP_KIND_BLOBS_TOC, e->dump_id);
	}
}

static void
finish_toc(BpSession *session, BpManifest *m)
{
	BpToc	   *toc = session->toc;
	BpCodecSpec codec = bp_backup_codec(session);
	BpFinishFile f;

	/*
	 * Up to archive version 1.14 the header has only the level of gzip;
	 * readers find files of other algorithms by their suffix.
	 */
	if (toc->vmin >= 15)
		toc->compression = codec.algo;
	else
		toc->compression = codec.algo == BP_CODEC_NONE ? 0 : -1;
	finish_open(&f, session->path, "toc.dat");
	bp_toc_write_pieces(toc, finish_append, &f);
	finish_close(&f, m, "toc.dat", BP_KIND_TOC, 0);
}

static void
finish_describe(BpSession *session, BpManifest *m)
{
	BpTask	   *task = session->task;
	BpCodecSpec codec = bp_backup_codec(session);
	static const char *const settings[] = {
		"TimeZone", "DateStyle", "IntervalStyle", "extra_float_digits",
		"data_checksums", "block_size"
	};

	m->task = task->id;
	m->owner = GetUserNameFromId(GetUserId(), false);
	m->label = task->label[0] ? bp_task_get_text(task->label) : NULL;
	m->database = pstrdup(task->database);
	m->encoding = pstrdup(GetDatabaseEncodingName());
	m->content = pstrdup(bp_content_name(session->options->content));
	m->server_version = pstrdup(GetConfigOption("server_version", false,
												false));
	m->server_version_num = atoi(GetConfigOption("server_version_num", false,
												 false));
	m->system_identifier = psprintf(UINT64_FORMAT, GetSystemIdentifier());
	m->timeline = RecoveryInProgress() ? 0 : GetWALInsertionTimeLine();
	m->lsn = psprintf("%X/%X", LSN_FORMAT_ARGS(task->snapshot_lsn));
	m->snapshot_time = task->snapshot_time;
	m->started_at = task->started_at;
	m->finished_at = GetCurrentTimestamp();
	m->compression = bp_codec_text(&codec);
	for (int i = 0; i < (int) lengthof(settings); i++)
		bp_manifest_add_setting(m, settings[i],
								GetConfigOption(settings[i], true, false));
}

void
bp_backup_finish(BpSession *session)
{
	BpManifest *m;
	const char *suffix;
	BpCodecSpec codec;

	(void) bp_session_plan(session);
	if (session->toc == NULL || session->snapshot == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("this session is not the leader of task " INT64_FORMAT,
						session->task_id)));
	codec = bp_backup_codec(session);
	suffix = bp_codec_suffix(codec.algo);
	m = bp_manifest_create();
	finish_tables(session, m, suffix);
	finish_lobs(session, m, suffix);
	finish_toc(session, m);
	finish_describe(session, m);
	if (bp_backup_parts(session->path, session->toc, m))
		finish_add(m, session->path, BP_PARTS, BP_KIND_PARTS, 0);
	bp_manifest_write(session->path, m);
	(void) bp_repo_publish(session->root, session->task->archive,
						   &session->task->unsafe);

	/* the transaction is about to end, so the snapshot must be released */
	UnregisterSnapshotFromOwner(session->snapshot,
								TopTransactionResourceOwner);
	session->snapshot = NULL;
}
