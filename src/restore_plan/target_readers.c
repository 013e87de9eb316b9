/*-------------------------------------------------------------------------
 *
 * target_readers.c
 *	  Which objects of the target database run functions that may read tables.
 *
 * A function may read tables if it is neither in pg_catalog nor written in C
 * or internal: a body in any other language can contain queries.  readers.c
 * uses this file for tables that exist already and for names that the archive
 * does not contain.
 *
 * Expressions are read from the catalogs as they are stored.  The lists in the
 * relation cache are not used where the server has simplified them, since that
 * evaluates or removes calls of functions.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore_plan/target_readers.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_range.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "restore_plan/target_readers.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

static bool function_reads(Oid funcid);
static bool type_reads(Oid typid);
static bool family_reads(Oid family);
static bool expression_reads(Node *node, void *context);
static bool stored_reads(Relation catalog, HeapTuple tuple, int column);
static bool trigger_reads(const Trigger *trigger);
static bool index_reads(Oid indexid);
static bool one_table_reads(Oid relid);

/* May the function read tables?  A function that is not found may. */
static bool
function_reads(Oid funcid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool		reads;

	if (!HeapTupleIsValid(tuple))
		return true;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	reads = proc->pronamespace != PG_CATALOG_NAMESPACE &&
		proc->prolang != ClanguageId && proc->prolang != INTERNALlanguageId;
	ReleaseSysCache(tuple);
	return reads;
}

static bool
function_reads_callback(Oid funcid, void *context)
{
	return function_reads(funcid);
}

/* Does a check constraint of the domain itself, not of its base type, read? */
static bool
domain_checks_read(Oid typid)
{
	Relation	catalog = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		reads = false;

	ScanKeyInit(&key, Anum_pg_constraint_contypid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(typid));
	scan = systable_beginscan(catalog, ConstraintTypidIndexId, true, NULL,
							  1, &key);
	while (!reads && HeapTupleIsValid(tuple = systable_getnext(scan)))
		reads = stored_reads(catalog, tuple, Anum_pg_constraint_conbin);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return reads;
}

/* Does a column of the composite type's relation read? */
static bool
columns_read(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	bool		reads = false;

	if (rel == NULL)
		return false;
	for (int i = 0; !reads && i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		reads = !att->attisdropped && type_reads(att->atttypid);
	}
	relation_close(rel, AccessShareLock);
	return reads;
}

/* Does the conversion of a text to the type run a function that may read? */
static bool
type_reads(Oid typid)
{
	HeapTuple	tuple;
	Form_pg_type type;
	Oid			subtype;
	bool		reads;

	/* Types of initdb contain no domains with functions of others */
	if (typid < FirstGenbkiObjectId)
		return false;
	check_stack_depth();
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(typid));
	if (!HeapTupleIsValid(tuple))
		return false;
	type = (Form_pg_type) GETSTRUCT(tuple);
	reads = function_reads(type->typinput);
	if (!reads && type->typtype == TYPTYPE_DOMAIN)
		reads = domain_checks_read(typid) || type_reads(type->typbasetype);
	else if (!reads && OidIsValid(type->typrelid))
		reads = columns_read(type->typrelid);
	else if (!reads && (type->typtype == TYPTYPE_RANGE ||
						type->typtype == TYPTYPE_MULTIRANGE))
	{
		subtype = type->typtype == TYPTYPE_RANGE ? get_range_subtype(typid) :
			get_multirange_range(typid);
		reads = OidIsValid(subtype) && type_reads(subtype);
	}
	else if (!reads && OidIsValid(type->typelem))
		reads = type_reads(type->typelem);
	ReleaseSysCache(tuple);
	return reads;
}

/* An expression_tree_walker: true if the expression may read tables. */
static bool
expression_reads(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, function_reads_callback, context))
		return true;
	if (IsA(node, CoerceToDomain) || IsA(node, CoerceViaIO))
	{
		if (type_reads(exprType(node)))
			return true;
	}
	return expression_tree_walker(node, expression_reads, context);
}

/* May the expression in a column (pg_node_tree) of a catalog's row read? */
static bool
stored_reads(Relation catalog, HeapTuple tuple, int column)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, RelationGetDescr(catalog),
									 &isnull);

	return !isnull &&
		expression_reads(stringToNode(TextDatumGetCString(value)), NULL);
}

/* Does a support function of the operator family read? */
static bool
family_reads(Oid family)
{
	CatCList   *list = SearchSysCacheList1(AMPROCNUM, ObjectIdGetDatum(family));
	bool		reads = false;

	for (int i = 0; i < list->n_members && !reads; i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;

		reads = function_reads(((Form_pg_amproc) GETSTRUCT(tuple))->amproc);
	}
	ReleaseSysCacheList(list);
	return reads;
}

/* Does the trigger fire for rows that are loaded, and may it read? */
static bool
trigger_reads(const Trigger *trigger)
{
	if (trigger->tgisinternal || !TRIGGER_FOR_INSERT(trigger->tgtype) ||
		trigger->tgenabled == TRIGGER_DISABLED)
		return false;
	return function_reads(trigger->tgfoid) ||
		(trigger->tgqual != NULL &&
		 expression_reads(stringToNode(trigger->tgqual), NULL));
}

static bool
index_reads(Oid indexid)
{
	Relation	index = try_relation_open(indexid, AccessShareLock);
	HeapTuple	tuple;
	bool		reads = false;

	if (index == NULL)
		return false;
	tuple = index->rd_indextuple;
	if (tuple != NULL)
	{
		Relation	catalog = table_open(IndexRelationId, AccessShareLock);

		reads = stored_reads(catalog, tuple, Anum_pg_index_indexprs) ||
			stored_reads(catalog, tuple, Anum_pg_index_indpred);
		table_close(catalog, AccessShareLock);
		for (int i = 0; !reads && i < IndexRelationGetNumberOfKeyAttributes(index); i++)
			reads = family_reads(index->rd_opfamily[i]);
		if (!reads && index->rd_index->indisexclusion)
		{
			Oid		   *operators;
			Oid		   *procs;
			uint16	   *strategies;

			RelationGetExclusionInfo(index, &operators, &procs, &strategies);
			for (int i = 0; !reads && i < IndexRelationGetNumberOfKeyAttributes(index); i++)
				reads = function_reads(procs[i]);
		}
	}
	relation_close(index, AccessShareLock);
	return reads;
}

/* Do the partition keys of a partitioned table read? */
static bool
partition_key_reads(Relation rel)
{
	PartitionKey key = RelationGetPartitionKey(rel);

	if (key == NULL)
		return false;
	for (int i = 0; i < key->partnatts; i++)
	{
		if (family_reads(key->partopfamily[i]))
			return true;
	}
	return expression_reads((Node *) key->partexprs, NULL);
}

/* Do check constraints, generated columns or the partition bound read? */
static bool
constraints_read(Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	TupleConstr *constr = desc->constr;

	if (rel->rd_rel->relispartition &&
		expression_reads((Node *) RelationGetPartitionQual(rel), NULL))
		return true;
	if (constr == NULL)
		return false;
	for (int i = 0; i < constr->num_check; i++)
	{
		if (expression_reads(stringToNode(constr->check[i].ccbin), NULL))
			return true;
	}
	for (int i = 0; i < constr->num_defval; i++)
	{
		AttrDefault *def = &constr->defval[i];

		if (TupleDescAttr(desc, def->adnum - 1)->attgenerated != '\0' &&
			expression_reads(stringToNode(def->adbin), NULL))
			return true;
	}
	return false;
}

/* bp_target_table_reads without the partitions */
static bool
one_table_reads(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	bool		reads;
	ListCell   *lc;

	if (rel == NULL)
		return false;
	reads = constraints_read(rel) || partition_key_reads(rel);
	for (int i = 0; !reads && rel->trigdesc != NULL &&
		 i < rel->trigdesc->numtriggers; i++)
		reads = trigger_reads(&rel->trigdesc->triggers[i]);
	if (!reads)
	{
		foreach(lc, RelationGetIndexList(rel))
			reads = reads || index_reads(lfirst_oid(lc));
	}
	relation_close(rel, AccessShareLock);
	return reads || columns_read(relid);
}

bool
bp_target_table_reads(Oid relid)
{
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return one_table_reads(relid);
	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		if (one_table_reads(lfirst_oid(lc)))
			return true;
	}
	return false;
}

BpTargetAnswer
bp_target_function(const char *schema, const char *name)
{
	Oid			namespace = get_namespace_oid(schema, true);
	BpTargetAnswer answer = BP_TARGET_MISSING;
	CatCList   *list;

	if (!OidIsValid(namespace))
		return BP_TARGET_MISSING;
	list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

		if (proc->pronamespace != namespace)
			continue;
		if (function_reads(proc->oid))
			answer = BP_TARGET_READS;
		else if (answer == BP_TARGET_MISSING)
			answer = BP_TARGET_HARMLESS;
	}
	ReleaseSysCacheList(list);
	return answer;
}

BpTargetAnswer
bp_target_operator(const char *schema, const char *name)
{
	Oid			namespace = get_namespace_oid(schema, true);
	BpTargetAnswer answer = BP_TARGET_MISSING;
	CatCList   *list;

	if (!OidIsValid(namespace))
		return BP_TARGET_MISSING;
	list = SearchSysCacheList1(OPERNAMENSP, CStringGetDatum(name));
	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_operator op =
			(Form_pg_operator) GETSTRUCT(&list->members[i]->tuple);

		if (op->oprnamespace != namespace)
			continue;
		if (function_reads(op->oprcode))
			answer = BP_TARGET_READS;
		else if (answer == BP_TARGET_MISSING)
			answer = BP_TARGET_HARMLESS;
	}
	ReleaseSysCacheList(list);
	return answer;
}

BpTargetAnswer
bp_target_type(const char *schema, const char *name)
{
	Oid			namespace = get_namespace_oid(schema, true);
	Oid			typid;

	if (!OidIsValid(namespace))
		return BP_TARGET_MISSING;
	typid = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
							CStringGetDatum(name), ObjectIdGetDatum(namespace));
	if (!OidIsValid(typid))
		return BP_TARGET_MISSING;
	return type_reads(typid) ? BP_TARGET_READS : BP_TARGET_HARMLESS;
}

BpTargetAnswer
bp_target_opclass(const char *am, const char *schema, const char *name)
{
	Oid			amid = get_am_oid(am, true);
	Oid			opclass;

	if (!OidIsValid(amid) || !OidIsValid(get_namespace_oid(schema, true)))
		return BP_TARGET_MISSING;
	opclass = get_opclass_oid(amid, list_make2(makeString(pstrdup(schema)),
											   makeString(pstrdup(name))), true);
	if (!OidIsValid(opclass))
		return BP_TARGET_MISSING;
	return family_reads(get_opclass_family(opclass)) ?
		BP_TARGET_READS : BP_TARGET_HARMLESS;
}
