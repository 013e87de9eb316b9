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
 * Adds a REFRESH for each of these selected materialized views that is
 * populated and whose data is selected.  Does nothing unless content is
 * 'all'.
 */
extern void bp_read_refreshes(BpDefine *d, const Oid *relids, int n);

/*
 * The dump id of the REFRESH of a materialized view; 0 if the view's data is
 * not selected.  *refresh is set to the object of the REFRESH.  If the view
 * is not refreshed, *refresh is set to NULL, and the result is a new dump id,
 * as in pg_dump.
 */
extern int	bp_refresh_of(BpDefine *d, Oid relid, BpObject **refresh);

/*
 * The query of a view or materialized view, which stands after AS, without
 * the semicolon.  The result is palloc'd.  Refuses a view that has been
 * dropped.
 */
extern char *bp_read_view_query(BpDefine *d, Oid view);

#endif							/* BP_DEFINE_VIEW_H */
