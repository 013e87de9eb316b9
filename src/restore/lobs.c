/*-------------------------------------------------------------------------
 *
 * lobs.c
 *	  Large objects: creating them, their privileges, their contents.
 *
 * Archives up to 1.15 have one BLOB entry per large object, which runs
 * lo_create, and one BLOBS entry for all contents.  Since 1.16 large objects
 * are in groups: a BLOB METADATA entry whose definition is a list of oids, one
 * ACL entry for all of them, and a BLOBS entry per group.  The file of a BLOBS
 * entry lists oids and the files with their contents.  A unit writes some
 * lines of such a list; the plan splits long lists.
 *
 * Contents are written by the C functions behind the SQL functions
 * (be-fsstubs.c), which check privileges and clean up after errors.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/lobs.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/integrity.h"
#include "archive/stream.h"
#include "archive/toc_entry.h"
#include "catalog/pg_largeobject.h"
#include "libpq/be-fsstubs.h"
#include "libpq/libpq-fs.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "restore/entry.h"
#include "restore/lobs.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore/toc.h"
#include "storage/large_object.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#define BP_LOB_BUFFER		(256 * 1024)

/* A list of a million large objects is 30 MB */
#define BP_LOB_LIST_MAX		((size_t) 512 * 1024 * 1024)

static char *read_list(BpSession *session, const char *name);
static bool keep_lob(BpSession *session, Oid oid);
static uint64 write_stream(BpSession *session, const BpLobFile *lob, int fd,
						   char *buf);
static void write_lob(BpSession *session, BpPlanFile *file,
					  const BpLobFile *lob, bool empty, char *buf);
static bool lob_is_empty(Oid oid);

const char *
bp_restore_lob_list_name(const BpToc *toc, const BpTocEntry *e)
{
	if (toc->vmaj == 1 && toc->vmin < 16)
		return "blobs.toc";
	return e->filename;
}

/* Reads a whole list as palloc'd text. */
static char *
read_list(BpSession *session, const char *name)
{
	BpStream   *stream = bp_stream_open(session->path, name);
	StringInfoData text;
	size_t		n;

	bp_stream_set_limit(stream);
	initStringInfo(&text);
	do
	{
		enlargeStringInfo(&text, BP_LOB_BUFFER);
		n = bp_stream_read(stream, text.data + text.len, BP_LOB_BUFFER);
		text.len += n;
		text.data[text.len] = '\0';
		if (text.len > BP_LOB_LIST_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("list of large objects \"%s\" is too long", name)));
	} while (n > 0);
	bp_stream_close(stream);
	return text.data;
}

List *
bp_restore_lob_list(BpSession *session, const BpTocEntry *e)
{
	const char *name = bp_restore_lob_list_name(bp_session_toc(session), e);
	List	   *list = NIL;
	char	   *line;
	char	   *next;

	for (line = read_list(session, name); *line != '\0'; line = next)
	{
		BpLobFile  *lob;
		char	   *end;
		unsigned long oid;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		errno = 0;
		oid = strtoul(line, &end, 10);
		if (next == NULL || errno != 0 || end == line || *end != ' ' ||
			oid == 0 || oid > PG_UINT32_MAX || !bp_toc_valid_filename(end + 1))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("invalid line in list of large objects \"%s\"",
							name),
					 errdetail("Line %d is \"%s\".", list_length(list) + 1,
							   bp_entry_excerpt(pg_any_to_server(line,
																 strlen(line),
																 PG_SQL_ASCII)))));
		lob = palloc(sizeof(BpLobFile));
		lob->oid = (Oid) oid;
		lob->name = end + 1;
		list = lappend(list, lob);
	}
	return list;
}

List *
bp_restore_lob_oids(const BpTocEntry *e)
{
	List	   *oids = NIL;
	const char *p = e->defn;

	while (p != NULL && *p != '\0')
	{
		char	   *end;
		unsigned long oid = strtoul(p, &end, 10);

		if (end == p || *end != '\n' || oid == 0 || oid > PG_UINT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("invalid list of large objects in archive entry %d",
							e->dump_id)));
		oids = lappend_oid(oids, (Oid) oid);
		p = end + 1;
	}
	return oids;
}

/*
 * Did the large object exist before, and must it be kept?  A large object that
 * this restore made is still empty.
 */
static bool
keep_lob(BpSession *session, Oid oid)
{
	BpIfExists	mode = session->options->if_exists;

	/* Unrelated databases may use the same oids: never overwrite contents */
	return (mode == BP_EXISTS_SKIP || mode == BP_EXISTS_APPEND) &&
		!lob_is_empty(oid);
}

static bool
lob_is_empty(Oid oid)
{
	Datum		fd;
	Datum		end;

	fd = DirectFunctionCall2(be_lo_open, ObjectIdGetDatum(oid),
							 Int32GetDatum(INV_READ));
	end = DirectFunctionCall3(be_lo_lseek64, fd, Int64GetDatum(0),
							  Int32GetDatum(SEEK_END));
	DirectFunctionCall1(be_lo_close, fd);
	return DatumGetInt64(end) == 0;
}

void
bp_restore_create_lobs(BpSession *session, const BpTocEntry *e)
{
	List	   *oids = bp_restore_lob_oids(e);
	BpIfExists	mode = session->options->if_exists;
	bool		owned = session->options->owner && e->owner != NULL &&
		e->owner[0] != '\0';
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, oids)
	{
		Oid			oid = lfirst_oid(lc);

		if (mode != BP_EXISTS_ERROR && mode != BP_EXISTS_REPLACE &&
			LargeObjectExists(oid))
			continue;
		appendStringInfo(&sql, "SELECT pg_catalog.lo_create('%u');\n", oid);
		if (owned)
			appendStringInfo(&sql, "ALTER LARGE OBJECT %u OWNER TO %s;\n",
							 oid, quote_identifier(e->owner));
	}
	if (sql.len > 0)
		bp_restore_execute(sql.data);
}

/*
 * The entry's GRANT statements name only the first large object of the group.
 * Puts the list of all large objects of the group into each statement.
 */
void
bp_restore_lobs_acl(BpSession *session, const BpTocEntry *e)
{
	BpTocEntry *group = e->ndeps > 0 ?
		bp_toc_find(bp_session_toc(session), e->deps[0]) : NULL;
	List	   *objects = NIL;
	ListCell   *lc;

	if (group == NULL || !bp_entry_is(group, "BLOB METADATA"))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("archive entry %d does not depend on a group of large objects",
						e->dump_id)));
	foreach(lc, bp_restore_lob_oids(group))
		objects = lappend(objects, makeFloat(psprintf("%u", lfirst_oid(lc))));
	foreach(lc, bp_entry_parse(e->defn))
	{
		Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

		if (IsA(stmt, GrantStmt) &&
			((GrantStmt *) stmt)->objtype == OBJECT_LARGEOBJECT)
			((GrantStmt *) stmt)->objects = copyObject(objects);
		bp_restore_utility(stmt, e->defn);
	}
}

/* Copies a file into an open large object; returns the number of bytes. */
static uint64
write_stream(BpSession *session, const BpLobFile *lob, int fd, char *buf)
{
	BpStream   *stream = bp_stream_open(session->path, lob->name);
	uint64		bytes = 0;
	size_t		n;

	while ((n = bp_stream_read(stream, buf, BP_LOB_BUFFER)) > 0)
	{
		char	   *p = buf;
		size_t		left = n;

		CHECK_FOR_INTERRUPTS();
		while (left > 0)
		{
			int			done = lo_write(fd, p, left);

			if (done <= 0)
				elog(ERROR, "could not write large object %u", lob->oid);
			p += done;
			left -= done;
		}
		bytes += n;
	}
	bp_stream_close(stream);
	return bytes;
}

/* Writes one large object, and counts its bytes. */
static void
write_lob(BpSession *session, BpPlanFile *file, const BpLobFile *lob,
		  bool empty, char *buf)
{
	uint64		bytes = 0;
	int			fd;

	if (keep_lob(session, lob->oid))
		return;
	fd = DatumGetInt32(DirectFunctionCall2(be_lo_open,
										   ObjectIdGetDatum(lob->oid),
										   Int32GetDatum(INV_WRITE)));
	/* A large object that existed before may be longer */
	DirectFunctionCall2(be_lo_truncate, Int32GetDatum(fd), Int32GetDatum(0));

	/*
	 * For an empty large object pg_dump 16 and later writes an empty file,
	 * without even the header of a compressed frame.
	 */
	if (!empty)
		bytes = write_stream(session, lob, fd, buf);
	DirectFunctionCall1(be_lo_close, Int32GetDatum(fd));
	pg_atomic_fetch_add_u64(&session->task->raw_bytes, bytes);
	pg_atomic_fetch_add_u64(&file->raw_bytes, bytes);
}

/*
 * Verifies a file by its sum in the manifest.  The frame index does not have
 * sums for large objects, and not every codec notices damage.
 */
static void
verify_lob(BpSession *session, const char *path)
{
	BpManifest *m = bp_session_manifest(session);
	const BpManifestFile *f;

	if (m == NULL)
		return;
	f = bp_manifest_find(m, last_dir_separator(path) + 1);
	if (f == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" is not in the manifest of the archive",
						path)));
	bp_integrity_check_file(session->path, f);
}

void
bp_restore_lobs(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	BpPlanFile *file = &bp_plan_files(plan)[unit->file];
	BpTocEntry *e = bp_toc_find(toc, file->dump_id);
	MemoryContext cxt = CurrentMemoryContext;
	BpLobFile  *lob = NULL;

	if (e == NULL)
		elog(ERROR, "archive entry %d is missing", file->dump_id);
	bp_restore_set_dialect(toc);
	PG_TRY();
	{
		List	   *list = bp_restore_lob_list(session, e);
		char	   *buf = palloc(BP_LOB_BUFFER);
		uint32		i;

		for (i = unit->first; i <= unit->last && i < list_length(list); i++)
		{
			off_t		size = 0;
			char	   *path;

			lob = list_nth(list, i);
			if (!bp_data_file_find(session->path, lob->name, &path, NULL,
								   &size))
				ereport(ERROR,
						(errcode(ERRCODE_UNDEFINED_FILE),
						 errmsg("data file \"%s\" of large object %u is missing in directory \"%s\"",
								lob->name, lob->oid, session->path)));
			verify_lob(session, path);
			write_lob(session, file, lob, size == 0, buf);
			pg_atomic_fetch_add_u64(&session->task->bytes_done, size);
			pg_atomic_fetch_add_u64(&session->task->stored_bytes, size);
		}
	}
	PG_CATCH();
	{
		bp_restore_rethrow(cxt, plan, e, NULL);
	}
	PG_END_TRY();
	if (pg_atomic_sub_fetch_u32(&file->units_left, 1) == 0)
		bp_restore_count_entry(plan);
}
