/*-------------------------------------------------------------------------
 *
 * build.c
 *	  Building indexes and validating foreign keys with idle processors.
 *
 * The parallel workers of an index build save time only while processors are
 * idle, since their sort always goes through files.  maintenance_work_mem is
 * not changed: one large sort in memory takes more processor time than several
 * small ones that are merged (docs/performance.md).
 *
 * A foreign key of a large table is added NOT VALID, which holds its locks only
 * briefly, and validated later.  Meanwhile the definition of the referencing
 * table cannot change, but indexes of the referenced table can be built.  The
 * catalogs are the same in the end as after one ADD FOREIGN KEY.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/build.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/cost.h"
#include "restore/build.h"
#include "restore/entry.h"
#include "restore/fkey_validate.h"
#include "restore/run.h"
#include "shared/settings.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/syscache.h"

static bool build_is_string(CreateStmt *create, const char *column);
static AlterTableStmt *build_fkey(const BpTocEntry *e);

void
bp_build_share(BpSession *session, BpPlan *plan)
{
	BpUnit	   *units = bp_plan_units(plan);
	int			connections = Max(session->task->nconnections, 1);
	int			busy = 0;
	bool		last = true;
	int			idle;
	uint32		i;

	for (i = 0; i < plan->nunits; i++)
	{
		/* A unit that is ready runs as soon as a connection is free */
		if (busy < connections && (units[i].state == BP_UNIT_RUNNING ||
								   units[i].state == BP_UNIT_READY))
			busy++;
		if (units[i].state != BP_UNIT_RUNNING &&
			units[i].state != BP_UNIT_DONE &&
			units[i].kind != BP_UNIT_ANALYZE)
			last = false;
	}

	/* If we are the last unit, use the processors of units that end before us */
	idle = Max(0, bp_processors() - (last ? 1 : Max(busy, 1)));
	if (max_parallel_maintenance_workers > idle)
		(void) set_config_option("max_parallel_maintenance_workers",
								 psprintf("%d", idle), PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
}

/* Is the column of a string type, which is compared by collation? */
static bool
build_is_string(CreateStmt *create, const char *column)
{
	static const char *const strings[] = {
		"text", "varchar", "bpchar", "name", "citext"
	};
	ListCell   *lc;
	int			i;

	foreach(lc, create->tableElts)
	{
		ColumnDef  *def = lfirst(lc);

		if (!IsA(def, ColumnDef) || def->typeName == NULL ||
			def->typeName->names == NIL || strcmp(def->colname, column) != 0)
			continue;
		for (i = 0; i < lengthof(strings); i++)
		{
			if (strcmp(strVal(llast(def->typeName->names)), strings[i]) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Does this database compare strings by their bytes?  It does with locale C,
 * and with the builtin provider (since 17) in all its locales.
 */
static bool
build_sorts_by_bytes(void)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID,
										ObjectIdGetDatum(MyDatabaseId));
	bool		by_bytes = false;
	bool		isnull;
	char		provider;
	Datum		collate;

	if (!HeapTupleIsValid(tuple))
		return false;
	provider = ((Form_pg_database) GETSTRUCT(tuple))->datlocprovider;
	collate = SysCacheGetAttr(DATABASEOID, tuple,
							  Anum_pg_database_datcollate, &isnull);
	if (provider == 'b')
		by_bytes = true;
	else if (provider == 'c' && !isnull)
	{
		char	   *name = TextDatumGetCString(collate);

		by_bytes = strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0;
	}
	ReleaseSysCache(tuple);
	return by_bytes;
}

int
bp_build_weight(const BpTocEntry *index, const BpTocEntry *table)
{
	IndexStmt  *stmt = (IndexStmt *) bp_entry_parse_one(index->defn);
	CreateStmt *create = (CreateStmt *) bp_entry_parse_one(table->defn);
	int			strings = build_sorts_by_bytes() ? 15 : 30;
	int			weight = 0;
	ListCell   *lc;

	/* Most keys are numbers, so a definition of another form counts as one */
	if (stmt == NULL || !IsA(stmt, IndexStmt))
		return 10;
	foreach(lc, stmt->indexParams)
	{
		IndexElem  *element = lfirst_node(IndexElem, lc);
		int			cost = 10;

		if (element->name == NULL)
			cost = strings;		/* an expression */
		else if (create != NULL && IsA(create, CreateStmt) &&
				 build_is_string(create, element->name))
			cost = strings;
		/* later columns are compared only where the first ones are equal */
		weight += weight == 0 ? cost : cost / 2 + 2;
	}
	return stmt->whereClause != NULL ? (weight + 1) / 2 : weight;
}

/* The entry's ALTER TABLE ... ADD FOREIGN KEY; NULL if it has other commands */
static AlterTableStmt *
build_fkey(const BpTocEntry *e)
{
	AlterTableStmt *alter = (AlterTableStmt *) bp_entry_parse_one(e->defn);
	AlterTableCmd *cmd;
	Constraint *fkey;

	if (alter == NULL || !IsA(alter, AlterTableStmt) || list_length(alter->cmds) != 1)
		return NULL;
	cmd = linitial_node(AlterTableCmd, alter->cmds);
	if (cmd->subtype != AT_AddConstraint || cmd->def == NULL ||
		!IsA(cmd->def, Constraint))
		return NULL;
	fkey = castNode(Constraint, cmd->def);
	if (fkey->contype != CONSTR_FOREIGN || fkey->conname == NULL ||
		fkey->skip_validation)
		return NULL;
	return alter;
}

bool
bp_build_add_fkey_not_valid(const BpTocEntry *e)
{
	AlterTableStmt *alter = build_fkey(e);
	Constraint *fkey;

	if (alter == NULL)
		return false;
	fkey = castNode(Constraint, linitial_node(AlterTableCmd, alter->cmds)->def);
	fkey->skip_validation = true;
	fkey->initially_valid = false;
	bp_restore_utility((Node *) alter, e->defn);
	return true;
}

typedef struct BpAlter
{
	AlterTableStmt *stmt;
	const char *sql;			/* the text that it was made from */
} BpAlter;

static void
build_alter(void *arg)
{
	BpAlter    *alter = arg;

	bp_restore_utility((Node *) alter->stmt, alter->sql);
}

void
bp_build_validate_fkey(const BpTocEntry *e)
{
	AlterTableStmt *alter = build_fkey(e);
	BpAlter		validate = {alter, e->defn};
	AlterTableCmd *cmd;
	Oid			relid;

	if (alter == NULL)
		return;
	cmd = linitial_node(AlterTableCmd, alter->cmds);
	cmd->subtype = AT_ValidateConstraint;
	cmd->name = castNode(Constraint, cmd->def)->conname;
	cmd->def = NULL;
	relid = RangeVarGetRelid(alter->relation, NoLock, false);
	bp_fkey_validate(get_relation_constraint_oid(relid, cmd->name, false),
					 build_alter, &validate);
}
