/*-------------------------------------------------------------------------
 *
 * toc_write.c
 *	  Writing toc.dat, and finding entries in a table of contents.
 *
 * The bytes are described in toc_read.c.  The writer is the reader's mirror
 * image, field by field: what pg_dump -Fd wrote comes out as it went in.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_write.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* What bp_toc_write_pieces collects */
#define PIECE_SIZE		(1024 * 1024)

/* Room for the longest suffix, within NAME_MAX */
#define MAX_FILENAME	(255 - 4)

static void
write_int(const BpToc *toc, StringInfo out, int value)
{
	uint64		rest = (value < 0) ? -(int64) value : value;
	int			i;

	appendStringInfoCharMacro(out, value < 0 ? 1 : 0);
	for (i = 0; i < toc->int_size; i++)
	{
		appendStringInfoCharMacro(out, (char) (rest & 0xFF));
		rest >>= 8;
	}
}

static void
write_str(const BpToc *toc, StringInfo out, const char *s)
{
	size_t		len;

	if (s == NULL)
	{
		write_int(toc, out, -1);
		return;
	}
	len = strlen(s);
	write_int(toc, out, (int) len);
	appendBinaryStringInfo(out, s, (int) len);
}

static void
write_number(const BpToc *toc, StringInfo out, uint32 value)
{
	char		text[16];

	snprintf(text, sizeof(text), "%u", value);
	write_str(toc, out, text);
}

static void
write_header(const BpToc *toc, StringInfo out)
{
	appendStringInfoString(out, "PGDMP");
	appendStringInfoChar(out, (char) toc->vmaj);
	appendStringInfoChar(out, (char) toc->vmin);
	appendStringInfoChar(out, (char) toc->vrev);
	appendStringInfoChar(out, (char) toc->int_size);
	appendStringInfoChar(out, (char) toc->off_size);
	appendStringInfoChar(out, BP_TOC_DIRECTORY);
	if (toc->vmin >= 15)
		appendStringInfoChar(out, (char) toc->compression);
	else
		write_int(toc, out, toc->compression);
	write_int(toc, out, toc->tm_sec);
	write_int(toc, out, toc->tm_min);
	write_int(toc, out, toc->tm_hour);
	write_int(toc, out, toc->tm_mday);
	write_int(toc, out, toc->tm_mon);
	write_int(toc, out, toc->tm_year);
	write_int(toc, out, toc->tm_isdst);
	write_str(toc, out, toc->dbname);
	write_str(toc, out, toc->server_version);
	write_str(toc, out, toc->dump_version);
	write_int(toc, out, toc->nentries);
}

static void
write_entry(const BpToc *toc, StringInfo out, const BpTocEntry *e)
{
	int			i;

	write_int(toc, out, e->dump_id);
	write_int(toc, out, e->had_dumper ? 1 : 0);
	write_number(toc, out, e->table_oid);
	write_number(toc, out, e->oid);
	write_str(toc, out, e->tag);
	write_str(toc, out, e->desc);
	write_int(toc, out, e->section);
	write_str(toc, out, e->defn);
	write_str(toc, out, e->drop_stmt);
	write_str(toc, out, e->copy_stmt);
	write_str(toc, out, e->nsp);
	write_str(toc, out, e->tablespace);
	if (toc->vmin >= 14)
		write_str(toc, out, e->tableam);
	if (toc->vmin >= 16)
		write_int(toc, out, e->relkind);
	write_str(toc, out, e->owner);
	write_str(toc, out, e->with_oids ? "true" : "false");
	for (i = 0; i < e->ndeps; i++)
		write_number(toc, out, (uint32) e->deps[i]);
	write_str(toc, out, NULL);
	write_str(toc, out, e->filename != NULL ? e->filename : "");
}

void
bp_toc_write(const BpToc *toc, StringInfo out)
{
	int			i;

	write_header(toc, out);
	for (i = 0; i < toc->nentries; i++)
		write_entry(toc, out, &toc->entries[i]);
}

void
bp_toc_write_pieces(const BpToc *toc, BpTocPieceFn fn, void *arg)
{
	StringInfoData piece;
	int			i;

	initStringInfo(&piece);
	write_header(toc, &piece);
	for (i = 0; i < toc->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		write_entry(toc, &piece, &toc->entries[i]);
		if (piece.len >= PIECE_SIZE)
		{
			fn(arg, piece.data, piece.len);
			resetStringInfo(&piece);
		}
	}
	fn(arg, piece.data, piece.len);
	pfree(piece.data);
}

/* ----------------------------------------------------------------
 *		file names
 * ----------------------------------------------------------------
 */

bool
bp_toc_valid_filename(const char *name)
{
	static const char *const reserved[] = {
		"toc.dat", "manifest.json", "frames.idx", "frames.tmp", "parts.idx"
	};
	const char *p;
	int			i;

	if (name[0] == '\0' || name[0] == '.' || strlen(name) > MAX_FILENAME)
		return false;
	for (p = name; *p != '\0'; p++)
	{
		if (*p == '/' || *p == '\\' || *p < ' ' || *p > '~')
			return false;
	}
	for (i = 0; i < lengthof(reserved); i++)
	{
		if (strncmp(name, reserved[i], strlen(reserved[i])) == 0)
			return false;
	}
	return true;
}

void
bp_toc_set_filenames(BpToc *toc)
{
	int			i;

	for (i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];

		if (!e->had_dumper)
			e->filename = NULL;
		else if (strcmp(e->desc, "BLOBS") != 0)
			e->filename = psprintf("%d.dat", e->dump_id);
		else if (toc->vmin >= 16)
			e->filename = psprintf("blobs_%d.toc", e->dump_id);
		else
			e->filename = pstrdup("blobs.toc");
	}
}

/* ----------------------------------------------------------------
 *		finding entries
 * ----------------------------------------------------------------
 */

static int
compare_ids(const void *a, const void *b, void *arg)
{
	const BpToc *toc = (const BpToc *) arg;
	int			id_a = toc->entries[*(const int *) a].dump_id;
	int			id_b = toc->entries[*(const int *) b].dump_id;

	return (id_a > id_b) - (id_a < id_b);
}

void
bp_toc_index(BpToc *toc)
{
	int			i;

	if (toc->by_id != NULL)
		pfree(toc->by_id);
	toc->nby_id = toc->nentries;
	toc->by_id = (int *)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   Max(toc->nentries, 1) * sizeof(int));
	for (i = 0; i < toc->nentries; i++)
		toc->by_id[i] = i;
	qsort_arg(toc->by_id, toc->nby_id, sizeof(int), compare_ids, toc);
	for (i = 1; i < toc->nby_id; i++)
	{
		if (compare_ids(&toc->by_id[i - 1], &toc->by_id[i], toc) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("table of contents has two entries of number %d",
							toc->entries[toc->by_id[i]].dump_id)));
	}
}

BpTocEntry *
bp_toc_find(const BpToc *toc, int dump_id)
{
	int			low = 0;
	int			high = toc->nby_id;

	while (low < high)
	{
		int			mid = low + (high - low) / 2;
		BpTocEntry *e = &toc->entries[toc->by_id[mid]];

		if (e->dump_id == dump_id)
			return e;
		if (e->dump_id < dump_id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
