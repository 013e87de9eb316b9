/*-------------------------------------------------------------------------
 *
 * bytes.h
 *	  Numbers in little-endian byte order, at any address.
 *
 * bp_put_* stores a number, bp_get_* loads one.  The address need not be
 * aligned.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/bytes.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_BYTES_H
#define BP_BASE_BYTES_H

static inline void
bp_put_u32(unsigned char *p, uint32 v)
{
	p[0] = (unsigned char) v;
	p[1] = (unsigned char) (v >> 8);
	p[2] = (unsigned char) (v >> 16);
	p[3] = (unsigned char) (v >> 24);
}

static inline uint32
bp_get_u32(const unsigned char *p)
{
	return (uint32) p[0] | (uint32) p[1] << 8 |
		(uint32) p[2] << 16 | (uint32) p[3] << 24;
}

static inline void
bp_put_u64(unsigned char *p, uint64 v)
{
	bp_put_u32(p, (uint32) v);
	bp_put_u32(p + 4, (uint32) (v >> 32));
}

static inline uint64
bp_get_u64(const unsigned char *p)
{
	return (uint64) bp_get_u32(p) | (uint64) bp_get_u32(p + 4) << 32;
}

#endif							/* BP_BASE_BYTES_H */
