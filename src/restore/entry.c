/*-------------------------------------------------------------------------
 *
 * entry.c
 *	  Archive entries as a restore sees them.
 *
 * The text of entries in the database's encoding, their statements' parse
 * trees, and the text of errors.  Where pg_restore searches SQL text
 * (pg_backup_archiver.c: is_load_via_partition_root), core's parser reads it
 * here.
 *
 * All text of a table of contents is converted to the database's encoding
 * once per session, in place; BpToc.encoding says so.  Data files stay as they
 * are: COPY converts them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/entry.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "mb/pg_wchar.h"
#include "parser/parser.h"
#include "restore/entry.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static int	restore_toc_encoding(const BpToc *toc);
static char *restore_convert(char *text, int encoding);

/* The encoding that the ENCODING entry names. */
static int
restore_toc_encoding(const BpToc *toc)
{
	int			encoding;

	if (toc->encoding == NULL)
		return GetDatabaseEncoding();
	encoding = pg_char_to_encoding(toc->encoding);
	if (encoding < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("unrecognized encoding \"%s\" in the archive",
						bp_entry_excerpt(toc->encoding))));
	return encoding;
}

static char *
restore_convert(char *text, int encoding)
{
	if (text == NULL)
		return NULL;
	return pg_any_to_server(text, strlen(text), encoding);
}

BpToc *
bp_restore_toc(BpSession *session)
{
	BpToc	   *toc = bp_session_toc(session);

	if (toc->encoding == NULL ||
		strcmp(toc->encoding, GetDatabaseEncodingName()) != 0)
		bp_restore_convert_toc(session, toc);
	return toc;
}

/*
 * Convert all text, which also checks it: the first caller, the plan step,
 * does so even if there is nothing to convert.
 */
void
bp_restore_convert_toc(BpSession *session, BpToc *toc)
{
	int			encoding = restore_toc_encoding(toc);
	MemoryContext old = MemoryContextSwitchTo(session->cxt);
	int			i;

	for (i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];

		e->tag = restore_convert(e->tag, encoding);
		e->defn = restore_convert(e->defn, encoding);
		e->drop_stmt = restore_convert(e->drop_stmt, encoding);
		e->copy_stmt = restore_convert(e->copy_stmt, encoding);
		e->nsp = restore_convert(e->nsp, encoding);
		e->tablespace = restore_convert(e->tablespace, encoding);
		e->tableam = restore_convert(e->tableam, encoding);
		e->owner = restore_convert(e->owner, encoding);
	}
	toc->encoding = pstrdup(GetDatabaseEncodingName());
	MemoryContextSwitchTo(old);
}

int
bp_restore_data_encoding(const BpToc *toc)
{
	int			i;

	for (i = 0; i < toc->nentries; i++)
	{
		const BpTocEntry *e = &toc->entries[i];
		const char *begin;
		const char *end;
		int			encoding;

		if (!bp_entry_is(e, "ENCODING") || e->defn == NULL)
			continue;
		begin = strchr(e->defn, '\'');
		end = begin ? strchr(begin + 1, '\'') : NULL;
		if (end == NULL)
			break;
		encoding = pg_char_to_encoding(pnstrdup(begin + 1, end - begin - 1));
		if (encoding >= 0)
			return encoding;
		break;
	}
	return GetDatabaseEncoding();
}

bool
bp_entry_via_root(const BpTocEntry *e)
{
	const char *schema = bp_entry_schema(e);
	char	   *direct;
	RangeVar   *target;

	if (e->defn != NULL &&
		strncmp(e->defn, "-- load via partition root ", 27) == 0)
		return true;
	if (e->copy_stmt == NULL || *e->copy_stmt == '\0')
		return false;
	direct = psprintf("COPY %s ", bp_entry_qualified(e));
	if (strncmp(e->copy_stmt, direct, strlen(direct)) == 0)
		return false;

	/* It may be that only the quotes are others: --quote-all-identifiers */
	target = bp_entry_copy(e)->relation;
	return strcmp(target->relname, e->tag) != 0 ||
		(target->schemaname != NULL && schema != NULL &&
		 strcmp(target->schemaname, schema) != 0);
}

char *
bp_entry_unit_text(const char *what)
{
	return psprintf("COPY (SELECT %s) TO 'backup_pool'",
					quote_literal_cstr(bp_entry_excerpt(what)));
}

List *
bp_entry_parse(const char *sql)
{
	if (sql == NULL)
		return NIL;
	return raw_parser(sql, RAW_PARSE_DEFAULT);
}

CopyStmt *
bp_entry_copy(const BpTocEntry *e)
{
	List	   *parsed = bp_entry_parse(e->copy_stmt);
	CopyStmt   *copy = NULL;

	if (list_length(parsed) == 1)
		copy = castNode(RawStmt, linitial(parsed))->stmt != NULL &&
			IsA(castNode(RawStmt, linitial(parsed))->stmt, CopyStmt) ?
			(CopyStmt *) castNode(RawStmt, linitial(parsed))->stmt : NULL;

	/* Made with pg_dump --inserts: statements instead of data */
	if (parsed == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the data of %s is no COPY data",
						bp_entry_qualified(e)),
				 errdetail("The archive was made with INSERT commands."),
				 errhint("Restore it with pg_restore.")));
	if (copy == NULL || !copy->is_from || copy->filename != NULL ||
		copy->is_program || copy->relation == NULL ||
		copy->whereClause != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("invalid COPY statement of archive entry %d",
						e->dump_id),
				 errdetail("It says: %s", bp_entry_excerpt(e->copy_stmt))));
	return copy;
}

char *
bp_entry_error_detail(const BpTocEntry *e, const char *sql,
					  const ErrorData *edata)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "Archive entry %d, %s", e->dump_id,
					 bp_entry_excerpt(bp_entry_name(e)));
	if (sql != NULL && *sql != '\0')
		appendStringInfo(&buf, ": %s", bp_entry_excerpt(sql));
	if (edata != NULL && edata->detail != NULL)
		appendStringInfo(&buf, "\n%s", edata->detail);

	/* COPY's context says which line and column it was */
	if (edata != NULL && edata->context != NULL &&
		strncmp(edata->context, "COPY ", 5) == 0)
	{
		const char *end = strchr(edata->context, '\n');
		int			len = end ? end - edata->context : strlen(edata->context);

		appendStringInfo(&buf, "\n%s",
						 bp_entry_excerpt(pnstrdup(edata->context, len)));
	}
	return buf.data;
}
