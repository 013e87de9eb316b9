/*-------------------------------------------------------------------------
 *
 * toc.h
 *	  The table of contents in the encoding of the database.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/restore/toc.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_RESTORE_TOC_H
#define BP_RESTORE_TOC_H

#include "session/session.h"

/*
 * The session's table of contents with all its text in the encoding of the
 * database; the session owns it.  Raises data_corrupted for an encoding that
 * is not known, and the conversion's errors for text that is not valid.
 */
extern BpToc *bp_restore_toc(BpSession *session);

/*
 * Converts the text of a table of contents in place.  Text in the encoding of
 * the database is only checked.  The first step of a restore calls this, so
 * that later ones can rely on valid text.  Raises what bp_restore_toc raises.
 */
extern void bp_restore_convert_toc(BpSession *session, BpToc *toc);

/*
 * The encoding (pg_enc) of the archive's data files: what the ENCODING entry
 * says, or else that of the database.
 */
extern int	bp_restore_data_encoding(const BpToc *toc);

#endif							/* BP_RESTORE_TOC_H */
