/*-------------------------------------------------------------------------
 *
 * quote.h
 *	  Names and literals in definitions, quoted as pg_dump quotes them.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/quote.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_QUOTE_H
#define BP_DEFINE_QUOTE_H

#include "lib/stringinfo.h"

/*
 * Appends a name, in double quotes if it needs them.  The server's own
 * quote_identifier() depends on the setting quote_all_identifiers.
 */
extern void bp_put_name(StringInfo out, const char *name);

/* Appends schema.name. */
extern void bp_put_qualified(StringInfo out, const char *schema,
							 const char *name);

/* The same as palloc'd texts */
extern char *bp_name(const char *name);
extern char *bp_qualified(const char *schema, const char *name);

/* Appends a string literal for standard_conforming_strings = on. */
extern void bp_put_literal(StringInfo out, const char *text);

/*
 * The same, but as an E'' literal if there is a backslash; for those
 * statements for which pg_dump does so.
 */
extern void bp_put_literal_e(StringInfo out, const char *text);

#endif							/* BP_DEFINE_QUOTE_H */
