/*-------------------------------------------------------------------------
 *
 * quote.c
 *	  Names and literals in definitions, quoted as pg_dump quotes them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/quote.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/keywords.h"
#include "define/quote.h"

static bool
name_is_safe(const char *name)
{
	int			keyword;

	if (!((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_'))
		return false;
	for (const char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
			  *p == '_'))
			return false;
	keyword = ScanKeywordLookup(name, &ScanKeywords);
	return keyword < 0 || ScanKeywordCategories[keyword] == UNRESERVED_KEYWORD;
}

void
bp_put_name(StringInfo out, const char *name)
{
	if (name_is_safe(name))
	{
		appendStringInfoString(out, name);
		return;
	}
	appendStringInfoChar(out, '"');
	for (const char *p = name; *p; p++)
	{
		if (*p == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, *p);
	}
	appendStringInfoChar(out, '"');
}

void
bp_put_qualified(StringInfo out, const char *schema, const char *name)
{
	bp_put_name(out, schema);
	appendStringInfoChar(out, '.');
	bp_put_name(out, name);
}

char *
bp_name(const char *name)
{
	StringInfoData out;

	initStringInfo(&out);
	bp_put_name(&out, name);
	return out.data;
}

char *
bp_qualified(const char *schema, const char *name)
{
	StringInfoData out;

	initStringInfo(&out);
	bp_put_qualified(&out, schema, name);
	return out.data;
}

static void
put_quoted(StringInfo out, const char *text, bool backslashes)
{
	appendStringInfoChar(out, '\'');
	for (const char *p = text; *p; p++)
	{
		if (*p == '\'' || (backslashes && *p == '\\'))
			appendStringInfoChar(out, *p);
		appendStringInfoChar(out, *p);
	}
	appendStringInfoChar(out, '\'');
}

void
bp_put_literal(StringInfo out, const char *text)
{
	put_quoted(out, text, false);
}

void
bp_put_literal_e(StringInfo out, const char *text)
{
	bool		backslashes = strchr(text, '\\') != NULL;

	if (backslashes)
	{
		if (out->len > 0 && out->data[out->len - 1] != ' ')
			appendStringInfoChar(out, ' ');
		appendStringInfoChar(out, 'E');
	}
	put_quoted(out, text, backslashes);
}
