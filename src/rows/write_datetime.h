/*-------------------------------------------------------------------------
 *
 * write_datetime.h
 *	  Writers of dates, times and intervals.
 *
 * The contract of a writer is in writer.h.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/rows/write_datetime.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_ROWS_WRITE_DATETIME_H
#define BP_ROWS_WRITE_DATETIME_H

#include "rows/writer.h"

/*
 * Prepares the column's caches of the day and the time zone; needed once,
 * before the first value.  TimeZone must not change afterwards.
 */
extern void bp_rowtext_init_datetime(BpWriteColumn *col);

/* Only while DateStyle is ISO. */
extern BpWriter bp_rowtext_write_date;
extern BpWriter bp_rowtext_write_time;
extern BpWriter bp_rowtext_write_timetz;
extern BpWriter bp_rowtext_write_timestamp;
extern BpWriter bp_rowtext_write_timestamptz;

/* Only while IntervalStyle is postgres. */
extern BpWriter bp_rowtext_write_interval;

#endif							/* BP_ROWS_WRITE_DATETIME_H */
