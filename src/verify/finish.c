/*-------------------------------------------------------------------------
 *
 * finish.c
 *	  The end of a verification: recording its time.
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
#include "utils/timestamp.h"
#include "verify/verify.h"

void
bp_verify_finish(BpSession *session)
{
	BpManifest *m = bp_session_manifest(session);

	bp_session_set_phase(session, BP_PHASE_FINISH);
	if (m == NULL)
		return;					/* pg_dump made it: we do not write to it */
	/* Do not write to directories outside of the repository */
	if (!is_absolute_path(session->options->archive))
		bp_manifest_write_verified(session->path, m, GetCurrentTimestamp(),
								   bp_verify_level_name(session->options->level));
}
