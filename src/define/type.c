/*-------------------------------------------------------------------------
 *
 * type.c
 *	  Types: enums, composite types, ranges, and the common part of domains.
 *
 * Types are read in two steps.  One query reads the rows of pg_type and adds
 * the objects.  Then a query for each kind reads what stands between the
 * parentheses of the statement; for domains, domain.c does that.  Every
 * statement has the form CREATE word name begin body end, so all kinds have
 * the same writer.
 *
 * Arrays, multiranges and row types of relations are created together with
 * another object, and are skipped.  Before a base type, pg_dump writes a
 * shell type and the type's functions; it does the same before a range with a
 * canonical function.  Both are refused, and so are types of unknown kinds.
 *
 * Comments on columns of a composite type belong to its row in pg_class,
 * which is not an object here.  pg_dump does not write security labels of
 * such columns.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/type.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "catalog/scan.h"
#include "define/acl.h"
#include "define/comment.h"
#include "define/quote.h"
#include "define/type.h"

typedef struct BpTypeKind
{
	char		typtype;
	const char *word;
	const char *begin;
	const char *end;
	bool		needs_body;		/* the body must not be empty */
	/* reads the bodies; NULL: another file does it */
	void		(*read) (BpDefine *d, const Oid *oids, int n);
} BpTypeKind;

static void read_enums(BpDefine *d, const Oid *oids, int n);
static void read_ranges(BpDefine *d, const Oid *oids, int n);
static void read_attributes(BpDefine *d, const Oid *oids, int n);

static const BpTypeKind type_kinds[] = {
	{TYPTYPE_ENUM, "TYPE", "AS ENUM (", "\n);\n", false, read_enums},
	{TYPTYPE_COMPOSITE, "TYPE", "AS (", "\n);\n", false, read_attributes},
	{TYPTYPE_RANGE, "TYPE", "AS RANGE (", "\n);\n", true, read_ranges},
	{TYPTYPE_DOMAIN, "DOMAIN", "AS ", ";\n", true, NULL}
};

/*
 * The test for arrays is that of pg_dump.  TYPE_SKIP tells whether the type
 * is created together with another object.
 */
enum
{
	TYPE_OID, TYPE_NAME, TYPE_SCHEMA, TYPE_OWNER, TYPE_ACL, TYPE_ACLDEFAULT,
	TYPE_KIND, TYPE_DEFINED, TYPE_SKIP
};

static BpQuery types_query = {
	"SELECT t.oid, t.typname, (SELECT n.nspname "
	"FROM pg_catalog.pg_namespace n WHERE n.oid = t.typnamespace), "
	"t.typowner, t.typacl, "
	"pg_catalog.acldefault('T', t.typowner), t.typtype, t.typisdefined, "
	"t.typtype = 'm' OR "
	"(t.typrelid <> 0 AND (SELECT c.relkind FROM pg_catalog.pg_class c "
	"WHERE c.oid = t.typrelid) IS DISTINCT FROM 'c') OR "
	"(t.typelem <> 0 AND t.typname[0] = '_' AND "
	"COALESCE((SELECT e.typarray FROM pg_catalog.pg_type e "
	"WHERE e.oid = t.typelem) = t.oid, false)) "
	"FROM pg_catalog.pg_type t "
	"WHERE t.oid = ANY ($1) ORDER BY t.oid"
};

enum
{
	ENUM_TYPE, ENUM_LABEL
};

static BpQuery enums_query = {
	"SELECT e.enumtypid, e.enumlabel "
	"FROM pg_catalog.pg_enum e "
	"WHERE e.enumtypid = ANY ($1) ORDER BY e.enumtypid, e.enumsortorder"
};

enum
{
	COLUMN_TYPE, COLUMN_NAME, COLUMN_FORMAT, COLUMN_COLLATION_SCHEMA,
	COLUMN_COLLATION, COLUMN_COMMENT
};

static BpQuery attributes_query = {
	"SELECT t.oid, a.attname, "
	"pg_catalog.format_type(a.atttypid, a.atttypmod), "
	"k.nspname, k.collname, "
	"(SELECT d.description FROM pg_catalog.pg_description d "
	"WHERE d.objoid = a.attrelid "
	"AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass "
	"AND d.objsubid = a.attnum) "
	"FROM pg_catalog.pg_type t "
	"JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid "
	BP_TYPE_COLLATION("a.attcollation", "a.atttypid")
	"WHERE t.oid = ANY ($1) AND NOT a.attisdropped "
	"ORDER BY t.oid, a.attnum"
};

enum
{
	RANGE_OID, RANGE_SUBTYPE, RANGE_MULTIRANGE, RANGE_DEFAULT_CLASS,
	RANGE_CLASS_SCHEMA, RANGE_CLASS, RANGE_COLLATION_SCHEMA, RANGE_COLLATION,
	RANGE_CANONICAL, RANGE_DIFF
};

static BpQuery ranges_query = {
	"SELECT r.rngtypid, pg_catalog.format_type(r.rngsubtype, NULL), "
	"pg_catalog.format_type(r.rngmultitypid, NULL), "
	"c.opcdefault, (SELECT n.nspname FROM pg_catalog.pg_namespace n "
	"WHERE n.oid = c.opcnamespace), c.opcname, k.nspname, k.collname, "
	"r.rngcanonical, r.rngsubdiff "
	"FROM pg_catalog.pg_range r "
	"JOIN pg_catalog.pg_opclass c ON c.oid = r.rngsubopc "
	BP_TYPE_COLLATION("r.rngcollation", "r.rngsubtype")
	"WHERE r.rngtypid = ANY ($1) ORDER BY r.rngtypid"
};

BpType *
bp_type_of(BpDefine *d, const BpRows *rows, int row)
{
	BpObject   *o = bp_object_find(d, TypeRelationId,
								   bp_row_oid(rows, row, 0));

	if (o == NULL)
		elog(ERROR, "type with OID %u is not registered",
			 bp_row_oid(rows, row, 0));
	return o->info;
}

void
bp_type_put_collation(StringInfo out, const char *schema, const char *name)
{
	if (schema == NULL || name == NULL)
		return;
	appendStringInfoString(out, " COLLATE ");
	bp_put_qualified(out, schema, name);
}

static void
read_enums(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &enums_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		StringInfo	body = &bp_type_of(d, rows, i)->body;

		appendStringInfoString(body, body->len > 0 ? ",\n    " : "\n    ");
		bp_put_literal(body, bp_row(rows, i, ENUM_LABEL));
	}
}

static void
read_attributes(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &attributes_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		BpType	   *t = bp_type_of(d, rows, i);
		StringInfo	body = &t->body;

		appendStringInfoString(body, body->len > 0 ? ",\n\t" : "\n\t");
		bp_put_name(body, bp_row(rows, i, COLUMN_NAME));
		appendStringInfo(body, " %s", bp_row(rows, i, COLUMN_FORMAT));
		bp_type_put_collation(body, bp_row(rows, i, COLUMN_COLLATION_SCHEMA),
							  bp_row(rows, i, COLUMN_COLLATION));
		if (bp_row(rows, i, COLUMN_COMMENT) != NULL)
		{
			BpTypeComment *c = palloc(sizeof(BpTypeComment));

			c->column = bp_row(rows, i, COLUMN_NAME);
			c->text = bp_row(rows, i, COLUMN_COMMENT);
			t->comments = lappend(t->comments, c);
		}
	}
}

static void
read_ranges(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &ranges_query, oids, n);

	for (int i = 0; i < rows->n; i++)
	{
		BpType	   *t = bp_type_of(d, rows, i);
		StringInfo	body = &t->body;
		const char *diff = bp_row_text(rows, i, RANGE_DIFF);

		/* regproc prints 0 as "-" */
		if (strcmp(bp_row_text(rows, i, RANGE_CANONICAL), "-") != 0)
			bp_refuse(d, psprintf("range type %s has a canonical function",
								  t->qualified));
		appendStringInfo(body, "\n    subtype = %s",
						 bp_row_text(rows, i, RANGE_SUBTYPE));
		if (bp_row(rows, i, RANGE_MULTIRANGE) != NULL)
			appendStringInfo(body, ",\n    multirange_type_name = %s",
							 bp_row(rows, i, RANGE_MULTIRANGE));
		if (!bp_row_bool(rows, i, RANGE_DEFAULT_CLASS))
		{
			appendStringInfoString(body, ",\n    subtype_opclass = ");
			bp_put_qualified(body, bp_row(rows, i, RANGE_CLASS_SCHEMA),
							 bp_row(rows, i, RANGE_CLASS));
		}
		if (bp_row(rows, i, RANGE_COLLATION) != NULL)
		{
			appendStringInfoString(body, ",\n    collation = ");
			bp_put_qualified(body, bp_row(rows, i, RANGE_COLLATION_SCHEMA),
							 bp_row(rows, i, RANGE_COLLATION));
		}
		if (strcmp(diff, "-") != 0)
			appendStringInfo(body, ",\n    subtype_diff = %s", diff);
	}
}

/* Writes the comments on columns of a composite type. */
static void
write_column_comments(BpDefine *d, const BpEntryTarget *target,
					  const BpType *t)
{
	ListCell   *lc;

	foreach(lc, t->comments)
	{
		BpTypeComment *c = lfirst(lc);
		StringInfoData tag;
		StringInfoData sql;

		initStringInfo(&tag);
		appendStringInfo(&tag, "COLUMN %s.", t->qname);
		bp_put_name(&tag, c->column);
		initStringInfo(&sql);
		appendStringInfo(&sql, "COMMENT ON COLUMN %s.", t->qualified);
		bp_put_name(&sql, c->column);
		appendStringInfoString(&sql, " IS ");
		bp_put_literal(&sql, c->text);
		appendStringInfoString(&sql, ";\n");
		bp_add_dependent_entry(d, target, "COMMENT", tag.data,
							   BP_SECTION_NONE, sql.data, 0);
	}
}

void
bp_write_type(BpDefine *d, BpObject *o)
{
	BpType	   *t = o->info;
	BpEntryTarget target;

	bp_object_entry(d, o, t->word, o->name, BP_SECTION_PRE_DATA,
					psprintf("CREATE %s %s %s%s%s", t->word, t->qualified,
							 t->begin, t->body.data, t->end),
					psprintf("DROP %s %s;\n", t->word, t->qualified));
	target = bp_object_target(o, t->word, t->qname);
	bp_write_comment(d, &target);
	bp_write_label(d, &target);
	/* GRANT has no keyword for domains: they count as types */
	target.type = "TYPE";
	(void) bp_write_acl(d, &target, t->acl, t->acldefault);
	write_column_comments(d, &target, t);
}

static const BpTypeKind *
type_kind(char typtype)
{
	for (int i = 0; i < (int) lengthof(type_kinds); i++)
		if (type_kinds[i].typtype == typtype)
			return &type_kinds[i];
	return NULL;
}

/* Adds a type, without its body. */
static void
type_add(BpDefine *d, const BpTypeKind *kind, const BpRows *rows, int row)
{
	BpType	   *t = palloc0(sizeof(BpType));
	char	   *schema = bp_row(rows, row, TYPE_SCHEMA);
	char	   *name = bp_row(rows, row, TYPE_NAME);
	BpObject   *o = bp_object_add(d, BP_OBJECT_TYPE, TypeRelationId,
								  bp_row_oid(rows, row, TYPE_OID), schema,
								  name, bp_write_type);

	o->owner = bp_catalog_role(bp_row_oid(rows, row, TYPE_OWNER),
							   d->snapshot);
	o->info = t;
	t->object = o;
	t->typtype = kind->typtype;
	t->word = kind->word;
	t->begin = kind->begin;
	t->end = kind->end;
	t->qname = bp_name(name);
	t->qualified = bp_qualified(schema, name);
	t->acl = bp_row(rows, row, TYPE_ACL);
	t->acldefault = bp_row(rows, row, TYPE_ACLDEFAULT);
	initStringInfo(&t->body);
}

/* Refuses a type that has no line in type_kinds, or is only a shell. */
static void
type_refuse(BpDefine *d, const BpRows *rows, int row)
{
	char		typtype = bp_row_text(rows, row, TYPE_KIND)[0];
	char	   *name = bp_qualified(bp_row(rows, row, TYPE_SCHEMA),
									bp_row(rows, row, TYPE_NAME));

	if (!bp_row_bool(rows, row, TYPE_DEFINED))
		bp_refuse(d, psprintf("type %s is a shell", name));
	else if (typtype == TYPTYPE_BASE)
		bp_refuse(d, psprintf("type %s is a base type", name));
	else
		bp_refuse(d, psprintf("type %s is of unknown kind \"%c\"", name,
							  typtype));
}

void
bp_type_require_body(BpDefine *d, const BpType *t)
{
	if (t->body.len == 0)
		bp_refuse(d, psprintf("the catalogs have no definition of type %s",
							  t->qualified));
}

/* Reads the bodies of types of one kind. */
static void
type_read(BpDefine *d, const BpTypeKind *kind, const Oid *oids, int n)
{
	kind->read(d, oids, n);
	for (int i = 0; i < n && kind->needs_body; i++)
		bp_type_require_body(d, bp_object_find(d, TypeRelationId,
											   oids[i])->info);
}

void
bp_read_types(BpDefine *d, const Oid *oids, int n)
{
	BpRows	   *rows = bp_query(d, &types_query, oids, n);
	Oid		   *some = palloc(Max(1, rows->n) * sizeof(Oid));

	for (int i = 0; i < rows->n; i++)
	{
		const BpTypeKind *kind;

		if (bp_row_bool(rows, i, TYPE_SKIP))
			continue;
		kind = type_kind(bp_row_text(rows, i, TYPE_KIND)[0]);
		if (kind == NULL || !bp_row_bool(rows, i, TYPE_DEFINED))
			type_refuse(d, rows, i);
		else
			type_add(d, kind, rows, i);
	}
	for (int k = 0; k < (int) lengthof(type_kinds); k++)
	{
		int			nsome = 0;

		for (int i = 0; i < rows->n && d->reason == NULL; i++)
			if (!bp_row_bool(rows, i, TYPE_SKIP) &&
				bp_row_text(rows, i, TYPE_KIND)[0] == type_kinds[k].typtype)
				some[nsome++] = bp_row_oid(rows, i, TYPE_OID);
		if (nsome > 0 && type_kinds[k].read != NULL)
			type_read(d, &type_kinds[k], some, nsome);
	}
	pfree(some);
}
