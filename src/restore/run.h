/*-------------------------------------------------------------------------
 *
 * run.h
 *	  Functions that all units of a restore use.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/run.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_RUN_H
#define BP_RESTORE_RUN_H

#include "nodes/parsenodes.h"
#include "session/session.h"

/*
 * Sets the parameters that the archive's SQL text depends on, until the end of
 * the transaction.
 */
extern void bp_restore_set_dialect(const BpToc *toc);

/*
 * Runs SQL text of one or several statements by SPI.  Raises the errors of the
 * statements, and feature_not_supported for one that SPI does not run.
 */
extern void bp_restore_execute(const char *sql);

/*
 * Runs a raw parse tree of a utility statement, which it may modify.  'sql' is
 * the text that it comes from.
 */
extern void bp_restore_utility(Node *stmt, const char *sql);

/*
 * The entry at a position in the plan's entry list; toc owns it.  Raises
 * data_corrupted if the archive does not have it any more.
 */
extern BpTocEntry *bp_restore_plan_entry(BpSession *session, BpPlan *plan,
										 BpToc *toc, uint32 position);

/* Adds one to the number of entries that are restored. */
extern void bp_restore_count_entry(BpPlan *plan);

/*
 * The error detail for a failed entry, palloc'd: that of
 * bp_entry_error_detail, and how many entries have been restored.
 */
extern char *bp_restore_error_detail(BpPlan *plan, const BpTocEntry *e,
									 const char *sql,
									 const ErrorData *edata);

/* Does the error end the session, and not just the entry (cancel, shutdown)? */
extern bool bp_restore_must_stop(const ErrorData *edata);

/*
 * To be called in a PG_CATCH block: switches to memory context cxt and raises
 * the error again, with the detail of bp_restore_error_detail.  Does not
 * return.
 */
extern void bp_restore_rethrow(MemoryContext cxt, BpPlan *plan,
							   const BpTocEntry *e,
							   const char *sql);

#endif							/* BP_RESTORE_RUN_H */
