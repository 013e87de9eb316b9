/*-------------------------------------------------------------------------
 *
 * pattern.h
 *	  Name patterns with pg_dump's meaning.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/pattern.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_PATTERN_H
#define BP_PATTERN_H

#include "postgres.h"

#include "lib/stringinfo.h"

/*
 * Translates a pattern as psql and pg_dump have it ("s*.t?", quoted parts,
 * regular expression characters) into anchored regular expressions, palloc'd:
 * of the name, and of the schema, NULL if the pattern has none.  Raises
 * syntax_error for more than two parts and for an unterminated quote.
 */
extern void bp_pattern_parse(const char *pattern, bool with_schema,
							 char **schema, char **name);

/* Appends a condition on column expr; regex as bp_pattern_parse gave it. */
extern void bp_pattern_condition(StringInfo sql, const char *expr,
								 const char *regex);

#endif							/* BP_PATTERN_H */
