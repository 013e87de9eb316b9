/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Aggregates.
 *
 * function.c reads what aggregates have in common with functions, and adds
 * the objects; this file reads pg_aggregate.  Privileges of an aggregate are
 * those of a function, since there is no GRANT for aggregates, and GRANT also
 * uses the function's name.  In all other commands (*) stands for an empty
 * list of arguments.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/aggregate.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "define/acl.h"
#include "define/aggregate.h"
#include "define/comment.h"
#include "define/function.h"
#include "define/quote.h"

typedef enum BpAggregateColumn
{
	BP_AGGREGATE_OID,
	BP_AGGREGATE_KIND,
	BP_AGGREGATE_SFUNC,
	BP_AGGREGATE_STYPE,
	BP_AGGREGATE_SSPACE,
	BP_AGGREGATE_INITCOND,
	BP_AGGREGATE_FINALFUNC,
	BP_AGGREGATE_FINALEXTRA,
	BP_AGGREGATE_FINALMODIFY,
	BP_AGGREGATE_COMBINEFUNC,
	BP_AGGREGATE_SERIALFUNC,
	BP_AGGREGATE_DESERIALFUNC,
	BP_AGGREGATE_MSFUNC,
	BP_AGGREGATE_MINVFUNC,
	BP_AGGREGATE_MSTYPE,
	BP_AGGREGATE_MSSPACE,
	BP_AGGREGATE_MINITCOND,
	BP_AGGREGATE_MFINALFUNC,
	BP_AGGREGATE_MFINALEXTRA,
	BP_AGGREGATE_MFINALMODIFY,
	BP_AGGREGATE_SORTOP,
	BP_AGGREGATE_SORTOP_SCHEMA,
	BP_AGGREGATE_SORTOP_NAME
} BpAggregateColumn;

/* regproc and regtype are printed with quotes and schemas as needed */
static BpQuery aggregates = {.sql =
	"SELECT a.aggfnoid::pg_catalog.oid, a.aggkind, a.aggtransfn,"
	" a.aggtranstype::pg_catalog.regtype, a.aggtransspace, a.agginitval,"
	" a.aggfinalfn, a.aggfinalextra, a.aggfinalmodify,"
	" a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,"
	" a.aggmtransfn, a.aggminvtransfn,"
	" a.aggmtranstype::pg_catalog.regtype, a.aggmtransspace, a.aggminitval,"
	" a.aggmfinalfn, a.aggmfinalextra, a.aggmfinalmodify,"
	" a.aggsortop, n.nspname, o.oprname"
	" FROM pg_catalog.pg_aggregate a"
	" LEFT JOIN pg_catalog.pg_operator o ON o.oid OPERATOR(pg_catalog.=) a.aggsortop"
	" LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace"
	" WHERE a.aggfnoid OPERATOR(pg_catalog.=) ANY ($1)"
};

/* Appends a clause that names a support function, if there is one. */
static void
put_function_clause(StringInfo out, const BpFunction *f,
					const char *clause, BpAggregateColumn column)
{
	const char *function = bp_row_text(f->rows, f->row, column);

	if (strcmp(function, "-") != 0)
		appendStringInfo(out, ",\n    %s = %s", clause, function);
}

/*
 * put_space and put_initial append the clauses for the size of the state and
 * for its initial value.  prefix is "" or "M".
 */
static void
put_space(StringInfo out, const BpFunction *f, const char *prefix,
		  BpAggregateColumn column)
{
	const char *space = bp_row_text(f->rows, f->row, column);

	if (strcmp(space, "0") != 0)
		appendStringInfo(out, ",\n    %sSSPACE = %s", prefix, space);
}

static void
put_initial(StringInfo out, const BpFunction *f, const char *prefix,
			BpAggregateColumn column)
{
	const char *value = bp_row(f->rows, f->row, column);

	if (value == NULL)
		return;
	appendStringInfo(out, ",\n    %sINITCOND = ", prefix);
	bp_put_literal(out, value);
}

/*
 * Appends the clauses for the final function.  Two columns follow that of the
 * function: whether it takes extra arguments, and how it modifies the state.
 * How it modifies the state is written only if it isn't the default for the
 * kind of aggregate.
 */
static void
put_final(BpDefine *d, StringInfo out, const BpObject *o,
		  const char *prefix, BpAggregateColumn column)
{
	const BpFunction *f = o->info;
	char		usual = bp_row_text(f->rows, f->row,
									BP_AGGREGATE_KIND)[0] == AGGKIND_NORMAL ?
		AGGMODIFY_READ_ONLY : AGGMODIFY_READ_WRITE;
	const char *function = bp_row_text(f->rows, f->row, column);
	char		modify = bp_row_text(f->rows, f->row, column + 2)[0];
	const char *word = NULL;

	if (strcmp(function, "-") == 0)
		return;
	appendStringInfo(out, ",\n    %sFINALFUNC = %s", prefix, function);
	if (bp_row_bool(f->rows, f->row, column + 1))
		appendStringInfo(out, ",\n    %sFINALFUNC_EXTRA", prefix);
	if (modify == usual)
		return;
	if (modify == AGGMODIFY_READ_ONLY)
		word = "READ_ONLY";
	else if (modify == AGGMODIFY_SHAREABLE)
		word = "SHAREABLE";
	else if (modify == AGGMODIFY_READ_WRITE)
		word = "READ_WRITE";
	else
		bp_refuse(d, psprintf("the final function of aggregate %s has unknown kind \"%c\"",
							  o->name, modify));
	if (word != NULL)
		appendStringInfo(out, ",\n    %sFINALFUNC_MODIFY = %s", prefix, word);
}

/* Appends the second set of functions, for moving-aggregate mode. */
static void
put_moving(BpDefine *d, StringInfo out, const BpObject *o)
{
	const BpFunction *f = o->info;
	const char *function = bp_row_text(f->rows, f->row, BP_AGGREGATE_MSFUNC);

	if (strcmp(function, "-") != 0)
		appendStringInfo(out,
						 ",\n    MSFUNC = %s,\n    MINVFUNC = %s,\n    MSTYPE = %s",
						 function,
						 bp_row_text(f->rows, f->row, BP_AGGREGATE_MINVFUNC),
						 bp_row_text(f->rows, f->row, BP_AGGREGATE_MSTYPE));
	put_space(out, f, "M", BP_AGGREGATE_MSSPACE);
	put_initial(out, f, "M", BP_AGGREGATE_MINITCOND);
	put_final(d, out, o, "M", BP_AGGREGATE_MFINALFUNC);
}

static void
put_sort_operator(BpDefine *d, StringInfo out, const BpObject *o)
{
	const BpFunction *f = o->info;
	const char *schema = bp_row(f->rows, f->row, BP_AGGREGATE_SORTOP_SCHEMA);
	const char *name = bp_row(f->rows, f->row, BP_AGGREGATE_SORTOP_NAME);

	if (!OidIsValid(bp_row_oid(f->rows, f->row, BP_AGGREGATE_SORTOP)))
		return;
	if (schema == NULL || name == NULL)
	{
		bp_refuse(d, psprintf("the sort operator of aggregate %s does not exist",
							  o->name));
		return;
	}
	appendStringInfoString(out, ",\n    SORTOP = OPERATOR(");
	bp_put_name(out, schema);
	appendStringInfo(out, ".%s)", name);
}

static void
put_details(BpDefine *d, StringInfo out, const BpObject *o)
{
	const BpFunction *f = o->info;

	appendStringInfo(out, "    SFUNC = %s,\n    STYPE = %s",
					 bp_row_text(f->rows, f->row, BP_AGGREGATE_SFUNC),
					 bp_row_text(f->rows, f->row, BP_AGGREGATE_STYPE));
	put_space(out, f, "", BP_AGGREGATE_SSPACE);
	put_initial(out, f, "", BP_AGGREGATE_INITCOND);
	put_final(d, out, o, "", BP_AGGREGATE_FINALFUNC);
	put_function_clause(out, f, "COMBINEFUNC", BP_AGGREGATE_COMBINEFUNC);
	put_function_clause(out, f, "SERIALFUNC", BP_AGGREGATE_SERIALFUNC);
	put_function_clause(out, f, "DESERIALFUNC", BP_AGGREGATE_DESERIALFUNC);
	put_moving(d, out, o);
	put_sort_operator(d, out, o);
	if (bp_row_text(f->rows, f->row, BP_AGGREGATE_KIND)[0] ==
		AGGKIND_HYPOTHETICAL)
		appendStringInfoString(out, ",\n    HYPOTHETICAL");
	if (f->parallel[0] == PROPARALLEL_SAFE)
		appendStringInfoString(out, ",\n    PARALLEL = safe");
	else if (f->parallel[0] == PROPARALLEL_RESTRICTED)
		appendStringInfoString(out, ",\n    PARALLEL = restricted");
	else if (f->parallel[0] != PROPARALLEL_UNSAFE)
		bp_refuse(d, psprintf("aggregate %s has unknown parallel safety \"%s\"",
							  o->name, f->parallel));
}

static void
write_aggregate(BpDefine *d, BpObject *o)
{
	const BpFunction *f = o->info;
	bool		none = f->nargs == 0;
	char	   *qname = bp_function_name(o, true, none ? "*" : f->identity);
	StringInfoData sql;
	StringInfoData drop;
	BpEntryTarget target;

	if (f->rows == NULL)
	{
		bp_refuse(d, psprintf("aggregate %s is not in pg_aggregate",
							  o->name));
		return;
	}
	initStringInfo(&drop);
	appendStringInfoString(&drop, "DROP AGGREGATE ");
	bp_put_name(&drop, o->schema);
	appendStringInfo(&drop, ".%s;\n", qname);

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CREATE AGGREGATE ");
	bp_put_name(&sql, o->schema);
	appendStringInfo(&sql, ".%s (\n",
					 bp_function_name(o, true, none ? "*" : f->args));
	put_details(d, &sql, o);
	appendStringInfoString(&sql, "\n);\n");

	bp_object_entry(d, o, "AGGREGATE",
					bp_function_name(o, false, none ? "*" : f->types),
					BP_SECTION_PRE_DATA, sql.data, drop.data);
	target = bp_object_target(o, "AGGREGATE", qname);
	bp_write_comment(d, &target);
	bp_write_label(d, &target);
	target.type = "FUNCTION";
	target.qname = bp_function_name(o, true, f->types);
	(void) bp_write_acl(d, &target, f->acl, f->acldefault);
}

void
bp_read_aggregates(BpDefine *d)
{
	Oid		   *oids = palloc(sizeof(Oid) * Max(1, d->nobjects));
	int			n = 0;
	BpRows	   *rows;

	for (int i = 0; i < d->nobjects; i++)
		if (d->objects[i]->kind == BP_OBJECT_AGGREGATE)
		{
			d->objects[i]->write = write_aggregate;
			oids[n++] = d->objects[i]->oid;
		}
	rows = bp_query(d, &aggregates, oids, n);
	for (int i = 0; i < rows->n; i++)
	{
		BpObject   *o = bp_object_find(d, ProcedureRelationId,
									   bp_row_oid(rows, i, BP_AGGREGATE_OID));
		BpFunction *f = o->info;

		f->rows = rows;
		f->row = i;
	}
	pfree(oids);
}
