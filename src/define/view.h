/*-------------------------------------------------------------------------
 *
 * view.h
 *	  Queries of views, and REFRESH MATERIALIZED VIEW.
 *
 * See view.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/view.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_VIEW_H
#define BP_DEFINE_VIEW_H

#include "define/object.h"

/*
 * Adds a REFRESH for those of these selected materialized views that are
 * populated and whose data is selected.  Does nothing unless content is
 * 'all'.
 */
extern void bp_read_refreshes(BpDefine *d, const Oid *relids, int n);

/*
 * The dump id of the REFRESH of a materialized view, and in *refresh its
 * object, or NULL if it is not to be refreshed; pg_dump has a number for it
 * all the same.  Returns 0 if the view's data is not selected.
 */
extern int	bp_refresh_of(BpDefine *d, Oid relid, BpObject **refresh);

/*
 * The query of a view or materialized view, without the semicolon: what
 * stands after AS.  palloc'd; refuses a view that has been dropped.
 */
extern char *bp_read_view_query(BpDefine *d, Oid view);

#endif							/* BP_DEFINE_VIEW_H */
