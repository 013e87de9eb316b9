/*-------------------------------------------------------------------------
 *
 * domain.c
 *	  Domains and their constraints.
 *
 * A valid constraint is part of CREATE DOMAIN, and the domain needs what the
 * constraint depends on.  A constraint that is NOT VALID is added after the
 * data.  So is a valid CHECK that would otherwise close a cycle (for example
 * by a function that takes the domain).  Which CHECKs these are is known only
 * when all objects have been read (depend.c), so the other CHECKs are added
 * to the statement when it is written.
 *
 * From 17 on NOT NULL is a constraint with a name, which is written only if
 * it isn't the default name.  It is always valid.  Before 17 pg_constraint
 * has no such row, so the same code serves all releases.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/domain.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "define/comment.h"
#include "define/domain.h"
#include "define/quote.h"
#include "define/type.h"

/* BpObject.info of a constraint of a domain */
typedef struct BpDomainConstraint
{
	BpType	   *type;
	bool		notnull;
	char	   *qname;			/* quoted */
	const char *defn;			/* as pg_get_constraintdef writes it */
} BpDomainConstraint;

static void write_domain(BpDefine *d, BpObject *o);
static void write_domain_constraint(BpDefine *d, BpObject *o);

enum
{
	CONSTRAINT_TYPE, CONSTRAINT_OID, CONSTRAINT_NAME, CONSTRAINT_DEFN,
	CONSTRAINT_VALID, CONSTRAINT_KIND
};

/*
 * The rows are in order of the domain's name, by which pg_dump sorts
 * constraints that have the same schema and name.
 */
static BpQuery domain_constraints_query = {
	"SELECT c.contypid, c.oid, c.conname, "
	"pg_catalog.pg_get_constraintdef(c.oid), c.convalidated, c.contype "
	"FROM pg_catalog.pg_constraint c "
	"WHERE c.contypid = ANY ($1) "
	"ORDER BY (SELECT t.typname FROM pg_catalog.pg_type t "
	"WHERE t.oid = c.contypid), c.contypid, c.conname"
};

enum
{
	DOMAIN_OID, DOMAIN_NOTNULL, DOMAIN_BASE, DOMAIN_EXPR, DOMAIN_TEXT,
	DOMAIN_COLLATION_SCHEMA, DOMAIN_COLLATION
};

static BpQuery domains_query = {
	"SELECT t.oid, t.typnotnull, "
	"pg_catalog.format_type(t.typbasetype, t.typtypmod), "
	"pg_catalog.pg_get_expr(t.typdefaultbin, "
	"'pg_catalog.pg_type'::pg_catalog.regclass), t.typdefault, "
	"k.nspname, k.collname "
	"FROM pg_catalog.pg_type t "
	BP_TYPE_COLLATION("t.typcollation", "t.typbasetype")
	"WHERE t.oid = ANY ($1) ORDER BY t.oid"
};

/* The domain's NOT NULL constraint; NULL before 17, or if there is none */
static BpObject *
domain_notnull(const BpType *t)
{
	ListCell   *lc;

	foreach(lc, t->parts)
	{
		BpObject   *o = lfirst(lc);

		if (((BpDomainConstraint *) o->info)->notnull)
			return o;
	}
	return NULL;
}

static void
domain_constraint_add(BpDefine *d, const BpRows *rows, int row)
{
	BpType	   *t = bp_type_of(d, rows, row);
	BpDomainConstraint *c = palloc0(sizeof(BpDomainConstraint));
	char		contype = bp_row_text(rows, row, CONSTRAINT_KIND)[0];
	char	   *name = bp_row(rows, row, CONSTRAINT_NAME);
	bool		valid = bp_row_bool(rows, row, CONSTRAINT_VALID);
	BpObject   *o;

	/* CONSTRAINT_NOTNULL, which the headers before 17 do not define */
	c->notnull = contype == 'n';
	if ((contype != CONSTRAINT_CHECK && !c->notnull) ||
		(c->notnull && (!valid || domain_notnull(t) != NULL)))
		bp_refuse(d, psprintf("constraint %s of domain %s is of an unknown kind",
							  name, t->qualified));
	o = bp_object_add(d, BP_OBJECT_CONSTRAINT, ConstraintRelationId,
					  bp_row_oid(rows, row, CONSTRAINT_OID),
					  t->object->schema, name, write_domain_constraint);
	o->owner = t->object->owner;
	/*
	 * this key sorts before that of a table's constraint, which is the
	 * table's name
	 */
	o->second_key = "";
	o->number = row;
	o->info = c;
	c->type = t;
	c->qname = bp_name(name);
	c->defn = bp_row_constraint(d, rows, row, CONSTRAINT_DEFN, valid);
	if (!valid)
		return;
	o->separate = false;
	o->part_of = t->object;
	o->may_split = !c->notnull;
	bp_object_depends(t->object, o);
	t->parts = lappend(t->parts, o);
}

/*
 * Makes the part of the statement between CREATE DOMAIN name AS and the
 * CHECKs.
 */
static void
domain_body(BpType *t, const BpRows *rows, int row)
{
	StringInfo	body = &t->body;
	BpObject   *notnull = domain_notnull(t);

	appendStringInfoString(body, bp_row_text(rows, row, DOMAIN_BASE));
	bp_type_put_collation(body, bp_row(rows, row, DOMAIN_COLLATION_SCHEMA),
						  bp_row(rows, row, DOMAIN_COLLATION));
	if (bp_row_bool(rows, row, DOMAIN_NOTNULL))
	{
		BpDomainConstraint *c = notnull != NULL ? notnull->info : NULL;

		if (c == NULL ||
			strcmp(notnull->name, psprintf("%s_not_null", t->object->name)) == 0)
			appendStringInfoString(body, " NOT NULL");
		else
			appendStringInfo(body, " CONSTRAINT %s %s", c->qname, c->defn);
	}
	if (bp_row(rows, row, DOMAIN_EXPR) != NULL)
		appendStringInfo(body, " DEFAULT %s", bp_row(rows, row, DOMAIN_EXPR));
	else if (bp_row(rows, row, DOMAIN_TEXT) != NULL)
	{
		appendStringInfoString(body, " DEFAULT ");
		bp_put_literal(body, bp_row(rows, row, DOMAIN_TEXT));
	}
}

/*
 * The oids of the domains that have been added, palloc'd; *n is their number.
 */
static Oid *
domain_oids(BpDefine *d, int *n)
{
	Oid		   *oids = palloc(sizeof(Oid) * Max(1, d->nobjects));

	*n = 0;
	for (int i = 0; i < d->nobjects; i++)
	{
		BpObject   *o = d->objects[i];

		if (o->kind == BP_OBJECT_TYPE &&
			((BpType *) o->info)->typtype == TYPTYPE_DOMAIN)
		{
			o->write = write_domain;
			oids[(*n)++] = o->oid;
		}
	}
	return oids;
}

void
bp_read_domains(BpDefine *d)
{
	int			n;
	Oid		   *oids;
	BpRows	   *rows;

	if (d->reason != NULL)
		return;
	oids = domain_oids(d, &n);
	rows = bp_query(d, &domain_constraints_query, oids, n);
	for (int i = 0; i < rows->n; i++)
		domain_constraint_add(d, rows, i);
	rows = bp_query(d, &domains_query, oids, n);
	for (int i = 0; i < rows->n; i++)
		domain_body(bp_type_of(d, rows, i), rows, i);
	for (int i = 0; i < n; i++)
		bp_type_require_body(d, bp_object_find(d, TypeRelationId,
											   oids[i])->info);
	pfree(oids);
}

/* Writes the comment; dep is the dump id of the entry with the constraint. */
static void
write_domain_comment(BpDefine *d, BpObject *o, int dep)
{
	BpDomainConstraint *c = o->info;
	BpEntryTarget target;

	target = bp_object_target(o, psprintf("CONSTRAINT %s ON DOMAIN", c->qname),
							  c->type->qname);
	target.dep = dep;
	bp_write_comment(d, &target);
}

static void
write_domain_constraint(BpDefine *d, BpObject *o)
{
	BpDomainConstraint *c = o->info;
	BpType	   *t = c->type;

	bp_object_entry(d, o, "CHECK CONSTRAINT",
					psprintf("%s %s", t->object->name, o->name),
					BP_SECTION_POST_DATA,
					psprintf("ALTER DOMAIN %s\n    ADD CONSTRAINT %s %s;\n",
							 t->qualified, c->qname, c->defn),
					psprintf("ALTER DOMAIN %s DROP CONSTRAINT %s;\n",
							 t->qualified, c->qname));
	write_domain_comment(d, o, o->dump_id);
}

static void
write_domain(BpDefine *d, BpObject *o)
{
	BpType	   *t = o->info;
	BpObject   *notnull = domain_notnull(t);
	List	   *checks = NIL;
	ListCell   *lc;

	foreach(lc, t->parts)
	{
		BpObject   *part = lfirst(lc);
		BpDomainConstraint *c = part->info;

		if (part->separate || part == notnull)
			continue;
		appendStringInfo(&t->body, "\n\tCONSTRAINT %s %s", c->qname, c->defn);
		checks = lappend(checks, part);
	}
	bp_write_type(d, o);
	foreach(lc, checks)
		write_domain_comment(d, lfirst(lc), o->dump_id);
	if (notnull != NULL)
		write_domain_comment(d, notnull, o->dump_id);
}
