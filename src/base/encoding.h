/*-------------------------------------------------------------------------
 *
 * encoding.h
 *	  Text between the database's encoding and UTF-8, without errors.
 *
 * Names and labels go into the manifest as UTF-8 and come back in a database of
 * maybe another encoding.  Neither way may fail a backup or hide an archive, so
 * what cannot be converted is replaced.
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
 * To valid UTF-8, palloc'd.  Bytes that are not valid, or have no equivalent,
 * become U+FFFD.  In a SQL_ASCII database the text is taken to be UTF-8.
 * Outside a transaction, in a database of another encoding than UTF-8, all
 * characters but ASCII become U+FFFD.
 */
extern char *bp_encoding_to_utf8(const char *text);

/*
 * From UTF-8 of len bytes to the database's encoding, palloc'd, with '?' for
 * what is not valid or has no equivalent.  A NUL ends the text.
 */
extern char *bp_encoding_from_utf8(const char *utf8, size_t len);

/* The same with another text for what cannot be converted */
extern char *bp_encoding_from_utf8_with(const char *utf8, size_t len,
										const char *replacement);

#endif							/* BP_BASE_ENCODING_H */
