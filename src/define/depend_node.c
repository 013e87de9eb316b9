/*-------------------------------------------------------------------------
 *
 * depend_node.c
 *	  What an object of the catalogs depends on; it need not be selected.
 *
 * Rows of pg_depend are read by index, one object at a time, when a search
 * (depend.c) meets the object.  pg_dump adds some dependencies to those of
 * pg_depend and ignores others; the same is done here.
 *
 * These dependencies are added: a view depends on its _RETURN rule; a domain
 * on its valid constraints; a composite type on its row in pg_class
 * (pg_depend has the opposite direction); an operator family on what its
 * operators and functions depend on; a parent table on its defaults and CHECK
 * constraints.  A default that uses a sequence which the table owns is left
 * out: that sequence depends on the table, and pg_dump breaks this cycle at
 * the table.
 *
 * Dependencies on what pg_dump does not read are ignored: defaults,
 * constraints and indexes of tables that are neither selected nor parents of
 * selected ones, and functions that belong to a type.
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
#include "base/array.h"
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
#include "define/tables.h"
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
	BpDependNode *node = hash_search(nodes, &key, HASH_ENTER, &found);

	if (!found)
		memset((char *) node + offsetof(BpDependNode, read), 0,
			   sizeof(BpDependNode) - offsetof(BpDependNode, read));
	return node;
}

static void
node_add(BpDependNode *node, Oid classid, Oid oid)
{
	BP_ARRAY_ROOM(node->edges, node->nedges, node->max_edges);
	node->edges[node->nedges].classId = classid;
	node->edges[node->nedges].objectId = oid;
	node->nedges++;
}

/*
 * Adds to the node what an object depends on.  The object is that of the
 * node, or one that counts as a part of it.  Returns whether the object
 * belongs to another one (is an internal part of it).
 */
static bool
node_add_dependencies(BpDefine *d, BpDependNode *node, Oid classid, Oid oid)
{
	BpCatalogScan scan = {0};
	Form_pg_depend dep;
	bool		internal = false;

	bp_catalog_begin_depends(&scan, classid, oid, d->snapshot);
	while ((dep = bp_catalog_next_depend(&scan)) != NULL)
	{
		if (dep->deptype == DEPENDENCY_INTERNAL)
		{
			internal = true;
			/*
			 * skip the edge from the relation of a composite type to the
			 * type, since node_type adds the opposite edge
			 */
			if (classid == RelationRelationId &&
				dep->refclassid == TypeRelationId)
				continue;
			/*
			 * skip the edge from an operator of the family to an operator
			 * class
			 */
			if (node->classid != classid)
				continue;
		}
		if (dep->refclassid == node->classid && dep->refobjid == node->oid)
			continue;
		node_add(node, dep->refclassid, dep->refobjid);
	}
	bp_catalog_end(&scan);
	return internal;
}

/*
 * The oids of the rows of a catalog that have this value in a column.  If
 * accept is not NULL, only those rows count for which it returns true.  The
 * index must begin with the column.
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
		/* oid is the first column of all catalogs that are used here */
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

/* Does a table, or a column of it, own the relation (a sequence)? */
static bool
is_owned_by(BpDefine *d, Oid relid, Oid owner)
{
	BpCatalogScan scan = {0};
	Form_pg_depend dep;
	bool		found = false;

	bp_catalog_begin_depends(&scan, RelationRelationId, relid,
							 d->snapshot);
	while ((dep = bp_catalog_next_depend(&scan)) != NULL)
		found |= dep->refclassid == RelationRelationId &&
			dep->refobjid == owner &&
			(dep->deptype == DEPENDENCY_AUTO ||
			 dep->deptype == DEPENDENCY_INTERNAL);
	bp_catalog_end(&scan);
	return found;
}

/* Does a default of the table use a sequence that the table owns? */
static bool
needs_owned_sequence(BpDefine *d, Oid def, Oid table)
{
	BpCatalogScan scan = {0};
	Form_pg_depend dep;
	bool		found = false;

	bp_catalog_begin_depends(&scan, AttrDefaultRelationId, def,
							 d->snapshot);
	while ((dep = bp_catalog_next_depend(&scan)) != NULL)
		found |= dep->refclassid == RelationRelationId &&
			dep->refobjid != table &&
			is_owned_by(d, dep->refobjid, table);
	bp_catalog_end(&scan);
	return found;
}

/*
 * Adds the defaults that are part of a parent's CREATE TABLE.  Defaults of
 * columns that the parent itself inherits are not part of it, nor are
 * defaults that would be made separate (depend.c).
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

		/* a generating expression is always part of CREATE TABLE */
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

/*
 * Adds what an unselected relation depends on.  Returns false if pg_dump does
 * not know the relation.
 */
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

/* The relkind of a relation, 0 if there is none */
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

/*
 * Adds the pg_class row of a composite type, or the constraints of a domain.
 */
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

/* Adds what the operators and functions of an operator family depend on. */
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

	foreach(lc, operators)
		(void) node_add_dependencies(d, node, AccessMethodOperatorRelationId,
									 lfirst_oid(lc));
	foreach(lc, functions)
		(void) node_add_dependencies(d, node, AccessMethodProcedureRelationId,
									 lfirst_oid(lc));
}

void
bp_depend_node_read(BpDefine *d, BpDependNode *node)
{
	bool		selected = bp_object_find(d, node->classid,
										  node->oid) != NULL;
	bool		internal;
	bool		known = true;

	CHECK_FOR_INTERRUPTS();
	node->read = true;
	/* the server's own objects depend on each other only */
	if (node->oid < FirstNormalObjectId && !selected)
		return;
	internal = node_add_dependencies(d, node, node->classid, node->oid);
	if (node->classid == TypeRelationId)
		node_type(d, node);
	else if (node->classid == OperatorFamilyRelationId)
		node_family(d, node);
	else if (selected)
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
bp_depend_node_is_known(BpDefine *d, const BpDependNode *node,
						const ObjectAddress *to)
{
	/*
	 * for kinds that are read with their table, the nodes of types and of
	 * parents have edges only to objects that pg_dump knows
	 */
	return !bp_depend_node_is_of_table(to->classId) ||
		node->classid == TypeRelationId ||
		(node->classid == RelationRelationId &&
		 list_member_oid(d->parents, node->oid)) ||
		bp_depend_node_is_parent_key(d, to);
}
