/*-------------------------------------------------------------------------
 *
 * type.c
 *	  Entries for types: enums, composite types, ranges, and domains, whose
 *	  particulars are in domain.c.
 *
 * A type is read in two steps: all of pg_type that is asked for by one query,
 * which registers the objects; then, by a query for each kind, what stands
 * between the parentheses.  Every statement has the form CREATE word name
 * begin body end, so there is one writer for all.
 *
 * Arrays, multiranges and row types of relations come with something else, and
 * are passed over.  Base types need their functions before them and a shell
 * before those, as do ranges with a canonical function: these are refused, as
 * is anything that isn't in the table of kinds.
 *
 * Comments on columns of a composite type belong to its row in pg_class, which
 * is no object here.  pg_dump writes them without labels, which columns might
 * have too, so labels are not looked for.
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
#include "define/quote.h"
#include "define/type.h"

typedef struct BpTypeKind
{
	char		typtype;
	BpObjectWriteFn write;
	const char *word;
	const char *begin;
	const char *end;
	bool		whole;			/* there must be something between them */
	void		(*read) (BpDefine *d, const Oid *oids, int n);
} BpTypeKind;

static void read_enums(BpDefine *d, const Oid *oids, int n);
static void read_ranges(BpDefine *d, const Oid *oids, int n);
static void read_attributes(BpDefine *d, const Oid *oids, int n);

static const BpTypeKind type_kinds[] = {
	{TYPTYPE_ENUM, bp_write_type, "TYPE", "AS ENUM (", "\n);\n", false,
	read_enums},
	{TYPTYPE_COMPOSITE, bp_write_type, "TYPE", "AS (", "\n);\n", false,
	read_attributes},
	{TYPTYPE_RANGE, bp_write_type, "TYPE", "AS RANGE (", "\n);\n", true,
	read_ranges},
	{TYPTYPE_DOMAIN, bp_write_domain, "DOMAIN", "AS ", ";\n", true,
	bp_read_domains}
};

/*
 * The test for arrays is that of pg_dump.  The last column tells whether the
 * type comes with something else.
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

static BpQuery enums_query = {
	"SELECT e.enumtypid, e.enumlabel "
	"FROM pg_catalog.pg_enum e "
	"WHERE e.enumtypid = ANY ($1) ORDER BY e.enumtypid, e.enumsortorder"
};

/* A collation is named only if it isn't that of the column's type. */
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
		bp_put_literal(body, bp_row(rows, i, 1));
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

		/* "-" is what a regproc says for none */
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

/* Comments on columns of a composite type */
static void
write_column_comments(BpDefine *d, BpObject *o, BpType *t)
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
		bp_add_dependent_entry(d, "COMMENT", tag.data, BP_SECTION_NONE, o->schema,
							   o->owner, sql.data, o->dump_id, 0);
	}
}

void
bp_write_type(BpDefine *d, BpObject *o)
{
	BpType	   *t = o->info;

	bp_object_entry(d, o, t->word, o->name, BP_SECTION_PRE_DATA,
					psprintf("CREATE %s %s %s%s%s", t->word, t->qualified,
							 t->begin, t->body.data, t->end),
					psprintf("DROP %s %s;\n", t->word, t->qualified));
	bp_write_comment(d, TypeRelationId, o->oid, 0, t->word, t->qname,
					 o->schema, o->owner, o->dump_id);
	bp_write_label(d, TypeRelationId, o->oid, 0, t->word, t->qname,
				   o->schema, o->owner, o->dump_id);
	/* privileges of a domain are those of a type, by name too */
	bp_write_acl(d, TypeRelationId, o->oid, 0, "TYPE", t->qname, NULL,
				 o->schema, NULL, o->owner, t->acl, t->acldefault,
				 o->dump_id, 0);
	write_column_comments(d, o, t);
}

static const BpTypeKind *
type_kind(char typtype)
{
	for (int i = 0; i < (int) lengthof(type_kinds); i++)
		if (type_kinds[i].typtype == typtype)
			return &type_kinds[i];
	return NULL;
}

/* Registers a type, still without a body. */
static void
type_add(BpDefine *d, const BpTypeKind *kind, const BpRows *rows, int row)
{
	BpType	   *t = palloc0(sizeof(BpType));
	char	   *schema = bp_row(rows, row, TYPE_SCHEMA);
	char	   *name = bp_row(rows, row, TYPE_NAME);
	BpObject   *o = bp_object_add(d, BP_OBJECT_TYPE, TypeRelationId,
								  bp_row_oid(rows, row, TYPE_OID), schema,
								  name, kind->write);

	o->owner = bp_catalog_role(bp_row_oid(rows, row, TYPE_OWNER),
							   d->snapshot);
	o->info = t;
	t->object = o;
	t->word = kind->word;
	t->begin = kind->begin;
	t->end = kind->end;
	t->qname = bp_name(name);
	t->qualified = bp_qualified(schema, name);
	t->acl = bp_row(rows, row, TYPE_ACL);
	t->acldefault = bp_row(rows, row, TYPE_ACLDEFAULT);
	initStringInfo(&t->body);
}

/* Why a type of no kind that we know can't be defined here */
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
		bp_refuse(d, psprintf("type %s is of kind \"%c\"", name,
							  typtype));
}

/* Reads what stands in types of one kind. */
static void
type_read(BpDefine *d, const BpTypeKind *kind, const Oid *oids, int n)
{
	kind->read(d, oids, n);
	for (int i = 0; i < n && kind->whole; i++)
	{
		BpType	   *t = bp_object_find(d, TypeRelationId, oids[i])->info;

		if (t->body.len == 0)
			bp_refuse(d, psprintf("the catalogs say nothing about type %s",
								  t->qualified));
	}
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
		if (nsome > 0)
			type_read(d, &type_kinds[k], some, nsome);
	}
	pfree(some);
}
