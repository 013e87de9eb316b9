/*-------------------------------------------------------------------------
 *
 * restore_build.c
 *	  Building indexes and checking foreign keys with what is idle.
 *
 * Memory: with n connections a task may build n indexes at once, each with
 * maintenance_work_mem.  While fewer units run, those that do share what the
 * others would have had.  Parallel workers of a build are worth their costs
 * while processors are idle only: their sort goes through files in any case.
 *
 * A foreign key of a large table is added NOT VALID, which takes its locks
 * for a moment, and then validated, which keeps out changes of the
 * definition of the referencing table but no index build of the referenced
 * one.  The catalogs say the same in the end as if it had been done at once.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/unit/restore_build.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <unistd.h>

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/cost.h"
#include "parser/parser.h"
#include "unit/restore_build.h"
#include "unit/restore_run.h"
#include "utils/guc.h"

static void bp_build_set(const char *name, int value);
static AlterTableStmt *bp_build_fkey(const BpTocEntry *e);

static void
bp_build_set(const char *name, int value)
{
	(void) set_config_option(name, psprintf("%d", value), PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
bp_build_share(BpSession *session, BpPlan *plan)
{
	BpUnit	   *units = bp_plan_units(plan);
	int			connections = Max(session->task->nconnections, 1);
	long		processors = sysconf(_SC_NPROCESSORS_ONLN);
	int			busy = 0;
	uint32		i;
	int64		memory;

	/* What is ready will run as soon as a connection is free */
	for (i = 0; i < plan->nunits && busy < connections; i++)
	{
		if (units[i].state == BP_UNIT_RUNNING ||
			units[i].state == BP_UNIT_READY)
			busy++;
	}
	busy = Max(busy, 1);
	memory = (int64) maintenance_work_mem * connections / busy;
	memory = Min(memory, MAX_KILOBYTES);
	if (memory > maintenance_work_mem)
		bp_build_set("maintenance_work_mem", (int) memory);
	if (processors > 0 &&
		max_parallel_maintenance_workers > Max(0, processors - busy))
		bp_build_set("max_parallel_maintenance_workers",
					 (int) Max(0, processors - busy));
}

/* ALTER TABLE … ADD … FOREIGN KEY and nothing else, or NULL */
static AlterTableStmt *
bp_build_fkey(const BpTocEntry *e)
{
	List	   *parsed = raw_parser(e->defn, RAW_PARSE_DEFAULT);
	AlterTableStmt *alter;
	AlterTableCmd *cmd;
	Constraint *fkey;

	if (list_length(parsed) != 1)
		return NULL;
	alter = (AlterTableStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (!IsA(alter, AlterTableStmt) || list_length(alter->cmds) != 1)
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
bp_build_fkey_unchecked(const BpTocEntry *e)
{
	AlterTableStmt *alter = bp_build_fkey(e);
	Constraint *fkey;

	if (alter == NULL)
		return false;
	fkey = castNode(Constraint, linitial_node(AlterTableCmd, alter->cmds)->def);
	fkey->skip_validation = true;
	fkey->initially_valid = false;
	bp_restore_utility((Node *) alter, e->defn);
	return true;
}

void
bp_build_fkey_check(const BpTocEntry *e)
{
	AlterTableStmt *alter = bp_build_fkey(e);
	AlterTableCmd *cmd;

	if (alter == NULL)
		return;
	cmd = linitial_node(AlterTableCmd, alter->cmds);
	cmd->subtype = AT_ValidateConstraint;
	cmd->name = castNode(Constraint, cmd->def)->conname;
	cmd->def = NULL;
	bp_restore_utility((Node *) alter, e->defn);
}
