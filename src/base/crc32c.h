/*-------------------------------------------------------------------------
 *
 * crc32c.h
 *	  CRC-32C of pieces and of their concatenation.
 *
 * The checksum is that of the server's port/pg_crc32c.h, in its final form
 * (after FIN_CRC32C).
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/base/crc32c.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_BASE_CRC32C_H
#define BP_BASE_CRC32C_H

#include "port/pg_crc32c.h"

/* The CRC-32C of len bytes; 0 if len is 0. */
extern uint32 bp_crc32c(const void *data, size_t len);

/*
 * The CRC-32C of A followed by B, from the CRC-32C of A, the CRC-32C of B and
 * the length of B in bytes.  Takes O(log len_b).
 */
extern uint32 bp_crc32c_combine(uint32 crc_a, uint32 crc_b, uint64 len_b);

#endif							/* BP_BASE_CRC32C_H */
