/*-------------------------------------------------------------------------
 *
 * ddl.c
 *	  Units that run the definitions of archive entries.
 *
 * Many entries run in one transaction, each in a subtransaction of its own.
 * If an entry fails, the objects that were made before it are kept: the unit
 * records the failure in the task and returns normally, so that its
 * transaction commits; then the worker ends the task.  A cancel or a shutdown
 * is not the failure of an entry, and aborts the unit.
 *
 * Before and after the SQL of the entry we do what pg_restore does for its
 * other fields (_printTocEntry): set the tablespace and the table access
 * method before, and set the owner after.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/ddl.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "archive/toc_entry.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_largeobject.h"
#include "commands/tablespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "restore/build.h"
#include "restore/database.h"
#include "restore/entry.h"
#include "restore/exists.h"
#include "restore/lobs.h"
#include "restore/restore.h"
#include "restore/run.h"
#include "restore/toc.h"
#include "storage/large_object.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* How often an entry is tried again after a deadlock with another session */
#define BP_DEADLOCK_RETRIES	3

/* The statement that is running, for the error detail */
static const char *current_sql;

static bool run_entry(BpSession *session, BpPlan *plan, BpUnitKind kind,
					  BpTocEntry *e, MemoryContext cxt);
static void hint_at_role(const BpTocEntry *e, ErrorData *edata);
static void run_statements(BpSession *session, BpPlan *plan,
						   BpUnitKind kind, BpTocEntry *e);
static void prepare_settings(const BpToc *toc, const BpTocEntry *e);
static void run_sql(const char *sql);
static void run_definition(BpSession *session, const BpTocEntry *e);
static void check_sequence(const RangeVar *rv, Oid relid, Oid oldrelid,
						   void *arg);
static int64 sequence_value(const char *name, bool *called);
static void raise_sequence(const BpTocEntry *e);
static void set_owner(const BpTocEntry *e);

void
bp_restore_ddl(BpSession *session, BpUnit *unit)
{
	BpPlan	   *plan = bp_session_plan(session);
	BpToc	   *toc = bp_restore_toc(session);
	MemoryContext old = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(old, "backup_pool entry",
											  ALLOCSET_DEFAULT_SIZES);
	uint32		k;

	bp_restore_set_dialect(toc);
	for (k = unit->first; k <= unit->last; k++)
	{
		BpTocEntry *e = bp_restore_plan_entry(session, plan, toc, k);
		BpUnitKind	kind;
		bool		ok;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(cxt);
		/* A remark on a foreign key is in the unit that validates it */
		kind = bp_entry_is(e, "FK CONSTRAINT") ? unit->kind : BP_UNIT_DDL;
		ok = run_entry(session, plan, kind, e, cxt);
		MemoryContextSwitchTo(old);
		MemoryContextReset(cxt);
		if (!ok)
			break;
		if (kind != BP_UNIT_FKEY_CHECK)
			bp_restore_count_entry(plan);
	}
	MemoryContextDelete(cxt);
}

/*
 * Runs one entry in a subtransaction.  If it fails, records the failure in the
 * task and returns false.
 */
static bool
run_entry(BpSession *session, BpPlan *plan, BpUnitKind kind,
		  BpTocEntry *e, MemoryContext cxt)
{
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile edata;
	volatile int attempt = 0;

retry:
	edata = NULL;
	current_sql = e->defn;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		run_statements(session, plan, kind, e);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		edata = CopyErrorData();
		if (bp_restore_must_stop(edata))
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;

	if (edata == NULL)
		return true;
	hint_at_role(e, edata);
	if (edata->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED &&
		attempt++ < BP_DEADLOCK_RETRIES)
		goto retry;
	bp_session_fail(session, edata,
					bp_restore_error_detail(plan, e, current_sql, edata));
	return false;
}

/* Adds a hint for the most frequent failure: a role that is missing here. */
static void
hint_at_role(const BpTocEntry *e, ErrorData *edata)
{
	if (edata->sqlerrcode != ERRCODE_UNDEFINED_OBJECT || edata->hint != NULL ||
		current_sql == NULL)
		return;
	if (bp_entry_is_acl(e))
		edata->hint = "If a role is missing, create it, or set privileges to false.";
	else if (strncmp(current_sql, "ALTER ", 6) == 0 &&
			 strstr(current_sql, " OWNER TO ") != NULL)
		edata->hint = "Create the role, or set owner to false.";
}

/* Runs one entry: its SQL, and the statements before and after it. */
static void
run_statements(BpSession *session, BpPlan *plan, BpUnitKind kind,
			   BpTocEntry *e)
{
	int			nest = NewGUCNestLevel();
	BpOptions  *options = session->options;

	prepare_settings(bp_restore_toc(session), e);
	if (bp_entry_is(e, "INDEX") || bp_entry_is(e, "CONSTRAINT") ||
		kind == BP_UNIT_FKEY_CHECK)
		bp_build_share(session, plan);
	if (bp_entry_is_database(e))
		bp_restore_database_entry(session, e);
	else if (kind == BP_UNIT_FKEY_CHECK)
		bp_build_validate_fkey(e);
	else if (kind == BP_UNIT_FKEY && bp_build_add_fkey_not_valid(e))
		 /* a foreign key has no owner of its own */ ;
	else
	{
		run_definition(session, e);
		if (options->owner)
			set_owner(e);
		if (e->relkind == RELKIND_PARTITIONED_TABLE && e->tableam != NULL &&
			e->tableam[0] != '\0')
			run_sql(psprintf("ALTER TABLE %s SET ACCESS METHOD %s",
							 bp_entry_qualified(e),
							 quote_identifier(e->tableam)));
	}
	AtEOXact_GUC(true, nest);
}

/*
 * Sets parameters for one entry, until its GUC nest level ends.  A tablespace
 * that this server does not have is ignored, as pg_restore does; the plan step
 * has noted it in the task.
 */
static void
prepare_settings(const BpToc *toc, const BpTocEntry *e)
{
	if (e->tablespace != NULL)
	{
		const char *name = e->tablespace;

		if (name[0] != '\0' && !OidIsValid(get_tablespace_oid(name, true)))
			name = "";
		(void) set_config_option("default_tablespace", name, PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
	}
	if (e->tableam != NULL && e->tableam[0] != '\0' &&
		e->relkind != RELKIND_PARTITIONED_TABLE)
		(void) set_config_option("default_table_access_method", e->tableam,
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);

	/* Old archive formats do not qualify names */
	if (toc->searchpath == NULL && bp_entry_schema(e) != NULL)
		(void) set_config_option("search_path",
								 psprintf("%s, pg_catalog",
										  quote_identifier(e->nsp)),
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
}

static void
run_sql(const char *sql)
{
	current_sql = sql;
	bp_restore_execute(sql);
}

/* Runs the entry's own SQL, or the statement that replaces it. */
static void
run_definition(BpSession *session, const BpTocEntry *e)
{
	BpOptions  *options = session->options;

	if (e->defn == NULL || e->defn[0] == '\0')
		return;
	if (bp_entry_is(e, "SCHEMA") && strcmp(e->tag, "public") == 0 &&
		bp_restore_object_exists(e))
		return;					/* only its owner is set */
	if (bp_entry_is(e, "SCHEMA") && !options->owner &&
		strncmp(e->defn, "--", 2) != 0)
		/* Old archives have an AUTHORIZATION clause */
		run_sql(psprintf("CREATE SCHEMA %s", quote_identifier(e->tag)));
	else if (bp_entry_is(e, "BLOB METADATA"))
		bp_restore_create_lobs(session, e);
	else if (bp_entry_is(e, "BLOB") && options->if_exists != BP_EXISTS_ERROR &&
			 options->if_exists != BP_EXISTS_REPLACE &&
			 LargeObjectExists((Oid) strtoul(e->tag, NULL, 10)))
		return;
	else if (bp_entry_is(e, "ACL") &&
			 strncmp(e->tag, "LARGE OBJECTS", 13) == 0)
		bp_restore_lobs_acl(session, e);
	else if (bp_entry_is_trigger_state(e) && !bp_restore_object_exists(e))

		/*
		 * The partition does not have the trigger: it was restored without its
		 * parent, or is not a partition here, or its parent was kept and does
		 * not have the trigger.
		 */
		return;
	else if (bp_entry_is(e, "SEQUENCE SET") &&
			 options->if_exists == BP_EXISTS_APPEND)
		raise_sequence(e);
	else
		run_sql(e->defn);
}

/*
 * RangeVarGetRelidExtended() calls this before it locks the sequence.  The
 * relation must be a sequence: if it was a view, the query for its value would
 * run code of the view.  And we must not lock a sequence that the user may not
 * change.
 */
static void
check_sequence(const RangeVar *rv, Oid relid, Oid oldrelid, void *arg)
{
	if (!OidIsValid(relid))
		return;
	if (get_rel_relkind(relid) != RELKIND_SEQUENCE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a sequence", rv->relname)));
	if (pg_class_aclcheck(relid, GetUserId(), ACL_UPDATE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SEQUENCE, rv->relname);
}

/* The last value of a sequence, by its qualified name, and its is_called */
static int64
sequence_value(const char *name, bool *called)
{
	bool		isnull;
	int64		value;

	current_sql = psprintf("SELECT last_value, is_called FROM %s", name);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(current_sql, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read sequence %s", name);
	value = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1, &isnull));
	*called = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
										 SPI_tuptable->tupdesc, 2, &isnull));
	SPI_finish();
	return value;
}

/*
 * With if_exists => append, an existing sequence must not be set back if it is
 * ahead of the archive.  What counts is the value that nextval would return,
 * which is last_value itself if is_called is false.  A sequence that still has
 * its start value may be new, and is always set to the archive's value.
 */
static void
raise_sequence(const BpTocEntry *e)
{
	Oid			relid = InvalidOid;
	const char *name;
	int64		before;
	bool		called;

	/* The lock makes nextval wait: no session sees the value in between */
	if (bp_entry_schema(e) != NULL)
		relid = RangeVarGetRelidExtended(makeRangeVar(pstrdup(e->nsp),
													  pstrdup(e->tag), -1),
										 ShareRowExclusiveLock,
										 RVR_MISSING_OK, check_sequence,
										 NULL);
	if (!OidIsValid(relid))
	{
		run_sql(e->defn);
		return;
	}
	name = bp_entry_qualified(e);
	before = sequence_value(name, &called);
	run_sql(e->defn);
	run_sql(psprintf("SELECT pg_catalog.setval(%u::pg_catalog.regclass, '" INT64_FORMAT "', %s) "
					 "FROM pg_catalog.pg_sequence, %s s WHERE seqrelid = %u AND "
					 "(%s OR seqstart <> '" INT64_FORMAT "') AND "
					 "('" INT64_FORMAT "'::pg_catalog.numeric - s.last_value "
					 "+ CASE WHEN %s THEN seqincrement ELSE 0 END "
					 "- CASE WHEN s.is_called THEN seqincrement ELSE 0 END) * seqincrement > 0",
					 relid, before, called ? "true" : "false",
					 name, relid, called ? "true" : "false", before,
					 before, called ? "true" : "false"));
}

static void
set_owner(const BpTocEntry *e)
{
	char	   *object = bp_entry_owned_object(e);

	if (object != NULL)
		run_sql(psprintf("ALTER %s OWNER TO %s", object,
						 quote_identifier(e->owner)));
}
