/*-------------------------------------------------------------------------
 *
 * pattern.h
 *	  Name patterns, with the same meaning as in pg_dump.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/catalog/pattern.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_CATALOG_PATTERN_H
#define BP_CATALOG_PATTERN_H

/* A pattern for one name, as a regular expression or a literal */
typedef struct BpNamePattern
{
	text	   *regex;			/* anchored at both ends */
	char	   *literal;		/* the only name it matches, or NULL */
} BpNamePattern;

/* A pattern for a name, with or without a schema */
typedef struct BpPattern
{
	char	   *text;			/* as the user wrote it */
	bool		has_schema;		/* if not, it matches visible relations */
	bool		dotted;			/* has a dot that separates names for pg_dump,
								 * but not for us */
	BpNamePattern schema;
	BpNamePattern name;
} BpPattern;

/*
 * Parses a pattern of the form that psql and pg_dump accept ("s*.t?", quoted
 * parts, characters of regular expressions).  The result is allocated in
 * CurrentMemoryContext.  Without with_schema the pattern is a single name.
 * Raises syntax_error for more than two parts and for an unterminated quote,
 * and the errors of the regular expression compiler.
 */
extern BpPattern *bp_pattern_parse(const char *pattern, bool with_schema);

/*
 * Does the name match?  Regular expressions are matched in the database's
 * default collation, as in pg_dump.
 */
extern bool bp_pattern_matches(const BpNamePattern *pattern, const char *name);

#endif							/* BP_CATALOG_PATTERN_H */
