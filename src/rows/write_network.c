/*-------------------------------------------------------------------------
 *
 * write_network.c
 *	  Writers of network and hardware addresses.
 *
 * They write what the output functions write, but without printf.  IPv6
 * addresses that may contain an IPv4 address go through the output function.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_network.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <sys/socket.h>

#include "base/hex.h"
#include "rows/write_network.h"
#include "utils/builtins.h"
#include "utils/inet.h"

/* An IPv6 address is eight numbers of 16 bits. */
#define BP_INET6_WORDS		8

static char *
put_inet4(char *p, const unsigned char *address)
{
	for (int i = 0; i < 4; i++)
	{
		p += pg_ultoa_n(address[i], p);
		*p++ = '.';
	}
	return p - 1;
}

/* Writes a number of 16 bits in hex, without leading zeros. */
static char *
put_hex_word(char *p, unsigned word)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = 12; shift > 0; shift -= 4)
	{
		if (word >> shift != 0)
			*p++ = digits[(word >> shift) & 15];
	}
	*p++ = digits[word & 15];
	return p;
}

/*
 * Writes the eight numbers with colons between them.  The longest run of two
 * or more zeros, or the first of several, becomes "::".  If this run begins
 * the address, it may contain an IPv4 address, which has another notation: the
 * result is NULL then.
 */
static char *
put_inet6(char *p, const unsigned char *address)
{
	unsigned	words[BP_INET6_WORDS];
	int			base = -1;
	int			len = 1;
	int			run = 0;

	for (int i = 0; i < BP_INET6_WORDS; i++)
	{
		words[i] = address[2 * i] << 8 | address[2 * i + 1];
		run = words[i] == 0 ? run + 1 : 0;
		if (run > len)
		{
			len = run;
			base = i - run + 1;
		}
	}
	if (base == 0)
		return NULL;

	for (int i = 0; i < BP_INET6_WORDS; i++)
	{
		if (i > 0)
			*p++ = ':';
		if (i == base)
		{
			i += len - 1;
			if (i == BP_INET6_WORDS - 1)
				*p++ = ':';
			continue;
		}
		p = put_hex_word(p, words[i]);
	}
	return p;
}

/*
 * Writes the address, and the length of the netmask if it is a cidr or shorter
 * than the address.
 */
static char *
put_network(BpWriteColumn *col, const char *value, bool cidr, char *p,
			BpBuffer *buf)
{
	struct varlena *packed = bp_writer_packed(value);
	const inet_struct *inet = (const inet_struct *) VARDATA_ANY(packed);
	int			max_bits = inet->family == PGSQL_AF_INET ? 32 : 128;
	char	   *end = NULL;

	if (inet->family == PGSQL_AF_INET)
		end = put_inet4(p, inet->ipaddr);
	else if (inet->family == PGSQL_AF_INET6)
		end = put_inet6(p, inet->ipaddr);
	if (end == NULL || inet->bits > max_bits)
		return bp_writer_write_output(col, value, p, buf);

	if (cidr || inet->bits != max_bits)
	{
		*end++ = '/';
		end += pg_ultoa_n(inet->bits, end);
	}
	return end;
}

char *
bp_rowtext_write_inet(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	return put_network(col, value, false, p, buf);
}

char *
bp_rowtext_write_cidr(BpWriteColumn *col, const char *value, char *p,
					  BpBuffer *buf)
{
	return put_network(col, value, true, p, buf);
}

/* Writes bytes in hex with colons between them. */
static char *
put_mac(char *p, const char *bytes, int n)
{
	for (int i = 0; i < n; i++)
	{
		p = bp_hex_put(p, (const unsigned char *) bytes + i, 1);
		*p++ = ':';
	}
	return p - 1;
}

char *
bp_rowtext_write_macaddr(BpWriteColumn *col, const char *value, char *p,
						 BpBuffer *buf)
{
	return put_mac(p, value, sizeof(macaddr));
}

char *
bp_rowtext_write_macaddr8(BpWriteColumn *col, const char *value, char *p,
						  BpBuffer *buf)
{
	return put_mac(p, value, sizeof(macaddr8));
}
