/*-------------------------------------------------------------------------
 *
 * write_network.h
 *	  Writers of network and hardware addresses.
 *
 * The contract of a writer is in writer.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_network.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_NETWORK_H
#define BP_ROWS_WRITE_NETWORK_H

#include "rows/writer.h"

extern BpWriter bp_rowtext_write_inet;
extern BpWriter bp_rowtext_write_cidr;
extern BpWriter bp_rowtext_write_macaddr;
extern BpWriter bp_rowtext_write_macaddr8;

#endif							/* BP_ROWS_WRITE_NETWORK_H */
