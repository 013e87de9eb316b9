/*-------------------------------------------------------------------------
 *
 * crc32c.h
 *	  CRC-32C of pieces and of their concatenation.
 *
 * The checksum is the server's own (port/pg_crc32c.h), written as the finished
 * value.
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

/* CRC-32C of len bytes; of none it is 0. */
extern uint32 bp_crc32c(const void *data, size_t len);

/*
 * The CRC-32C of A followed by B, of that of A, that of B, and the length of
 * B in bytes; O(log len_b).
 */
extern uint32 bp_crc32c_combine(uint32 crc_a, uint32 crc_b, uint64 len_b);

#endif							/* BP_BASE_CRC32C_H */
