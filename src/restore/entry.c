/*-------------------------------------------------------------------------
 *
 * entry.c
 *	  The statements of archive entries, and their description in errors.
 *
 * Core's parser reads the SQL text of entries.  (pg_restore searches the text
 * for words: is_load_via_partition_root in pg_backup_archiver.c.)
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
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "parser/parser.h"
#include "restore/entry.h"
#include "utils/builtins.h"

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

	/* Perhaps only the quotes differ: pg_dump --quote-all-identifiers */
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

Node *
bp_entry_parse_one(const char *sql)
{
	List	   *parsed = bp_entry_parse(sql);

	return list_length(parsed) == 1 ?
		linitial_node(RawStmt, parsed)->stmt : NULL;
}

CopyStmt *
bp_entry_copy(const BpTocEntry *e)
{
	List	   *parsed = bp_entry_parse(e->copy_stmt);
	CopyStmt   *copy = NULL;

	if (list_length(parsed) == 1 &&
		IsA(linitial_node(RawStmt, parsed)->stmt, CopyStmt))
		copy = (CopyStmt *) linitial_node(RawStmt, parsed)->stmt;

	/* pg_dump --inserts writes statements instead of data */
	if (parsed == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the data of %s is not COPY data",
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
				 errdetail("The statement is: %s", bp_entry_excerpt(e->copy_stmt))));
	return copy;
}

/* This is pg_restore's _getObjectDescription. */
char *
bp_entry_owned_object(const BpTocEntry *e)
{
	static const char *const by_tag[] = {
		"COLLATION", "CONVERSION", "DOMAIN", "FOREIGN TABLE",
		"MATERIALIZED VIEW", "SEQUENCE", "STATISTICS", "TABLE",
		"TEXT SEARCH DICTIONARY", "TEXT SEARCH CONFIGURATION", "TYPE", "VIEW",
		"PROCEDURAL LANGUAGE", "SCHEMA", "EVENT TRIGGER",
		"FOREIGN DATA WRAPPER", "SERVER", "PUBLICATION", "SUBSCRIPTION", NULL
	};
	static const char *const by_drop[] = {
		"AGGREGATE", "FUNCTION", "OPERATOR", "OPERATOR CLASS",
		"OPERATOR FAMILY", "PROCEDURE", NULL
	};

	if (e->owner == NULL || e->owner[0] == '\0' ||
		e->drop_stmt == NULL || e->drop_stmt[0] == '\0')
		return NULL;
	if (bp_entry_in(e, by_tag))
		return psprintf("%s %s", e->desc, bp_entry_qualified(e));
	if (bp_entry_is(e, "BLOB"))
		return psprintf("LARGE OBJECT %s", e->tag);
	if (bp_entry_in(e, by_drop) && strncmp(e->drop_stmt, "DROP ", 5) == 0)
	{
		char	   *name = pstrdup(e->drop_stmt + 5);
		char	   *end = name + strlen(name);

		while (end > name && (end[-1] == '\n' || end[-1] == ';'))
			*--end = '\0';
		return name;
	}
	return NULL;
}

bool
bp_entry_has_owner(const BpTocEntry *e)
{
	if (bp_entry_is(e, "DATABASE") || bp_entry_is(e, "BLOB METADATA"))
		return e->owner != NULL && e->owner[0] != '\0';
	return bp_entry_owned_object(e) != NULL;
}

/*
 * The line of an error's context that COPY adds, which names the line of the
 * data and the column; NULL if there is none.  Lines of an input function may
 * stand before it.  A value that has a newline is cut there.
 */
static char *
copy_context(const ErrorData *edata)
{
	const char *line = edata != NULL ? edata->context : NULL;
	char	   *text;
	size_t		len;

	while (line != NULL && strncmp(line, "COPY ", 5) != 0)
	{
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	if (line == NULL)
		return NULL;
	len = strcspn(line, "\n");
	text = pnstrdup(line, len);
	if (line[len] == '\n' && text[len - 1] != '"' &&
		strstr(text, ": \"") != NULL)
		return psprintf("%s...\"", text);
	return text;
}

char *
bp_entry_error_detail(const BpTocEntry *e, const char *sql,
					  const ErrorData *edata)
{
	StringInfoData buf;
	char	   *context;

	initStringInfo(&buf);
	appendStringInfo(&buf, "Archive entry %d, %s", e->dump_id,
					 bp_entry_excerpt(bp_entry_name(e)));
	if (sql != NULL && *sql != '\0')
		appendStringInfo(&buf, ": %s", bp_entry_excerpt(sql));
	if (edata != NULL && edata->detail != NULL)
		appendStringInfo(&buf, "\n%s", edata->detail);

	context = copy_context(edata);
	if (context != NULL)
		appendStringInfo(&buf, "\n%s", bp_entry_excerpt(context));
	return buf.data;
}
