/*-------------------------------------------------------------------------
 *
 * index_file.c
 *	  The layout that frames.idx and parts.idx have in common.
 *
 * All numbers are little-endian.
 *
 * 	header, 32 bytes
 * 		0	8	magic of the format
 * 		8	4	version of the format
 * 		12	4	length of a record, 32
 * 		16	8	a number of the format's own
 * 		24	4	another one
 * 		28	4	CRC-32C of bytes 0 to 27
 * 	records, 32 bytes each, sorted by a key in their first 4 bytes
 * 	trailer, 4 bytes
 * 		CRC-32C
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/archive/index_file.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/index_file.h"
#include "base/bytes.h"
#include "base/crc32c.h"

void
bp_index_damaged(const BpIndexFormat *format, const char *path,
				 const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("%s \"%s\" is damaged", format->name, path),
			 errdetail("%s", how),
			 format->hint != NULL ? errhint("%s", format->hint) : 0));
	pg_unreachable();
}

void
bp_index_put_header(const BpIndexFormat *format, uint64 number,
					uint32 number2, unsigned char *p)
{
	memcpy(p, format->magic, sizeof(format->magic));
	bp_put_u32(p + 8, format->version);
	bp_put_u32(p + 12, BP_INDEX_RECORD);
	bp_put_u64(p + 16, number);
	bp_put_u32(p + 24, number2);
	bp_put_u32(p + 28, bp_crc32c(p, 28));
}

void
bp_index_check_header(const BpIndexFormat *format, const char *path,
					  const unsigned char *header)
{
	uint32		version = bp_get_u32(header + 8);

	if (memcmp(header, format->magic, sizeof(format->magic)) != 0)
		bp_index_damaged(format, path,
						 psprintf("It does not begin as %s.", format->a_name));
	if (bp_get_u32(header + 28) != bp_crc32c(header, 28))
		bp_index_damaged(format, path, "The checksum of its header is wrong.");
	if (version != format->version ||
		bp_get_u32(header + 12) != BP_INDEX_RECORD)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s \"%s\" has format version %u, but only version %u is supported",
						format->name, path, version, format->version),
				 errhint("Use the version of backup_pool that made the archive, or a later one.")));
}

/*
 * Binary search by hand, since bsearch finds any record with the key, not the
 * first.
 */
uint64
bp_index_lower_bound(const void *records, uint64 n, Size size, uint32 key)
{
	uint64		low = 0;
	uint64		high = n;

	while (low < high)
	{
		uint64		mid = low + (high - low) / 2;

		if (*(const uint32 *) ((const char *) records + mid * size) < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
