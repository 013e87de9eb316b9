/*-------------------------------------------------------------------------
 *
 * define_depend.c
 *	  What each object of a selection needs.
 *
 * pg_dump knows all objects of the database, with what pg_depend says of
 * them, and gives an entry the entries it needs; where one is not written, it
 * looks through it at what that one needs.  Here only the objects asked for
 * are known.  From each of them pg_depend is followed through all others,
 * called outside ones, read by index when they are met, until objects that
 * are asked for are found.
 *
 * What pg_dump does besides pg_depend, and what is done here:
 *
 * - A view needs its _RETURN rule, a domain its validated constraints, a
 *	 composite type its pg_class row (pg_depend has it the other way), an
 *	 operator family what its operators and functions need, a parent table
 *	 its defaults and checks.
 * - What is part of another's statement does not need the other.
 * - What pg_dump does not read is not looked through: defaults, constraints,
 *	 indexes of tables that are neither asked for nor parents of such,
 *	 functions that a type owns.
 *
 * Where an object comes to need itself, or a definition an index, pg_dump
 * splits one of those involved.  Which one is clear for defaults and CHECKs
 * whose circle has nothing else that may be split: they become entries of
 * their own.  All else is a reason to refuse.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/define_depend.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_index.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "unit/catalog.h"
#include "unit/define_object.h"
#include "utils/hsearch.h"

/* An object of the catalogs, asked for or not, and where it leads */
typedef struct BpNode
{
	Oid			classid;		/* the key */
	Oid			oid;
	bool		read;
	int			seen;			/* number of the search that met it last */
	bool		leads;			/* to the start of that search */
	int			nedges;
	int			max_edges;
	ObjectAddress *edges;
} BpNode;

typedef struct BpSearch
{
	BpDefine   *d;
	HTAB	   *nodes;
	BpObject   *start;
	int			number;
	bool		odd;			/* a way leads through what might be split */
} BpSearch;

static void bp_search_object(BpSearch *s, BpObject *o);
static void bp_search_edges(BpSearch *s, BpObject *from, BpNode *node);
static void bp_search_out(BpSearch *s, BpObject *from, BpNode *node);
static bool bp_leads_object(BpSearch *s, BpObject *o);

static BpNode *
bp_node(BpSearch *s, Oid classid, Oid oid)
{
	BpNode		key = {.classid = classid, .oid = oid};
	bool		found;
	BpNode	   *node = hash_search(s->nodes, &key, HASH_ENTER, &found);

	if (!found)
		memset((char *) node + offsetof(BpNode, read), 0,
			   sizeof(BpNode) - offsetof(BpNode, read));
	return node;
}

static void
bp_node_add(BpNode *node, Oid classid, Oid oid)
{
	if (node->nedges == node->max_edges)
	{
		node->max_edges = Max(8, node->max_edges * 2);
		node->edges = node->edges == NULL ?
			palloc(node->max_edges * sizeof(ObjectAddress)) :
			repalloc_huge(node->edges,
						  node->max_edges * sizeof(ObjectAddress));
	}
	node->edges[node->nedges].classId = classid;
	node->edges[node->nedges].objectId = oid;
	node->nedges++;
}

/*
 * What pg_depend says of one object goes to the node, which need not be the
 * object's.  *internal: another object owns it.
 */
static void
bp_node_depend(BpSearch *s, BpNode *node, Oid classid, Oid oid,
			   bool *internal)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&scan, Anum_pg_depend_classid, classid);
	bp_catalog_key_oid(&scan, Anum_pg_depend_objid, oid);
	bp_catalog_begin(&scan, DependRelationId, DependDependerIndexId,
					 s->d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		Form_pg_depend d = (Form_pg_depend) GETSTRUCT(tuple);

		if (d->deptype == DEPENDENCY_INTERNAL)
		{
			*internal = true;
			/* a composite type, the other way round */
			if (classid == RelationRelationId &&
				d->refclassid == TypeRelationId)
				continue;
			/* an operator of a family and its class */
			if (node->classid != classid)
				continue;
		}
		if (d->refclassid == node->classid && d->refobjid == node->oid)
			continue;
		bp_node_add(node, d->refclassid, d->refobjid);
	}
	bp_catalog_end(&scan);
}

/*
 * All rows of a catalog with this value in a column, by an index that begins
 * with it: their oids.
 */
static List *
bp_oids_by(BpSearch *s, Oid catalog, Oid index, AttrNumber column, Oid value,
		   bool (*accept) (HeapTuple tuple))
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	List	   *oids = NIL;

	bp_catalog_key_oid(&scan, column, value);
	bp_catalog_begin(&scan, catalog, index, s->d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		/* of all catalogs used here, oid is the first column */
		if (accept == NULL || accept(tuple))
			oids = lappend_oid(oids, *(Oid *) GETSTRUCT(tuple));
	}
	bp_catalog_end(&scan);
	return oids;
}

static bool
bp_is_return_rule(HeapTuple tuple)
{
	Form_pg_rewrite r = (Form_pg_rewrite) GETSTRUCT(tuple);

	return r->ev_type == '1' && r->is_instead;
}

static bool
bp_is_valid_check(HeapTuple tuple)
{
	Form_pg_constraint c = (Form_pg_constraint) GETSTRUCT(tuple);

	return c->contype == CONSTRAINT_CHECK && c->convalidated;
}

static void
bp_node_add_all(BpNode *node, Oid classid, List *oids)
{
	ListCell   *lc;

	foreach(lc, oids)
		bp_node_add(node, classid, lfirst_oid(lc));
}

/* A relation that is not asked for; false: pg_dump does not know it. */
static bool
bp_node_relation(BpSearch *s, BpNode *node, char kind)
{
	Oid			oid = node->oid;

	switch (kind)
	{
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
			bp_node_add_all(node, RewriteRelationId,
							bp_oids_by(s, RewriteRelationId,
									   RewriteRelRulenameIndexId,
									   Anum_pg_rewrite_ev_class, oid,
									   bp_is_return_rule));
			return true;
		case RELKIND_RELATION:
		case RELKIND_FOREIGN_TABLE:
		case RELKIND_PARTITIONED_TABLE:
			if (list_member_oid(s->d->parents, oid))
			{
				bp_node_add_all(node, AttrDefaultRelationId,
								bp_oids_by(s, AttrDefaultRelationId,
										   AttrDefaultIndexId,
										   Anum_pg_attrdef_adrelid, oid,
										   NULL));
				bp_node_add_all(node, ConstraintRelationId,
								bp_oids_by(s, ConstraintRelationId,
										   ConstraintRelidTypidNameIndexId,
										   Anum_pg_constraint_conrelid, oid,
										   bp_is_valid_check));
			}
			return true;
		case RELKIND_INDEX:
		case RELKIND_PARTITIONED_INDEX:
			return list_member_oid(s->d->parent_indexes, oid);
		case RELKIND_SEQUENCE:
		case RELKIND_COMPOSITE_TYPE:
			return true;
		default:
			return false;
	}
}

/* The relkind of a relation, 0 if there is none; for an index its table. */
static char
bp_relkind(BpSearch *s, Oid oid)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	char		kind = 0;

	bp_catalog_key_oid(&scan, Anum_pg_class_oid, oid);
	bp_catalog_begin(&scan, RelationRelationId, ClassOidIndexId,
					 s->d->snapshot);
	tuple = bp_catalog_next(&scan);
	if (HeapTupleIsValid(tuple))
		kind = ((Form_pg_class) GETSTRUCT(tuple))->relkind;
	bp_catalog_end(&scan);
	return kind;
}

/* A type's own: the row of pg_class, constraints of a domain */
static void
bp_node_type(BpSearch *s, BpNode *node)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	char		typtype = 0;
	Oid			typrelid = InvalidOid;

	bp_catalog_key_oid(&scan, Anum_pg_type_oid, node->oid);
	bp_catalog_begin(&scan, TypeRelationId, TypeOidIndexId, s->d->snapshot);
	tuple = bp_catalog_next(&scan);
	if (HeapTupleIsValid(tuple))
	{
		typtype = ((Form_pg_type) GETSTRUCT(tuple))->typtype;
		typrelid = ((Form_pg_type) GETSTRUCT(tuple))->typrelid;
	}
	bp_catalog_end(&scan);
	if (typtype == TYPTYPE_COMPOSITE &&
		bp_relkind(s, typrelid) == RELKIND_COMPOSITE_TYPE)
		bp_node_add(node, RelationRelationId, typrelid);
	if (typtype == TYPTYPE_DOMAIN &&
		bp_object_find(s->d, TypeRelationId, node->oid) == NULL)
		bp_node_add_all(node, ConstraintRelationId,
						bp_oids_by(s, ConstraintRelationId,
								   ConstraintTypidIndexId,
								   Anum_pg_constraint_contypid, node->oid,
								   bp_is_valid_check));
}

/* What the operators and functions of a family need */
static void
bp_node_family(BpSearch *s, BpNode *node)
{
	List	   *operators = bp_oids_by(s, AccessMethodOperatorRelationId,
									   AccessMethodStrategyIndexId,
									   Anum_pg_amop_amopfamily, node->oid,
									   NULL);
	List	   *functions = bp_oids_by(s, AccessMethodProcedureRelationId,
									   AccessMethodProcedureIndexId,
									   Anum_pg_amproc_amprocfamily, node->oid,
									   NULL);
	ListCell   *lc;
	bool		internal;

	foreach(lc, operators)
		bp_node_depend(s, node, AccessMethodOperatorRelationId,
					   lfirst_oid(lc), &internal);
	foreach(lc, functions)
		bp_node_depend(s, node, AccessMethodProcedureRelationId,
					   lfirst_oid(lc), &internal);
}

/* Reads where an object leads; to nowhere if pg_dump does not know it. */
static void
bp_node_read(BpSearch *s, BpNode *node)
{
	bool		asked_for = bp_object_find(s->d, node->classid,
										   node->oid) != NULL;
	bool		internal = false;
	bool		known = true;

	CHECK_FOR_INTERRUPTS();
	node->read = true;
	/* the server's own need nothing that is not */
	if (node->oid < FirstNormalObjectId && !asked_for)
		return;
	bp_node_depend(s, node, node->classid, node->oid, &internal);
	if (node->classid == TypeRelationId)
		bp_node_type(s, node);
	else if (node->classid == OperatorFamilyRelationId)
		bp_node_family(s, node);
	else if (asked_for)
		;
	else if (node->classid == RelationRelationId)
		known = bp_node_relation(s, node, bp_relkind(s, node->oid));
	else if (node->classid == ProcedureRelationId)
		known = !internal;
	if (!known)
		node->nedges = 0;
}

/* Does pg_dump read this kind only of tables that it writes? */
static bool
bp_is_of_table(Oid classid)
{
	return classid == AttrDefaultRelationId ||
		classid == ConstraintRelationId ||
		classid == TriggerRelationId ||
		classid == PolicyRelationId ||
		classid == StatisticExtRelationId ||
		classid == AccessMethodOperatorRelationId ||
		classid == AccessMethodProcedureRelationId;
}

/* Is it something outside that pg_dump knows, as met from this node? */
static bool
bp_is_known(BpSearch *s, const BpNode *node, const ObjectAddress *to)
{
	/* nodes that add these themselves know why */
	return !bp_is_of_table(to->classId) ||
		node->classid == TypeRelationId ||
		(node->classid == RelationRelationId &&
		 list_member_oid(s->d->parents, node->oid));
}

static void
bp_search_out(BpSearch *s, BpObject *from, BpNode *node)
{
	if (node->seen == s->number)
		return;
	node->seen = s->number;
	bp_search_edges(s, from, node);
}

/* From a node, of an object (from) or of an outside one (NULL) */
static void
bp_search_edges(BpSearch *s, BpObject *from, BpNode *node)
{
	check_stack_depth();
	if (!node->read)
		bp_node_read(s, node);
	for (int i = 0; i < node->nedges; i++)
	{
		ObjectAddress to = node->edges[i];
		BpObject   *o = bp_object_find(s->d, to.classId, to.objectId);

		if (o != NULL)
		{
			/* a part and its whole; an object and itself */
			if (from == NULL || (o != from && o != from->part_of))
				bp_search_object(s, o);
		}
		else if (bp_is_known(s, node, &to))
			bp_search_out(s, NULL, bp_node(s, to.classId, to.objectId));
	}
}

static void
bp_search_own(BpSearch *s, BpObject *o)
{
	ListCell   *lc;

	foreach(lc, o->deps)
	{
		BpObject   *other = lfirst(lc);

		if (other != o->part_of)
			bp_search_object(s, other);
	}
	foreach(lc, o->outside)
	{
		ObjectAddress *to = lfirst(lc);
		BpObject   *other = bp_object_find(s->d, to->classId, to->objectId);

		if (other != NULL)
			bp_search_object(s, other);
		else
			bp_search_out(s, NULL, bp_node(s, to->classId, to->objectId));
	}
	if (OidIsValid(o->classid))
		bp_search_edges(s, o, bp_node(s, o->classid, o->oid));
}

/* An object that was met on the way */
static void
bp_search_object(BpSearch *s, BpObject *o)
{
	if (o == s->start)
	{
		bp_define_refuse(s->d, psprintf("the definition of %s needs itself",
										o->name));
		return;
	}
	if (o->seen == s->number)
		return;
	o->seen = s->number;
	if (o->separate)
	{
		s->start->needs = lappend(s->start->needs, o);
		return;
	}
	bp_search_own(s, o);
}

/* The start's own */
static void
bp_search_from(BpSearch *s, BpObject *o)
{
	ListCell   *lc;

	s->start = o;
	s->number++;
	bp_search_own(s, o);
	foreach(lc, o->needs)
	{
		BpObject   *other = lfirst(lc);

		if (o->kind < BP_OBJECT_TABLE_DATA &&
			other->kind >= BP_OBJECT_TABLE_DATA)
			bp_define_refuse(s->d, psprintf("the definition of %s needs %s, which is made after the data",
											o->name, other->name));
	}
}

/* ----------------------------------------------------------------
 *		parts that cannot be parts
 * ----------------------------------------------------------------
 */

/*
 * Does this lead to the start?  All ways are gone, to see what lies on those
 * that do.
 */
static bool
bp_leads_node(BpSearch *s, BpObject *from, BpNode *node)
{
	bool		leads = false;

	check_stack_depth();
	if (!node->read)
		bp_node_read(s, node);
	for (int i = 0; i < node->nedges; i++)
	{
		ObjectAddress to = node->edges[i];
		BpObject   *o = bp_object_find(s->d, to.classId, to.objectId);
		BpNode	   *next;

		if (o != NULL)
		{
			if (from == NULL || (o != from && o != from->part_of))
				leads |= bp_leads_object(s, o);
			continue;
		}
		if (!bp_is_known(s, node, &to))
			continue;
		next = bp_node(s, to.classId, to.objectId);
		if (next->seen != s->number)
		{
			next->seen = s->number;
			next->leads = false;
			next->leads = bp_leads_node(s, NULL, next);
			if (next->leads && (next->classid == RewriteRelationId ||
								bp_is_of_table(next->classid)))
				s->odd = true;
		}
		leads |= next->leads;
	}
	return leads;
}

static bool
bp_leads_own(BpSearch *s, BpObject *o)
{
	bool		leads = false;
	ListCell   *lc;

	foreach(lc, o->deps)
		if (lfirst(lc) != o->part_of)
			leads |= bp_leads_object(s, lfirst(lc));
	if (OidIsValid(o->classid))
		leads |= bp_leads_node(s, o, bp_node(s, o->classid, o->oid));
	return leads;
}

static bool
bp_leads_object(BpSearch *s, BpObject *o)
{
	if (o == s->start)
		return true;
	if (o->seen == s->number)
		return o->leads;
	o->seen = s->number;
	o->leads = false;
	o->leads = bp_leads_own(s, o);
	/* another part, or what it is a part of, might be split instead */
	if (o->leads && !o->separate)
		s->odd = true;
	return o->leads;
}

/*
 * A part that needs something that needs the whole becomes an entry of its
 * own, as the default of a column that takes its value from a sequence of its
 * own.
 */
static void
bp_split(BpSearch *s, BpObject *part)
{
	BpObject   *whole = part->part_of;

	s->start = whole;
	s->number++;
	s->odd = false;
	part->seen = s->number;
	if (!bp_leads_own(s, part))
		return;
	if (s->odd || !part->may_split)
	{
		bp_define_refuse(s->d, psprintf("the definition of %s needs itself",
										whole->name));
		return;
	}
	part->separate = true;
	part->part_of = NULL;
	part->deps = lappend(part->deps, whole);
	whole->deps = list_delete_ptr(whole->deps, part);
}

void
bp_object_resolve(BpDefine *d)
{
	BpSearch	s = {0};
	HASHCTL		ctl = {0};

	ctl.keysize = offsetof(BpNode, read);
	ctl.entrysize = sizeof(BpNode);
	ctl.hcxt = CurrentMemoryContext;
	s.d = d;
	s.nodes = hash_create("dependencies of a backup", 1024, &ctl,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	for (int i = 0; i < d->nobjects && d->reason == NULL; i++)
		if (d->objects[i]->part_of != NULL)
			bp_split(&s, d->objects[i]);
	for (int i = 0; i < d->nobjects && d->reason == NULL; i++)
		if (d->objects[i]->separate)
			bp_search_from(&s, d->objects[i]);
}
