/*-------------------------------------------------------------------------
 *
 * source.h
 *	  The data file that COPY FROM reads during a restore.
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

/*
 * Opens a plan's file as the source.  There is one source at a time.  Its
 * memory is allocated in CurrentMemoryContext.  Raises undefined_file for a
 * file that is missing, and data_corrupted if the frame index does not have
 * its frames.
 */
extern void bp_source_open(BpSession *session, BpPlanFile *file);

/*
 * Reads between minread and maxread bytes, fewer only at the end; returns
 * their number.  A copy_data_source_cb for BeginCopyFrom.  Raises
 * data_corrupted for a frame with a wrong checksum.
 */
extern int	bp_source_read(void *buf, int minread, int maxread);

/* Is the source made of frames?  Then each frame has whole rows. */
extern bool bp_source_is_framed(void);

/*
 * Reads the frame with this number, counted from the first frame of the file,
 * as bp_source_frame does; returns false if it has no rows.  The source ends
 * behind this frame.
 */
extern bool bp_source_frame_at(uint64 number, char **text, size_t *len);

/* Makes the source begin with this frame instead of the first one. */
extern void bp_source_restrict(uint64 first);

/*
 * Reads the next frame of such a source; returns false at the end.  To be
 * used instead of bp_source_read.  The caller may modify the text, and
 * BP_ROWREAD_BEFORE and BP_ROWREAD_BEHIND bytes around it.  It stays valid
 * until the next call.
 */
extern bool bp_source_frame(char **text, size_t *len);

/*
 * The number of rows in the frames before the one that was read last, as the
 * frame index says; 0 if the source has no frames, or none was read.
 */
extern uint64 bp_source_rows_before(void);

/*
 * To be called when all rows are loaded: reads what is left, and closes the
 * source.  Raises data_corrupted unless the file ends as it must, and, with
 * check_rows, if 'loaded' is not the number of rows in the frames.
 * check_rows is false if a trigger may have dropped rows.
 */
extern void bp_source_finish(uint64 loaded, bool binary, bool check_rows);

/*
 * Forgets the source, in any state.  Raises no error.  Its memory and files
 * are freed at the end of the transaction.
 */
extern void bp_source_forget(void);

#endif							/* BP_RESTORE_SOURCE_H */
