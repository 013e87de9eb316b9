/*-------------------------------------------------------------------------
 *
 * run.h
 *	  What the units of a restore have in common.
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

/* Sets a parameter until the end of the transaction. */
extern void bp_restore_set_local(const char *name, const char *value);

/* Settings that the archive's SQL text is to be read under. */
extern void bp_restore_set_dialect(const BpToc *toc);

/* Runs SQL text, of one statement or several, by SPI. */
extern void bp_restore_execute(const char *sql);

/* Runs a raw parse tree of a utility statement, which it may change. */
extern void bp_restore_utility(Node *stmt, const char *sql);

/* The entry that a place in the plan's entry list names; checks both. */
extern BpTocEntry *bp_restore_plan_entry(BpSession *session, BpPlan *plan,
										 BpToc *toc, uint32 place);

/* One more entry is restored. */
extern void bp_restore_count_entry(BpPlan *plan);

/*
 * What the task's row is to say of a failed entry: which, how its statement
 * begins, the error's own detail, and how far the restore came.
 */
extern char *bp_restore_error_detail(BpPlan *plan, const BpTocEntry *e,
									 const char *sql,
									 const ErrorData *edata);

/* Errors that stop the session, not the entry: cancel, shutdown. */
extern bool bp_restore_must_stop(const ErrorData *edata);

/*
 * In a PG_CATCH block, in the context cxt: raises the error again, with the
 * detail that bp_restore_error_detail makes.  Does not return.
 */
extern void bp_restore_rethrow(MemoryContext cxt, BpPlan *plan,
							   const BpTocEntry *e,
							   const char *sql);

#endif							/* BP_RESTORE_RUN_H */
