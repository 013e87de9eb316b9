/*-------------------------------------------------------------------------
 *
 * recover.h
 *	  What the worker does about unfinished tasks when it starts.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/worker/recover.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_WORKER_RECOVER_H
#define BP_WORKER_RECOVER_H

#include "datatype/timestamp.h"

/*
 * When the worker starts: terminates the pooled backends of a former worker,
 * removes partial archives, goes through the slots that are RUNNING, and reads
 * the unfinished tasks of the log into slots.  What fails is reported and tried
 * again by bp_recover_again.
 */
extern void bp_recover(void);

/* Goes on with that; to be called when bp_recover_is_due returns true. */
extern void bp_recover_again(void);

/*
 * Is it time to call bp_recover_again?  Yes if the log or the repository could
 * not be read a while ago, if the log has more unfinished tasks and there are
 * slots for them now, or if the server was promoted.
 */
extern bool bp_recover_is_due(TimestampTz now);

/* Must tasks wait for their start, because the log has not been read yet? */
extern bool bp_recover_is_held_up(void);

/* Are there, or may there be, unfinished tasks that have no slot? */
extern bool bp_recover_is_unfinished(void);

/*
 * The time from which on bp_recover_is_due returns true without any other
 * event; 0: none.
 */
extern TimestampTz bp_recover_next_time(void);

#endif							/* BP_WORKER_RECOVER_H */
