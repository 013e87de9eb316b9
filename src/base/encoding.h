/*-------------------------------------------------------------------------
 *
 * encoding.h
 *	  Text between the database's encoding and UTF-8, without errors.
 *
 * The manifest has names and labels in UTF-8, and may be read in a database
 * with another encoding.  A conversion must not make a backup fail or hide an
 * archive, so characters that cannot be converted are replaced.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/encoding.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_ENCODING_H
#define BP_BASE_ENCODING_H

/*
 * Converts text from the database's encoding to valid UTF-8; the result is
 * palloc'd.  Characters that are invalid or have no equivalent become U+FFFD.
 * In a SQL_ASCII database the text is assumed to be UTF-8.  Outside a
 * transaction, in a database with an encoding other than UTF-8, all characters
 * except ASCII become U+FFFD.  Raises out_of_memory only.
 */
extern char *bp_encoding_to_utf8(const char *text);

/*
 * Converts at most len bytes of UTF-8, up to a NUL, to the database's
 * encoding; the result is palloc'd.  Characters that are invalid or have no
 * equivalent become '?'.  Raises out_of_memory only.
 */
extern char *bp_encoding_from_utf8(const char *utf8, size_t len);

/* The same, with 'replacement' instead of '?' */
extern char *bp_encoding_from_utf8_with(const char *utf8, size_t len,
										const char *replacement);

#endif							/* BP_BASE_ENCODING_H */
