/*-------------------------------------------------------------------------
 *
 * define.h
 *	  Makes the table of contents of a backup as pg_dump would write it.
 *
 * This is the only header of define/ that other folders include.  See
 * define.c.
 *
 * Copyright (c) 2026, backup_pool contributors
 *
 * IDENTIFICATION
 *	  src/define/define.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef BP_DEFINE_DEFINE_H
#define BP_DEFINE_DEFINE_H

#include "archive/toc.h"
#include "catalog/relations.h"
#include "shared/options.h"
#include "utils/snapshot.h"

/* What bp_define_toc works from; it keeps no pointer to it. */
typedef struct BpDefineInput
{
	BpOptions  *options;		/* of the task */
	BpRelations *relations;		/* bp_relations_read under snapshot */
	Snapshot	snapshot;		/* of the backup */
	const char *database;		/* its name, for the header */
	MemoryContext cxt;			/* gets the result and all working memory */
} BpDefineInput;

/*
 * The table of contents of the selection, in input->cxt: identical to the one
 * that pg_dump of the server's release makes, except for the dump ids.
 *
 * Returns NULL, and in *reason (if reason is not NULL) a text palloc'd in
 * input->cxt, if the selection contains something for which this is not
 * certain; pg_dump must be used then.
 *
 * Unless options->content is BP_CONTENT_DATA, the caller must have set the
 * session's settings to those of a login, since the server's functions print
 * definitions according to them.  search_path must be empty.
 *
 * Raises an error where pg_dump would fail, for example
 * insufficient_privilege for a sequence that may not be read.
 */
extern BpToc *bp_define_toc(const BpDefineInput *input, char **reason);

#endif							/* BP_DEFINE_DEFINE_H */
