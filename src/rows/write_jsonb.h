/*-------------------------------------------------------------------------
 *
 * write_jsonb.h
 *	  Writer of jsonb.
 *
 * The contract of a writer is in writer.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_jsonb.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_JSONB_H
#define BP_ROWS_WRITE_JSONB_H

#include "rows/writer.h"

extern BpWriter bp_rowtext_write_jsonb;

#endif							/* BP_ROWS_WRITE_JSONB_H */
