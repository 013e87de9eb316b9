/*-------------------------------------------------------------------------
 *
 * finish.c
 *	  The end of a verification: counting the rows, recording the time.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/verify/finish.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/manifest_write.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "verify/verify.h"

static uint64 count_table(const char *name);
static void compare_table(const BpManifestFile *f);

/* SELECT count(*), with as many parallel workers as the server chooses */
static uint64
count_table(const char *name)
{
	char	   *sql = psprintf("SELECT pg_catalog.count(*) FROM ONLY %s", name);
	SPIPlanPtr	plan;
	bool		isnull;
	uint64		rows;

	SPI_connect();
	plan = SPI_prepare_cursor(sql, 0, NULL, CURSOR_OPT_PARALLEL_OK);
	if (plan == NULL ||
		SPI_execute_plan(plan, NULL, NULL, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not count the rows of %s", name);
	rows = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
									   SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return rows;
}

/*
 * Compares the number of rows of one table with the manifest.  A table of an
 * extension may have more rows, which the extension itself inserts.
 */
static void
compare_table(const BpManifestFile *f)
{
	char	   *name;
	Oid			relid;
	uint64		rows;
	bool		more;

	if (f->kind != BP_KIND_TABLE || f->schema == NULL || f->table == NULL)
		return;
	name = quote_qualified_identifier(f->schema, f->table);
	relid = RangeVarGetRelid(makeRangeVar(f->schema, f->table, -1), NoLock,
							 true);
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("table %s of the archive was not restored", name)));
	more = OidIsValid(getExtensionOfObject(RelationRelationId, relid));
	rows = count_table(name);
	if (more ? rows < f->rows : rows != f->rows)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("table %s does not have as many rows after the restore as in the archive",
						name),
				 errdetail(UINT64_FORMAT " rows were restored, and the manifest says " UINT64_FORMAT ".",
						   rows, f->rows)));
}

void
bp_verify_finish(BpSession *session)
{
	BpManifest *m = bp_session_manifest(session);

	bp_session_set_phase(session, BP_PHASE_FINISH);
	if (m == NULL)
		return;					/* pg_dump made it: we do not write to it */
	if (session->options->level == BP_VERIFY_RESTORE)
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		for (int i = 0; i < m->nfiles; i++)
		{
			CHECK_FOR_INTERRUPTS();
			compare_table(&m->files[i]);
		}
		PopActiveSnapshot();
	}
	/* Do not write to directories outside of the repository */
	if (!is_absolute_path(session->options->archive))
		bp_manifest_write_verified(session->path, m, GetCurrentTimestamp(),
								   bp_verify_level_name(session->options->level));
}
