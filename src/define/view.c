/*-------------------------------------------------------------------------
 *
 * view.c
 *	  Queries of views, and REFRESH MATERIALIZED VIEW.
 *
 * A materialized view is created without data.  It is filled after all data
 * has been loaded, and after the materialized views that it selects from,
 * directly or through views; pg_rewrite and pg_depend tell which these are.
 * A materialized view that is not populated is not refreshed, and neither are
 * those that select from it, since their REFRESH would fail.
 *
 * Unlike other entries, a REFRESH gets its dependencies as pg_dump uses them
 * for sorting.  One of them is the boundary after data, which has a dump id
 * but no entry.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/view.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/view.h"

/* A materialized view whose data is selected */
typedef struct BpRefresh
{
	Oid			relid;
	bool		populated;
	BpObject   *object;			/* NULL if not populated */
} BpRefresh;

/* All these materialized views: BpDefine.refreshes */
typedef struct BpRefreshes
{
	int			n;
	BpRefresh  *items;			/* by relid */
} BpRefreshes;

static BpQuery view_query = {
	"SELECT pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c "
	"WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1)"
};

enum
{
	MATVIEW_OID, MATVIEW_POPULATED
};

static BpQuery matviews_query = {
	"SELECT c.oid, c.relispopulated FROM pg_catalog.pg_class c "
	"WHERE c.oid OPERATOR(pg_catalog.=) ANY ($1) "
	"AND c.relkind OPERATOR(pg_catalog.=) 'm' ORDER BY c.oid"
};

/*
 * Joins the views that rule r of a view reads.  Like pg_dump, this does not
 * compare refclassid.
 */
#define BP_RULE_READS(view) \
	"JOIN pg_catalog.pg_depend d " \
	"ON d.classid OPERATOR(pg_catalog.=) " \
	"'pg_catalog.pg_rewrite'::pg_catalog.regclass " \
	"AND d.objid OPERATOR(pg_catalog.=) r.oid " \
	"AND d.refobjid OPERATOR(pg_catalog.<>) " view " " \
	"JOIN pg_catalog.pg_class c " \
	"ON c.oid OPERATOR(pg_catalog.=) d.refobjid " \
	"AND c.relkind OPERATOR(pg_catalog.=) ANY ('{m,v}') "

enum
{
	REFRESH_RELID, REFRESH_READS
};

/*
 * For each materialized view of $1, the materialized views that it selects
 * from
 */
static BpQuery refresh_query = {
	"WITH RECURSIVE w AS ("
	"SELECT r.ev_class AS objid, d.refobjid, c.relkind "
	"FROM pg_catalog.pg_rewrite r "
	BP_RULE_READS("r.ev_class")
	"WHERE r.ev_class OPERATOR(pg_catalog.=) ANY ($1) "
	"UNION "
	"SELECT w.objid, d.refobjid, c.relkind "
	"FROM w JOIN pg_catalog.pg_rewrite r "
	"ON r.ev_class OPERATOR(pg_catalog.=) w.refobjid "
	BP_RULE_READS("w.refobjid")
	") SELECT objid, refobjid FROM w "
	"WHERE relkind OPERATOR(pg_catalog.=) 'm' "
	"ORDER BY objid, refobjid"
};

char *
bp_read_view_query(BpDefine *d, Oid view)
{
	BpRows	   *rows = bp_query(d, &view_query, &view, 1);
	char	   *text = rows->n == 1 ? bp_row_text(rows, 0, 0) : pstrdup("");
	size_t		len = strlen(text);

	/* the server's functions use the present catalogs, not the snapshot */
	if (len == 0 || text[len - 1] != ';')
		bp_refuse(d, psprintf("the query of the view with OID %u cannot be read",
							  view));
	else
		text[len - 1] = '\0';
	return text;
}

static int
refresh_compare(const void *a, const void *b)
{
	Oid			x = ((const BpRefresh *) a)->relid;
	Oid			y = ((const BpRefresh *) b)->relid;

	return x < y ? -1 : x > y;
}

static BpRefresh *
refresh_find(BpRefreshes *all, Oid relid)
{
	BpRefresh	key = {.relid = relid};

	return bsearch(&key, all->items, all->n, sizeof(BpRefresh),
				   refresh_compare);
}

static void
write_refresh(BpDefine *d, BpObject *o)
{
	char	   *sql = psprintf("REFRESH MATERIALIZED VIEW %s;\n",
							   bp_qualified(o->schema, o->name));
	BpTocEntry *e = bp_object_entry(d, o, "MATERIALIZED VIEW DATA", o->name,
									BP_SECTION_POST_DATA, sql, NULL);

	e->deps = repalloc(e->deps, sizeof(int) * (e->ndeps + 1));
	e->deps[e->ndeps++] = bp_boundary(d, true);
}

/* Adds the materialized views whose definition and data are selected. */
static void
refreshes_read(BpDefine *d, BpRefreshes *all, const Oid *relids, int n)
{
	BpRows	   *rows = bp_query(d, &matviews_query, relids, n);

	all->items = palloc0(sizeof(BpRefresh) * Max(1, rows->n));
	for (int i = 0; i < rows->n; i++)
	{
		Oid			relid = bp_row_oid(rows, i, MATVIEW_OID);
		BpRel	   *rel = bp_relations_find(d->relations, relid);

		if (rel == NULL || rel->data_excluded ||
			bp_object_find(d, RelationRelationId, relid) == NULL)
			continue;
		all->items[all->n].relid = relid;
		all->items[all->n].populated = bp_row_bool(rows, i, MATVIEW_POPULATED);
		all->n++;
	}
}

static void
refreshes_add(BpDefine *d, BpRefreshes *all)
{
	for (int i = 0; i < all->n; i++)
	{
		BpRefresh  *r = &all->items[i];
		BpObject   *matview = bp_object_find(d, RelationRelationId, r->relid);
		BpObject   *o;

		if (!r->populated)
			continue;
		o = bp_object_add(d, BP_OBJECT_REFRESH, InvalidOid, r->relid,
						  matview->schema, matview->name, write_refresh);
		o->owner = matview->owner;
		bp_object_depends(o, matview);
		r->object = o;
	}
}

int
bp_refresh_of(BpDefine *d, Oid relid, BpObject **refresh)
{
	BpRefresh  *r = d->refreshes == NULL ? NULL :
		refresh_find(d->refreshes, relid);

	*refresh = r != NULL ? r->object : NULL;
	if (r == NULL)
		return 0;
	return r->object != NULL ? r->object->dump_id : ++d->last_id;
}

void
bp_read_refreshes(BpDefine *d, const Oid *relids, int n)
{
	BpRefreshes *all = palloc0(sizeof(BpRefreshes));
	Oid		   *oids;
	BpRows	   *rows;

	if (d->options->content != BP_CONTENT_ALL)
		return;
	refreshes_read(d, all, relids, n);
	if (all->n == 0)
		return;
	oids = palloc(sizeof(Oid) * all->n);
	for (int i = 0; i < all->n; i++)
		oids[i] = all->items[i].relid;
	rows = bp_query(d, &refresh_query, oids, all->n);
	/*
	 * The query lists everything that a materialized view selects from,
	 * directly or indirectly, so one pass is enough.
	 */
	for (int i = 0; i < rows->n; i++)
	{
		BpRefresh  *r = refresh_find(all, bp_row_oid(rows, i, REFRESH_RELID));
		BpRefresh  *other = refresh_find(all, bp_row_oid(rows, i,
														 REFRESH_READS));

		/* the rules of a view make this possible */
		if (r != NULL && r == other)
			bp_refuse(d, "a materialized view selects from itself");
		if (r != NULL && other != NULL && !other->populated)
			r->populated = false;
	}
	refreshes_add(d, all);
	d->refreshes = all;
	for (int i = 0; i < rows->n; i++)
	{
		BpRefresh  *r = refresh_find(all, bp_row_oid(rows, i, REFRESH_RELID));
		BpRefresh  *other = refresh_find(all, bp_row_oid(rows, i,
														 REFRESH_READS));

		if (r != NULL && other != NULL && r->object != NULL)
			bp_object_depends(r->object, other->object);
	}
}
