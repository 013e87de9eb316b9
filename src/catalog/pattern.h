/*-------------------------------------------------------------------------
 *
 * pattern.h
 *	  Name patterns with pg_dump's meaning.
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

/* A pattern for one name */
typedef struct BpNamePattern
{
	text	   *regex;			/* anchored */
	char	   *literal;		/* the only name it matches, or NULL */
} BpNamePattern;

typedef struct BpPattern
{
	char	   *text;			/* as the user wrote it */
	bool		has_schema;		/* else: what is visible */
	bool		dotted;			/* pg_dump sees another dot in it than we */
	BpNamePattern schema;
	BpNamePattern name;
} BpPattern;

/*
 * Translates a pattern as psql and pg_dump have it ("s*.t?", quoted parts,
 * regular expression characters), into CurrentMemoryContext.  Without
 * with_schema all of it is one name.  Raises syntax_error for more than two
 * parts and for an unterminated quote, and what the regular expression
 * compiler says.
 */
extern BpPattern *bp_pattern_parse(const char *pattern, bool with_schema);

/* In the database's default collation, as pg_dump has it. */
extern bool bp_pattern_matches(const BpNamePattern *pattern, const char *name);

#endif							/* BP_CATALOG_PATTERN_H */
