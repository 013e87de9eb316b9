/*-------------------------------------------------------------------------
 *
 * depend_node.c
 *	  Where the objects of the catalogs lead.
 *
 * pg_depend is read by index, for one object at a time, when it is met.  What
 * pg_dump does besides, and what is done here:
 *
 * - A view needs its _RETURN rule, a domain its validated constraints, a
 *	 composite type its pg_class row (pg_depend has it the other way), an
 *	 operator family what its operators and functions need, a parent table
 *	 its defaults and checks.  Of the defaults not those that come from a
 *	 sequence which the table owns: these need the table, and it is in the
 *	 table that pg_dump cuts the circle.
 * - What pg_dump does not read is not looked through: defaults, constraints,
 *	 indexes of tables that are neither asked for nor parents of such,
 *	 functions that a type owns.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/depend_node.c
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
#include "catalog/pg_opfamily.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "catalog/scan.h"
#include "define/depend_node.h"
#include "define/relation.h"
#include "miscadmin.h"
#include "utils/hsearch.h"

HTAB *
bp_depend_node_table(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = offsetof(BpDependNode, read);
	ctl.entrysize = sizeof(BpDependNode);
	ctl.hcxt = CurrentMemoryContext;
	return hash_create("dependencies of a backup", 1024, &ctl,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

BpDependNode *
bp_depend_node(HTAB *nodes, Oid classid, Oid oid)
{
	BpDependNode		key = {.classid = classid, .oid = oid};
	bool		found;
	BpDependNode	   *node = hash_search(nodes, &key, HASH_ENTER, &found);

	if (!found)
		memset((char *) node + offsetof(BpDependNode, read), 0,
			   sizeof(BpDependNode) - offsetof(BpDependNode, read));
	return node;
}

static void
node_add(BpDependNode *node, Oid classid, Oid oid)
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
node_depend(BpDefine *d, BpDependNode *node, Oid classid, Oid oid,
			bool *internal)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&scan, Anum_pg_depend_classid, classid);
	bp_catalog_key_oid(&scan, Anum_pg_depend_objid, oid);
	bp_catalog_begin(&scan, DependRelationId, DependDependerIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		if (dep->deptype == DEPENDENCY_INTERNAL)
		{
			*internal = true;
			/* a composite type, the other way round */
			if (classid == RelationRelationId &&
				dep->refclassid == TypeRelationId)
				continue;
			/* an operator of a family and its class */
			if (node->classid != classid)
				continue;
		}
		if (dep->refclassid == node->classid && dep->refobjid == node->oid)
			continue;
		node_add(node, dep->refclassid, dep->refobjid);
	}
	bp_catalog_end(&scan);
}

/*
 * All rows of a catalog with this value in a column, by an index that begins
 * with it: their oids.
 */
static List *
oids_by(BpDefine *d, Oid catalog, Oid index, AttrNumber column, Oid value,
		bool (*accept) (HeapTuple tuple))
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	List	   *oids = NIL;

	bp_catalog_key_oid(&scan, column, value);
	bp_catalog_begin(&scan, catalog, index, d->snapshot);
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
is_return_rule(HeapTuple tuple)
{
	Form_pg_rewrite r = (Form_pg_rewrite) GETSTRUCT(tuple);

	return r->ev_type == '1' && r->is_instead;
}

static bool
is_valid_check(HeapTuple tuple)
{
	Form_pg_constraint c = (Form_pg_constraint) GETSTRUCT(tuple);

	return c->contype == CONSTRAINT_CHECK && c->convalidated;
}

/* Is there an entry in pg_depend from one to a relation, auto or internal? */
static bool
is_owned_by(BpDefine *d, Oid relid, Oid owner)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	bool		found = false;

	bp_catalog_key_oid(&scan, Anum_pg_depend_classid, RelationRelationId);
	bp_catalog_key_oid(&scan, Anum_pg_depend_objid, relid);
	bp_catalog_begin(&scan, DependRelationId, DependDependerIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		found |= dep->refclassid == RelationRelationId &&
			dep->refobjid == owner &&
			(dep->deptype == DEPENDENCY_AUTO ||
			 dep->deptype == DEPENDENCY_INTERNAL);
	}
	bp_catalog_end(&scan);
	return found;
}

/* Does a default of the table need a sequence that the table owns? */
static bool
needs_owned_sequence(BpDefine *d, Oid def, Oid table)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	bool		found = false;

	bp_catalog_key_oid(&scan, Anum_pg_depend_classid, AttrDefaultRelationId);
	bp_catalog_key_oid(&scan, Anum_pg_depend_objid, def);
	bp_catalog_begin(&scan, DependRelationId, DependDependerIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		found |= dep->refclassid == RelationRelationId &&
			dep->refobjid != table &&
			is_owned_by(d, dep->refobjid, table);
	}
	bp_catalog_end(&scan);
	return found;
}

/*
 * The defaults that stand in the statement of a parent: not those of columns
 * that it inherits itself, nor what would be split from it (depend.c).
 */
static void
node_add_defaults(BpDefine *d, BpDependNode *node)
{
	BpTable    *t = bp_table_find(d, node->oid);
	BpCatalogScan scan = {0};
	HeapTuple	tuple;

	bp_catalog_key_oid(&scan, Anum_pg_attrdef_adrelid, node->oid);
	bp_catalog_begin(&scan, AttrDefaultRelationId, AttrDefaultIndexId,
					 d->snapshot);
	while (HeapTupleIsValid(tuple = bp_catalog_next(&scan)))
	{
		Form_pg_attrdef def = (Form_pg_attrdef) GETSTRUCT(tuple);
		BpColumn   *c = t != NULL && def->adnum <= t->ncolumns ?
			&t->columns[def->adnum - 1] : NULL;

		/* a generating expression has no other place */
		if (c != NULL && c->generated == '\0' && !bp_column_is_written(t, c))
			continue;
		if (!needs_owned_sequence(d, def->oid, node->oid))
			node_add(node, AttrDefaultRelationId, def->oid);
	}
	bp_catalog_end(&scan);
}

static void
node_add_all(BpDependNode *node, Oid classid, List *oids)
{
	ListCell   *lc;

	foreach(lc, oids)
		node_add(node, classid, lfirst_oid(lc));
}

/* A relation that is not asked for; false: pg_dump does not know it. */
static bool
node_relation(BpDefine *d, BpDependNode *node, char kind)
{
	Oid			oid = node->oid;

	switch (kind)
	{
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
			node_add_all(node, RewriteRelationId,
						 oids_by(d, RewriteRelationId,
								 RewriteRelRulenameIndexId,
								 Anum_pg_rewrite_ev_class, oid,
								 is_return_rule));
			return true;
		case RELKIND_RELATION:
		case RELKIND_FOREIGN_TABLE:
		case RELKIND_PARTITIONED_TABLE:
			if (list_member_oid(d->parents, oid))
			{
				node_add_defaults(d, node);
				node_add_all(node, ConstraintRelationId,
							 oids_by(d, ConstraintRelationId,
									 ConstraintRelidTypidNameIndexId,
									 Anum_pg_constraint_conrelid, oid,
									 is_valid_check));
			}
			return true;
		case RELKIND_INDEX:
		case RELKIND_PARTITIONED_INDEX:
			return list_member_oid(d->parent_indexes, oid);
		case RELKIND_SEQUENCE:
		case RELKIND_COMPOSITE_TYPE:
			return true;
		default:
			return false;
	}
}

/* The relkind of a relation, 0 if there is none; for an index its table. */
static char
relkind(BpDefine *d, Oid oid)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	char		kind = 0;

	bp_catalog_key_oid(&scan, Anum_pg_class_oid, oid);
	bp_catalog_begin(&scan, RelationRelationId, ClassOidIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&scan);
	if (HeapTupleIsValid(tuple))
		kind = ((Form_pg_class) GETSTRUCT(tuple))->relkind;
	bp_catalog_end(&scan);
	return kind;
}

/* A type's own: the row of pg_class, constraints of a domain */
static void
node_type(BpDefine *d, BpDependNode *node)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	char		typtype = 0;
	Oid			typrelid = InvalidOid;

	bp_catalog_key_oid(&scan, Anum_pg_type_oid, node->oid);
	bp_catalog_begin(&scan, TypeRelationId, TypeOidIndexId, d->snapshot);
	tuple = bp_catalog_next(&scan);
	if (HeapTupleIsValid(tuple))
	{
		typtype = ((Form_pg_type) GETSTRUCT(tuple))->typtype;
		typrelid = ((Form_pg_type) GETSTRUCT(tuple))->typrelid;
	}
	bp_catalog_end(&scan);
	if (typtype == TYPTYPE_COMPOSITE &&
		relkind(d, typrelid) == RELKIND_COMPOSITE_TYPE)
		node_add(node, RelationRelationId, typrelid);
	if (typtype == TYPTYPE_DOMAIN &&
		bp_object_find(d, TypeRelationId, node->oid) == NULL)
		node_add_all(node, ConstraintRelationId,
					 oids_by(d, ConstraintRelationId,
							 ConstraintTypidIndexId,
							 Anum_pg_constraint_contypid, node->oid,
							 is_valid_check));
}

/* What the operators and functions of a family need */
static void
node_family(BpDefine *d, BpDependNode *node)
{
	List	   *operators = oids_by(d, AccessMethodOperatorRelationId,
									AccessMethodStrategyIndexId,
									Anum_pg_amop_amopfamily, node->oid,
									NULL);
	List	   *functions = oids_by(d, AccessMethodProcedureRelationId,
									AccessMethodProcedureIndexId,
									Anum_pg_amproc_amprocfamily, node->oid,
									NULL);
	ListCell   *lc;
	bool		internal;

	foreach(lc, operators)
		node_depend(d, node, AccessMethodOperatorRelationId,
					lfirst_oid(lc), &internal);
	foreach(lc, functions)
		node_depend(d, node, AccessMethodProcedureRelationId,
					lfirst_oid(lc), &internal);
}

/* Reads where an object reaches_start; to nowhere if pg_dump does not know it. */
void
bp_depend_node_read(BpDefine *d, BpDependNode *node)
{
	bool		asked_for = bp_object_find(d, node->classid,
										   node->oid) != NULL;
	bool		internal = false;
	bool		known = true;

	CHECK_FOR_INTERRUPTS();
	node->read = true;
	/* the server's own need nothing that is not */
	if (node->oid < FirstNormalObjectId && !asked_for)
		return;
	node_depend(d, node, node->classid, node->oid, &internal);
	if (node->classid == TypeRelationId)
		node_type(d, node);
	else if (node->classid == OperatorFamilyRelationId)
		node_family(d, node);
	else if (asked_for)
		;
	else if (node->classid == RelationRelationId)
		known = node_relation(d, node, relkind(d, node->oid));
	else if (node->classid == ProcedureRelationId)
		known = !internal;
	if (!known)
		node->nedges = 0;
}

bool
bp_depend_node_is_of_table(Oid classid)
{
	return classid == AttrDefaultRelationId ||
		classid == ConstraintRelationId ||
		classid == TriggerRelationId ||
		classid == PolicyRelationId ||
		classid == StatisticExtRelationId ||
		classid == AccessMethodOperatorRelationId ||
		classid == AccessMethodProcedureRelationId;
}

bool
bp_depend_node_is_parent_key(BpDefine *d, const ObjectAddress *to)
{
	BpCatalogScan scan = {0};
	HeapTuple	tuple;
	bool		found = false;

	if (to->classId != ConstraintRelationId || d->parents == NIL)
		return false;
	bp_catalog_key_oid(&scan, Anum_pg_constraint_oid, to->objectId);
	bp_catalog_begin(&scan, ConstraintRelationId, ConstraintOidIndexId,
					 d->snapshot);
	tuple = bp_catalog_next(&scan);
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_constraint c = (Form_pg_constraint) GETSTRUCT(tuple);

		found = (c->contype == CONSTRAINT_PRIMARY ||
				 c->contype == CONSTRAINT_UNIQUE ||
				 c->contype == CONSTRAINT_EXCLUSION) &&
			list_member_oid(d->parents, c->conrelid);
	}
	bp_catalog_end(&scan);
	return found;
}

bool
bp_depend_node_is_known(BpDefine *d, const BpDependNode *node, const ObjectAddress *to)
{
	/* nodes that add these themselves know why */
	return !bp_depend_node_is_of_table(to->classId) ||
		node->classid == TypeRelationId ||
		(node->classid == RelationRelationId &&
		 list_member_oid(d->parents, node->oid)) ||
		bp_depend_node_is_parent_key(d, to);
}
