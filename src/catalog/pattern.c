/*-------------------------------------------------------------------------
 *
 * pattern.c
 *	  Name patterns, with the same meaning as in pg_dump.
 *
 * The PostgreSQL manual has the rules in chapter psql, "Patterns": letters are
 * folded to lower case unless quoted; * and ? are wildcards; a dot separates
 * schema and name; $ is literal; other special characters of regular
 * expressions have their meaning; within double quotes no character is
 * special.
 *
 * Most patterns are plain names.  Such a name is recognised, so that it can be
 * looked up by index and compared as a string.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/pattern.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pattern.h"
#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "regex/regex.h"
#include "utils/builtins.h"

/* One part of a pattern, while it is being parsed */
typedef struct BpPart
{
	StringInfoData regex;
	StringInfoData literal;
	bool		plain;			/* it has no special character */
} BpPart;

static void
part_begin(BpPart *part)
{
	initStringInfo(&part->regex);
	initStringInfo(&part->literal);
	appendStringInfoString(&part->regex, "^(");
	part->plain = true;
}

/*
 * Adds a character that matches itself.  If 'escaped' is true, a backslash
 * precedes it in the regular expression.
 */
static void
part_char(BpPart *part, char c, bool escaped)
{
	if (escaped)
		appendStringInfoChar(&part->regex, '\\');
	appendStringInfoChar(&part->regex, c);
	appendStringInfoChar(&part->literal, c);
}

/* Adds a piece of a regular expression. */
static void
part_special(BpPart *part, const char *text)
{
	appendStringInfoString(&part->regex, text);
	part->plain = false;
}

static void
part_end(BpPart *part, BpNamePattern *name)
{
	appendStringInfoString(&part->regex, ")$");
	name->regex = cstring_to_text_with_len(part->regex.data, part->regex.len);
	name->literal = part->plain ? part->literal.data : NULL;
	/*
	 * compile the regular expression now, so that its errors are raised here
	 */
	if (!part->plain)
		(void) bp_pattern_matches(name, "");
}

BpPattern *
bp_pattern_parse(const char *pattern, bool with_schema)
{
	BpPattern  *result = palloc0(sizeof(BpPattern));
	BpPart		part[2];
	int			n = 0;
	bool		quoted = false;
	const char *p;

	result->text = pstrdup(pattern);
	part_begin(&part[0]);
	for (p = pattern; *p;)
	{
		char		c = *p;
		int			len;

		if (c == '"')
		{
			if (quoted && p[1] == '"')
			{
				part_char(&part[n], '"', false);
				p++;
			}
			else
				quoted = !quoted;
			p++;
		}
		else if (!quoted && c >= 'A' && c <= 'Z')
		{
			part_char(&part[n], pg_tolower((unsigned char) c), false);
			p++;
		}
		else if (!quoted && (c == '*' || c == '?'))
		{
			part_special(&part[n], c == '*' ? ".*" : ".");
			p++;
		}
		else if (!quoted && c == '.' && with_schema)
		{
			if (n == 1)
				ereport(ERROR,
						(errcode(ERRCODE_SYNTAX_ERROR),
						 errmsg("improper qualified name (too many dotted names): %s",
								pattern)));
			part_begin(&part[++n]);
			p++;
		}
		else if (c == '$' || (quoted && strchr("|*+?()[]{}.^\\", c) != NULL))
		{
			part_char(&part[n], c, true);
			p++;
		}
		else if (strchr("|+()[]{}.^\\", c) != NULL)
		{
			/* in "[]" the first bracket is literal, for the names of array types */
			char		text[3] = {c, '\0', '\0'};

			if (c == '[' && p[1] == ']')
				strcpy(text, "\\[");
			result->dotted |= c == '.';
			part_special(&part[n], text);
			p++;
		}
		else
		{
			len = pg_mblen(p);
			while (len-- > 0)
				part_char(&part[n], *p++, false);
		}
	}
	if (quoted)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("unterminated quoted name in pattern: %s", pattern)));
	part_end(&part[n], &result->name);
	result->has_schema = n == 1;
	if (n == 1)
		part_end(&part[0], &result->schema);
	return result;
}

bool
bp_pattern_matches(const BpNamePattern *pattern, const char *name)
{
	if (pattern->literal != NULL)
		return strcmp(pattern->literal, name) == 0;
	return RE_compile_and_execute(pattern->regex, unconstify(char *, name),
								  strlen(name), REG_ADVANCED | REG_NOSUB,
								  DEFAULT_COLLATION_OID, 0, NULL);
}
