/*-------------------------------------------------------------------------
 *
 * metadata.c
 *	  Verifying the files that describe an archive.
 *
 * Damage in these files could change what is restored without any error, so
 * they are verified before anything is done.  Data is verified while it is
 * loaded: tables frame by frame, large objects file by file.
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

BpManifest *
bp_restore_manifest(BpSession *session)
{
	BpManifest *m = bp_session_manifest(session);

	/* pg_dump's archives have neither a manifest nor a frame index */
	if (m == NULL &&
		(bp_session_frames(session) != NULL ||
		 !is_absolute_path(session->options->archive)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("manifest of archive \"%s\" is missing",
						session->path),
				 errdetail("Nothing was changed."),
				 errhint("Give an archive that pg_dump made by its absolute path.")));
	return m;
}

void
bp_restore_verify_metadata(BpSession *session)
{
	BpManifest *m = bp_restore_manifest(session);

	for (int i = 0; m != NULL && i < m->nfiles; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (m->files[i].kind != BP_KIND_TABLE &&
			m->files[i].kind != BP_KIND_LARGE_OBJECT &&
			m->files[i].kind != BP_KIND_PARTS)
			bp_integrity_check_file(session->path, &m->files[i]);
	}
}
