/*-------------------------------------------------------------------------
 *
 * read_datetime.h
 *	  Readers of dates and times in ISO style.
 *
 * The contract of a reader is in reader.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/read_datetime.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_READ_DATETIME_H
#define BP_ROWS_READ_DATETIME_H

#include "rows/reader.h"

extern BpReader bp_rowread_read_date;
#ifdef USE_FLOAT8_BYVAL
extern BpReader bp_rowread_read_time;
extern BpReader bp_rowread_read_timestamp;
extern BpReader bp_rowread_read_timestamptz;
#endif

#endif							/* BP_ROWS_READ_DATETIME_H */
