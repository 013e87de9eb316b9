/*-------------------------------------------------------------------------
 *
 * source.h
 *	  Where COPY FROM gets its bytes during a restore.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/source.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_SOURCE_H
#define BP_RESTORE_SOURCE_H

#include "session/session.h"

/* last frame of a unit that loads a whole file */
#define BP_WHOLE_FILE	PG_UINT32_MAX

/*
 * Opens frames first..last of a plan's file, or all of it, as the source of
 * bp_source_read.  There is one source at a time.
 */
extern void bp_source_open(BpSession *session, BpPlanFile *file,
						   uint32 first, uint32 last);

/* A copy_data_source_cb */
extern int	bp_source_read(void *buf, int minread, int maxread);

/* Is the source made of frames?  Then each holds whole rows. */
extern bool bp_source_is_framed(void);

/*
 * The next frame of such a source, instead of bp_source_read; false at the
 * end.  The text may be written to, with BP_ROWREAD_BEFORE and
 * BP_ROWREAD_BEHIND bytes around it, and stays until the next call.
 */
extern bool bp_source_frame(char **text, size_t *len);

/*
 * To be called when COPY has ended: raises an error unless the source was
 * read to its proper end and loaded rows are as many as it promised.
 * check_rows is false if rows may rightly be dropped on their way.
 */
extern void bp_source_finish(uint64 loaded, bool binary, bool check_rows);

/* Closes it, in any state; never raises an error. */
extern void bp_source_forget(void);

#endif							/* BP_RESTORE_SOURCE_H */
