/*-------------------------------------------------------------------------
 *
 * pattern.c
 *	  Name patterns with pg_dump's meaning.
 *
 * The rules are those of the PostgreSQL manual, chapter psql, "Patterns":
 * letters are folded to lower case unless quoted, * and ? are wildcards, a
 * dot separates schema and name, $ is literal, other characters that mean
 * something in regular expressions mean it here too, and nothing has a
 * meaning within double quotes.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/pattern.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "unit/pattern.h"
#include "utils/builtins.h"

void
bp_pattern_parse(const char *pattern, bool with_schema, char **schema,
				 char **name)
{
	StringInfoData part[2];
	int			n = 0;
	bool		quoted = false;
	const char *p;

	initStringInfo(&part[0]);
	initStringInfo(&part[1]);
	appendStringInfoString(&part[0], "^(");
	for (p = pattern; *p;)
	{
		char		c = *p;
		int			len;

		if (c == '"')
		{
			if (quoted && p[1] == '"')
			{
				appendStringInfoChar(&part[n], '"');
				p++;
			}
			else
				quoted = !quoted;
			p++;
		}
		else if (!quoted && c >= 'A' && c <= 'Z')
		{
			appendStringInfoChar(&part[n], pg_tolower((unsigned char) c));
			p++;
		}
		else if (!quoted && c == '*')
		{
			appendStringInfoString(&part[n], ".*");
			p++;
		}
		else if (!quoted && c == '?')
		{
			appendStringInfoChar(&part[n], '.');
			p++;
		}
		else if (!quoted && c == '.' && with_schema)
		{
			if (n == 1)
				ereport(ERROR,
						(errcode(ERRCODE_SYNTAX_ERROR),
						 errmsg("improper qualified name (too many dotted names): %s",
								pattern)));
			appendStringInfoString(&part[n++], ")$");
			appendStringInfoString(&part[n], "^(");
			p++;
		}
		else if (c == '$' || (quoted && strchr("|*+?()[]{}.^\\", c) != NULL) ||
				 (c == '[' && p[1] == ']'))
		{
			/* the latter because of array types, as in pg_dump */
			appendStringInfoChar(&part[n], '\\');
			appendStringInfoChar(&part[n], c);
			p++;
		}
		else
		{
			len = pg_mblen(p);
			appendBinaryStringInfo(&part[n], p, len);
			p += len;
		}
	}
	if (quoted)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("unterminated quoted name in pattern: %s", pattern)));
	appendStringInfoString(&part[n], ")$");
	*schema = n == 1 ? part[0].data : NULL;
	*name = part[n].data;
}

void
bp_pattern_condition(StringInfo sql, const char *expr, const char *regex)
{
	appendStringInfo(sql, "%s OPERATOR(pg_catalog.~) %s COLLATE pg_catalog.default",
					 expr, quote_literal_cstr(regex));
}
