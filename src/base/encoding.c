/*-------------------------------------------------------------------------
 *
 * encoding.c
 *	  Text between the database's encoding and UTF-8, without errors.
 *
 * The server's conversion functions are called in the mode without errors:
 * they stop at the first character that they cannot convert.  This character
 * is replaced, and the conversion continues behind it.  To find a conversion,
 * the catalogs must be read, which requires a transaction.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/encoding.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/encoding.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#define REPLACEMENT_UTF8	"\xEF\xBF\xBD"

static bool
is_ascii(const char *s, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
	{
		if (IS_HIGHBIT_SET(s[i]))
			return false;
	}
	return true;
}

/* Copies text and replaces each byte that is invalid in its encoding. */
static char *
copy_valid(const char *s, size_t len, int encoding, const char *replacement)
{
	StringInfoData out;
	size_t		pos = 0;

	initStringInfo(&out);
	while (pos < len)
	{
		int			n = pg_encoding_verifymbchar(encoding, s + pos,
												 (int) (len - pos));

		if (n > 0)
		{
			appendBinaryStringInfo(&out, s + pos, n);
			pos += n;
		}
		else
		{
			appendStringInfoString(&out, replacement);
			pos++;
		}
	}
	return out.data;
}

/* Copies text and replaces each character that is not ASCII. */
static char *
copy_ascii(const char *s, size_t len, int encoding, const char *replacement)
{
	StringInfoData out;
	size_t		pos = 0;

	initStringInfo(&out);
	while (pos < len)
	{
		if (!IS_HIGHBIT_SET(s[pos]))
		{
			appendStringInfoChar(&out, s[pos]);
			pos++;
		}
		else
		{
			int			n = pg_encoding_mblen(encoding, s + pos);

			appendStringInfoString(&out, replacement);
			pos += Max(n, 1);
		}
	}
	return out.data;
}

/* Converts between two different encodings, neither of them SQL_ASCII. */
static char *
convert(const char *s, size_t len, int from, int to, const char *replacement)
{
	StringInfoData out;
	Oid			proc = InvalidOid;
	unsigned char *piece;
	size_t		piece_size;

	if (IsTransactionState())
		proc = FindDefaultConversionProc(from, to);
	if (!OidIsValid(proc))
		return copy_ascii(s, len, from, replacement);

	initStringInfo(&out);
	piece_size = len * MAX_CONVERSION_GROWTH + 1;
	piece = palloc(piece_size);
	while (len > 0)
	{
		int			done;

		done = pg_do_encoding_conversion_buf(proc, from, to,
											 (unsigned char *) s, (int) len,
											 piece, (int) piece_size, true);
		appendStringInfoString(&out, (char *) piece);
		s += done;
		len -= done;
		if (len > 0)
		{
			int			skip = pg_encoding_mblen(from, s);

			appendStringInfoString(&out, replacement);
			skip = Min(Max(skip, 1), (int) len);
			s += skip;
			len -= skip;
		}
	}
	pfree(piece);
	return out.data;
}

/* Longer text is not converted; only its ASCII characters are kept. */
#define MAX_CONVERTED	((size_t) (MaxAllocSize / MAX_CONVERSION_GROWTH - 1))

char *
bp_encoding_to_utf8(const char *text)
{
	size_t		len = strlen(text);
	int			encoding = GetDatabaseEncoding();

	if (is_ascii(text, len))
		return pstrdup(text);
	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return copy_valid(text, len, PG_UTF8, REPLACEMENT_UTF8);
	if (len > MAX_CONVERTED)
		return copy_ascii(text, len, encoding, REPLACEMENT_UTF8);
	return convert(text, len, encoding, PG_UTF8, REPLACEMENT_UTF8);
}

char *
bp_encoding_from_utf8(const char *utf8, size_t len)
{
	return bp_encoding_from_utf8_with(utf8, len, "?");
}

char *
bp_encoding_from_utf8_with(const char *utf8, size_t len,
						   const char *replacement)
{
	int			encoding = GetDatabaseEncoding();
	char	   *valid;

	len = strnlen(utf8, len);
	if (is_ascii(utf8, len))
		return pnstrdup(utf8, len);
	valid = copy_valid(utf8, len, PG_UTF8, replacement);
	len = strlen(valid);
	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return valid;
	if (len > MAX_CONVERTED)
		return copy_ascii(valid, len, PG_UTF8, replacement);
	return convert(valid, len, PG_UTF8, encoding, replacement);
}
