/*-------------------------------------------------------------------------
 *
 * toc_write.c
 *	  Writing the table of contents of a pg_dump archive.
 *
 * The bytes are described in toc_read.c.  The writer writes each field as the
 * reader reads it, so what pg_dump -Fd wrote is written as the same bytes
 * again.
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
#include "archive/toc_write.h"
#include "miscadmin.h"

/* Bytes that bp_toc_write_pieces collects before it hands them over */
#define PIECE_SIZE		(1024 * 1024)

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
