/*-------------------------------------------------------------------------
 *
 * statistics.c
 *	  Extended statistics.
 *
 * A statistics object has a schema of its own.  pg_dump writes it if both
 * that schema and the object's table are selected.  If tables are selected by
 * name, no schema is selected, so no statistics objects are written.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/statistics.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/scan.h"
#include "define/comment.h"
#include "define/object.h"
#include "define/query.h"
#include "define/quote.h"
#include "define/statistics.h"

enum
{
	STATISTICS_OID, STATISTICS_TABLE, STATISTICS_SCHEMA, STATISTICS_NAME,
	STATISTICS_OWNER, STATISTICS_TARGET, STATISTICS_DEFN
};

static BpQuery statistics_query = {
	"SELECT s.oid, s.stxrelid, n.nspname, s.stxname, s.stxowner, "
	"s.stxstattarget, pg_catalog.pg_get_statisticsobjdef(s.oid) "
	"FROM pg_catalog.pg_statistic_ext s "
	"JOIN pg_catalog.pg_namespace n "
	"ON n.oid OPERATOR(pg_catalog.=) s.stxnamespace "
	"WHERE s.oid OPERATOR(pg_catalog.=) ANY ($1) ORDER BY s.oid"
};

static void
write_statistics(BpDefine *d, BpObject *o)
{
	char	   *drop = psprintf("DROP STATISTICS %s;\n",
								bp_qualified(o->schema, o->name));
	BpEntryTarget target;

	bp_object_entry(d, o, "STATISTICS", o->name, BP_SECTION_POST_DATA,
					o->info, drop);
	target = bp_object_target(o, "STATISTICS", bp_name(o->name));
	bp_write_comment(d, &target);
}

static void
add_statistics_object(BpDefine *d, const BpRows *rows, int row)
{
	char	   *schema = bp_row(rows, row, STATISTICS_SCHEMA);
	char	   *name = bp_row(rows, row, STATISTICS_NAME);
	char	   *target = bp_row(rows, row, STATISTICS_TARGET);
	char	   *defn = bp_row(rows, row, STATISTICS_DEFN);
	BpObject   *o;
	StringInfoData sql;

	if (bp_object_find(d, RelationRelationId,
					   bp_row_oid(rows, row, STATISTICS_TABLE)) == NULL)
		return;
	/* the server's functions use the present catalogs, not the snapshot */
	if (defn == NULL)
	{
		bp_refuse(d, psprintf("statistics object %s.%s has been dropped concurrently",
							  schema, name));
		return;
	}
	initStringInfo(&sql);
	appendStringInfo(&sql, "%s;\n", defn);
	/* the default is -1 up to 16, and null from 17 on */
	if (target != NULL && target[0] != '-')
		appendStringInfo(&sql, "ALTER STATISTICS %s SET STATISTICS %s;\n",
						 bp_qualified(schema, name), target);
	o = bp_object_add(d, BP_OBJECT_STATISTICS, StatisticExtRelationId,
					  bp_row_oid(rows, row, STATISTICS_OID), schema, name,
					  write_statistics);
	o->owner = bp_catalog_role(bp_row_oid(rows, row, STATISTICS_OWNER),
							   d->snapshot);
	o->info = sql.data;
}

void
bp_read_statistics(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &statistics_query, oids, n);

	for (int i = 0; i < rows->n; i++)
		add_statistics_object(d, rows, i);
}
