/*-------------------------------------------------------------------------
 *
 * write_network.c
 *	  Writers of network and hardware addresses.
 *
 * As the output functions write them, without printf.  IPv6 addresses that
 * may hold an IPv4 one are left to those.
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
#include "rows/writer.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
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

/* A number of 16 bits in hex, without leading zeros. */
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
 * The numbers with colons between them; the first of the longest runs of two
 * or more zeros is only "::".  NULL if that begins the address: then it may
 * hold an IPv4 address, which is written in another way.
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

/* The address; its bits as well if it is a network, or not all of it. */
static char *
put_network(BpTextColumn *col, const char *value, bool cidr, char *p,
			BpBuffer *buf)
{
	struct varlena *packed = bp_rowtext_packed(value);
	const inet_struct *inet = (const inet_struct *) VARDATA_ANY(packed);
	int			max_bits = inet->family == PGSQL_AF_INET ? 32 : 128;
	char	   *end = NULL;

	if (inet->family == PGSQL_AF_INET)
		end = put_inet4(p, inet->ipaddr);
	else if (inet->family == PGSQL_AF_INET6)
		end = put_inet6(p, inet->ipaddr);
	if (end == NULL || inet->bits > max_bits)
		return bp_rowtext_write_output(col, value, p, buf);

	if (cidr || inet->bits != max_bits)
	{
		*end++ = '/';
		end += pg_ultoa_n(inet->bits, end);
	}
	return end;
}

static char *
write_inet(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return put_network(col, value, false, p, buf);
}

static char *
write_cidr(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return put_network(col, value, true, p, buf);
}

/* Bytes in hex with colons between them. */
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

static char *
write_macaddr(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return put_mac(p, value, sizeof(macaddr));
}

static char *
write_macaddr8(BpTextColumn *col, const char *value, char *p, BpBuffer *buf)
{
	return put_mac(p, value, sizeof(macaddr8));
}

/* The writer for an output function; NULL if there is none. */
BpTextWriter
bp_rowtext_network_writer(PGFunction output)
{
	if (output == inet_out)
		return write_inet;
	if (output == cidr_out)
		return write_cidr;
	if (output == macaddr_out)
		return write_macaddr;
	if (output == macaddr8_out)
		return write_macaddr8;
	return NULL;
}
