/*-------------------------------------------------------------------------
 *
 * metadata.c
 *	  Looking at an archive before anything is done with it.
 *
 * What is wrong with these files could change what is restored without any
 * error.  Data is checked while it is loaded: tables frame by frame, large
 * objects file by file.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/metadata.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "archive/integrity.h"
#include "miscadmin.h"
#include "restore/metadata.h"

void
bp_restore_verify_metadata(BpSession *session)
{
	BpManifest *m = bp_session_manifest(session);

	if (m == NULL)
	{
		/* neither a manifest nor an index: pg_dump made it */
		if (bp_session_frames(session) != NULL ||
			!is_absolute_path(session->options->archive))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("manifest of archive \"%s\" is missing",
							session->path),
					 errdetail("Nothing was changed."),
					 errhint("An archive that pg_dump made is given by its absolute path.")));
		return;
	}
	for (int i = 0; i < m->nfiles; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (m->files[i].kind != BP_KIND_TABLE &&
			m->files[i].kind != BP_KIND_LARGE_OBJECT &&
			m->files[i].kind != BP_KIND_PARTS)
			bp_integrity_check_file(session->path, &m->files[i]);
	}
}
