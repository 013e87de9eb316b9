/*-------------------------------------------------------------------------
 *
 * function.c
 *	  Functions and procedures.
 *
 * One query reads all selected rows of pg_proc; those of aggregates are
 * completed by aggregate.c.  The server prints what is complicated: the lists
 * of arguments, the result, a body that is stored as a parse tree.
 *
 * Functions that belong to another object are not objects here, since that
 * object creates them.  Such functions are the constructors of range types.
 *
 * A function whose body needs an index or a constraint must be created after
 * the data; depend.c refuses it.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/function.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/scan.h"
#include "define/acl.h"
#include "define/comment.h"
#include "define/extension.h"
#include "define/function.h"
#include "define/quote.h"
#include "utils/guc.h"
#include "utils/varlena.h"

typedef enum BpFunctionColumn
{
	BP_FUNCTION_OID,
	BP_FUNCTION_SCHEMA,
	BP_FUNCTION_NAME,
	BP_FUNCTION_OWNER,
	BP_FUNCTION_KIND,
	BP_FUNCTION_OWNED,
	BP_FUNCTION_NARGS,
	BP_FUNCTION_ARGS,
	BP_FUNCTION_IDENTITY,
	BP_FUNCTION_TYPES,
	BP_FUNCTION_TYPE_NAMES,
	BP_FUNCTION_RESULT,
	BP_FUNCTION_LANGUAGE,
	BP_FUNCTION_TRANSFORMS,
	BP_FUNCTION_VOLATILE,
	BP_FUNCTION_STRICT,
	BP_FUNCTION_SECDEF,
	BP_FUNCTION_LEAKPROOF,
	BP_FUNCTION_COST,
	BP_FUNCTION_RETSET,
	BP_FUNCTION_ROWS,
	BP_FUNCTION_SUPPORT,
	BP_FUNCTION_PARALLEL,
	BP_FUNCTION_CONFIG,
	BP_FUNCTION_SQLBODY,
	BP_FUNCTION_SOURCE,
	BP_FUNCTION_BINARY,
	BP_FUNCTION_ACL,
	BP_FUNCTION_ACLDEFAULT
} BpFunctionColumn;

static BpQuery functions = {.sql =
	"SELECT p.oid, n.nspname, p.proname, p.proowner, p.prokind,"
	" EXISTS (SELECT FROM pg_catalog.pg_depend d"
	" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
	" AND d.objid OPERATOR(pg_catalog.=) p.oid"
	" AND d.deptype OPERATOR(pg_catalog.=) 'i'),"
	" p.pronargs,"
	" pg_catalog.pg_get_function_arguments(p.oid),"
	" pg_catalog.pg_get_function_identity_arguments(p.oid),"
	" pg_catalog.array_to_string(ARRAY("
	"SELECT pg_catalog.format_type(a.type, NULL)"
	" FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)"
	" ORDER BY a.place), ', '),"
	" ARRAY(SELECT w.word"
	" FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a (type, place)"
	" JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.type"
	" JOIN pg_catalog.pg_namespace s ON s.oid OPERATOR(pg_catalog.=) t.typnamespace"
	" CROSS JOIN LATERAL (VALUES (1, s.nspname::pg_catalog.text),"
	" (2, t.typname::pg_catalog.text)) AS w (number, word)"
	" ORDER BY a.place, w.number),"
	" pg_catalog.pg_get_function_result(p.oid), l.lanname,"
	" pg_catalog.array_to_string(ARRAY("
	"SELECT pg_catalog.format('FOR TYPE %s', pg_catalog.format_type(a.type, NULL))"
	" FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY AS a (type, place)"
	" ORDER BY a.place), ', '),"
	" p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.procost,"
	" p.proretset, p.prorows, p.prosupport, p.proparallel, p.proconfig,"
	" pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc, p.probin,"
	" p.proacl, pg_catalog.acldefault('f', p.proowner)"
	" FROM pg_catalog.pg_proc p"
	" JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace"
	" LEFT JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang"
	" WHERE p.oid OPERATOR(pg_catalog.=) ANY ($1)"
};

char *
bp_function_name(const BpObject *o, bool quoted, const char *args)
{
	StringInfoData out;

	initStringInfo(&out);
	if (quoted)
		bp_put_name(&out, o->name);
	else
		appendStringInfoString(&out, o->name);
	appendStringInfo(&out, "(%s)", args);
	return out.data;
}

/*
 * Appends a dollar-quoted literal, with the shortest tag that is not in the
 * text.
 */
static void
put_dollar_literal(StringInfo out, const char *text)
{
	static const char tag[] = "_XXXXXXX";
	StringInfoData dollar;

	initStringInfo(&dollar);
	appendStringInfoChar(&dollar, '$');
	/*
	 * The tag is compared without its closing dollar, since the end of the
	 * text and the beginning of the closing tag could together form the tag.
	 */
	for (int i = 0; strstr(text, dollar.data) != NULL; i++)
		appendStringInfoChar(&dollar, tag[i % (lengthof(tag) - 1)]);
	appendStringInfoChar(&dollar, '$');
	appendStringInfoString(out, dollar.data);
	appendStringInfoString(out, text);
	appendStringInfoString(out, dollar.data);
}

/*
 * Appends the body, which is a parse tree, a function of a library, or a
 * source text.
 */
static void
put_function_body(StringInfo out, const BpFunction *f)
{
	const char *body = bp_row(f->rows, f->row, BP_FUNCTION_SQLBODY);
	const char *source = bp_row_text(f->rows, f->row, BP_FUNCTION_SOURCE);
	const char *binary = bp_row_text(f->rows, f->row, BP_FUNCTION_BINARY);

	if (body != NULL)
	{
		appendStringInfoString(out, body);
		return;
	}
	appendStringInfoString(out, "AS ");
	if (binary[0] == '\0')
	{
		put_dollar_literal(out, source);
		return;
	}
	bp_put_literal(out, binary);
	if (source[0] == '\0')
		return;
	appendStringInfoString(out, ", ");
	if (strpbrk(source, "'\\") != NULL)
		put_dollar_literal(out, source);
	else
		bp_put_literal(out, source);
}

/*
 * Do pg_dump and the server split this list of names in the same way?
 * pg_dump uses the locale's isspace(), so this is not certain for all
 * characters.
 */
static bool
list_is_plain(const char *value)
{
	bool		quoted = false;

	for (const char *p = value; *p; p++)
	{
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '\v' || IS_HIGHBIT_SET(*p)))
			return false;
	}
	return true;
}

/* Appends the SET clause for one item "name=value" of the settings. */
static void
put_function_setting(BpDefine *d, StringInfo out, const BpObject *o,
					 const char *item)
{
	const char *equals = strchr(item, '=');
	char	   *name;
	List	   *names = NIL;
	ListCell   *lc;

	if (equals == NULL)
		return;
	name = pnstrdup(item, equals - item);
	appendStringInfoString(out, "\n    SET ");
	bp_put_name(out, name);
	appendStringInfoString(out, " TO ");
	if ((GetConfigOptionFlags(name, true) & GUC_LIST_QUOTE) == 0)
	{
		bp_put_literal(out, equals + 1);
		return;
	}
	/* a list of names in double quotes becomes one of literals */
	if (!list_is_plain(equals + 1))
		bp_refuse(d, psprintf("function %s has a list in setting \"%s\" that pg_dump may split in another way",
							  o->name, name));
	if (!SplitGUCList(pstrdup(equals + 1), ',', &names))
		return;
	foreach(lc, names)
	{
		if (lc != list_head(names))
			appendStringInfoString(out, ", ");
		bp_put_literal(out, lfirst(lc));
	}
}

static void
put_function_settings(BpDefine *d, StringInfo out, const BpObject *o)
{
	const BpFunction *f = o->info;
	char	  **items;
	int			n = 0;

	if (bp_row(f->rows, f->row, BP_FUNCTION_CONFIG) == NULL)
		return;
	items = bp_row_array(f->rows, f->row, BP_FUNCTION_CONFIG, &n);
	for (int i = 0; i < n; i++)
		put_function_setting(d, out, o, items[i]);
}

/* Appends COST, ROWS and SUPPORT, except defaults. */
static void
put_estimates(StringInfo out, const BpFunction *f)
{
	const char *language = bp_row_text(f->rows, f->row, BP_FUNCTION_LANGUAGE);
	const char *cost = bp_row_text(f->rows, f->row, BP_FUNCTION_COST);
	const char *rows = bp_row_text(f->rows, f->row, BP_FUNCTION_ROWS);
	const char *support = bp_row_text(f->rows, f->row, BP_FUNCTION_SUPPORT);
	bool		compiled = strcmp(language, "internal") == 0 ||
		strcmp(language, "c") == 0;

	if (strcmp(cost, "0") != 0 && strcmp(cost, compiled ? "1" : "100") != 0)
		appendStringInfo(out, " COST %s", cost);
	if (bp_row_bool(f->rows, f->row, BP_FUNCTION_RETSET) &&
		strcmp(rows, "0") != 0 && strcmp(rows, "1000") != 0)
		appendStringInfo(out, " ROWS %s", rows);
	if (strcmp(support, "-") != 0)
		appendStringInfo(out, " SUPPORT %s", support);
}

/* Appends the clauses between the language and the settings. */
static void
put_attributes(BpDefine *d, StringInfo out, const BpObject *o)
{
	const BpFunction *f = o->info;
	const char *transforms = bp_row_text(f->rows, f->row,
										 BP_FUNCTION_TRANSFORMS);
	char		kind = bp_row_text(f->rows, f->row, BP_FUNCTION_KIND)[0];
	char		volatility = bp_row_text(f->rows, f->row,
										 BP_FUNCTION_VOLATILE)[0];

	if (transforms[0] != '\0')
		appendStringInfo(out, " TRANSFORM %s", transforms);
	if (kind == PROKIND_WINDOW)
		appendStringInfoString(out, " WINDOW");
	if (volatility == PROVOLATILE_IMMUTABLE)
		appendStringInfoString(out, " IMMUTABLE");
	else if (volatility == PROVOLATILE_STABLE)
		appendStringInfoString(out, " STABLE");
	else if (volatility != PROVOLATILE_VOLATILE)
		bp_refuse(d, psprintf("function %s has unknown volatility \"%c\"",
							  o->name, volatility));
	if (bp_row_bool(f->rows, f->row, BP_FUNCTION_STRICT))
		appendStringInfoString(out, " STRICT");
	if (bp_row_bool(f->rows, f->row, BP_FUNCTION_SECDEF))
		appendStringInfoString(out, " SECURITY DEFINER");
	if (bp_row_bool(f->rows, f->row, BP_FUNCTION_LEAKPROOF))
		appendStringInfoString(out, " LEAKPROOF");
	put_estimates(out, f);
	if (f->parallel[0] == PROPARALLEL_SAFE)
		appendStringInfoString(out, " PARALLEL SAFE");
	else if (f->parallel[0] == PROPARALLEL_RESTRICTED)
		appendStringInfoString(out, " PARALLEL RESTRICTED");
	else if (f->parallel[0] != PROPARALLEL_UNSAFE)
		bp_refuse(d, psprintf("function %s has unknown parallel safety \"%s\"",
							  o->name, f->parallel));
}

static void
write_function(BpDefine *d, BpObject *o)
{
	const BpFunction *f = o->info;
	bool		procedure = bp_row_text(f->rows, f->row,
										BP_FUNCTION_KIND)[0] == PROKIND_PROCEDURE;
	const char *desc = procedure ? "PROCEDURE" : "FUNCTION";
	char	   *qname = bp_function_name(o, true, f->identity);
	StringInfoData qualified;
	StringInfoData sql;
	BpEntryTarget target;

	initStringInfo(&qualified);
	bp_put_name(&qualified, o->schema);
	appendStringInfo(&qualified, ".%s", qname);

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE %s ", desc);
	bp_put_name(&sql, o->schema);
	appendStringInfo(&sql, ".%s", bp_function_name(o, true, f->args));
	if (!procedure)
		appendStringInfo(&sql, " RETURNS %s",
						 bp_row_text(f->rows, f->row, BP_FUNCTION_RESULT));
	appendStringInfoString(&sql, "\n    LANGUAGE ");
	bp_put_name(&sql, bp_row_text(f->rows, f->row, BP_FUNCTION_LANGUAGE));
	put_attributes(d, &sql, o);
	put_function_settings(d, &sql, o);
	appendStringInfoString(&sql, "\n    ");
	put_function_body(&sql, f);
	appendStringInfoString(&sql, ";\n");
	bp_put_depends_on_extension(d, &sql, o->classid, o->oid, desc,
								qualified.data);

	bp_object_entry(d, o, desc, bp_function_name(o, false, f->types),
					BP_SECTION_PRE_DATA, sql.data,
					psprintf("DROP %s %s;\n", desc, qualified.data));
	target = bp_object_target(o, desc, qname);
	bp_write_comment(d, &target);
	bp_write_label(d, &target);
	(void) bp_write_acl(d, &target, f->acl, f->acldefault);
}

/*
 * The key by which pg_dump sorts functions of the same name: the number of
 * arguments, then for each argument the names of its type's schema and of its
 * type.  In the key each name ends with byte 1, so that a shorter name sorts
 * before a longer one; bytes 1 and 2 within a name are escaped by byte 2.
 */
static char *
function_sort_key(BpDefine *d, const BpRows *rows, int row)
{
	int			nargs = bp_row_int(rows, row, BP_FUNCTION_NARGS);
	int			n = 0;
	char	  **names = bp_row_array(rows, row, BP_FUNCTION_TYPE_NAMES, &n);
	StringInfoData key;

	if (n != 2 * nargs)
		bp_refuse(d, psprintf("the type of an argument of function %s does not exist",
							  bp_row_text(rows, row,
										  BP_FUNCTION_NAME)));
	initStringInfo(&key);
	appendStringInfo(&key, "%06d", nargs);
	for (int i = 0; i < n; i++)
	{
		for (const char *p = names[i]; *p; p++)
		{
			if (*p == '\001' || *p == '\002')
				appendStringInfoChar(&key, '\002');
			appendStringInfoChar(&key, *p);
		}
		appendStringInfoChar(&key, '\001');
	}
	return key.data;
}

static void
add_function(BpDefine *d, const BpRows *rows, int row, bool aggregate)
{
	BpFunction *f = palloc0(sizeof(BpFunction));
	BpObject   *o = bp_object_add(d, aggregate ? BP_OBJECT_AGGREGATE :
								  BP_OBJECT_FUNCTION, ProcedureRelationId,
								  bp_row_oid(rows, row, BP_FUNCTION_OID),
								  bp_row(rows, row, BP_FUNCTION_SCHEMA),
								  bp_row(rows, row, BP_FUNCTION_NAME),
								  aggregate ? NULL : write_function);

	o->info = f;
	o->owner = bp_catalog_role(bp_row_oid(rows, row, BP_FUNCTION_OWNER),
							   d->snapshot);
	o->second_key = function_sort_key(d, rows, row);
	f->args = bp_row_text(rows, row, BP_FUNCTION_ARGS);
	f->identity = bp_row_text(rows, row, BP_FUNCTION_IDENTITY);
	f->types = bp_row_text(rows, row, BP_FUNCTION_TYPES);
	f->nargs = bp_row_int(rows, row, BP_FUNCTION_NARGS);
	f->parallel = bp_row_text(rows, row, BP_FUNCTION_PARALLEL);
	f->acl = bp_row(rows, row, BP_FUNCTION_ACL);
	f->acldefault = bp_row(rows, row, BP_FUNCTION_ACLDEFAULT);
	/* aggregate.c sets these for an aggregate */
	if (!aggregate)
	{
		f->rows = rows;
		f->row = row;
	}

	/* the server's functions use the present catalogs, not the snapshot */
	if (bp_row(rows, row, BP_FUNCTION_ARGS) == NULL)
		bp_refuse(d, psprintf("function %s has been dropped concurrently",
							  o->name));
	if (bp_row(rows, row, BP_FUNCTION_LANGUAGE) == NULL)
		bp_refuse(d, psprintf("the language of function %s does not exist", o->name));
}

void
bp_read_functions(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &functions, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		char		kind = bp_row_text(rows, i, BP_FUNCTION_KIND)[0];

		switch (kind)
		{
			case PROKIND_AGGREGATE:
				add_function(d, rows, i, true);
				break;
			case PROKIND_FUNCTION:
			case PROKIND_PROCEDURE:
			case PROKIND_WINDOW:
				if (!bp_row_bool(rows, i, BP_FUNCTION_OWNED))
					add_function(d, rows, i, false);
				break;
			default:
				bp_refuse(d, psprintf("function %s is of unknown kind \"%c\"",
									  bp_row_text(rows, i,
												  BP_FUNCTION_NAME),
									  kind));
		}
	}
}
