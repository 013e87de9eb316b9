/*-------------------------------------------------------------------------
 *
 * toc_entry.c
 *	  What an entry of a table of contents is, and its name in messages.
 *
 * Which kind of object an entry is about, in which pass pg_restore runs it,
 * and how messages name it.  The rules are those of pg_restore
 * (pg_backup_archiver.c: _tocEntryRestorePass).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/toc_entry.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/toc_entry.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

/* bytes that bp_entry_excerpt shows */
#define BP_EXCERPT_LEN	200

static const char *const relation_descs[] = {
	"TABLE", "FOREIGN TABLE", "MATERIALIZED VIEW", "VIEW", NULL
};

bool
bp_entry_is(const BpTocEntry *e, const char *desc)
{
	return strcmp(e->desc, desc) == 0;
}

bool
bp_entry_in(const BpTocEntry *e, const char *const *descs)
{
	for (; *descs != NULL; descs++)
	{
		if (strcmp(e->desc, *descs) == 0)
			return true;
	}
	return false;
}

bool
bp_entry_is_relation(const BpTocEntry *e)
{
	return bp_entry_in(e, relation_descs);
}

bool
bp_entry_is_table(const BpTocEntry *e)
{
	return bp_entry_is(e, "TABLE") || bp_entry_is(e, "FOREIGN TABLE");
}

bool
bp_entry_is_acl(const BpTocEntry *e)
{
	return bp_entry_is(e, "ACL") || bp_entry_is(e, "DEFAULT ACL");
}

bool
bp_entry_is_remark(const BpTocEntry *e)
{
	return bp_entry_is(e, "COMMENT") || bp_entry_is(e, "ACL") ||
		bp_entry_is(e, "SECURITY LABEL");
}

bool
bp_entry_is_lob_remark(const BpTocEntry *e)
{
	return bp_entry_is_remark(e) && strncmp(e->tag, "LARGE OBJECT", 12) == 0;
}

bool
bp_entry_is_identity(const BpTocEntry *e)
{
	return bp_entry_is(e, "SEQUENCE") && e->defn != NULL &&
		strncmp(e->defn, "ALTER TABLE ", 12) == 0;
}

bool
bp_entry_is_trigger_state(const BpTocEntry *e)
{
	const char *defn = e->defn != NULL ? e->defn : "";

	/* the entry has no DROP statement, as it creates nothing */
	return bp_entry_is(e, "TRIGGER") &&
		(e->drop_stmt == NULL || e->drop_stmt[0] == '\0') &&
		strncmp(defn + strspn(defn, "\n"), "ALTER ", 6) == 0;
}

bool
bp_entry_is_archive(const BpTocEntry *e)
{
	static const char *const special[] = {
		"ENCODING", "STDSTRINGS", "SEARCHPATH", "WARNING", "<Init>", NULL
	};

	return bp_entry_in(e, special);
}

bool
bp_entry_is_database(const BpTocEntry *e)
{
	return bp_entry_is(e, "DATABASE") ||
		bp_entry_is(e, "DATABASE PROPERTIES") ||
		(bp_entry_is_remark(e) && strncmp(e->tag, "DATABASE ", 9) == 0);
}

BpRestorePass
bp_entry_pass(const BpTocEntry *e)
{
	if (bp_entry_is_acl(e))
		return BP_PASS_ACL;
	if (bp_entry_is(e, "MATERIALIZED VIEW DATA"))
		return BP_PASS_POST_ACL;

	/*
	 * pg_restore runs event triggers in the same pass as refreshes, and in
	 * archive order before them: then they fire for each refresh.
	 */
	if (bp_entry_is(e, "EVENT TRIGGER") ||
		(bp_entry_is_remark(e) && strncmp(e->tag, "EVENT TRIGGER ", 14) == 0))
		return BP_PASS_EVENT_TRIGGER;

	/*
	 * pg_restore runs statistics of tables in the main pass.  Here they come
	 * after it: they must follow the data, and should not delay index builds.
	 */
	if (bp_entry_is(e, "STATISTICS DATA"))
		return BP_PASS_POST_ACL;
	return BP_PASS_MAIN;
}

/* The entry's schema, or NULL; old archives say "" for none. */
const char *
bp_entry_schema(const BpTocEntry *e)
{
	return e->nsp != NULL && e->nsp[0] != '\0' ? e->nsp : NULL;
}

char *
bp_entry_qualified(const BpTocEntry *e)
{
	return quote_qualified_identifier(bp_entry_schema(e), e->tag);
}

char *
bp_entry_name(const BpTocEntry *e)
{
	static const char *const plain_tags[] = {
		"FUNCTION", "PROCEDURE", "AGGREGATE", "COMMENT", "ACL",
		"DEFAULT ACL", "SECURITY LABEL", "CAST", "OPERATOR", "USER MAPPING",
		"TRIGGER", "CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT",
		"DEFAULT", "RULE", "POLICY", "PUBLICATION TABLE",
		"PUBLICATION TABLES IN SCHEMA", "BLOB METADATA", NULL
	};
	char	   *name;

	/* These tags are more than an identifier: quotes would mislead */
	if (bp_entry_in(e, plain_tags))
	{
		if (bp_entry_schema(e) != NULL)
			name = psprintf("%s.%s", quote_identifier(e->nsp), e->tag);
		else
			name = e->tag;
	}
	else
		name = bp_entry_qualified(e);
	return psprintf("%s %s", e->desc, name);
}

char *
bp_entry_excerpt(const char *sql)
{
	char	   *text;
	char	   *p;
	int			len;

	if (sql == NULL)
		return pstrdup("");
	while (*sql == '\n' || *sql == ' ')
		sql++;
	len = strlen(sql);
	text = pnstrdup(sql, pg_mbcliplen(sql, len, BP_EXCERPT_LEN));
	for (p = text; *p != '\0'; p++)
	{
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	}
	while (p > text && p[-1] == ' ')
		*--p = '\0';
	return len > BP_EXCERPT_LEN ? psprintf("%s ...", text) : text;
}
