/*-------------------------------------------------------------------------
 *
 * toc.c
 *	  The table of contents in the encoding of the database.
 *
 * All text of a table of contents is converted to the database's encoding once
 * per session, in place; BpToc.encoding is the encoding that the text is in.
 * Data files stay as they are: COPY converts their contents.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/toc.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "mb/pg_wchar.h"
#include "restore/toc.h"
#include "utils/memutils.h"

/* The encoding of the text: what the ENCODING entry says, before conversion. */
static int
toc_encoding(const BpToc *toc)
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

/* Raises an error for text that is not valid in the encoding; NULL for NULL. */
static char *
convert_text(char *text, int encoding)
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

/* Text that is in the database's encoding already is still checked. */
void
bp_restore_convert_toc(BpSession *session, BpToc *toc)
{
	int			encoding = toc_encoding(toc);
	MemoryContext old = MemoryContextSwitchTo(session->cxt);
	int			i;

	for (i = 0; i < toc->nentries; i++)
	{
		BpTocEntry *e = &toc->entries[i];

		e->tag = convert_text(e->tag, encoding);
		e->defn = convert_text(e->defn, encoding);
		e->drop_stmt = convert_text(e->drop_stmt, encoding);
		e->copy_stmt = convert_text(e->copy_stmt, encoding);
		e->nsp = convert_text(e->nsp, encoding);
		e->tablespace = convert_text(e->tablespace, encoding);
		e->tableam = convert_text(e->tableam, encoding);
		e->owner = convert_text(e->owner, encoding);
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
